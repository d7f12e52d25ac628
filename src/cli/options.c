/* One reader of options for all commands, led by their tables. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define MAX_NAME 64  /* bytes of an option that a sentence repeats */
#define MAX_NAMES 64 /* options of a command: as many as OptionTable.given has bits */
#define MAX_LIST_TEXT 128

static const char *const cpus[] = {"none", "avx2", "avx512", NULL};

#define AT(member) offsetof(Globals, member)

const char *const tta_choices[] = {"none", "cross", "square", NULL};

const Option global_options[] = {
    {OPTION_KIND_FLAG, 'h', "help", NULL, AT(help), "show this and stop"},
    {OPTION_KIND_CHOICE, 0, "cpu", "none|avx2|avx512", AT(cpu),
     "kernels to use; none is plain C (default: the best here)", .choices = cpus},
    {OPTION_KIND_INT, 0, "threads", "N", AT(threads),
     "threads to use; never changes a result (default: all cores)", 1, 256},
    {OPTION_KIND_FLAG, 'q', "quiet", NULL, AT(quiet),
     "no progress bar, no messages: results and errors only"},
    {0},
};

static bool fail(ScrawlError *error, const char *format, ...) SCRAWL_PRINTF(2, 3);
static bool fail(ScrawlError *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    error->status = SCRAWL_STATUS_USAGE;
    return false;
}

/* An option found in a table, where its value goes, and where it is noted as given. */
typedef struct Match {
    const Option *option;
    char *out;
    uint64_t *given, bit;
} Match;

static Match find(OptionTable *tables, size_t n_tables, const char *name, size_t length,
                  char letter)
{
    for (size_t t = 0; t < n_tables; t++)
        for (const Option *o = tables[t].options; o && o->kind; o++)
            if (letter ? o->letter == letter
                       : strlen(o->name) == length && strncmp(o->name, name, length) == 0)
                return (Match){.option = o,
                               .out = (char *)tables[t].out + o->offset,
                               .given = &tables[t].given,
                               .bit = (uint64_t)1 << (o - tables[t].options)};
    return (Match){0};
}

static bool unknown(const OptionTable *tables, size_t n_tables, const char *given,
                    ScrawlError *error)
{
    const char *names[MAX_NAMES + 1], *near;
    char text[MAX_NAME + 1];
    size_t n = 0;

    for (size_t t = 0; t < n_tables; t++)
        for (const Option *o = tables[t].options; o && o->kind && n < MAX_NAMES; o++)
            names[n++] = o->name;
    names[n] = NULL;
    snprintf(text, sizeof text, "%.*s", (int)strcspn(given, "="), given);
    near = scrawl_nearest(text + strspn(text, "-"), names);
    if (near)
        return fail(error, "unknown option '%s'; did you mean '--%s'?", text, near);
    return fail(error, "unknown option '%s'", text);
}

static bool store_number(const Option *o, void *out, const char *value, ScrawlError *error)
{
    bool whole = o->kind == OPTION_KIND_INT;
    double number;
    char *end;

    errno = 0;
    number = whole ? (double)strtoll(value, &end, 10) : strtod(value, &end);
    if (end == value || *end || errno || !(number >= o->min && number <= o->max))
        return fail(error, "--%s: expected a %snumber from %.10g to %.10g, found '%s'", o->name,
                    whole ? "whole " : "", o->min, o->max, value);
    if (whole)
        *(int *)out = (int)number;
    else
        *(double *)out = number;
    return true;
}

static bool store_choice(const Option *o, void *out, const char *value, ScrawlError *error)
{
    for (const char *const *choice = o->choices; *choice; choice++)
        if (strcmp(*choice, value) == 0) {
            *(const char **)out = *choice;
            return true;
        }
    return fail(error, "--%s: expected %s, found '%s'", o->name, o->value, value);
}

static bool store_item(const Option *o, TextList *list, const char *value, ScrawlError *error)
{
    if (list->n == CLI_MAX_LIST)
        return fail(error, "--%s: given more than %d times", o->name, CLI_MAX_LIST);
    list->items[list->n++] = value;
    return true;
}

static bool store(Match match, const char *value, ScrawlError *error)
{
    switch (match.option->kind) {
    case OPTION_KIND_TEXT:
        *(const char **)(void *)match.out = value;
        return true;
    case OPTION_KIND_CHOICE:
        return store_choice(match.option, match.out, value, error);
    case OPTION_KIND_INT:
    case OPTION_KIND_REAL:
        return store_number(match.option, match.out, value, error);
    case OPTION_KIND_LIST:
        return store_item(match.option, (TextList *)(void *)match.out, value, error);
    default:
        *(bool *)match.out = true;
        return true;
    }
}

/* One option at argv[*i], whose value may be the argument after it; *i moves to its last. */
static bool read_option(OptionTable *tables, size_t n_tables, int argc, char **argv, int *i,
                        ScrawlError *error)
{
    const char *given = argv[*i], *value = NULL;
    bool is_long = given[1] == '-';
    size_t length = is_long ? strcspn(given + 2, "=") : 1;
    Match match = find(tables, n_tables, given + 2, length, is_long ? 0 : given[1]);

    if (!match.option)
        return unknown(tables, n_tables, given, error);
    if (is_long && given[2 + length])
        value = given + 2 + length + 1;
    else if (!is_long && given[2])
        value = given + 2;
    if (match.option->kind == OPTION_KIND_FLAG) {
        if (value)
            return fail(error, "--%s takes no value, found '%s'", match.option->name, value);
    } else if (!value) {
        if (*i + 1 == argc || strncmp(argv[*i + 1], "--", 2) == 0)
            return fail(error, "--%s: expected %s after it", match.option->name,
                        match.option->value);
        value = argv[++*i];
    }
    *match.given |= match.bit;
    return store(match, value, error);
}

bool options_read(OptionTable *tables, size_t n_tables, int argc, char **argv, bool leading,
                  int *n_arguments, ScrawlError *error)
{
    int n = 0, i = 0;

    for (; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1]) {
            if (strcmp(argv[i], "--") == 0) {
                i++;
                break;
            }
            if (!read_option(tables, n_tables, argc, argv, &i, error))
                return false;
        } else if (leading) {
            break;
        } else {
            argv[n++] = argv[i];
        }
    }
    if (leading) {
        *n_arguments = i;
        return true;
    }
    while (i < argc)
        argv[n++] = argv[i++];
    *n_arguments = n;
    return true;
}

static bool is_given(const OptionTable *table, const char *name, size_t length)
{
    for (const Option *o = table->options; o && o->kind; o++)
        if (strlen(o->name) == length && strncmp(o->name, name, length) == 0)
            return table->given >> (o - table->options) & 1;
    return false;
}

/* The first of the names, which blanks part, that is given; its length, 0: none. */
static const char *first_given(const OptionTable *table, const char *names, int *length)
{
    while (*names) {
        size_t n = strcspn(names, " ");
        *length = (int)n;
        if (is_given(table, names, n))
            return names;
        names += n + strspn(names + n, " ");
    }
    *length = 0;
    return names;
}

/* "noise corruptions" -> "--noise or --corruptions" */
static const char *list_options(const char *names, char text[MAX_LIST_TEXT])
{
    size_t used = 0;
    while (*names && used < MAX_LIST_TEXT) {
        size_t n = strcspn(names, " ");
        used += (size_t)snprintf(text + used, MAX_LIST_TEXT - used, "%s--%.*s",
                                 used > 0 ? " or " : "", (int)n, names);
        names += n + strspn(names + n, " ");
    }
    return text;
}

bool options_check(const OptionTable *table, const OptionRule *rules, ScrawlError *error)
{
    for (const OptionRule *rule = rules; rule && rule->option; rule++) {
        const char *lead = rule->why ? ": " : "", *why = rule->why ? rule->why : "";
        char needed[MAX_LIST_TEXT];
        int length;
        if (!is_given(table, rule->option, strlen(rule->option)))
            continue;
        const char *other = first_given(table, rule->excludes ? rule->excludes : "", &length);
        if (length > 0)
            return fail(error, "--%s and --%.*s exclude each other%s%s", rule->option, length,
                        other, lead, why);
        if (!rule->needs)
            continue;
        first_given(table, rule->needs, &length);
        if (length == 0)
            return fail(error, "--%s goes only with %s%s%s", rule->option,
                        list_options(rule->needs, needed), lead, why);
    }
    return true;
}
