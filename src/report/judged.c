#include "report/judged.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/tree.h"
#include "judge/judge.h"
#include "model/model.h"

typedef struct Source {
    const ScrawlModel *model;
    const ScrawlRecipe *recipe;
    const ScrawlReportOptions *options;
} Source;

static bool text_is(const TreeNode *node, const char *text)
{
    return node && node->text && strcmp(node->text, text) == 0;
}

/* The row of the model's list of data that has this use; NULL where there is none. */
static const TreeNode *find_use(const Tree *data, const char *use)
{
    for (const TreeNode *row = data->root->first; row; row = row->next)
        if (text_is(tree_get(row, "use"), use) && tree_get(row, "name") &&
            tree_get(row, "name")->text)
            return row;
    return NULL;
}

static ScrawlSplit split_of(const TreeNode *row)
{
    const TreeNode *split = tree_get(row, "split");
    return text_is(split, "train") ? SCRAWL_SPLIT_TRAIN
           : text_is(split, "all") ? SCRAWL_SPLIT_ALL
                                   : SCRAWL_SPLIT_TEST;
}

static ScrawlStatus open_data(Judged *judged, const Source *source, const char *text,
                              ScrawlSplit split, ScrawlError *error)
{
    ScrawlDataOptions wish = {.split = split,
                              .data_folder = source->options->data_folder,
                              .no_download = !source->options->data,
                              .seed = (uint64_t)source->recipe->data.seed,
                              .log = source->options->log};
    ScrawlStatus status = scrawl_dataset_open(&judged->dataset, text, &wish, error);
    if (!status)
        judged->view = (DatasetView){judged->dataset, NULL, judged->dataset->info.n};
    return status;
}

static ScrawlStatus judge(Judged *judged, const Source *source, ScrawlError *error)
{
    const ScrawlJudgeOptions wish = {.n_threads = source->options->n_threads,
                                     .cpu = source->options->cpu,
                                     .log = source->options->log};
    return judge_part(&judged->evaluation, source->model, &judged->view, &wish, error);
}

/* The data may be others by now than those that the model's file names. */
static void compare_sum(Judged *judged, const TreeNode *row)
{
    const ScrawlDatasetInfo *info = &judged->dataset->info;
    size_t used = strlen(judged->note);
    if (!text_is(tree_get(row, "sha256"), info->sha256))
        snprintf(judged->note + used, sizeof judged->note - used,
                 "%sThe data of %.200s:%s have changed since the training: their checksum is not "
                 "the one in the model's file.", used ? " " : "", info->name, info->split);
}

static ScrawlStatus judge_test(Judged *judged, const Source *source, const TreeNode *row,
                               ScrawlError *error)
{
    ScrawlStatus status =
        open_data(judged, source, tree_get(row, "name")->text, split_of(row), error);
    if (!status)
        compare_sum(judged, row);
    return status ? status : judge(judged, source, error);
}

static ScrawlStatus judge_held_back(Judged *judged, const Source *source, const TreeNode *row,
                                    ScrawlError *error)
{
    const DataSection *section = &source->recipe->data;
    const SplitChoice choice = recipe_split(section);
    ScrawlStatus status = open_data(judged, source, section->train, SCRAWL_SPLIT_TRAIN, error);
    if (!status)
        status = split_create(&judged->split, judged->dataset, &choice, error);
    if (status)
        return status;
    judged->held_back = true;
    judged->view = (DatasetView){judged->dataset, judged->split.validation,
                                 judged->split.n_validation};
    snprintf(judged->note, sizeof judged->note,
             "The run has no test set. What follows is of the images that were held back for "
             "validation, which the training may have been steered by.");
    compare_sum(judged, row);
    return judge(judged, source, error);
}

static ScrawlStatus judge_own(Judged *judged, const Source *source, ScrawlError *error)
{
    Tree data;
    const ScrawlModel *model = source->model;
    ScrawlStatus status = json_parse(&data, "data", model->data, strlen(model->data), error);
    if (status)
        return status;
    const TreeNode *test = find_use(&data, "test"), *validation = find_use(&data, "validation");
    if (test)
        status = judge_test(judged, source, test, error);
    else if (validation)
        status = judge_held_back(judged, source, validation, error);
    else
        snprintf(judged->note, sizeof judged->note,
                 "The run has neither a test set nor images held back for validation: nothing was "
                 "judged. --data D names a data set.");
    tree_deinit(&data);
    return status;
}

/* What is not at hand is told on the page instead. */
static ScrawlStatus forgive(Judged *judged, ScrawlStatus status, const ScrawlError *why,
                            ScrawlError *error)
{
    if (status == SCRAWL_STATUS_NO_MEMORY || status == SCRAWL_STATUS_INTERRUPTED ||
        status == SCRAWL_STATUS_USAGE || status == SCRAWL_STATUS_UNSUPPORTED)
        return error_set(error, status, "%s", why->message);
    judged_close(judged);
    snprintf(judged->note, sizeof judged->note, "The data are not at hand, so nothing was judged: "
             "%s. --data D names a data set.", why->message);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus judged_open(Judged *judged, const ScrawlModel *model, const ScrawlRecipe *recipe,
                         const ScrawlReportOptions *options, ScrawlError *error)
{
    const Source source = {model, recipe, options};
    ScrawlError why = {0};
    ScrawlStatus status;
    *judged = (Judged){0};
    if (options->data) {
        status = open_data(judged, &source, options->data, SCRAWL_SPLIT_TEST, error);
        if (!status)
            status = judge(judged, &source, error);
    } else {
        status = judge_own(judged, &source, &why);
        status = status ? forgive(judged, status, &why, error) : status;
        if (!status && judged->note[0])
            log_message(options->log, SCRAWL_LOG_LEVEL_WARNING, "%s", judged->note);
    }
    if (status)
        judged_close(judged);
    return status;
}

void judged_close(Judged *judged)
{
    if (!judged)
        return;
    scrawl_evaluation_free(judged->evaluation);
    split_deinit(&judged->split);
    scrawl_dataset_free(judged->dataset);
    *judged = (Judged){0};
}
