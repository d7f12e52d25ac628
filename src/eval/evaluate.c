#include "eval/evaluate.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "base/tree.h"
#include "eval/evaluation.h"
#include "model/record.h"
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
                                 InferenceOptions *wish, ScrawlError *error)
{
    ScrawlStatus status;

    *wish = (InferenceOptions){
        .max_batch = SCORE_BATCH,
        .n_threads = options->n_threads ? options->n_threads : team_default_threads(),
        .tta = model->tta,
    };
    if (wish->n_threads < 1 || wish->n_threads > TEAM_MAX_THREADS)
        return error_set(error, SCRAWL_STATUS_USAGE, "threads: expected 1 to %d, found %d",
                         TEAM_MAX_THREADS, wish->n_threads);
    status = kernels_require(&wish->kernels, options->cpu, error);
    if (!status && options->tta)
        status = model_find_tta(options->tta, &wish->tta, error);
    return status;
}

static ScrawlStatus read_all(ScrawlEvaluation *evaluation, const ScrawlModel *model,
                             const DatasetView *view, const InferenceOptions *wish,
                             const ScrawlLog *log, ScrawlError *error)
{
    Inference *inference = NULL;
    ScrawlStatus status;
    Score score;

    status = inference_create(&inference, model, wish, error);
    if (!status) {
        double start = clock_seconds();

        status = score_model(model, inference, view, wish->n_threads, wish->kernels, log,
                             evaluation->logits, &score, error);
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

ScrawlStatus evaluate_view(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                           const DatasetView *part, const ScrawlEvaluateOptions *options,
                           ScrawlError *error)
{
    const ScrawlDataset *dataset = part->dataset;
    ScrawlDataset data = {.pixels = dataset->pixels};
    DatasetView view = {.dataset = &data, .indices = part->indices, .n = part->n};
    ScrawlEvaluation *result = NULL;
    uint16_t *labels = NULL;
    InferenceOptions wish;
    ScrawlStatus status;

    *evaluation = NULL;
    status = read_options(model, options, &wish, error);
    if (status)
        return status;
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
        status = read_all(result, model, &view, &wish, options->log, error);
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

ScrawlStatus scrawl_evaluate(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                             const ScrawlDataset *dataset, const ScrawlEvaluateOptions *options,
                             ScrawlError *error)
{
    static const ScrawlEvaluateOptions defaults = {0};
    DatasetView all = {.dataset = dataset, .n = dataset->info.n};

    return evaluate_view(evaluation, model, &all, options ? options : &defaults, error);
}

/* True where the model says that this data set is what it was to be evaluated on. */
static bool is_own_test(const ScrawlModel *model, const char *sha256, ScrawlStatus *status,
                        ScrawlError *error)
{
    bool found = false;
    Tree tree;

    *status = json_parse(&tree, "data", model->data, strlen(model->data), error);
    if (*status)
        return false;
    for (const TreeNode *row = tree.root->first; row; row = row->next) {
        const TreeNode *use = tree_get(row, "use"), *sum = tree_get(row, "sha256");

        found = found || (use && sum && use->text && sum->text && strcmp(use->text, "test") == 0 &&
                          strcmp(sum->text, sha256) == 0);
    }
    tree_deinit(&tree);
    return found;
}

ScrawlStatus scrawl_model_record(ScrawlModel *model, const ScrawlEvaluation *evaluation,
                                 const ScrawlDataset *dataset, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &dataset->info;
    ModelScore score = {.data = info->name,
                        .split = info->split,
                        .n = evaluation->n,
                        .n_errors = evaluation->n_errors,
                        .accuracy = evaluation->accuracy,
                        .loss = evaluation->loss};
    ScrawlStatus status;
    bool own = is_own_test(model, info->sha256, &status, error);
    char *key;

    if (status)
        return status;
    key = own ? mem_string("test") : mem_format("%s:%s", info->name, info->split);
    if (!key)
        return error_no_memory(error, "the model's scores");
    status = model_record(model, key, &score, error);
    mem_free(key);
    return status;
}
