#include "scrawl/ood.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "eval/evaluate.h"
#include "eval/evaluation.h"
#include "eval/leakage.h"
#include "eval/statistics.h"

/* The images of unknown classes, and which of the classes they are. */
typedef struct Unknown {
    const ScrawlModelInfo *model;
    const ScrawlDataset *dataset;
    uint32_t *indices; /* [n] */
    size_t n;
    ScrawlEvaluation *answers; /* of these images; its labels say nothing */
} Unknown;

static ScrawlStatus find_images(Unknown *unknown, ScrawlError *error)
{
    const ScrawlModelInfo *model = unknown->model;
    char who[80];
    snprintf(who, sizeof who, "model %s knows", model->name);
    return dataset_find_unknown(unknown->dataset, model->class_names, model->n_classes, who,
                                &unknown->indices, &unknown->n, error);
}

/* Evaluating wants labels that the model knows: all images pass for its first class. */
static ScrawlStatus ask(Unknown *unknown, const ScrawlModel *model,
                        const ScrawlEvaluateOptions *options, ScrawlError *error)
{
    ScrawlDataset passing = *unknown->dataset;
    uint16_t *labels = mem_alloc_zero(passing.info.n, sizeof *labels);
    if (!labels)
        return error_no_memory(error, "the labels of a data set");
    passing.labels = labels;
    passing.info.n_classes = 1;
    passing.info.class_names = unknown->model->class_names;
    ScrawlStatus status =
        evaluate_view(&unknown->answers, model,
                      &(DatasetView){&passing, unknown->indices, unknown->n}, options, error);
    mem_free(labels);
    return status;
}

/* Not unlike the model's classes; of a confusable class the model's own answer could be right. */
static bool looks_known(const Unknown *unknown, const char *name)
{
    for (int k = 0; k < unknown->model->n_classes; k++)
        if (confusable(name, unknown->model->class_names[k]))
            return true;
    return false;
}

static const char *name_of(const Unknown *unknown, size_t i)
{
    const ScrawlDataset *dataset = unknown->dataset;
    return dataset->info.class_names[dataset->labels[unknown->indices[i]]];
}

static void count(const Unknown *unknown, double threshold, ScrawlOod *result)
{
    for (size_t i = 0; i < unknown->n; i++) {
        size_t answer;
        bool accepted = evaluation_confidence(unknown->answers, i, &answer) >= threshold;
        ScrawlOodClass *class = &result->classes[unknown->dataset->labels[unknown->indices[i]]];
        class->name = name_of(unknown, i);
        class->n++;
        class->n_accepted += accepted;
        result->n_accepted += accepted;
    }
    result->n = unknown->n;
}

/* Leaves out the classes without images, and sums those that look like none of the model's. */
static void finish_classes(const Unknown *unknown, ScrawlOod *result)
{
    int n = 0;
    for (int c = 0; c < unknown->dataset->info.n_classes; c++)
        if (result->classes[c].n > 0)
            result->classes[n++] = result->classes[c];
    result->n_classes = n;
    for (int c = 0; c < n; c++) {
        const ScrawlOodClass *class = &result->classes[c];
        if (looks_known(unknown, class->name))
            continue;
        result->n_unlike += class->n;
        result->n_unlike_accepted += class->n_accepted;
    }
}

static double area(const Unknown *unknown, const ScrawlEvaluation *known, bool all,
                   ScoredSample *samples)
{
    size_t n = 0, answer;
    for (size_t i = 0; i < known->n; i++)
        samples[n++] = (ScoredSample){evaluation_confidence(known, i, &answer), true};
    for (size_t i = 0; i < unknown->n; i++)
        if (all || !looks_known(unknown, name_of(unknown, i)))
            samples[n++] =
                (ScoredSample){evaluation_confidence(unknown->answers, i, &answer), false};
    return auroc(samples, n);
}

static ScrawlStatus measure(const Unknown *unknown, double threshold, const ScrawlEvaluation *known,
                            ScrawlOod *result, ScrawlError *error)
{
    ScoredSample *samples = mem_alloc(known->n + unknown->n, sizeof *samples);
    result->classes =
        mem_alloc_zero((size_t)unknown->dataset->info.n_classes, sizeof *result->classes);
    if (!samples || !result->classes) {
        mem_free(samples);
        return error_no_memory(error, "the confidences");
    }
    count(unknown, threshold, result);
    finish_classes(unknown, result);
    result->auroc = area(unknown, known, true, samples);
    result->auroc_unlike = area(unknown, known, false, samples);
    mem_free(samples);
    return SCRAWL_STATUS_OK;
}

static ScrawlSplit split_of(const ScrawlDatasetInfo *info)
{
    ScrawlSplit split = SCRAWL_SPLIT_TRAIN;
    while (split < SCRAWL_SPLIT_ALL && strcmp(split_name(split), info->split) != 0)
        split++;
    return split;
}

static ScrawlStatus find_leakage(const ScrawlModel *model, const ScrawlDataset *dataset,
                                 ScrawlLeakage *leakage, ScrawlError *error)
{
    DataSpec spec = {0};
    char *names = spec_names(dataset->info.name);
    if (!names)
        return error_no_memory(error, "the name of a data set");
    ScrawlStatus status = spec_parse(&spec, names, split_of(&dataset->info), error);
    if (!status)
        status = leakage_find(leakage, model, &spec, dataset->info.sha256, error);
    spec_deinit(&spec);
    mem_free(names);
    return status;
}

ScrawlStatus scrawl_evaluate_ood(ScrawlOod **ood, const ScrawlModel *model,
                                 const ScrawlDataset *dataset, const ScrawlEvaluation *known,
                                 const ScrawlEvaluateOptions *options, ScrawlError *error)
{
    static const ScrawlEvaluateOptions defaults = {0};
    Unknown unknown = {.model = &model->info, .dataset = dataset};
    *ood = NULL;
    ScrawlOod *result = mem_alloc_zero(1, sizeof *result);
    if (!result)
        return error_no_memory(error, "figures on other pictures");
    ScrawlStatus status = find_images(&unknown, error);
    if (!status)
        status = ask(&unknown, model, options ? options : &defaults, error);
    if (!status)
        status = measure(&unknown, model->threshold, known, result, error);
    if (!status)
        status = find_leakage(model, dataset, &result->leakage, error);
    if (!status) {
        *ood = result;
        result = NULL;
    }
    scrawl_ood_free(result);
    scrawl_evaluation_free(unknown.answers);
    mem_free(unknown.indices);
    return status;
}

void scrawl_ood_free(ScrawlOod *ood)
{
    if (!ood)
        return;
    mem_free(ood->classes);
    mem_free(ood);
}
