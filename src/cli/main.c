/* scrawl: the table of commands, their help, and the way from argv to one of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

const Command *const cli_commands[] = {
    &train_command,       &eval_command,
    &compare_command,     &calibrate_command,
    &predict_command,     &show_command,
    &report_command,      &ensemble_command,
    &export_command,      &data_command,
    &data_list_command,   &data_fetch_command,
    &data_info_command,   &data_sheet_command,
    &data_draw_command,   &data_corruptions_command,
    &bench_command,       &bench_train_command,
    &bench_infer_command, &bench_kernels_command,
    &doctor_command,      NULL,
};

#define MAX_COMMANDS 64
#define COLUMN 24 /* where an option's explanation starts */

/* Help is written from the tables of commands and options. */

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

static void help_command(const Command *command)
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

static void help_program(void)
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

/* --version is the program's own; every command takes the rest. */
static const Option program_options[] = {
    {OPTION_KIND_FLAG, 0, "version", NULL, offsetof(Globals, version), ""},
    {0},
};

static bool is_command(const Command *command, const char *group, const char *name)
{
    size_t length = group ? strlen(group) : 0;

    if (!group)
        return strcmp(command->name, name) == 0;
    return strncmp(command->name, group, length) == 0 && command->name[length] == ' ' &&
           strcmp(command->name + length + 1, name) == 0;
}

static const Command *find_command(const char *group, const char *name)
{
    for (const Command *const *c = cli_commands; *c; c++)
        if (is_command(*c, group, name))
            return *c;
    return NULL;
}

/* What `name` may have meant among the commands of a group, or those that belong to none. */
static const char *nearest_command(const Command *group, const char *name)
{
    const char *names[MAX_COMMANDS + 1];
    size_t n = 0, length = group ? strlen(group->name) : 0;

    for (const Command *const *c = cli_commands; *c && n < MAX_COMMANDS; c++) {
        const char *space = strchr((*c)->name, ' ');

        if (!group && !space)
            names[n++] = (*c)->name;
        else if (group && space && strncmp((*c)->name, group->name, length) == 0)
            names[n++] = space + 1;
    }
    names[n] = NULL;
    return scrawl_nearest(name, names);
}

static int unknown_command(const Command *group, const char *name)
{
    const char *near = nearest_command(group, name);

    if (near)
        return cli_usage(group, "unknown command '%s%s%s'; did you mean '%s'?",
                         group ? group->name : "", group ? " " : "", name, near);
    return cli_usage(group, "unknown command '%s%s%s'", group ? group->name : "", group ? " " : "",
                     name);
}

/* The first word of the usage that is missing: "RECIPE". */
static int missing_argument(const Command *command)
{
    size_t length = strcspn(command->usage, " \n");

    return cli_usage(command, "%s: expected %.*s", command->name, (int)length, command->usage);
}

static int check_kernels(const Globals *globals)
{
    const char *wanted = globals->cpu ? NULL : getenv("SCRAWL_CPU");

    if (wanted && *wanted && !scrawl_system_kernels(wanted))
        return cli_fail("SCRAWL_CPU=%s: expected none, avx2 or avx512, whichever this machine and "
                        "this build have",
                        wanted);
    if (scrawl_system_kernels(globals->cpu))
        return EXIT_SUCCESS;
    return cli_fail("--cpu %s: this machine or this build has no such kernels; its best are '%s'",
                    globals->cpu, scrawl_system_kernels(NULL));
}

static int run_command(const Command *command, Globals *globals, int argc, char **argv)
{
    _Alignas(max_align_t) char storage[CLI_MAX_STORAGE];
    OptionTable tables[] = {{command->options, storage, 0}, {global_options, globals, 0}};
    ScrawlError error = {0};
    int n = 0, status;

    if (command->options_size > sizeof storage)
        return cli_fail("the options of %s are larger than CLI_MAX_STORAGE", command->name);
    if (command->defaults)
        memcpy(storage, command->defaults, command->options_size);
    if (!options_read(tables, 2, argc, argv, false, &n, &error))
        return cli_usage(command, "%s", error.message);
    if (globals->help) {
        help_command(command);
        return EXIT_SUCCESS;
    }
    if (!options_check(&tables[0], command->rules, &error))
        return cli_usage(command, "%s", error.message);
    if (n < command->min_arguments)
        return missing_argument(command);
    if (command->max_arguments >= 0 && n > command->max_arguments)
        return cli_usage(command, "%s: unexpected argument '%s'", command->name,
                         argv[command->max_arguments]);
    status = check_kernels(globals);
    return status ? status : command->run(globals, storage, n, argv);
}

/* argv[0] is the name of a group's command, or an option. */
static int run_group(const Command *group, Globals *globals, int argc, char **argv)
{
    OptionTable table = {global_options, globals, 0};
    ScrawlError error = {0};
    const Command *command;
    int n = 0;

    if (!options_read(&table, 1, argc, argv, true, &n, &error))
        return cli_usage(group, "%s", error.message);
    if (n == argc) {
        if (!globals->help)
            return cli_usage(group, "%s: expected a command", group->name);
        help_command(group);
        return EXIT_SUCCESS;
    }
    command = find_command(group->name, argv[n]);
    if (!command)
        return unknown_command(group, argv[n]);
    return run_command(command, globals, argc - n - 1, argv + n + 1);
}

static int run(int argc, char **argv)
{
    Globals globals = {0};
    OptionTable tables[] = {{program_options, &globals, 0}, {global_options, &globals, 0}};
    ScrawlError error = {0};
    const Command *command;
    int n = 0;

    if (!options_read(tables, 2, argc, argv, true, &n, &error))
        return cli_usage(NULL, "%s", error.message);
    if (globals.version) {
        printf("scrawl %s\n", scrawl_version());
        return EXIT_SUCCESS;
    }
    if (n < argc && strcmp(argv[n], "help") == 0) { /* "scrawl help train" */
        globals.help = true;
        n++;
    }
    if (n == argc) {
        if (!globals.help)
            return cli_usage(NULL, "expected a command");
        help_program();
        return EXIT_SUCCESS;
    }
    command = strchr(argv[n], ' ') ? NULL : find_command(NULL, argv[n]);
    if (!command)
        return unknown_command(NULL, argv[n]);
    if (!command->run)
        return run_group(command, &globals, argc - n - 1, argv + n + 1);
    return run_command(command, &globals, argc - n - 1, argv + n + 1);
}

int main(int argc, char **argv)
{
    int status = run(argc ? argc - 1 : 0, argv + 1);

    /* A result that did not reach its reader is a failure. */
    errno = 0;
    if (fflush(stdout) || ferror(stdout)) {
        cli_fail("standard output: %s", errno ? strerror(errno) : "writing failed");
        return status ? status : EXIT_FAILURE;
    }
    return status;
}
