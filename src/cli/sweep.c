/* scrawl train --seeds, --sweep: many runs, a table and a chart. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/bar.h"
#include "cli/json.h"
#include "cli/train.h"

#define MAX_BARS 40 /* of the chart on the terminal */
#define GAP 2       /* columns between two of a table */

typedef struct Sweep {
    const Globals *globals;
    bool json;
    bool header; /* the first line of the runs is printed */
    Bar bar;
    int widths[SCRAWL_SWEEP_MAX_AXES]; /* of the values' columns */
    bool utf8;
} Sweep;

/* The last part of a key: "batch". */
static const char *short_key(const ScrawlSweep *sweep, size_t axis)
{
    const char *key = scrawl_sweep_key(sweep, axis), *dot = strrchr(key, '.');

    return dot ? dot + 1 : key;
}

static void measure(Sweep *s, const ScrawlSweep *sweep)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);

    for (size_t a = 0; a < info->n_axes; a++) {
        s->widths[a] = (int)strlen(short_key(sweep, a));
        for (size_t i = 0; i < info->n_points; i++) {
            int width = (int)strlen(scrawl_sweep_value(sweep, i, a));

            s->widths[a] = width > s->widths[a] ? width : s->widths[a];
        }
    }
}

static void print_keys(const Sweep *s, const ScrawlSweep *sweep)
{
    for (size_t a = 0; scrawl_sweep_key(sweep, a); a++)
        printf("%*s", GAP + s->widths[a], short_key(sweep, a));
}

static void print_values(const Sweep *s, const ScrawlSweep *sweep, size_t point)
{
    for (size_t a = 0; scrawl_sweep_key(sweep, a); a++)
        printf("%*s", GAP + s->widths[a], scrawl_sweep_value(sweep, point, a));
}

/* Set to the right; "±" takes two bytes and one column. */
static void print_cell(int width, const char *text)
{
    printf("%*s", GAP + width + (strstr(text, "±") ? 1 : 0), text);
}

static void print_run_header(const Sweep *s, const ScrawlSweep *sweep)
{
    printf("%9s", "run");
    print_keys(s, sweep);
    printf("%10s%13s%11s%8s%14s\n", "seed", "validation", "test", "epochs", "time");
}

static void note_epoch(void *context, const ScrawlEpoch *epoch)
{
    Sweep *s = context;

    bar_note_best(&s->bar, epoch);
}

static void print_run(void *context, const ScrawlSweep *sweep, size_t i)
{
    Sweep *s = context;
    const ScrawlSweepRun *run = scrawl_sweep_run(sweep, i);
    const ScrawlTrainResult *result = &run->result;
    char valid[TEXT_SIZE], test[TEXT_SIZE], time[TEXT_SIZE];

    bar_clear(&s->bar);
    s->bar.note[0] = 0;
    if (s->globals->quiet || s->json)
        return;
    if (!s->header)
        print_run_header(s, sweep);
    s->header = true;
    printf("%4zu/%-4zu", i + 1, scrawl_sweep_info(sweep)->n_runs);
    print_values(s, sweep, run->point);
    if (run->status == SCRAWL_STATUS_DIVERGED)
        printf("%10d     diverged%11s", run->seed, "-");
    else
        printf("%10d%13s%11s", run->seed, percent_text(valid, result->valid_accuracy),
               percent_text(test, result->test_accuracy));
    printf("%8d%14s\n", result->n_epochs, time_text(time, result->seconds));
    fflush(stdout);
}

/* A loss that went astray has no room for decimals. */
static int count_decimals(bool percent, double value)
{
    return value >= 1000 ? 0 : percent ? 2 : 4;
}

/* "98.12 ± 0.10 %"; of losses "0.0612 ± 0.0021". */
static const char *spread_text(const Sweep *s, char text[TEXT_SIZE], ScrawlSpread spread,
                               bool percent)
{
    double scale = percent ? 100 : 1;
    int decimals = count_decimals(percent, spread.mean), n;

    if (isnan(spread.mean)) {
        snprintf(text, TEXT_SIZE, "-");
        return text;
    }
    n = snprintf(text, TEXT_SIZE, "%.*f", decimals, fmin(scale * spread.mean, 1e9));
    if (!isnan(spread.sd))
        n += snprintf(text + n, TEXT_SIZE - (size_t)n, " %s %.*f", s->utf8 ? "±" : "+-", decimals,
                      fmin(scale * spread.sd, 1e9));
    if (percent)
        snprintf(text + n, TEXT_SIZE - (size_t)n, " %%");
    return text;
}

static void print_rows(const Sweep *s, const ScrawlSweep *sweep)
{
    const ScrawlSweepRow *row;
    char text[TEXT_SIZE];

    printf("%5s", "");
    print_keys(s, sweep);
    printf("%6s%18s%18s%19s%12s\n", "runs", "validation", "test", "test loss", "time");
    for (size_t i = 0; (row = scrawl_sweep_row(sweep, i)); i++) {
        printf("%4zu.", i + 1);
        print_values(s, sweep, row->point);
        printf("%6zu", row->n_runs);
        print_cell(16, spread_text(s, text, row->valid_accuracy, true));
        print_cell(16, spread_text(s, text, row->test_accuracy, true));
        print_cell(17, spread_text(s, text, row->test_loss, false));
        print_cell(10, isnan(row->seconds.mean) ? "-" : time_text(text, row->seconds.mean));
        if (row->n_diverged)
            printf("  %zu diverged", row->n_diverged);
        putchar('\n');
    }
}

static bool is_sorted(const ScrawlSweep *sweep)
{
    return !isnan(scrawl_sweep_row(sweep, 0)->valid_accuracy.mean);
}

static void print_table(const Sweep *s, const ScrawlSweep *sweep)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);

    if (info->n_runs == 1)
        printf("\none run\n");
    else if (info->n_points == 1)
        printf("\nmean and standard deviation over %zu seeds\n", info->n_runs);
    else if (is_sorted(sweep))
        printf("\nsorted by validation accuracy; the test sets have chosen nothing\n");
    else
        printf("\nnot sorted: no validation split; test sets choose nothing\n");
    print_rows(s, sweep);
}

/* "batch=32 optimizer=adam" */
static char *make_label(const ScrawlSweep *sweep, size_t point)
{
    size_t size = 1;
    char *label;

    for (size_t a = 0; scrawl_sweep_key(sweep, a); a++)
        size += strlen(short_key(sweep, a)) + strlen(scrawl_sweep_value(sweep, point, a)) + 2;
    label = malloc(size);
    if (!label)
        return NULL;
    label[0] = 0;
    for (size_t a = 0; scrawl_sweep_key(sweep, a); a++)
        snprintf(label + strlen(label), size - strlen(label), "%s%s=%s", a ? " " : "",
                 short_key(sweep, a), scrawl_sweep_value(sweep, point, a));
    return label;
}

static void free_bars(ScrawlBar *bars, size_t n)
{
    for (size_t i = 0; bars && i < n; i++)
        free((char *)bars[i].label);
    free(bars);
}

/* Errors rather than accuracies: bars that begin at 0 show them honestly. NULL: no memory. */
static ScrawlBar *make_bars(const ScrawlSweep *sweep, size_t n)
{
    ScrawlBar *bars = calloc(n, sizeof *bars);

    for (size_t i = 0; bars && i < n; i++) {
        const ScrawlSweepRow *row = scrawl_sweep_row(sweep, i);

        bars[i] = (ScrawlBar){.label = make_label(sweep, row->point),
                              .value = 100 * (1 - row->valid_accuracy.mean),
                              .sd = 100 * row->valid_accuracy.sd};
        if (!bars[i].label) {
            free_bars(bars, n);
            bars = NULL;
        }
    }
    return bars;
}

static int print_chart(const Sweep *s, const ScrawlBarChart *chart, ScrawlError *error)
{
    ScrawlBarChart first = *chart;
    char *text;

    if (first.n_bars > MAX_BARS)
        first.n_bars = MAX_BARS;
    if (scrawl_bar_chart_text(&first, bar_columns(), s->utf8, &text, error))
        return cli_error(error);
    printf("\n%s", text);
    if (first.n_bars < chart->n_bars)
        printf("  ... and %zu more\n", chart->n_bars - first.n_bars);
    scrawl_free(text);
    return EXIT_SUCCESS;
}

/* chart.svg; *drawn where it was. Without gnuplot results.tsv has the figures. */
static int draw_chart(const Sweep *s, const ScrawlBarChart *chart, const char *folder, bool *drawn,
                      ScrawlError *error)
{
    size_t size = strlen(folder) + sizeof "/chart.svg";
    char *path = malloc(size);
    ScrawlStatus status;

    if (!path)
        return cli_fail("no memory for the chart");
    snprintf(path, size, "%s/chart.svg", folder);
    status = scrawl_bar_chart_write(chart, path, error);
    *drawn = !status;
    if (status == SCRAWL_STATUS_UNSUPPORTED && !s->globals->quiet)
        cli_fail("%s is not drawn: %s; %s/results.tsv has the figures", path, error->message,
                 folder);
    free(path);
    return status && status != SCRAWL_STATUS_UNSUPPORTED ? cli_error(error) : EXIT_SUCCESS;
}

/* Only where there is something to compare. */
static int show_chart(const Sweep *s, const ScrawlSweep *sweep, bool *drawn)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);
    ScrawlBarChart chart = {.title = "validation error: shorter is better",
                            .unit = " %",
                            .decimals = 2,
                            .n_bars = info->n_points};
    ScrawlError error = {0};
    ScrawlBar *bars;
    int status = EXIT_SUCCESS;

    *drawn = false;
    if (info->n_points < 2 || !is_sorted(sweep))
        return EXIT_SUCCESS;
    chart.bars = bars = make_bars(sweep, info->n_points);
    if (!bars)
        return cli_fail("no memory for the chart");
    if (!s->json)
        status = print_chart(s, &chart, &error);
    if (!status)
        status = draw_chart(s, &chart, info->folder, drawn, &error);
    free_bars(bars, info->n_points);
    return status;
}

/* The first good run of the best point. */
static const ScrawlSweepRun *find_best(const ScrawlSweep *sweep)
{
    const ScrawlSweepRun *run = NULL;

    for (size_t i = 0; (run = scrawl_sweep_run(sweep, i)); i++)
        if (run->point == scrawl_sweep_row(sweep, 0)->point && !run->status)
            break;
    return run;
}

static void print_end(const ScrawlSweep *sweep, bool drawn)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);
    const ScrawlSweepRun *best = find_best(sweep);

    printf("\nresults        %s/results.tsv, results.json%s\n", info->folder,
           drawn ? ", chart.svg" : "");
    if (best)
        printf("next           scrawl eval %s\n", best->folder);
}

static json_t *settings_json(const ScrawlSweep *sweep, size_t point)
{
    json_t *settings = json_object();

    for (size_t a = 0; settings && scrawl_sweep_key(sweep, a); a++)
        if (json_object_set_new(settings, scrawl_sweep_key(sweep, a),
                                json_text(scrawl_sweep_value(sweep, point, a)))) {
            json_decref(settings);
            return NULL;
        }
    return settings;
}

static json_t *row_json(const ScrawlSweep *sweep, const ScrawlSweepRow *row)
{
    return json_pack(
        "{so, sI, sI, so, so, so, so, so, so, so}", "settings", settings_json(sweep, row->point),
        "runs", (json_int_t)row->n_runs, "diverged", (json_int_t)row->n_diverged, "valid_accuracy",
        json_number(row->valid_accuracy.mean), "valid_accuracy_sd",
        json_number(row->valid_accuracy.sd), "test_accuracy", json_number(row->test_accuracy.mean),
        "test_accuracy_sd", json_number(row->test_accuracy.sd), "test_loss",
        json_number(row->test_loss.mean), "test_loss_sd", json_number(row->test_loss.sd), "seconds",
        json_number(row->seconds.mean));
}

static json_t *run_json(const ScrawlSweep *sweep, const ScrawlSweepRun *run)
{
    json_t *object = train_result_json(&run->result, run->folder);

    if (object && (json_object_set_new(object, "settings", settings_json(sweep, run->point)) ||
                   json_object_set_new(object, "seed", json_integer(run->seed)) ||
                   json_object_set_new(object, "diverged",
                                       json_boolean(run->status == SCRAWL_STATUS_DIVERGED)))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *sweep_json(const ScrawlSweep *sweep)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);
    json_t *points = json_array(), *runs = json_array();

    for (size_t i = 0; scrawl_sweep_row(sweep, i); i++)
        json_array_append_new(points, row_json(sweep, scrawl_sweep_row(sweep, i)));
    for (size_t i = 0; scrawl_sweep_run(sweep, i); i++)
        json_array_append_new(runs, run_json(sweep, scrawl_sweep_run(sweep, i)));
    /* An element that memory was missing for is none: then nothing is printed. */
    if (json_array_size(points) != info->n_points || json_array_size(runs) != info->n_runs) {
        json_decref(points);
        json_decref(runs);
        return NULL;
    }
    return json_pack("{so, so, ss, so, so}", "folder", json_text(info->folder), "name",
                     json_text(info->name), "sorted_by", "valid_accuracy", "points", points, "runs",
                     runs);
}

static void print_plan(const Sweep *s, const ScrawlSweep *sweep)
{
    const ScrawlSweepInfo *info = scrawl_sweep_info(sweep);

    if (s->globals->quiet || s->json)
        return;
    printf("%s: %zu run%s", info->name, info->n_runs, PLURAL(info->n_runs));
    if (info->n_axes && info->n_seeds)
        printf(", %zu points with %d seed%s each", info->n_points, info->n_seeds,
               PLURAL(info->n_seeds));
    if (info->n_finished)
        printf("; %zu finished already", info->n_finished);
    printf("\nfolder  %s\n\n", info->folder);
    fflush(stdout);
}

/* Takes the sweep. */
static int train(const Globals *globals, const TrainArguments *arguments, ScrawlSweep *sweep)
{
    Sweep s = {.globals = globals, .json = arguments->json, .utf8 = bar_shows_utf8()};
    ScrawlTrainOptions options = {.n_threads = globals->threads,
                                  .cpu = globals->cpu,
                                  .log = &s.bar.log,
                                  .epoch = note_epoch,
                                  .epoch_context = &s};
    ScrawlError error = {0};
    bool drawn;
    int status;

    bar_init(&s.bar, globals);
    bar_catch_interrupts();
    measure(&s, sweep);
    print_plan(&s, sweep);
    if (scrawl_sweep_train(sweep, &options, print_run, &s, &error)) {
        bar_clear(&s.bar);
        status = cli_error(&error);
        goto out;
    }
    bar_clear(&s.bar);
    if (!s.json)
        print_table(&s, sweep);
    status = show_chart(&s, sweep, &drawn);
    if (!status && s.json)
        status = json_print(sweep_json(sweep));
    else if (!status)
        print_end(sweep, drawn);
out:
    scrawl_sweep_free(sweep);
    return status;
}

int train_sweep(const Globals *globals, const TrainArguments *arguments, const ScrawlRecipe *recipe,
                int first_seed, int n_seeds)
{
    char base[TRAIN_MAX_PATH], chosen[TRAIN_MAX_PATH];
    ScrawlSweepOptions options = {.folder = arguments->output,
                                  .force = arguments->force,
                                  .axes = arguments->sweep.items,
                                  .n_axes = (size_t)arguments->sweep.n,
                                  .init = arguments->init,
                                  .first_seed = first_seed,
                                  .n_seeds = n_seeds};
    ScrawlSweep *sweep;
    ScrawlError error = {0};

    if (arguments->sweep.n)
        snprintf(base, sizeof base, "runs/%s-sweep", scrawl_recipe_name(recipe));
    else
        snprintf(base, sizeof base, "runs/%s-seeds-%d..%d", scrawl_recipe_name(recipe),
                 options.first_seed, options.first_seed + options.n_seeds - 1);
    if (!options.folder) {
        train_choose_folder(base, arguments->force, chosen);
        options.folder = chosen;
    }
    if (scrawl_sweep_create(&sweep, recipe, &options, &error))
        return cli_error(&error);
    return train(globals, arguments, sweep);
}

int train_sweep_resume(const Globals *globals, const TrainArguments *arguments)
{
    ScrawlSweep *sweep;
    ScrawlError error = {0};

    if (scrawl_sweep_load(&sweep, arguments->resume, &error))
        return cli_error(&error);
    return train(globals, arguments, sweep);
}
