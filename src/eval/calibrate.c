/* The temperature first, then the threshold of the confidences that it makes, then the model. */
#include "scrawl/calibrate.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "eval/calibrate_data.h"
#include "eval/evaluation.h"
#include "eval/rejection.h"
#include "model/model.h"
#include "model/temperature.h"

#define HOLDOUT "validation"
#define ERRORS_EXPECTED 10 /* so many, by max_error, that an error bound needs images for */
#define MAX_ERROR 0.5
#define LEAST_CONFIDENCE 0.5
#define MOST_CONFIDENCE 0.9999

/* One calibration under way. */
typedef struct Calibrating {
    const ScrawlModel *model;
    const ScrawlCalibrateOptions *options;
    double max_error, confidence; /* max_error 0: no error bound */
    CalibrateData data;
    ScrawlCalibration *result;
    Provenance provenance; /* what the model will say of its data and scores */
} Calibrating;

static ScrawlStatus check_options(Calibrating *calibrating, ScrawlError *error)
{
    const ScrawlCalibrateOptions *options = calibrating->options;
    double confidence = options->confidence != 0 ? options->confidence : 0.95;
    calibrating->max_error = options->max_error;
    calibrating->confidence = confidence;
    if (!(options->max_error >= 0 && options->max_error <= MAX_ERROR))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "max_error: expected a part above 0, at most %g, found %g", MAX_ERROR,
                         options->max_error);
    if (!(confidence >= LEAST_CONFIDENCE && confidence <= MOST_CONFIDENCE))
        return error_set(error, SCRAWL_STATUS_USAGE, "confidence: expected %g to %g, found %g",
                         LEAST_CONFIDENCE, MOST_CONFIDENCE, options->confidence);
    if (!options->folds)
        return SCRAWL_STATUS_OK;
    if (options->data)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "folds evaluate what they held out: expected no data beside them");
    if (options->n_folds < 2 || options->n_folds > SCRAWL_MAX_MEMBERS)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected 2 to %d folds, found %d",
                         SCRAWL_MAX_MEMBERS, options->n_folds);
    return SCRAWL_STATUS_OK;
}

/* From the evaluation with the old temperature to the one with the new. */
static void scale(Calibrating *calibrating)
{
    ScrawlCalibration *result = calibrating->result;
    ScrawlEvaluation *e = calibrating->data.evaluation;
    result->temperature_before = e->temperature;
    result->loss_before = e->loss;
    result->ece_before = e->ece;
    evaluation_calibrate(
        e, temperature_fit(e->n, (size_t)e->n_classes, e->logits, e->labels, e->temperature), 0);
    result->temperature = e->temperature;
    result->loss = e->loss;
    result->ece = e->ece;
}

static ScrawlStatus check_count(const Calibrating *calibrating, ScrawlError *error)
{
    size_t n = calibrating->data.evaluation->n;
    double max_error = calibrating->max_error;
    size_t needed = (size_t)(ERRORS_EXPECTED / max_error + 0.5);
    size_t least = rejection_least(max_error, 1 - calibrating->confidence);
    if (n >= needed && n >= least)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH,
                     "%s: %zu images are too few to prove an error bound of %g: expected %zu; "
                     "give more data, or models that held out other parts (folds)",
                     calibrating->data.name, n, max_error, needed > least ? needed : least);
}

/* A bound that is low enough may be met all the same: by luck, where the best of many is taken. */
static ScrawlStatus not_proven(const Calibrating *calibrating, const Rejection *lowest,
                               ScrawlError *error)
{
    const ScrawlEvaluation *e = calibrating->data.evaluation;
    if (lowest->bound <= calibrating->max_error)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s: %zu images do not prove an error rate of %g: %zu error%s among the "
                         "surest %zu would, had this threshold been fixed before; as the best of "
                         "all it proves nothing. Give more images, or a larger rate",
                         calibrating->data.name, e->n, calibrating->max_error, lowest->n_errors,
                         lowest->n_errors == 1 ? "" : "s", lowest->n_accepted);
    return error_set(
        error, SCRAWL_STATUS_LIMIT,
        "%s: no threshold can be shown to keep an error bound of %g: %zu of %zu images are read "
        "wrong, and the lowest bound is %.4g, with %zu error%s among the surest %zu",
        calibrating->data.name, calibrating->max_error, e->n_errors, e->n, lowest->bound,
        lowest->n_errors, lowest->n_errors == 1 ? "" : "s", lowest->n_accepted);
}

static ScrawlStatus choose_threshold(Calibrating *calibrating, ScrawlError *error)
{
    ScrawlEvaluation *e = calibrating->data.evaluation;
    ScrawlCalibration *result = calibrating->result;
    Rejection rejection;
    if (calibrating->max_error == 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = check_count(calibrating, error);
    if (status)
        return status;
    EvaluatedAnswer *answers = mem_alloc(e->n, sizeof *answers);
    if (!answers)
        return error_no_memory(error, "the confidences");
    for (size_t i = 0; i < e->n; i++) {
        size_t answer;
        answers[i].confidence = evaluation_confidence(e, i, &answer);
        answers[i].right = answer == e->labels[i];
    }
    bool proven = rejection_select(answers, e->n, calibrating->max_error,
                                   1 - calibrating->confidence, &rejection);
    mem_free(answers);
    if (!proven)
        return not_proven(calibrating, &rejection, error);
    result->bound = rejection.bound;
    evaluation_calibrate(e, e->temperature, rejection.threshold);
    return SCRAWL_STATUS_OK;
}

/* The model answers as before: what was bounded of it is still true. */
static bool is_unchanged(const Calibrating *calibrating)
{
    const ScrawlCalibration *result = calibrating->result;
    return calibrating->max_error == 0 && result->temperature == result->temperature_before;
}

/* A new calibration takes the place of an earlier one. */
static ScrawlStatus list_data(Calibrating *calibrating, ScrawlError *error)
{
    const CalibrateData *data = &calibrating->data;
    Provenance *provenance = &calibrating->provenance;
    bool bound = calibrating->max_error > 0;
    const ScrawlDataRow row = {.use = SCRAWL_DATA_USE_CALIBRATION,
                               .name = data->name,
                               .split = data->split,
                               .n = data->evaluation->n,
                               .sha256 = data->sha256,
                               .n_folds = calibrating->options->n_folds,
                               .max_error = calibrating->max_error,
                               .confidence = bound ? calibrating->confidence : 0};
    if (is_unchanged(calibrating) && provenance_find(provenance, SCRAWL_DATA_USE_CALIBRATION))
        return SCRAWL_STATUS_OK;
    provenance_remove_calibration(provenance);
    return provenance_add_data(provenance, &row, error);
}

/* Another temperature gives other losses. Cross-fitting tells nothing of the model's own score. */
static ScrawlStatus list_scores(Calibrating *calibrating, ScrawlError *error)
{
    const ScrawlEvaluation *e = calibrating->data.evaluation;
    const CalibrateData *data = &calibrating->data;
    const ScrawlCalibration *result = calibrating->result;
    if (result->temperature != result->temperature_before)
        provenance_clear_scores(&calibrating->provenance);
    if (calibrating->options->folds)
        return SCRAWL_STATUS_OK;
    char *key = data->holdout ? mem_string(HOLDOUT) : mem_format("%s:%s", data->name, data->split);
    if (!key)
        return error_no_memory(error, "the model's scores");
    ScrawlStatus status = provenance_set_score(&calibrating->provenance,
                                               &(ScrawlScore){.key = key,
                                                              .data = data->name,
                                                              .split = data->split,
                                                              .n = e->n,
                                                              .n_errors = e->n_errors,
                                                              .accuracy = e->accuracy,
                                                              .loss = e->loss},
                                               error);
    mem_free(key);
    return status;
}

static ScrawlStatus describe(Calibrating *calibrating, ScrawlError *error)
{
    const ModelDescription *description = calibrating->model->description;
    ScrawlStatus status =
        provenance_copy(&calibrating->provenance, &description->provenance, error);
    if (!status)
        status = list_data(calibrating, error);
    return status ? status : list_scores(calibrating, error);
}

/* Cannot fail: what was made is put in its place. */
static void apply(Calibrating *calibrating, ScrawlModel *model)
{
    double threshold =
        is_unchanged(calibrating) ? model->threshold : calibrating->data.evaluation->threshold;
    model_set_provenance(model, &calibrating->provenance);
    model_calibrate(model, calibrating->result->temperature, threshold);
}

/* The result takes what it shows of the data. */
static void hand_over(Calibrating *calibrating)
{
    ScrawlCalibration *result = calibrating->result;
    CalibrateData *data = &calibrating->data;
    snprintf(result->data, sizeof result->data, "%s", data->name);
    result->split = data->holdout ? HOLDOUT : data->split;
    result->evaluation = data->evaluation;
    data->evaluation = NULL;
}

ScrawlStatus scrawl_model_calibrate(ScrawlModel *model, const ScrawlCalibrateOptions *options,
                                    ScrawlCalibration **calibration, ScrawlError *error)
{
    Calibrating calibrating = {.model = model, .options = options};
    *calibration = NULL;
    ScrawlStatus status = check_options(&calibrating, error);
    if (status)
        return status;
    calibrating.result = mem_alloc_zero(1, sizeof *calibrating.result);
    if (!calibrating.result)
        return error_no_memory(error, "a calibration");
    status = calibrate_ask(&calibrating.data, model, options, error);
    if (status)
        goto out;
    scale(&calibrating);
    status = choose_threshold(&calibrating, error);
    if (!status)
        status = describe(&calibrating, error);
    if (status)
        goto out;
    apply(&calibrating, model);
    hand_over(&calibrating);
    *calibration = calibrating.result;
    calibrating.result = NULL;
out:
    calibrate_data_deinit(&calibrating.data);
    provenance_deinit(&calibrating.provenance);
    scrawl_calibration_free(calibrating.result);
    return status;
}

void scrawl_calibration_free(ScrawlCalibration *calibration)
{
    if (!calibration)
        return;
    scrawl_evaluation_free(calibration->evaluation);
    mem_free(calibration);
}
