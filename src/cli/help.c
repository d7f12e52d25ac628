/* The manual: written from the commands' tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define COLUMN 24 /* where an option's explanation starts */

static void print_option(const Option *option)
{
    char left[128];
    int n;

    n = option->letter ? snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name)
                       : snprintf(left, sizeof left, "      --%s", option->name);
    if (option->value)
        snprintf(left + n, sizeof left - (size_t)n, " %s", option->value);
    if (strlen(left) > COLUMN - 2)
        printf("%s\n%*s", left, COLUMN, "");
    else
        printf("%-*s", COLUMN, left);
    for (const char *c = option->help; *c; c++)
        if (*c == '\n')
            printf("\n%*s", COLUMN, "");
        else
            putchar(*c);
    putchar('\n');
}

static void print_options(const char *title, const Option *options)
{
    printf("\n%s:\n", title);
    for (; options->kind; options++)
        print_option(options);
}

static void print_indented(const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (start && *text != '\n')
            fputs("  ", stdout);
        start = *text == '\n';
        putchar(*text);
    }
    putchar('\n');
}

/* The commands of a group, or those that belong to none. */
static void print_commands(const Command *group)
{
    size_t length = group ? strlen(group->name) : 0;

    for (const Command *const *c = cli_commands; *c; c++) {
        const char *name = (*c)->name, *space = strchr(name, ' ');

        if (group ? space && (size_t)(space - name) == length &&
                        strncmp(name, group->name, length) == 0
                  : !space)
            printf("  %-18s%s\n", name, (*c)->summary);
    }
}

static void print_usage(const Command *command)
{
    const char *line = command->usage;

    for (const char *lead = "usage:"; line; lead = "      ") {
        size_t length = strcspn(line, "\n");

        printf("%s scrawl %s %.*s\n", lead, command->name, (int)length, line);
        line = line[length] ? line + length + 1 : NULL;
    }
}

void help_command(const Command *command)
{
    printf("scrawl %s: %s\n\n", command->name, command->summary);
    print_usage(command);
    printf("\n%s\n", command->about);
    if (!command->run) {
        printf("\ncommands:\n");
        print_commands(command);
        printf("\n'scrawl %s COMMAND --help' explains each of them.\n", command->name);
    }
    if (command->options)
        print_options("options", command->options);
    if (command->run)
        print_options("everywhere", global_options);
    printf("\nexamples:\n");
    print_indented(command->examples);
}

void help_program(void)
{
    printf("scrawl: trains, evaluates and uses recognisers of handwriting\n\n"
           "usage: scrawl COMMAND [arguments] [options]\n\n"
           "commands:\n");
    print_commands(NULL);
    print_options("everywhere", global_options);
    printf("      --version         print the version and stop\n"
           "\nexamples:\n"
           "  # read a picture with the built-in model\n"
           "  scrawl predict seven.png\n"
           "  # train a small network on MNIST, about a minute\n"
           "  scrawl train mlp\n"
           "\n'scrawl COMMAND --help' explains a command. Results go to stdout, progress and\n"
           "messages to stderr. Exit status: 0 success, 1 failure, 2 wrong usage.\n");
}
