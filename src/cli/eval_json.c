/* An evaluation for programs. */
#include "cli/eval.h"

static json_t *json_matrix(const ScrawlEvaluation *e)
{
    json_t *rows = json_array();
    size_t k = (size_t)e->n_classes;

    for (size_t row = 0; row < k; row++) {
        json_t *columns = json_array();

        for (size_t c = 0; c < k; c++)
            json_array_append_new(columns, json_integer((json_int_t)e->confusion[row * k + c]));
        json_array_append_new(rows, columns);
    }
    return rows;
}

static json_t *json_classes(const ScrawlEvaluation *e)
{
    json_t *classes = json_array();

    for (int c = 0; c < e->n_classes; c++) {
        const ScrawlClassScore *score = &e->classes[c];

        json_array_append_new(
            classes, json_pack("{s:o, s:o, s:o, s:o, s:I}", "label", json_text(e->class_names[c]),
                               "precision", json_number(score->precision), "recall",
                               json_number(score->recall), "f1", json_number(score->f1), "support",
                               (json_int_t)score->support));
    }
    return classes;
}

static json_t *json_average(const ScrawlClassScore *score)
{
    return json_pack("{s:o, s:o, s:o}", "precision", json_number(score->precision), "recall",
                     json_number(score->recall), "f1", json_number(score->f1));
}

static json_t *json_top(const ScrawlEvaluation *e)
{
    json_t *shares = json_array();

    for (int k = 0; k < e->n_top; k++)
        json_array_append_new(shares, json_number(e->top[k]));
    return shares;
}

static json_t *json_reliability(const ScrawlEvaluation *e)
{
    json_t *bins = json_array();

    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++) {
        const ScrawlReliability *bin = &e->reliability[i];

        json_array_append_new(bins, json_pack("{s:I, s:o, s:o}", "n", (json_int_t)bin->n,
                                              "confidence", json_number(bin->confidence),
                                              "accuracy", json_number(bin->accuracy)));
    }
    return bins;
}

static json_t *json_merged(const ScrawlEvaluation *e)
{
    json_t *groups = json_array();

    for (size_t i = 0; scrawl_confusable_classes(i); i++)
        json_array_append_new(groups, json_text(scrawl_confusable_classes(i)));
    return json_pack("{s:o, s:I, s:o}", "groups", groups, "errors", (json_int_t)e->n_merged_errors,
                     "accuracy", json_number(eval_merged_accuracy(e)));
}

/* null where the model has no threshold. */
static json_t *json_accepted(const ScrawlEvaluation *e)
{
    if (e->threshold == 0)
        return json_null();
    return json_pack("{s:o, s:I, s:o, s:I}", "threshold", json_number(e->threshold), "n",
                     (json_int_t)e->n_accepted, "share",
                     json_number((double)e->n_accepted / (double)e->n), "errors",
                     (json_int_t)e->n_accepted_errors);
}

json_t *eval_json(const ScrawlEvaluation *e, const ScrawlDatasetInfo *data, const char *model)
{
    return json_pack(
        "{s:o, s:s, s:I, s:o, s:[o, o], s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:s}",
        "data", json_text(data->name), "split", data->split, "n", (json_int_t)e->n, "accuracy",
        json_number(e->accuracy), "interval", json_number(e->interval.low),
        json_number(e->interval.high), "errors", (json_int_t)e->n_errors, "loss",
        json_number(e->loss), "brier", json_number(e->brier), "calibration_error",
        json_number(e->ece), "balanced_accuracy", json_number(e->balanced_accuracy), "top_k",
        json_top(e), "confusion_matrix", json_matrix(e), "classes", json_classes(e), "macro_avg",
        json_average(&e->macro), "weighted_avg", json_average(&e->weighted), "reliability",
        json_reliability(e), "merged", json_merged(e), "accepted", json_accepted(e), "model",
        json_text(model), "sha256", data->sha256);
}

json_t *eval_version_json(const Evaluate *evaluate, const ScrawlEvaluation *e,
                          const ScrawlDataset *data, const ScrawlDataset *evaluated,
                          const Version *version)
{
    ScrawlDatasetInfo info = *scrawl_dataset_info(data);
    json_t *keys, *value;

    info.sha256 = scrawl_dataset_info(evaluated)->sha256;
    value = eval_json(e, &info, evaluate->name);
    keys = json_pack("{s:o, s:o, s:o, s:o, s:i}", "noise", json_text(version->noise), "clean",
                     json_text(version->clean), "corruption", json_text(version->corruption),
                     "strength", version->strength ? json_integer(version->strength) : json_null(),
                     "seed", evaluate->arguments->seed);
    if (!value || !keys || json_object_update(value, keys)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(keys);
    return value;
}
