#include "eval/evaluate.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "eval/evaluation.h"
#include "model/score.h"

/* The data set as the model names it: same pictures, labels[n] (room for them is given) by the
 * model's order of classes. Shares everything else with `dataset`. */
static ScrawlStatus rename_classes(const ScrawlDataset *dataset, const ScrawlModelInfo *model,
                                   uint16_t *labels, ScrawlDataset *renamed, ScrawlError *error)
{
    const ScrawlDatasetInfo *data = &dataset->info;
    uint16_t place[SCRAWL_DATASET_MAX_CLASSES];

    for (int c = 0; c < data->n_classes; c++) {
        int k = dataset_find_class(model->class_names, model->n_classes, data->class_names[c]);

        if (k < 0)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: its class \"%s\" is not among the %d classes of model %s "
                             "(\"%s\" to \"%s\")",
                             data->name, data->class_names[c], model->n_classes, model->name,
                             model->class_names[0], model->class_names[model->n_classes - 1]);
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
static ScrawlStatus fit_size(ScrawlDataset *data, const ScrawlModelInfo *model, ScrawlError *error)
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

static ScrawlStatus read_options(const ScrawlModel *model, const ScrawlEvaluateOptions *options,
                                 InferenceOptions *inference, ScrawlError *error)
{
    ScrawlStatus status;

    *inference = (InferenceOptions){
        .max_batch = SCORE_BATCH,
        .n_threads = options->n_threads ? options->n_threads : team_default_threads(),
        .tta = model->tta,
    };
    if (inference->n_threads < 1 || inference->n_threads > TEAM_MAX_THREADS)
        return error_set(error, SCRAWL_STATUS_USAGE, "threads: expected 1 to %d, found %d",
                         TEAM_MAX_THREADS, inference->n_threads);
    status = kernels_require(&inference->kernels, options->cpu, error);
    if (!status && options->tta)
        status = model_find_tta(options->tta, &inference->tta, error);
    return status;
}

static ScrawlStatus read_all(ScrawlEvaluation *evaluation, const ScrawlModel *model,
                             const DatasetView *view, const InferenceOptions *options,
                             const ScrawlLog *log, ScrawlError *error)
{
    Inference *inference = NULL;
    ScrawlStatus status;
    Score score;

    status = inference_create(&inference, model, options, error);
    if (!status) {
        double start = clock_seconds();

        const Scoring scoring = {.graph = model->networks[0].graph,
                                 .preprocess = &model->preprocess,
                                 .inference = inference,
                                 .n_threads = options->n_threads,
                                 .kernels = options->kernels,
                                 .log = log};
        status = score_view(&scoring, view, evaluation->logits, &score, error);
        evaluation->seconds = clock_seconds() - start;
    }
    inference_free(inference);
    return status;
}

/* Probabilities of what is no number are none either, and fall into no bin. */
static ScrawlStatus check_finite(const ScrawlEvaluation *evaluation, const ScrawlModelInfo *model,
                                 const ScrawlDatasetInfo *data, ScrawlError *error)
{
    size_t n_classes = (size_t)evaluation->n_classes;

    for (size_t i = 0; i < evaluation->n * n_classes; i++)
        if (!isfinite(evaluation->logits[i]))
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "%s: image %zu: the answer of model %s is not a number: its weights "
                             "are too large",
                             data->name, i / n_classes, model->name);
    return SCRAWL_STATUS_OK;
}

static void take_labels(const uint16_t *labels, const DatasetView *view, uint16_t *taken)
{
    for (size_t i = 0; i < view->n; i++)
        taken[i] = labels[view->indices ? view->indices[i] : i];
}

/* `networks`: of the model's, those that answer; only first and n count. */
static ScrawlStatus evaluate(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                             const InferenceOptions *networks, const DatasetView *part,
                             const ScrawlEvaluateOptions *options, ScrawlError *error)
{
    const ScrawlDataset *dataset = part->dataset;
    ScrawlDataset data = {.pixels = dataset->pixels};
    DatasetView view = {.dataset = &data, .indices = part->indices, .n = part->n};
    ScrawlEvaluation *result = NULL;
    uint16_t *labels = NULL;
    InferenceOptions inference;
    ScrawlStatus status;

    *evaluation = NULL;
    status = read_options(model, options, &inference, error);
    if (status)
        return status;
    inference.first = networks->first;
    inference.n = networks->n;
    if (!part->n)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s: expected images, found none",
                         dataset->info.name);
    labels = mem_alloc(dataset->info.n, sizeof *labels);
    if (!labels) {
        status = error_no_memory(error, "the labels of a data set");
        goto out;
    }
    status = rename_classes(dataset, &model->info, labels, &data, error);
    if (!status)
        status = fit_size(&data, &model->info, error);
    if (!status)
        status = evaluation_create(&result, part->n, model->info.n_classes, model->info.class_names,
                                   error);
    if (!status)
        status = read_all(result, model, &view, &inference, options->log, error);
    if (!status)
        status = check_finite(result, &model->info, &dataset->info, error);
    if (status)
        goto out;
    take_labels(labels, part, result->labels);
    result->temperature = model->temperature;
    result->threshold = model->threshold;
    evaluation_finish(result);
    *evaluation = result;
    result = NULL;
out:
    scrawl_evaluation_free(result);
    if (data.pixels != dataset->pixels)
        mem_free(data.pixels);
    mem_free(labels);
    return status;
}

ScrawlStatus evaluate_view(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                           const DatasetView *part, const ScrawlEvaluateOptions *options,
                           ScrawlError *error)
{
    return evaluate(evaluation, model, &(InferenceOptions){0}, part, options, error);
}

ScrawlStatus evaluate_member(ScrawlEvaluation **evaluation, const ScrawlModel *model, int i,
                             const DatasetView *part, const ScrawlEvaluateOptions *options,
                             ScrawlError *error)
{
    return evaluate(evaluation, model, &(InferenceOptions){.first = i, .n = 1}, part, options,
                    error);
}

ScrawlStatus scrawl_evaluate(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                             const ScrawlDataset *dataset, const ScrawlEvaluateOptions *options,
                             ScrawlError *error)
{
    static const ScrawlEvaluateOptions defaults = {0};
    DatasetView all = {.dataset = dataset, .n = dataset->info.n};

    return evaluate_view(evaluation, model, &all, options ? options : &defaults, error);
}

ScrawlStatus scrawl_model_record(ScrawlModel *model, const ScrawlEvaluation *evaluation,
                                 const ScrawlDataset *dataset, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &dataset->info;
    const Provenance *provenance = &model->description->provenance;
    bool own = provenance_has(provenance, SCRAWL_DATA_USE_TEST, info->sha256);
    char *key = own ? mem_string("test") : mem_format("%s:%s", info->name, info->split);

    if (!key)
        return error_no_memory(error, "the model's scores");
    ScrawlStatus status = model_set_score(model,
                                          &(ScrawlScore){.key = key,
                                                         .data = info->name,
                                                         .split = info->split,
                                                         .n = evaluation->n,
                                                         .n_errors = evaluation->n_errors,
                                                         .accuracy = evaluation->accuracy,
                                                         .loss = evaluation->loss},
                                          error);
    mem_free(key);
    return status;
}
