/* scrawl report */
#include <stdio.h>
#include <string.h>

#include "cli/bar.h"

typedef struct ReportArguments {
    const char *output, *data;
} ReportArguments;

#define AT(member) offsetof(ReportArguments, member)

static const Option options[] = {
    {OPTION_KIND_TEXT, 'o', "output", "FILE.html", AT(output),
     "the page, or - for standard output\n(default: DIR/report/index.html)"},
    {OPTION_KIND_TEXT, 'd', "data", "D", AT(data),
     "data set to evaluate a run on (default: the test set of what it was\ntrained on)"},
    {0},
};

static const ReportArguments defaults = {0};

static void print_result(const char *folder, const char *page, const ScrawlReportResult *result)
{
    const char *slash = folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/";

    if (page)
        printf("page   %s\n", page);
    else
        printf("page   %s%sreport/index.html\n", folder, slash);
    if (result->n_plots)
        printf("plots  %s%sreport: %d, each as .svg, .png and, its figures, .tsv\n", folder, slash,
               result->n_plots);
}

static int run(const Globals *globals, const void *values, int n, char **arguments)
{
    const ReportArguments *given = values;
    ScrawlReportOptions report_options = {.page = given->output,
                                          .data = given->data,
                                          .n_threads = globals->threads,
                                          .cpu = globals->cpu};
    ScrawlReportResult result;
    ScrawlError error = {0};
    ScrawlStatus status;
    Bar bar;

    (void)n;
    if (given->output && strcmp(given->output, "-") && !text_ends_with(given->output, ".html") &&
        !text_ends_with(given->output, ".htm"))
        return cli_usage(&report_command, "--output %s: expected a name that ends in .html",
                         given->output);
    bar_init(&bar, globals);
    report_options.log = &bar.log;
    status = scrawl_report(arguments[0], &report_options, &result, &error);
    bar_clear(&bar);
    if (status)
        return cli_error(&error);
    if (!globals->quiet && (!given->output || strcmp(given->output, "-")))
        print_result(arguments[0], given->output, &result);
    return EXIT_SUCCESS;
}

const Command report_command = {
    .name = "report",
    .summary = "one page with the curves, errors and pictures of a run",
    .usage = "DIR [options]",
    .about = "DIR is a run's folder or a sweep's. Evaluates the run's model on its test set and\n"
             "writes one HTML page that needs nothing else: no scripts, no network, pictures\n"
             "inside. Its plots and their figures lie in DIR/report as well. Without gnuplot\n"
             "there are tables instead of plots.",
    .examples = "# a run, as a page to open in a browser\n"
                "scrawl report runs/bn-cnn-1\n"
                "# a page to send to somebody, evaluated on other pictures\n"
                "scrawl report runs/bn-cnn-1 --data photos -o photos.html",
    .options = options,
    .defaults = &defaults,
    .options_size = sizeof defaults,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
