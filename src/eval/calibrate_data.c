#include "eval/calibrate_data.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "eval/evaluate.h"
#include "eval/evaluation.h"
#include "eval/holdout.h"
#include "eval/leakage.h"

static ScrawlStatus ask(const ScrawlModel *model, const DatasetView *view,
                        const ScrawlCalibrateOptions *options, ScrawlEvaluation **evaluation,
                        ScrawlError *error)
{
    ScrawlEvaluateOptions evaluate_options = {
        .n_threads = options->n_threads, .cpu = options->cpu, .log = options->log};
    return evaluate_view(evaluation, model, view, &evaluate_options, error);
}

static ScrawlStatus describe(CalibrateData *data, const ScrawlDataset *dataset, bool holdout,
                             ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &dataset->info;
    data->name = mem_string(info->name);
    if (!data->name)
        return error_no_memory(error, "a data set's name");
    data->split = info->split; /* of split_name: static */
    data->holdout = holdout;
    memcpy(data->sha256, info->sha256, sizeof data->sha256);
    return SCRAWL_STATUS_OK;
}

static ScrawlDataOptions data_options(const ScrawlCalibrateOptions *options)
{
    return (ScrawlDataOptions){
        .split = SCRAWL_SPLIT_TRAIN, .data_folder = options->data_folder, .log = options->log};
}

static ScrawlStatus ask_holdout(CalibrateData *data, const ScrawlModel *model,
                                const ScrawlCalibrateOptions *options, ScrawlError *error)
{
    ScrawlDataOptions train_options = data_options(options);
    Holdout part;
    ScrawlStatus status = holdout_open(&part, &model, 1, &train_options, error);
    if (!status)
        status = describe(data, part.dataset, true, error);
    if (!status)
        status = ask(model, &part.view, options, &data->evaluation, error);
    holdout_close(&part);
    return status;
}

/* Twice the same images are no more draws than once, but would count as twice as many. */
static ScrawlStatus check_once(const DataSpec *spec, ScrawlError *error)
{
    for (int i = 0; i < spec->n_names; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(spec->names[i], spec->names[j]) == 0)
                return error_set(error, SCRAWL_STATUS_USAGE,
                                 "%s: expected each data set once, found %s twice", spec->title,
                                 spec->names[i]);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus ask_other(CalibrateData *data, const ScrawlModel *model,
                              const ScrawlCalibrateOptions *options, ScrawlError *error)
{
    ScrawlDataOptions train_options = data_options(options);
    ScrawlDataset *dataset = NULL;
    DataSpec spec;
    ScrawlStatus status = spec_parse(&spec, options->data, train_options.split, error);
    if (status)
        return status;
    status = check_once(&spec, error);
    if (!status)
        status = scrawl_dataset_open(&dataset, options->data, &train_options, error);
    if (!status)
        status =
            leakage_check(model, &spec, dataset->info.sha256, "so it cannot calibrate it", error);
    if (!status)
        status = describe(data, dataset, false, error);
    if (!status)
        status = ask(model, &(DatasetView){dataset, NULL, dataset->info.n}, options,
                     &data->evaluation, error);
    scrawl_dataset_free(dataset);
    spec_deinit(&spec);
    return status;
}

/* Cross-fitting under way. */
typedef struct Folds {
    const ScrawlModel *model; /* which is calibrated */
    const ScrawlCalibrateOptions *options;
    CalibrateData *data;
    uint8_t *used; /* images of the training data that a fold has evaluated */
    ScrawlEvaluation *parts[SCRAWL_MAX_MEMBERS];
} Folds;

static ScrawlStatus check_fit(const ScrawlModel *model, const ScrawlModel *fold, int number,
                              ScrawlError *error)
{
    const ScrawlModelInfo *a = &model->info, *b = &fold->info;
    bool same = a->n_classes == b->n_classes && a->n_members == b->n_members &&
                strcmp(a->network, b->network) == 0 && strcmp(a->tta, b->tta) == 0 &&
                strcmp(a->preprocessing, b->preprocessing) == 0;
    for (int i = 0; i < a->n_classes && same; i++)
        same = strcmp(a->class_names[i], b->class_names[i]) == 0;
    if (same)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH,
                     "fold %d (%s) is not of the same recipe as the model (%s): network, "
                     "preprocessing and classes must be equal",
                     number, b->name, a->name);
}

/* The outliers of a training make a model's confidences what they are. */
static ScrawlStatus check_outliers(const ScrawlModel *model, const ScrawlModel *fold, int number,
                                   ScrawlError *error)
{
    const ScrawlDataRow *mine =
        provenance_find(&model->description->provenance, SCRAWL_DATA_USE_OUTLIERS);
    const ScrawlDataRow *other =
        provenance_find(&fold->description->provenance, SCRAWL_DATA_USE_OUTLIERS);
    if (strcmp(mine ? mine->sha256 : "", other ? other->sha256 : "") == 0)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH,
                     "fold %d (%s) was not trained on the pictures of no class that model %s was "
                     "trained on: expected the same data.outliers",
                     number, fold->info.name, model->info.name);
}

/* An error bound made by folds is one of the recipe, and the data are a part of that. */
static ScrawlStatus check_data(const ScrawlModel *model, const ScrawlDatasetInfo *info,
                               ScrawlError *error)
{
    if (provenance_has(&model->description->provenance, SCRAWL_DATA_USE_TRAINING, info->sha256))
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH,
                     "the folds were trained on %.80s, but model %s was not: expected folds of the "
                     "same data",
                     info->name, model->info.name);
}

/* The same training data, and none of their images evaluated before. */
static ScrawlStatus check_part(Folds *folds, const Holdout *part, int number, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &part->dataset->info;
    size_t n_again = 0;
    if (number == 0) {
        folds->used = mem_alloc_zero(info->n, 1);
        if (!folds->used)
            return error_no_memory(error, "the list of images");
        ScrawlStatus status = check_data(folds->model, info, error);
        if (!status)
            status = describe(folds->data, part->dataset, true, error);
        if (status)
            return status;
    }
    if (strcmp(folds->data->sha256, info->sha256) != 0)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "folds 0 and %d were trained on different data, %.80s and %.80s", number,
                         folds->data->name, info->name);
    for (size_t i = 0; i < part->view.n; i++)
        n_again += folds->used[part->view.indices[i]]++ > 0;
    if (n_again > 0)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "fold %d held out %zu images that a fold before it held out, too; give "
                         "each another data.fold",
                         number, n_again);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus ask_fold(Folds *folds, int number, ScrawlError *error)
{
    const ScrawlCalibrateOptions *options = folds->options;
    const ScrawlModel *fold = options->folds[number];
    ScrawlDataOptions train_options = data_options(options);
    Holdout part;
    ScrawlStatus status = check_fit(folds->model, fold, number, error);
    if (!status)
        status = check_outliers(folds->model, fold, number, error);
    if (status)
        return status;
    status = holdout_open(&part, &fold, 1, &train_options, error);
    if (!status)
        status = check_part(folds, &part, number, error);
    if (!status)
        status = ask(fold, &part.view, options, &folds->parts[number], error);
    holdout_close(&part);
    return status;
}

static ScrawlStatus join_parts(Folds *folds, ScrawlError *error)
{
    const ScrawlModelInfo *info = &folds->model->info;
    ScrawlEvaluation *all;
    size_t n = 0, n_classes = (size_t)info->n_classes;
    for (int i = 0; i < folds->options->n_folds; i++)
        n += folds->parts[i]->n;
    ScrawlStatus status = evaluation_create(&all, n, info->n_classes, info->class_names, error);
    if (status)
        return status;
    n = 0;
    for (int i = 0; i < folds->options->n_folds; i++) {
        const ScrawlEvaluation *part = folds->parts[i];
        memcpy(all->logits + n * n_classes, part->logits,
               part->n * n_classes * sizeof *all->logits);
        memcpy(all->labels + n, part->labels, part->n * sizeof *all->labels);
        n += part->n;
    }
    all->temperature = folds->model->temperature;
    evaluation_finish(all);
    folds->data->evaluation = all;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus ask_folds(CalibrateData *data, const ScrawlModel *model,
                              const ScrawlCalibrateOptions *options, ScrawlError *error)
{
    Folds folds = {.model = model, .options = options, .data = data};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < options->n_folds && !status; i++)
        status = ask_fold(&folds, i, error);
    if (!status)
        status = join_parts(&folds, error);
    for (int i = 0; i < options->n_folds; i++)
        scrawl_evaluation_free(folds.parts[i]);
    mem_free(folds.used);
    return status;
}

ScrawlStatus calibrate_ask(CalibrateData *data, const ScrawlModel *model,
                           const ScrawlCalibrateOptions *options, ScrawlError *error)
{
    bool own = !options->data || holdout_names(model, options->data);
    *data = (CalibrateData){0};
    ScrawlStatus status = options->folds ? ask_folds(data, model, options, error)
                          : own          ? ask_holdout(data, model, options, error)
                                         : ask_other(data, model, options, error);
    if (status)
        calibrate_data_deinit(data);
    return status;
}

void calibrate_data_deinit(CalibrateData *data)
{
    if (!data)
        return;
    mem_free(data->name);
    scrawl_evaluation_free(data->evaluation);
    *data = (CalibrateData){0};
}
