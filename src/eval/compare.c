#include "scrawl/compare.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/spec.h"
#include "eval/leakage.h"
#include "eval/statistics.h"
#include "kernels/real.h"

#define CLOSE 1e-12 /* means that differ by less do so by rounding */
#define MAX_WHAT 96 /* bytes of the progress' name */

_Static_assert(sizeof((ScrawlComparedData){0}.sha256) == CHECKSUM_TEXT_SIZE, "a checksum's text");

/* One comparison under way. */
typedef struct Comparing {
    const ScrawlModel *const *models; /* borrowed, as are the options */
    const ScrawlCompareOptions *options;
    ScrawlComparison *result;
    DataSpec specs[SCRAWL_COMPARE_MAX];
    uint8_t *wrong[SCRAWL_COMPARE_MAX]; /* of each data set [n_models][n], 1: an error; NULL: not
                                           evaluated yet */
    ScrawlLog log;                      /* the caller's, with other words */
    char what[MAX_WHAT];
} Comparing;

static void comparing_deinit(Comparing *comparing)
{
    for (int i = 0; i < SCRAWL_COMPARE_MAX; i++) {
        spec_deinit(&comparing->specs[i]);
        mem_free(comparing->wrong[i]);
    }
    scrawl_comparison_free(comparing->result);
}

static ScrawlStatus check_classes(const ScrawlModel *const *models, int n_models,
                                  ScrawlError *error)
{
    const ScrawlModelInfo *first = scrawl_model_info(models[0]);
    for (int i = 1; i < n_models; i++) {
        const ScrawlModelInfo *other = scrawl_model_info(models[i]);
        if (first->n_classes != other->n_classes)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "models 0 and %d (%s and %s) have %d and %d classes; to be compared "
                             "they need the same",
                             i, first->name, other->name, first->n_classes, other->n_classes);
        /* As many, and no two equal: the same set, where each is found. */
        for (int c = 0; c < other->n_classes; c++)
            if (dataset_find_class(first->class_names, first->n_classes, other->class_names[c]) < 0)
                return error_set(error, SCRAWL_STATUS_MISMATCH,
                                 "models 0 and %d (%s and %s) have different classes: only the "
                                 "latter has \"%s\"",
                                 i, first->name, other->name, other->class_names[c]);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_counts(int n_models, int n_data, ScrawlError *error)
{
    if (n_models < 1 || n_models > SCRAWL_COMPARE_MAX)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected 1 to %d models, found %d",
                         SCRAWL_COMPARE_MAX, n_models);
    if (n_data < 1 || n_data > SCRAWL_COMPARE_MAX)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected 1 to %d data sets, found %d",
                         SCRAWL_COMPARE_MAX, n_data);
    return SCRAWL_STATUS_OK;
}

/* A data set that counts twice would count twice in the means and the corrections, too. */
static ScrawlStatus read_specs(Comparing *comparing, const char *const *data, int n_data,
                               ScrawlError *error)
{
    DataSpec *specs = comparing->specs;
    for (int i = 0; i < n_data; i++) {
        ScrawlStatus status = spec_parse(&specs[i], data[i], SCRAWL_SPLIT_TEST, error);
        if (status)
            return status;
        for (int j = 0; j < i; j++)
            if (specs[i].split == specs[j].split && strcmp(specs[i].title, specs[j].title) == 0)
                return error_set(error, SCRAWL_STATUS_USAGE, "%s: the same data set twice",
                                 data[i]);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus create_result(Comparing *comparing, int n_models, const char *const *data,
                                  int n_data, ScrawlError *error)
{
    ScrawlComparison *result = comparing->result = mem_alloc_zero(1, sizeof *result);
    if (!result)
        goto no_memory;
    result->data = mem_alloc_zero((size_t)n_data, sizeof *result->data);
    result->models = mem_alloc_zero((size_t)n_models, sizeof *result->models);
    result->tests = mem_alloc_zero((size_t)(n_models - 1) * (size_t)n_data, sizeof *result->tests);
    if (!result->data || !result->models || !result->tests)
        goto no_memory;
    for (; result->n_data < n_data; result->n_data++) {
        ScrawlComparedData *d = &result->data[result->n_data];
        d->text = mem_string(data[result->n_data]);
        if (!d->text)
            goto no_memory;
    }
    for (; result->n_models < n_models; result->n_models++) {
        ScrawlComparedModel *m = &result->models[result->n_models];
        m->scores = mem_alloc_zero((size_t)n_data, sizeof *m->scores);
        if (!m->scores)
            goto no_memory;
    }
    return SCRAWL_STATUS_OK;
no_memory:
    return error_no_memory(error, "a comparison");
}

void scrawl_comparison_free(ScrawlComparison *comparison)
{
    if (!comparison)
        return;
    for (int i = 0; i < comparison->n_data; i++)
        mem_free(comparison->data[i].text);
    for (int i = 0; i < comparison->n_models; i++)
        mem_free(comparison->models[i].scores);
    for (size_t i = 0; i < comparison->n_tests; i++)
        paired_test_deinit(&comparison->tests[i]);
    mem_free(comparison->data);
    mem_free(comparison->models);
    mem_free(comparison->tests);
    mem_free(comparison);
}

/* The callback of evaluation says "test": here it is known of what. */
static bool on_progress(void *context, const ScrawlProgress *progress)
{
    const Comparing *comparing = context;
    const ScrawlLog *log = comparing->options->log;
    ScrawlProgress named = *progress;
    named.what = comparing->what;
    return log->progress(log->context, &named);
}

static void name_progress(Comparing *comparing, int model, int data)
{
    snprintf(comparing->what, sizeof comparing->what, "model %d/%d on %s", model + 1,
             comparing->result->n_models, comparing->result->data[data].text);
}

static ScrawlStatus evaluate_model(Comparing *comparing, int model, int data,
                                   const ScrawlDataset *dataset, ScrawlError *error)
{
    const ScrawlCompareOptions *options = comparing->options;
    bool shown = options->log && options->log->progress;
    ScrawlEvaluateOptions evaluate_options = {.n_threads = options->n_threads,
                                              .cpu = options->cpu,
                                              .tta = options->tta,
                                              .log = shown ? &comparing->log : NULL};
    size_t n = comparing->result->data[data].n;
    uint8_t *wrong = comparing->wrong[data] + (size_t)model * n;
    ScrawlEvaluation *evaluation;
    name_progress(comparing, model, data);
    ScrawlStatus status =
        scrawl_evaluate(&evaluation, comparing->models[model], dataset, &evaluate_options, error);
    if (status)
        return status;
    size_t k = (size_t)evaluation->n_classes;
    for (size_t i = 0; i < n; i++)
        wrong[i] = real_argmax(k, evaluation->logits + i * k) != evaluation->labels[i];
    scrawl_evaluation_free(evaluation);
    return SCRAWL_STATUS_OK;
}

/* The place of a data set that was evaluated, of that one name and without augmentation; or -1. */
static int find_part(const Comparing *comparing, const char *name, ScrawlSplit split)
{
    for (int i = 0; i < comparing->result->n_data; i++) {
        const DataSpec *spec = &comparing->specs[i];
        if (comparing->wrong[i] && spec->n_names == 1 && spec->split == split &&
            augment_is_none(&spec->augment) && strcmp(spec->names[0], name) == 0)
            return i;
    }
    return -1;
}

/* A joined set holds its parts' images one after the other, so what is known of those holds. */
static bool is_known(const Comparing *comparing, int data)
{
    const DataSpec *spec = &comparing->specs[data];
    bool known = augment_is_none(&spec->augment);
    size_t n = 0;
    for (int i = 0; i < spec->n_names && known; i++) {
        int part = find_part(comparing, spec->names[i], spec->split);
        known = part >= 0;
        n += known ? comparing->result->data[part].n : 0;
    }
    return known && n == comparing->result->data[data].n;
}

static void copy_parts(Comparing *comparing, int data, uint8_t *wrong)
{
    const DataSpec *spec = &comparing->specs[data];
    const ScrawlComparison *result = comparing->result;
    for (int model = 0; model < result->n_models; model++) {
        for (int i = 0; i < spec->n_names; i++) {
            int part = find_part(comparing, spec->names[i], spec->split);
            size_t n = result->data[part].n;
            memcpy(wrong, comparing->wrong[part] + (size_t)model * n, n);
            wrong += n;
        }
    }
}

static ScrawlStatus fill_wrong(Comparing *comparing, int data, const ScrawlDataset *dataset,
                               ScrawlError *error)
{
    const ScrawlComparison *result = comparing->result;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    uint8_t *wrong = mem_alloc((size_t)result->n_models, result->data[data].n);
    if (!wrong)
        return error_no_memory(error, "which images are right");
    bool known = is_known(comparing, data);
    if (known)
        copy_parts(comparing, data, wrong);
    comparing->wrong[data] = wrong;
    for (int model = 0; model < result->n_models && !known && !status; model++)
        status = evaluate_model(comparing, model, data, dataset, error);
    return status;
}

static ScrawlStatus count_errors(Comparing *comparing, int data, ScrawlError *error)
{
    ScrawlComparison *result = comparing->result;
    const ScrawlComparedData *d = &result->data[data];
    for (int model = 0; model < result->n_models; model++) {
        ScrawlComparedScore *score = &result->models[model].scores[data];
        const uint8_t *wrong = comparing->wrong[data] + (size_t)model * d->n;
        for (size_t i = 0; i < d->n; i++)
            score->n_errors += wrong[i];
        score->error = (double)score->n_errors / (double)d->n;
        ScrawlStatus status = leakage_find(&score->leakage, comparing->models[model],
                                           &comparing->specs[data], d->sha256, error);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus evaluate_on(Comparing *comparing, int data, ScrawlError *error)
{
    ScrawlComparedData *d = &comparing->result->data[data];
    ScrawlDataOptions data_options = {.split = SCRAWL_SPLIT_TEST,
                                      .log = comparing->options->log,
                                      .data_folder = comparing->options->data_folder};
    ScrawlDataset *dataset;
    ScrawlStatus status = scrawl_dataset_open(&dataset, d->text, &data_options, error);
    if (status)
        return status;
    const ScrawlDatasetInfo *info = scrawl_dataset_info(dataset);
    d->n = info->n;
    d->split = info->split;
    snprintf(d->sha256, sizeof d->sha256, "%s", info->sha256);
    status = fill_wrong(comparing, data, dataset, error);
    if (!status)
        status = count_errors(comparing, data, error);
    scrawl_dataset_free(dataset);
    return status;
}

/* Joined sets last: by then their parts are known, in whatever order they were asked for. */
static ScrawlStatus evaluate_all(Comparing *comparing, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int joined = 0; joined < 2; joined++)
        for (int i = 0; i < comparing->result->n_data && !status; i++)
            if ((comparing->specs[i].n_names > 1) == (joined == 1))
                status = evaluate_on(comparing, i, error);
    return status;
}

static void sum_up(ScrawlComparedModel *model, int n_data)
{
    double sum = 0, least = 1;
    for (int i = 0; i < n_data; i++) {
        double rate = model->scores[i].error;
        if (rate > model->worst) {
            model->worst = rate;
            model->worst_data = i;
        }
        least = rate < least ? rate : least;
        sum += rate;
    }
    model->mean = sum / n_data;
    model->range = model->worst - least;
}

/* Equal counts give equal rates; means are sums, which are rounded. */
static bool is_better(const ScrawlComparedModel *a, const ScrawlComparedModel *b)
{
    return a->worst < b->worst || (a->worst == b->worst && a->mean < b->mean - CLOSE);
}

static void find_winner(ScrawlComparison *result)
{
    for (int i = 0; i < result->n_models; i++) {
        sum_up(&result->models[i], result->n_data);
        if (is_better(&result->models[i], &result->models[result->winner]))
            result->winner = i;
    }
}

static ScrawlStatus test_pairs(Comparing *comparing, ScrawlError *error)
{
    ScrawlComparison *result = comparing->result;
    for (int model = 1; model < result->n_models; model++) {
        for (int data = 0; data < result->n_data; data++) {
            ScrawlPairedTest *test = &result->tests[result->n_tests++];
            size_t n = result->data[data].n;
            const uint8_t *first = comparing->wrong[data];
            *test = (ScrawlPairedTest){.model = model, .data = data};
            ScrawlStatus status = paired_test(test, first + (size_t)model * n, first, n,
                                              comparing->options->seed, error);
            if (status)
                return status;
        }
    }
    return result->n_tests ? paired_tests_correct(result->tests, result->n_tests, error)
                           : SCRAWL_STATUS_OK;
}

ScrawlStatus scrawl_compare(ScrawlComparison **comparison, const ScrawlModel *const *models,
                            int n_models, const char *const *data, int n_data,
                            const ScrawlCompareOptions *options, ScrawlError *error)
{
    static const ScrawlCompareOptions defaults = {0};
    *comparison = NULL;
    ScrawlStatus status = check_counts(n_models, n_data, error);
    if (!status)
        status = check_classes(models, n_models, error);
    if (status)
        return status;
    Comparing *comparing = mem_alloc_zero(1, sizeof *comparing);
    if (!comparing)
        return error_no_memory(error, "a comparison");
    comparing->models = models;
    comparing->options = options ? options : &defaults;
    comparing->log = (ScrawlLog){.context = comparing, .progress = on_progress};
    status = read_specs(comparing, data, n_data, error);
    if (!status)
        status = create_result(comparing, n_models, data, n_data, error);
    if (!status)
        status = evaluate_all(comparing, error);
    if (!status) {
        find_winner(comparing->result);
        status = test_pairs(comparing, error);
    }
    if (!status) {
        *comparison = comparing->result;
        comparing->result = NULL;
    }
    comparing_deinit(comparing);
    mem_free(comparing);
    return status;
}
