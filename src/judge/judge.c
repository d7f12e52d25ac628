#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/team.h"
#include "judge/evaluation.h"
#include "model/model.h"
#include "model/score.h"

/* The data set as the model names it: same pictures, labels[n] (room for them is given) by the
 * model's order of classes. Shares everything else with `dataset`. */
static ScrawlStatus rename_classes(const ScrawlDataset *dataset, const ScrawlModelInfo *model,
                                   uint16_t *labels, ScrawlDataset *renamed, ScrawlError *error)
{
    const ScrawlDatasetInfo *data = &dataset->info;
    uint16_t place[SCRAWL_DATASET_MAX_CLASSES];

    for (int c = 0; c < data->n_classes; c++) {
        int k = dataset_find_class(model->class_names, model->n_classes,
                                   data->class_names[c]);

        if (k < 0)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: its class \"%s\" is not among the %d classes of model %s "
                             "(\"%s\" to \"%s\")", data->name, data->class_names[c],
                             model->n_classes, model->name, model->class_names[0],
                             model->class_names[model->n_classes - 1]);
        place[c] = (uint16_t)k;
    }
    for (size_t i = 0; i < data->n; i++)
        labels[i] = place[dataset->labels[i]];
    *renamed = *dataset;
    renamed->labels = labels;
    renamed->info.n_classes = model->n_classes;
    renamed->info.class_names = model->class_names;
    return SCRAWL_STATUS_OK;
}

/* The pictures at the model's size: a copy where theirs differs, which the caller frees when
 * data->pixels is no longer what it was. */
static ScrawlStatus fit_size(ScrawlDataset *data, const ScrawlModelInfo *model,
                             ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &data->info;
    size_t area = (size_t)info->width * (size_t)info->height;
    uint8_t *copy;

    if (info->width == model->width && info->height == model->height)
        return SCRAWL_STATUS_OK;
    copy = mem_alloc(info->n, area);
    if (!copy)
        return error_no_memory(error, "a resized copy of the data set");
    memcpy(copy, data->pixels, info->n * area);
    data->pixels = copy;
    return dataset_resize(data, model->width, model->height, error);
}

static ScrawlStatus read_all(ScrawlEvaluation *evaluation, const ScrawlModel *model,
                             const ScrawlDataset *data, const ScrawlJudgeOptions *options,
                             const Kernels *kernels, ScrawlError *error)
{
    DatasetView view = {.dataset = data, .n = data->info.n};
    int n_threads = options->n_threads ? options->n_threads : team_default_threads();
    RunnerOptions runner_options = {
        .max_batch = SCORE_BATCH, .n_threads = n_threads, .kernels = kernels};
    Runner *runner = NULL;
    ScrawlStatus status;
    Score score;

    status = runner_create(&runner, model->graph, &runner_options, error);
    if (!status) {
        double start = clock_seconds();

        status = score_view(model->graph, model->parameters, model->state, &model->preprocess,
                            &view, runner, n_threads, kernels, options->log, evaluation->logits,
                            &score, error);
        evaluation->seconds = clock_seconds() - start;
    }
    runner_free(runner);
    return status;
}

ScrawlStatus scrawl_judge(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                          const ScrawlDataset *dataset, const ScrawlJudgeOptions *options,
                          ScrawlError *error)
{
    static const ScrawlJudgeOptions defaults = {0};
    const ScrawlJudgeOptions *chosen = options ? options : &defaults;
    const ScrawlDatasetInfo *info = &dataset->info;
    ScrawlDataset data = {.pixels = dataset->pixels};
    ScrawlEvaluation *result = NULL;
    uint16_t *labels = NULL;
    const Kernels *kernels;
    ScrawlStatus status;

    *evaluation = NULL;
    status = kernels_require(&kernels, chosen->cpu, error);
    if (status)
        return status;
    if (!info->n)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s: expected images, found none",
                         info->name);
    labels = mem_alloc(info->n, sizeof *labels);
    if (!labels) {
        status = error_no_memory(error, "the labels of a data set");
        goto out;
    }
    status = rename_classes(dataset, &model->info, labels, &data, error);
    if (status)
        goto out;
    status = fit_size(&data, &model->info, error);
    if (status)
        goto out;
    status = evaluation_create(&result, info->n, model->info.n_classes, model->info.class_names,
                               error);
    if (status)
        goto out;
    status = read_all(result, model, &data, chosen, kernels, error);
    if (status)
        goto out;
    evaluation_finish(result, labels);
    *evaluation = result;
    result = NULL;
out:
    scrawl_evaluation_free(result);
    if (data.pixels != dataset->pixels)
        mem_free(data.pixels);
    mem_free(labels);
    return status;
}
