/* The temperature first, then the threshold of the confidences that it makes, then the model. */
#include "scrawl/calibrate.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/tree.h"
#include "eval/calibrate_data.h"
#include "eval/evaluation.h"
#include "eval/rejection.h"
#include "model/model.h"
#include "model/record.h"
#include "model/temperature.h"

#define HOLDOUT "validation"
#define MAX_LIST ((size_t)1 << 20) /* bytes of the model's list of data */
#define ERRORS_EXPECTED 10         /* so many, by max_error, that an error bound needs images for */
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
    char *list, *scores; /* what the model will say of its data, and of its scores */
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

static ScrawlStatus write_number(Buffer *out, const char *key, double value)
{
    ScrawlStatus status = buffer_print(out, ",\"%s\":", key);
    return status ? status : json_write_number(value, out);
}

/* {"name", "split", "use": "calibration", "n", "sha256", "folds", "max_error", "confidence"}. There
 * are "folds" where as many other models evaluated what they had held out. */
static ScrawlStatus write_row(const Calibrating *calibrating, Buffer *out)
{
    const CalibrateData *data = &calibrating->data;
    ScrawlStatus status = buffer_print(out, "%s{\"name\":", out->size > 1 ? "," : "");
    if (!status)
        status = json_write_string(data->name, out);
    if (!status)
        status = buffer_print(out,
                              ",\"split\":\"%s\",\"use\":\"calibration\",\"n\":%zu,\"sha256\":"
                              "\"%s\"",
                              data->split, data->evaluation->n, data->sha256);
    if (!status && calibrating->options->folds)
        status = buffer_print(out, ",\"folds\":%d", calibrating->options->n_folds);
    if (!status && calibrating->max_error > 0)
        status = write_number(out, "max_error", calibrating->max_error);
    if (!status && calibrating->max_error > 0)
        status = write_number(out, "confidence", calibrating->confidence);
    return status ? status : buffer_print(out, "}");
}

/* The model answers as before: what was bounded of it is still true. */
static bool is_unchanged(const Calibrating *calibrating)
{
    const ScrawlCalibration *result = calibrating->result;
    return calibrating->max_error == 0 && result->temperature == result->temperature_before;
}

/* The rows that are there. A new calibration takes the place of an earlier one. */
static ScrawlStatus write_list(const Calibrating *calibrating, const TreeNode *rows, Buffer *out)
{
    bool kept = false;
    ScrawlStatus status = buffer_print(out, "[");
    for (const TreeNode *row = rows->first; row && !status; row = row->next) {
        const TreeNode *use = tree_get(row, "use");
        bool earlier = use && use->text && strcmp(use->text, "calibration") == 0;
        if (earlier && !is_unchanged(calibrating))
            continue;
        kept = kept || earlier;
        status = buffer_print(out, "%s", out->size > 1 ? "," : "");
        if (!status)
            status = tree_write_json(row, out);
    }
    if (!status && !kept)
        status = write_row(calibrating, out);
    return status ? status : buffer_print(out, "]");
}

static ScrawlStatus make_list(Calibrating *calibrating, ScrawlError *error)
{
    const char *old = calibrating->model->data;
    Buffer text;
    Tree tree;
    ScrawlStatus status = json_parse(&tree, "data", old, strlen(old), error);
    if (status)
        return status;
    buffer_init(&text, MAX_LIST);
    status = write_list(calibrating, tree.root, &text);
    if (!status && !(calibrating->list = mem_string(buffer_text(&text))))
        status = SCRAWL_STATUS_NO_MEMORY;
    if (status == SCRAWL_STATUS_LIMIT)
        error_set(error, status, "the model's list of data is longer than %zu bytes", MAX_LIST);
    else if (status)
        error_no_memory(error, "the model's list of data");
    buffer_deinit(&text);
    tree_deinit(&tree);
    return status;
}

/* Losses are of the temperature. Cross-fitting tells nothing of the model's own score. */
static ScrawlStatus make_scores(Calibrating *calibrating, ScrawlError *error)
{
    const ScrawlEvaluation *e = calibrating->data.evaluation;
    const CalibrateData *data = &calibrating->data;
    ModelScore score = {.data = data->name,
                        .split = data->split,
                        .n = e->n,
                        .n_errors = e->n_errors,
                        .accuracy = e->accuracy,
                        .loss = e->loss};
    ScrawlModel draft = *calibrating->model;
    bool same = calibrating->result->temperature == calibrating->result->temperature_before;
    draft.scores = mem_string(same ? calibrating->model->scores : "{}");
    if (!draft.scores)
        return error_no_memory(error, "the model's scores");
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (!calibrating->options->folds) {
        char *key =
            data->holdout ? mem_string(HOLDOUT) : mem_format("%s:%s", data->name, data->split);
        status = key ? model_record(&draft, key, &score, error)
                     : error_no_memory(error, "the model's scores");
        mem_free(key);
    }
    calibrating->scores = draft.scores;
    return status;
}

/* Cannot fail: what was made is put in its place. */
static void apply(Calibrating *calibrating, ScrawlModel *model)
{
    const ScrawlCalibration *result = calibrating->result;
    const ScrawlEvaluation *evaluation = calibrating->data.evaluation;
    bool keep = is_unchanged(calibrating);
    mem_free(model->data);
    mem_free(model->scores);
    model->data = calibrating->list;
    model->scores = calibrating->scores;
    calibrating->list = calibrating->scores = NULL;
    model_calibrate(model, result->temperature, keep ? model->threshold : evaluation->threshold);
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
        status = make_list(&calibrating, error);
    if (!status)
        status = make_scores(&calibrating, error);
    if (status)
        goto out;
    apply(&calibrating, model);
    hand_over(&calibrating);
    *calibration = calibrating.result;
    calibrating.result = NULL;
out:
    calibrate_data_deinit(&calibrating.data);
    mem_free(calibrating.list);
    mem_free(calibrating.scores);
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
