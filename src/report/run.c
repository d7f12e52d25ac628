#include "report/run.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "eval/statistics.h"
#include "train/metrics.h"

const char *run_text(const TreeNode *node, const char *otherwise)
{
    return node && node->text ? node->text : otherwise;
}

double run_number(const TreeNode *node)
{
    double value;
    return tree_as_double(node, &value) ? value : NAN;
}

double run_seconds(const Run *run)
{
    double sum = 0;
    for (size_t i = 0; i < run->n_epochs; i++)
        sum += run->epochs[i].seconds > 0 ? run->epochs[i].seconds : 0;
    return sum;
}

static ScrawlStatus read_recipe(Run *run, const RunFolder *files, ScrawlError *error)
{
    ScrawlStatus status = scrawl_recipe_load(&run->recipe, files->recipe, error);
    if (status == SCRAWL_STATUS_NOT_FOUND)
        return error_set(error, status,
                         "%s: expected the folder of a run or a sweep, found no recipe.yaml and no "
                         "results.json in it",
                         run->folder);
    if (!status)
        status = scrawl_recipe_check(run->recipe, error);
    return status ? status : scrawl_recipe_text(run->recipe, &run->recipe_text, error);
}

/* 0 for what makes no sense: a model's file may be anybody's. */
static void read_score(const Tree *scores, const char *key, RunScore *score)
{
    const TreeNode *node = tree_get(scores->root, key);
    double n = run_number(tree_get(node, "n")), errors = run_number(tree_get(node, "errors"));
    if (!(n >= 1 && n <= 1e12 && errors >= 0 && errors <= n))
        return;
    score->n = (size_t)n;
    score->n_errors = (size_t)errors;
    score->accuracy = 1 - (double)score->n_errors / (double)score->n;
    score->loss = run_number(tree_get(node, "loss"));
    score->interval = wilson_interval(score->n - score->n_errors, score->n);
}

static ScrawlStatus read_model(Run *run, const RunFolder *files, ScrawlError *error)
{
    if (!file_exists(files->model))
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = scrawl_model_load(&run->model, files->model, error);
    if (status)
        return status;
    const ScrawlModelInfo *info = scrawl_model_info(run->model);
    status = json_parse(&run->data, "data", info->data, strlen(info->data), error);
    if (!status)
        status = json_parse(&run->scores, "scores", info->scores, strlen(info->scores), error);
    if (!status)
        read_score(&run->scores, "test", &run->test);
    return status;
}

ScrawlStatus run_open(Run *run, const char *folder, const ScrawlReportOptions *options,
                      ScrawlError *error)
{
    RunFolder files;
    *run = (Run){.folder = folder, .test = {.accuracy = NAN, .loss = NAN}};
    ScrawlStatus status = run_folder_init(&files, folder, error);
    if (!status)
        status = read_recipe(run, &files, error);
    if (!status && file_exists(files.metrics))
        status = metrics_read(files.metrics, &run->epochs, &run->n_epochs, error);
    if (!status)
        status = read_model(run, &files, error);
    if (!status && run->model)
        status = evaluated_open(&run->evaluated, run->model, run->recipe, options, error);
    run_folder_deinit(&files);
    if (status)
        run_close(run);
    return status;
}

void run_close(Run *run)
{
    if (!run)
        return;
    evaluated_close(&run->evaluated);
    tree_deinit(&run->data);
    tree_deinit(&run->scores);
    scrawl_model_free(run->model);
    mem_free(run->epochs);
    scrawl_free(run->recipe_text);
    scrawl_recipe_free(run->recipe);
    *run = (Run){0};
}
