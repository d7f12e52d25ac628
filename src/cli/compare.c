/* scrawl compare */
#include "cli/compare.h"

#include <stdio.h>
#include <string.h>

#include "cli/json.h"

#define LONG_NAME 32 /* bytes */

#define AT(member) offsetof(CompareArguments, member)

static const Option options[] = {
    {OPTION_KIND_LIST, 'd', "data", "D", AT(data),
     "data set to evaluate on; may be repeated (default: the test set of what\nthe first model was "
     "trained on)"},
    {OPTION_KIND_CHOICE, 0, "tta", "none|cross|square", AT(tta),
     "average over copies shifted by a pixel: a cross (5 times the work)\nor a square (9 times) "
     "(default: what each model says)",
     .choices = tta_choices},
    {OPTION_KIND_TEXT, 0, "plot", "FILE", AT(plot),
     "draw the errors as bars: FILE.svg or FILE.png"},
    {OPTION_KIND_LIST, 0, "require", "EXPR", AT(require),
     "fail unless this holds of the winner; may be repeated: MEASURE, one\nof < <= > >=, and a "
     "share or a percentage. MEASURE is worst, range,\nmean, error(D), accuracy(D), or accuracy, "
     "the lowest of all"},
    {OPTION_KIND_FLAG, 0, "no-regression", NULL, AT(no_regression),
     "fail where the last model is worse than the first on any data set:\nmore images broken than "
     "fixed, and the corrected p below 0.05"},
    {OPTION_KIND_TEXT, 0, "copy-winner", "FILE", AT(copy_winner),
     "write the winner to this file, where nothing has failed"},
    {OPTION_KIND_FLAG, 0, "json", NULL, AT(json),
     "{data: [{data, split, n, sha256}], models: [{model, name, errors:\n[{data, n, errors, error, "
     "leakage}], range, worst, mean,\nparameters}], winner, comparisons: [{model, against, data, "
     "fixed,\nbroken, p, p_holm, difference, interval, fixed_images,\nbroken_images}]}"},
    {0},
};

static const CompareArguments defaults = {0};

/* What can be told before minutes of evaluation. */
static int check(const CompareArguments *given, int n)
{
    const Command *command = &compare_command;

    if (n > SCRAWL_COMPARE_MAX)
        return cli_usage(command, "compare: expected at most %d models, found %d",
                         SCRAWL_COMPARE_MAX, n);
    if (given->no_regression && n < 2)
        return cli_usage(command, "compare: --no-regression is of two models or more");
    if (given->plot && !text_ends_with(given->plot, ".svg") && !text_ends_with(given->plot, ".png"))
        return cli_usage(command, "--plot: expected a name that ends in .svg or .png, found '%s'",
                         given->plot);
    return EXIT_SUCCESS;
}

/* Bytes that two names have in common, up to a '/'; neither is eaten up. */
static size_t common_folder(const char *a, const char *b)
{
    size_t common = 0;

    for (size_t i = 0; a[i] && a[i] == b[i] && a[i + 1] && b[i + 1]; i++)
        common = a[i] == '/' ? i + 1 : common;
    return common;
}

/* Long names in one folder are told apart by their ends. */
static void shorten(Compare *c, int n)
{
    size_t longest = 0, folder = strlen(c->names[0]);

    for (int i = 0; i < n; i++) {
        size_t length = strlen(c->names[i]), common = common_folder(c->names[0], c->names[i]);

        longest = length > longest ? length : longest;
        folder = common < folder ? common : folder;
    }
    c->folder = n > 1 && longest > LONG_NAME ? folder : 0;
}

static int load(Compare *c, int n)
{
    ScrawlError error = {0};

    for (; c->n < n; c->n++)
        if (scrawl_model_load(&c->models[c->n], c->names[c->n], &error))
            return cli_error(&error);
    return EXIT_SUCCESS;
}

static int choose_data(Compare *c)
{
    c->data = c->arguments->data;
    if (c->data.n)
        return EXIT_SUCCESS;
    if (!trained_on(c->models[0], c->own))
        return cli_usage(&compare_command,
                         "%s does not say what it was trained on; --data D expected", c->names[0]);
    c->data.items[c->data.n++] = c->own;
    return EXIT_SUCCESS;
}

static int read_requirements(Compare *c)
{
    const TextList *texts = &c->arguments->require;
    ScrawlError error = {0};

    for (int i = 0; i < texts->n; i++)
        if (scrawl_requirement_parse(&c->requirements[i], texts->items[i], c->data.items, c->data.n,
                                     &error))
            return cli_usage(&compare_command, "--require %s", error.message);
    return EXIT_SUCCESS;
}

static int evaluate(Compare *c)
{
    ScrawlCompareOptions compare_options = {.n_threads = c->globals->threads,
                                            .cpu = c->globals->cpu,
                                            .tta = c->arguments->tta,
                                            .log = &c->bar.log};
    ScrawlError error = {0};
    ScrawlStatus status;

    bar_init(&c->bar, c->globals);
    status = scrawl_compare(&c->comparison, (const ScrawlModel *const *)c->models, c->n,
                            c->data.items, c->data.n, &compare_options, &error);
    bar_clear(&c->bar);
    return status ? cli_error(&error) : EXIT_SUCCESS;
}

static void warn(const Compare *c)
{
    for (int i = 0; i < c->n && !c->globals->quiet; i++)
        for (int d = 0; d < c->data.n; d++)
            if (c->comparison->models[i].scores[d].leakage == SCRAWL_LEAKAGE_SAME)
                cli_fail("warning: leakage: %s was trained on images of %s", c->names[i],
                         c->data.items[d]);
}

static int print(const Compare *c)
{
    if (c->arguments->json)
        return json_print(compare_json(c));
    compare_print(c);
    return EXIT_SUCCESS;
}

/* "chart.svg" becomes "chart.tsv". NULL: no memory. */
static char *table_path(const char *plot)
{
    char *path = strdup(plot);

    if (path)
        memcpy(path + strlen(path) - strlen(".tsv"), ".tsv", strlen(".tsv"));
    return path;
}

/* Without gnuplot the figures are written at least; the picture was asked for, so that is a
 * failure. */
static int draw_chart(const Compare *c, const ScrawlGroupedChart *chart)
{
    const char *plot = c->arguments->plot;
    ScrawlError error = {0}, table_error = {0};
    ScrawlStatus status = scrawl_grouped_chart_write(chart, plot, &error);
    int result = EXIT_FAILURE;
    char *path;

    if (status != SCRAWL_STATUS_UNSUPPORTED)
        return status ? cli_error(&error) : EXIT_SUCCESS;
    path = table_path(plot);
    if (!path)
        cli_fail("no memory for the chart");
    else if (scrawl_grouped_chart_write_table(chart, path, &table_error))
        cli_error(&table_error);
    else
        cli_fail("%s is not drawn: %s; %s has the figures", plot, error.message, path);
    free(path);
    return result;
}

static void free_groups(char **groups, int n)
{
    for (int i = 0; groups && i < n; i++)
        free(groups[i]);
    free(groups);
}

/* The models' names, the winner's told. NULL: no memory. */
static char **make_groups(const Compare *c)
{
    char **groups = calloc((size_t)c->n, sizeof *groups);

    for (int i = 0; groups && i < c->n; i++) {
        bool wins = c->n > 1 && i == c->comparison->winner;
        const char *name = c->names[i] + c->folder;
        size_t size = strlen(name) + sizeof " (winner)";

        groups[i] = malloc(size);
        if (!groups[i]) {
            free_groups(groups, c->n);
            return NULL;
        }
        snprintf(groups[i], size, "%s%s", name, wins ? " (winner)" : "");
    }
    return groups;
}

static int plot(const Compare *c)
{
    ScrawlGroupedChart chart = {.title = "error: shorter is better",
                                .unit = " %",
                                .decimals = 2,
                                .series = c->data.items,
                                .n_groups = (size_t)c->n,
                                .n_series = (size_t)c->data.n,
                                .mark = c->data.n > 1 ? "worst" : NULL};
    size_t n = chart.n_groups * chart.n_series;
    double *values = calloc(n, sizeof *values);
    char **groups = make_groups(c);
    int status;

    for (size_t i = 0; values && i < n; i++)
        values[i] =
            100 * c->comparison->models[i / chart.n_series].scores[i % chart.n_series].error;
    chart.values = values;
    chart.groups = (const char *const *)groups;
    status = values && groups ? draw_chart(c, &chart) : cli_fail("no memory for the chart");
    free_groups(groups, c->n);
    free(values);
    return status;
}

/* Every one that does not hold is told. */
static int check_requirements(const Compare *c)
{
    int winner = c->comparison->winner, status = EXIT_SUCCESS;

    for (int i = 0; i < c->arguments->require.n; i++) {
        double found;

        if (!scrawl_requirement_holds(&c->requirements[i], c->comparison, winner, &found))
            status = cli_fail("--require '%s' does not hold: %s has %.6g",
                              c->arguments->require.items[i], c->names[winner], found);
    }
    return status;
}

static int check_regression(const Compare *c)
{
    int status = EXIT_SUCCESS;

    for (size_t i = 0; i < c->comparison->n_tests; i++) {
        const ScrawlPairedTest *test = &c->comparison->tests[i];

        if (test->model == c->n - 1 && scrawl_paired_test_proves(test, false))
            status = cli_fail("--no-regression: %s is worse than %s on %s: it breaks %zu images "
                              "and fixes %zu (corrected p = %.2g)",
                              c->names[test->model], c->names[0], c->data.items[test->data],
                              test->n_broken, test->n_fixed, test->p_holm);
    }
    return status;
}

/* What was evaluated, also where its file has changed since. */
static int copy_winner(const Compare *c)
{
    ScrawlError error = {0};

    return scrawl_model_save(c->models[c->comparison->winner], c->arguments->copy_winner, &error)
               ? cli_error(&error)
               : EXIT_SUCCESS;
}

static int conclude(const Compare *c)
{
    int status = print(c);

    if (c->arguments->plot && plot(c))
        status = EXIT_FAILURE;
    if (check_requirements(c))
        status = EXIT_FAILURE;
    if (c->arguments->no_regression && check_regression(c))
        status = EXIT_FAILURE;
    if (!status && c->arguments->copy_winner)
        status = copy_winner(c);
    return status;
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    Compare c = {.globals = globals, .arguments = values, .names = arguments};
    int status = check(values, n);

    shorten(&c, n);
    if (!status)
        status = load(&c, n);
    if (!status)
        status = choose_data(&c);
    if (!status)
        status = read_requirements(&c);
    if (!status)
        status = evaluate(&c);
    if (!status) {
        warn(&c);
        status = conclude(&c);
    }
    scrawl_comparison_free(c.comparison);
    while (c.n)
        scrawl_model_free(c.models[--c.n]);
    return status;
}

const Command compare_command = {
    .name = "compare",
    .summary = "evaluate models on the same images, and which is better",
    .usage = "MODEL... [options]",
    .about = "MODEL is a model's file, a run folder or a built-in model. Prints each model's\n"
             "error on each data set, the range and the worst; the winner is the one with the\n"
             "lowest worst error. Every model is then tested against the first, image by image:\n"
             "how many of its errors are fixed, how many right answers are broken, whether that\n"
             "may be chance, and the 95 % interval of the difference. A data set D is as for\n"
             "'eval'; its test set is taken. The models need the same classes. What a model was\n"
             "trained on is marked.",
    .examples = "# three candidates, and a chart\n"
                "scrawl compare runs/a runs/b runs/c --data mnist --data mnist@distort \\\n"
                "    --plot chart.svg\n"
                "# may the new model be released?\n"
                "scrawl compare released.safetensors runs/new --no-regression \\\n"
                "    --require 'worst<=1.5%' --copy-winner released.safetensors",
    .options = options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run,
};
