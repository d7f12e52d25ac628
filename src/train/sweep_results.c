/* results.json, which a sweep is resumed from, and results.tsv, which people and plots read. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "train/sweep_state.h"

#define VERSION 1
#define MAX_TABLE ((size_t)64 << 20)

/* {"run": 3, "folder": "2-batch=64", "status": "OK", "epochs": 10, ...}: one line of at most 400
 * bytes, so that the largest sweep's file can be read again. */
static ScrawlStatus write_run(const ScrawlSweep *sweep, size_t i, Buffer *out)
{
    const ScrawlSweepRun *run = &sweep->runs[i];
    const ScrawlTrainResult *result = &run->result;
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"epochs", result->n_epochs},
        {"n_train", (double)result->n_train},
        {"n_validation", (double)result->n_validation},
        {"n_test", (double)result->n_test},
        {"valid_accuracy", result->valid_accuracy},
        {"test_accuracy", result->test_accuracy},
        {"test_errors", (double)result->test_errors},
        {"test_loss", result->test_loss},
        {"seconds", result->seconds},
    };
    ScrawlStatus status = buffer_print(out, "{\"run\":%zu,\"folder\":", i + 1);
    if (!status)
        status = json_write_string(run->folder + strlen(sweep->folder) + 1, out);
    if (!status)
        status =
            buffer_print(out, ",\"seed\":%d,\"status\":\"%s\",\"stopped_early\":%s", run->seed,
                         scrawl_status_name(run->status), result->stopped_early ? "true" : "false");
    for (size_t k = 0; !status && k < sizeof numbers / sizeof numbers[0]; k++) {
        status = buffer_print(out, ",\"%s\":", numbers[k].key);
        if (!status)
            status = json_write_number(numbers[k].value, out);
    }
    return status ? status : buffer_print(out, "}");
}

static ScrawlStatus write_plan(const ScrawlSweep *sweep, Buffer *out)
{
    const SweepGrid *grid = &sweep->grid;
    ScrawlStatus status = buffer_print(out, "{\"version\":%d,\"name\":", VERSION);
    if (!status)
        status = json_write_string(sweep->info.name, out);
    if (!status)
        status = buffer_print(out,
                              ",\"recipe_sha256\":\"%s\",\"first_seed\":%d,\"n_seeds\":%d,"
                              "\"init\":",
                              sweep->checksum, grid->first_seed, grid->n_seeds);
    if (!status)
        status = sweep->init ? json_write_string(sweep->init, out) : buffer_print(out, "null");
    if (!status)
        status = buffer_print(out, ",\"sweep\":[");
    for (size_t i = 0; !status && i < grid->n_axes; i++) {
        status = buffer_print(out, "%s", i ? "," : "");
        if (!status)
            status = json_write_string(grid->axes[i].text, out);
    }
    return status ? status : buffer_print(out, "],\"runs\":[");
}

static ScrawlStatus write_json(const ScrawlSweep *sweep, Buffer *out)
{
    ScrawlStatus status = write_plan(sweep, out);
    const char *lead = "";
    for (size_t i = 0; !status && i < sweep->info.n_runs; i++) {
        if (!sweep->runs[i].finished)
            continue;
        status = buffer_print(out, "%s\n", lead);
        if (!status)
            status = write_run(sweep, i, out);
        lead = ",";
    }
    return status ? status : buffer_print(out, "]}\n");
}

/* A cell: a tab or a newline in it would be another one. */
static ScrawlStatus write_cell(const char *text, Buffer *out)
{
    size_t start = out->size;
    ScrawlStatus status = buffer_print(out, "%s\t", text);
    for (size_t i = start; !status && i + 1 < out->size; i++) {
        if (out->data[i] < ' ')
            out->data[i] = ' ';
    }
    return status;
}

/* Empty where it is not known. */
static ScrawlStatus write_figure(double value, Buffer *out)
{
    ScrawlStatus status = isnan(value) ? SCRAWL_STATUS_OK : json_write_number(value, out);
    return status ? status : buffer_print(out, "\t");
}

static ScrawlStatus write_row(const ScrawlSweep *sweep, size_t rank, Buffer *out)
{
    const ScrawlSweepRow *row = &sweep->rows[rank];
    const double figures[] = {
        row->valid_accuracy.mean, row->valid_accuracy.sd, row->test_accuracy.mean,
        row->test_accuracy.sd,    row->test_loss.mean,    row->test_loss.sd,
    };
    ScrawlStatus status = buffer_print(out, "%zu\t", rank + 1);
    for (size_t i = 0; !status && i < sweep->grid.n_axes; i++)
        status = write_cell(sweep_grid_value(&sweep->grid, row->point, i), out);
    if (!status)
        status = buffer_print(out, "%zu\t%zu\t", row->n_runs, row->n_diverged);
    for (size_t i = 0; !status && i < sizeof figures / sizeof figures[0]; i++)
        status = write_figure(figures[i], out);
    if (!status && !isnan(row->seconds.mean))
        status = json_write_number(row->seconds.mean, out);
    return status ? status : buffer_print(out, "\n");
}

static ScrawlStatus write_table(const ScrawlSweep *sweep, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "rank\t");
    for (size_t i = 0; !status && i < sweep->grid.n_axes; i++)
        status = write_cell(sweep->grid.axes[i].key, out);
    if (!status)
        status = buffer_print(out, "runs\tdiverged\tvalid_accuracy\tvalid_accuracy_sd\t"
                                   "test_accuracy\ttest_accuracy_sd\ttest_loss\ttest_loss_sd\t"
                                   "seconds\n");
    for (size_t i = 0; !status && i < sweep->info.n_points; i++)
        status = write_row(sweep, i, out);
    return status;
}

static ScrawlStatus write_file(const ScrawlSweep *sweep, const char *name, size_t max_size,
                               ScrawlStatus (*write)(const ScrawlSweep *sweep, Buffer *out),
                               ScrawlError *error)
{
    char *path = path_join(sweep->folder, name);
    Buffer out;
    buffer_init(&out, max_size);
    ScrawlStatus status = path ? write(sweep, &out) : SCRAWL_STATUS_NO_MEMORY;
    if (status == SCRAWL_STATUS_LIMIT)
        error_set(error, status, "%s: would be longer than %zu bytes", path, max_size);
    else if (status)
        error_no_memory(error, "a sweep's results");
    else
        status = file_write(path, out.data, out.size, error);
    buffer_deinit(&out);
    mem_free(path);
    return status;
}

ScrawlStatus sweep_results_write(const ScrawlSweep *sweep, ScrawlError *error)
{
    ScrawlStatus status = write_file(sweep, SWEEP_TABLE_FILE, MAX_TABLE, write_table, error);
    if (!status)
        status = write_file(sweep, SWEEP_RESULTS_FILE, TREE_MAX_TEXT, write_json, error);
    return status;
}

static ScrawlStatus no_results(const SweepPlan *plan, const char *expected, ScrawlError *error)
{
    return error_set(error, SCRAWL_STATUS_FORMAT, "%s: expected %s, found something else",
                     plan->tree.name, expected);
}

/* A whole number between two others. */
static bool read_int(const TreeNode *node, const char *key, long long min, long long max,
                     long long *value)
{
    return tree_as_int(tree_get(node, key), value) && *value >= min && *value <= max;
}

static ScrawlStatus read_plan(SweepPlan *plan, ScrawlError *error)
{
    const TreeNode *root = plan->tree.root, *axes = tree_get(root, "sweep");
    const TreeNode *checksum = tree_get(root, "recipe_sha256"), *init = tree_get(root, "init");
    long long version, first_seed, n_seeds;
    if (!read_int(root, "version", VERSION, VERSION, &version) || !axes ||
        axes->kind != TREE_KIND_LIST || axes->n_children > SCRAWL_SWEEP_MAX_AXES || !checksum ||
        !checksum->text || !read_int(root, "first_seed", 0, INT32_MAX, &first_seed) ||
        !read_int(root, "n_seeds", 0, SCRAWL_SWEEP_MAX_RUNS, &n_seeds))
        return no_results(plan, "a sweep's plan of version 1", error);
    for (const TreeNode *axis = axes->first; axis; axis = axis->next) {
        if (!axis->text)
            return no_results(plan, "a list of texts as sweep", error);
        plan->axes[plan->options.n_axes++] = axis->text;
    }
    plan->options.axes = plan->axes;
    plan->options.init = init ? init->text : NULL;
    plan->options.first_seed = (int)first_seed;
    plan->options.n_seeds = (int)n_seeds;
    plan->checksum = checksum->text;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus sweep_plan_read(SweepPlan *plan, const char *path, ScrawlError *error)
{
    *plan = (SweepPlan){0};
    Buffer text;
    buffer_init(&text, TREE_MAX_TEXT);
    ScrawlStatus status = file_read_regular(path, &text, error);
    if (!status)
        status = json_parse(&plan->tree, path, buffer_text(&text), text.size, error);
    if (!status)
        status = read_plan(plan, error);
    buffer_deinit(&text);
    if (status)
        sweep_plan_deinit(plan);
    return status;
}

void sweep_plan_deinit(SweepPlan *plan)
{
    if (!plan)
        return;
    tree_deinit(&plan->tree);
    *plan = (SweepPlan){0};
}

/* null is what was not known. */
static double read_number(const TreeNode *node, const char *key)
{
    double value;
    return tree_as_double(tree_get(node, key), &value) ? value : NAN;
}

static size_t read_count(const TreeNode *node, const char *key)
{
    long long value;
    return read_int(node, key, 0, INT64_MAX, &value) ? (size_t)value : 0;
}

static bool read_run(ScrawlSweep *sweep, const TreeNode *node)
{
    long long number, epochs;
    const TreeNode *status = tree_get(node, "status");
    if (!read_int(node, "run", 1, (long long)sweep->info.n_runs, &number) ||
        !read_int(node, "epochs", 0, INT32_MAX, &epochs) || !status || !status->text)
        return false;
    ScrawlSweepRun *run = &sweep->runs[number - 1];
    ScrawlTrainResult *result = &run->result;
    run->finished = true;
    run->status = strcmp(status->text, "OK") == 0 ? SCRAWL_STATUS_OK : SCRAWL_STATUS_DIVERGED;
    snprintf(result->name, sizeof result->name, "%s", sweep->info.name);
    result->n_epochs = (int)epochs;
    (void)tree_as_bool(tree_get(node, "stopped_early"), &result->stopped_early);
    result->n_train = read_count(node, "n_train");
    result->n_validation = read_count(node, "n_validation");
    result->n_test = read_count(node, "n_test");
    result->test_errors = read_count(node, "test_errors");
    result->valid_accuracy = read_number(node, "valid_accuracy");
    result->test_accuracy = read_number(node, "test_accuracy");
    result->test_loss = read_number(node, "test_loss");
    result->seconds = read_number(node, "seconds");
    return true;
}

ScrawlStatus sweep_results_take(ScrawlSweep *sweep, const SweepPlan *plan, ScrawlError *error)
{
    const TreeNode *runs = tree_get(plan->tree.root, "runs");
    for (const TreeNode *node = runs ? runs->first : NULL; node; node = node->next) {
        if (!read_run(sweep, node))
            return no_results(plan, "a finished run of the plan", error);
    }
    return SCRAWL_STATUS_OK;
}
