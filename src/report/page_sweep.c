/* The page of a sweep: its points beside each other. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/page.h"
#include "report/plot.h"
#include "report/run.h"
#include "train/sweep_state.h"

#define MAX_BARS 60

static const char *short_key(const ScrawlSweep *sweep, size_t axis)
{
    const char *key = scrawl_sweep_key(sweep, axis), *dot = strrchr(key, '.');
    return dot ? dot + 1 : key;
}

static bool is_sorted(const ScrawlSweep *sweep)
{
    return !isnan(scrawl_sweep_row(sweep, 0)->valid_accuracy.mean);
}

static void put_spread(Buffer *page, ScrawlSpread spread, bool percent)
{
    double scale = percent ? 100 : 1;
    int decimals = percent ? 2 : 4;
    text_printf(page, "<td class=\"n\">");
    if (isnan(spread.mean))
        text_printf(page, "-");
    else
        text_printf(page, "%.*f", decimals, scale * spread.mean);
    if (!isnan(spread.sd))
        text_printf(page, " &#177; %.*f", decimals, scale * spread.sd);
    text_printf(page, "%s</td>", percent && !isnan(spread.mean) ? " %" : "");
}

static void put_heading(Buffer *page, const char *text, bool number)
{
    text_printf(page, "<th%s>", number ? " class=\"n\"" : "");
    html_text(page, text);
    text_printf(page, "</th>");
}

static void put_row(Buffer *page, const ScrawlSweep *sweep, size_t rank)
{
    const ScrawlSweepRow *row = scrawl_sweep_row(sweep, rank);
    text_printf(page, "<tr>");
    html_number(page, "%zu", rank + 1);
    for (size_t a = 0; scrawl_sweep_key(sweep, a); a++)
        html_cell(page, scrawl_sweep_value(sweep, row->point, a));
    html_number(page, "%zu", row->n_runs);
    put_spread(page, row->valid_accuracy, true);
    put_spread(page, row->test_accuracy, true);
    put_spread(page, row->test_loss, false);
    text_printf(page, "<td class=\"n\">");
    if (isnan(row->seconds.mean))
        text_printf(page, "-");
    else
        text_time(page, row->seconds.mean);
    text_printf(page, "</td>");
    if (row->n_diverged)
        text_printf(page, "<td>%zu diverged</td>", row->n_diverged);
    text_printf(page, "</tr>\n");
}

static void put_points(Buffer *page, const ScrawlSweep *sweep)
{
    text_printf(page, "<div class=\"scroll\"><table>\n<thead><tr>");
    put_heading(page, "", true);
    for (size_t a = 0; scrawl_sweep_key(sweep, a); a++)
        put_heading(page, short_key(sweep, a), false);
    put_heading(page, "runs", true);
    put_heading(page, "validation", true);
    put_heading(page, "test", true);
    put_heading(page, "test loss", true);
    put_heading(page, "time", true);
    text_printf(page, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; scrawl_sweep_row(sweep, i); i++)
        put_row(page, sweep, i);
    html_table_end(page);
}

static void put_run(Buffer *page, const ScrawlSweep *sweep, const ScrawlSweepRun *run)
{
    const ScrawlTrainResult *result = &run->result;
    text_printf(page, "<tr>");
    html_cell(page, run->folder + strlen(scrawl_sweep_info(sweep)->folder) + 1);
    html_number(page, "%d", run->seed);
    if (!run->finished || run->status) {
        text_printf(page, "<td colspan=\"4\">%s</td></tr>\n",
                    run->finished ? "diverged" : "not finished");
        return;
    }
    html_number(page, "%d", result->n_epochs);
    text_printf(page, "<td class=\"n\">");
    text_percent(page, result->valid_accuracy);
    text_printf(page, "</td><td class=\"n\">");
    text_percent(page, result->test_accuracy);
    text_printf(page, "</td><td class=\"n\">");
    text_time(page, result->seconds);
    text_printf(page, "</td></tr>\n");
}

static void put_runs(Buffer *page, const ScrawlSweep *sweep)
{
    const ScrawlSweepRun *run;
    page_details_begin(page, "Every run", false);
    html_table_begin(page, "folder|#seed|#epochs|#validation|#test|#time");
    for (size_t i = 0; (run = scrawl_sweep_run(sweep, i)); i++)
        put_run(page, sweep, run);
    html_table_end(page);
    page_details_end(page);
}

/* "batch=32 optimizer=adam" */
static char *point_label(const ScrawlSweep *sweep, size_t point)
{
    Buffer label;
    buffer_init(&label, (size_t)1 << 20);
    for (size_t a = 0; scrawl_sweep_key(sweep, a); a++)
        text_printf(&label, "%s%s=%s", a ? " " : "", short_key(sweep, a),
                    scrawl_sweep_value(sweep, point, a));
    if (label.status)
        buffer_deinit(&label);
    return (char *)label.data;
}

/* Bars of errors begin at 0 and show them honestly. One point's bars are its runs. */
static ScrawlStatus fill_rows(const ScrawlSweep *sweep, bool runs, BarRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const ScrawlSweepRun *run = scrawl_sweep_run(sweep, i);
        const ScrawlSweepRow *row = runs ? NULL : scrawl_sweep_row(sweep, i);
        double accuracy = row ? row->valid_accuracy.mean : run->result.valid_accuracy;
        bool known = row || (run->finished && !run->status);
        rows[i] = (BarRow){
            .label = row ? point_label(sweep, row->point) : mem_format("seed %d", run->seed),
            .values = {known ? 100 * (1 - accuracy) : NAN},
            .sd = row ? 100 * row->valid_accuracy.sd : NAN,
        };
        if (!rows[i].label)
            return SCRAWL_STATUS_NO_MEMORY;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus plot_comparison(Buffer *page, const ScrawlSweep *sweep, Plotter *plotter,
                                    ScrawlError *error)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);
    bool runs = info->n_points == 1;
    size_t n = runs ? info->n_runs : info->n_points;
    if (n < 2 || !is_sorted(sweep))
        return SCRAWL_STATUS_OK;
    n = n < MAX_BARS ? n : MAX_BARS;
    BarRow *rows = mem_alloc_zero(n, sizeof *rows);
    ScrawlStatus status = rows ? fill_rows(sweep, runs, rows, n) : SCRAWL_STATUS_NO_MEMORY;
    const Bars bars = {
        .name = "comparison",
        .title = "Validation error",
        .what = runs ? "seed" : "point",
        .note = "Shorter is better.",
        .whisker_note = " A whisker is the standard deviation over the seeds.",
        .series = {"validation error, %"},
        .n_series = 1,
        .unit = " %%",
        .rows = rows,
        .n = n,
        .max_label = 60,
    };
    status = status ? error_no_memory(error, "the bars of a sweep")
                    : plot_bars(plotter, &bars, page, error);
    for (size_t i = 0; rows && i < n; i++)
        mem_free((char *)rows[i].label);
    mem_free(rows);
    return status;
}

static const char *order(const ScrawlSweep *sweep)
{
    if (scrawl_sweep_info(sweep)->n_points == 1)
        return "Mean and standard deviation over the seeds.";
    return is_sorted(sweep) ? "Sorted by validation accuracy: the test sets have chosen nothing."
                            : "Not sorted, for want of a validation split: test sets choose "
                              "nothing.";
}

ScrawlStatus page_sweep(Buffer *page, const ScrawlSweep *sweep, Plotter *plotter,
                        ScrawlError *error)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);
    text_printf(page, "<p>%zu run%s at %zu point%s, %zu of them finished. %s</p>\n", info->n_runs,
                info->n_runs == 1 ? "" : "s", info->n_points, info->n_points == 1 ? "" : "s",
                info->n_finished, order(sweep));
    ScrawlStatus status = plot_comparison(page, sweep, plotter, error);
    put_points(page, sweep);
    put_runs(page, sweep);
    page_details_begin(page, "The recipe that the values are set in", false);
    page_verbatim(page, sweep->recipe_text);
    page_details_end(page);
    return status;
}
