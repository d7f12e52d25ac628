/* Forward selection of an ensemble's members. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "eval/evaluate.h"
#include "eval/holdout.h"
#include "eval/leakage.h"
#include "model/inference.h"
#include "model/model.h"
#include "scrawl/ensemble.h"

#define LEAST_PART 1e-300 /* smallest probability of which a logarithm is taken, as in inferences */

/* The images that choose: none that a model has learned from, no test set. */
typedef struct SelectionData {
    const ScrawlModel *const *models; /* borrowed */
    int n_models;
    Holdout holdout; /* one of the two */
    ScrawlDataset *dataset;
    DatasetView view;
    const char *split_name; /* "validation", "train" */
} SelectionData;

static ScrawlStatus open_other(SelectionData *data, const char *text,
                               const ScrawlDataOptions *options, ScrawlError *error)
{
    DataSpec spec;
    ScrawlStatus status = spec_parse(&spec, text, SCRAWL_SPLIT_TRAIN, error);
    if (status)
        return status;
    if (spec.split != SCRAWL_SPLIT_TRAIN)
        status = error_set(error, SCRAWL_STATUS_USAGE,
                           "%s: test sets never choose: expected the training split", text);
    if (!status)
        status = scrawl_dataset_open(&data->dataset, text, options, error);
    for (int i = 0; i < data->n_models && !status; i++)
        status = leakage_check(data->models[i], &spec, data->dataset->info.sha256,
                               "so it cannot choose", error);
    if (!status)
        data->view = (DatasetView){data->dataset, NULL, data->dataset->info.n};
    spec_deinit(&spec);
    return status;
}

static ScrawlStatus open_holdout(SelectionData *data, const ScrawlDataOptions *options,
                                 ScrawlError *error)
{
    Holdout *part = &data->holdout;
    ScrawlStatus status = holdout_open(part, data->models, data->n_models, options, error);
    data->view = part->view;
    return status;
}

static void selection_data_close(SelectionData *data)
{
    holdout_close(&data->holdout);
    scrawl_dataset_free(data->dataset);
    *data = (SelectionData){0};
}

/* Opens options->data, or what the models held out. *data is empty after a failure. */
static ScrawlStatus selection_data_open(SelectionData *data, const ScrawlModel *const *models,
                                        int n_models, const ScrawlSelectOptions *options,
                                        ScrawlError *error)
{
    ScrawlDataOptions data_options = {
        .split = SCRAWL_SPLIT_TRAIN, .data_folder = options->data_folder, .log = options->log};
    *data = (SelectionData){.models = models, .n_models = n_models};
    bool holdout = !options->data || holdout_names(models[0], options->data);
    data->split_name = holdout ? "validation" : "train";
    ScrawlStatus status = holdout ? open_holdout(data, &data_options, error)
                                  : open_other(data, options->data, &data_options, error);
    if (status)
        selection_data_close(data);
    return status;
}

/* One selection under way. */
typedef struct Selecting {
    ScrawlModel *all; /* the ensemble of all models: what they agree on */
    const ScrawlSelectOptions *options;
    SelectionData data;
    size_t n, n_classes;          /* images that choose; classes of the models */
    uint16_t *labels;             /* [n] */
    float *q[SCRAWL_MAX_MEMBERS]; /* [n][n_classes]: each member's answers by itself */
    double *votes;                /* [n][2][n_classes]: of those that are chosen */
    double *vote, *p;             /* [2][n_classes], [n_classes] */
    bool chosen[SCRAWL_MAX_MEMBERS];
} Selecting;

typedef struct Figures {
    double loss;
    size_t n_errors;
} Figures;

static ScrawlStatus create_arrays(Selecting *selecting, ScrawlError *error)
{
    size_t n = selecting->n, k = selecting->n_classes;
    bool complete = true;
    selecting->labels = mem_alloc(n, sizeof *selecting->labels);
    selecting->votes = mem_alloc_zero(n, 2 * k * sizeof *selecting->votes);
    selecting->vote = mem_alloc(2 * k, sizeof *selecting->vote);
    selecting->p = mem_alloc(k, sizeof *selecting->p);
    for (int i = 0; i < selecting->all->n_networks; i++) {
        selecting->q[i] = mem_alloc(n, k * sizeof *selecting->q[i]);
        complete = complete && selecting->q[i];
    }
    if (complete && selecting->labels && selecting->votes && selecting->vote && selecting->p)
        return SCRAWL_STATUS_OK;
    return error_no_memory(error, "the models' answers");
}

static void selecting_deinit(Selecting *selecting)
{
    for (int i = 0; i < SCRAWL_MAX_MEMBERS; i++)
        mem_free(selecting->q[i]);
    mem_free(selecting->labels);
    mem_free(selecting->votes);
    mem_free(selecting->vote);
    mem_free(selecting->p);
    selection_data_close(&selecting->data);
    scrawl_model_free(selecting->all);
}

/* Member i's answers, as it gives them in the ensemble: shifts averaged, its own temperature. */
static ScrawlStatus ask(Selecting *selecting, int i, ScrawlError *error)
{
    const ScrawlModel *all = selecting->all;
    ScrawlEvaluateOptions options = {.n_threads = selecting->options->n_threads,
                                     .cpu = selecting->options->cpu,
                                     .log = selecting->options->log};
    size_t n = selecting->n, k = selecting->n_classes;
    ScrawlEvaluation *evaluation;
    ScrawlStatus status =
        evaluate_member(&evaluation, all, i, &selecting->data.view, &options, error);
    if (status)
        return status;
    memcpy(selecting->labels, evaluation->labels, n * sizeof *selecting->labels);
    /* With shifts the logits are logarithms of what is wanted, and the temperature is in them. */
    double temperature = all->tta == MODEL_TTA_NONE ? all->networks[i].temperature : 1;
    for (size_t image = 0; image < n; image++) {
        inference_softmax(k, evaluation->logits + image * k, temperature, selecting->p);
        for (size_t c = 0; c < k; c++)
            selecting->q[i][image * k + c] = (float)selecting->p[c];
    }
    scrawl_evaluation_free(evaluation);
    return SCRAWL_STATUS_OK;
}

/* Puts member i's answer on one image into the vote. */
static void put(const Selecting *selecting, int i, size_t image, double *vote)
{
    size_t k = selecting->n_classes;
    for (size_t c = 0; c < k; c++)
        selecting->p[c] = (double)selecting->q[i][image * k + c];
    vote_add(k, selecting->p, vote);
}

static size_t best_class(size_t n_classes, const double *p)
{
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
        best = p[k] > p[best] ? k : best;
    return best;
}

/* What the n_selected members and member i make of the images; n_selected 0: i by itself. */
static Figures weigh(const Selecting *selecting, int n_selected, int i)
{
    size_t k = selecting->n_classes;
    Figures figures = {0};
    for (size_t image = 0; image < selecting->n; image++) {
        uint16_t label = selecting->labels[image];
        memset(selecting->vote, 0, 2 * k * sizeof *selecting->vote);
        if (n_selected > 0)
            memcpy(selecting->vote, selecting->votes + image * 2 * k,
                   2 * k * sizeof *selecting->vote);
        put(selecting, i, image, selecting->vote);
        vote_finish(n_selected > 0 ? selecting->all->combine : MODEL_COMBINE_AVERAGE, k,
                    n_selected + 1, selecting->vote, selecting->p);
        figures.loss -= log(fmax(selecting->p[label], LEAST_PART));
        figures.n_errors += best_class(k, selecting->p) != label;
    }
    figures.loss /= (double)selecting->n;
    return figures;
}

static void take_best(Selecting *selecting, int step, ScrawlSelection *selection)
{
    int best = -1;
    Figures lowest = {0};
    for (int i = 0; i < selecting->all->n_networks; i++) {
        if (selecting->chosen[i])
            continue;
        Figures figures = weigh(selecting, step, i);
        if (best < 0 || figures.loss < lowest.loss) {
            best = i;
            lowest = figures;
        }
    }
    selecting->chosen[best] = true;
    for (size_t image = 0; image < selecting->n; image++)
        put(selecting, best, image, selecting->votes + image * 2 * selecting->n_classes);
    selection->steps[step].model = best;
    selection->steps[step].loss = lowest.loss;
    selection->steps[step].n_errors = lowest.n_errors;
    selection->steps[step].alone = weigh(selecting, 0, best).loss;
}

static ScrawlStatus prepare(Selecting *selecting, ScrawlError *error)
{
    selecting->n = selecting->data.view.n;
    selecting->n_classes = (size_t)selecting->all->info.n_classes;
    ScrawlStatus status = create_arrays(selecting, error);
    for (int i = 0; i < selecting->all->n_networks && !status; i++)
        status = ask(selecting, i, error);
    return status;
}

ScrawlStatus scrawl_ensemble_select(const ScrawlModel *const *models, int n,
                                    const ScrawlSelectOptions *options, ScrawlSelection *selection,
                                    ScrawlError *error)
{
    Selecting selecting = {.options = options};
    *selection = (ScrawlSelection){0};
    if (options->n_selected < 1 || options->n_selected > n)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "expected to choose 1 to %d of %d models, found %d", n, n,
                         options->n_selected);
    if (n < 2)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected two models or more to choose from");
    ScrawlStatus status =
        scrawl_ensemble_create(&selecting.all, models, n, &options->ensemble, error);
    if (!status)
        status = selection_data_open(&selecting.data, models, n, options, error);
    if (!status)
        status = prepare(&selecting, error);
    for (int step = 0; step < options->n_selected && !status; step++)
        take_best(&selecting, step, selection);
    if (!status) {
        selection->n = selecting.n;
        selection->split = selecting.data.split_name;
        snprintf(selection->data, sizeof selection->data, "%s",
                 selecting.data.view.dataset->info.name);
    }
    selecting_deinit(&selecting);
    return status;
}

ScrawlStatus scrawl_ensemble_create_selected(ScrawlModel **ensemble,
                                             const ScrawlModel *const *models,
                                             const ScrawlSelection *selection, int n,
                                             const ScrawlEnsembleOptions *options,
                                             ScrawlError *error)
{
    const ScrawlModel *chosen[SCRAWL_MAX_MEMBERS];
    *ensemble = NULL;
    if (n < 1 || n > SCRAWL_MAX_MEMBERS)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected 1 to %d models, found %d",
                         SCRAWL_MAX_MEMBERS, n);
    for (int i = 0; i < n; i++)
        chosen[i] = models[selection->steps[i].model];
    ScrawlStatus status = scrawl_ensemble_create(ensemble, chosen, n, options, error);
    if (status)
        return status;
    const double n_images = (double)selection->n;
    ScrawlScore score = {.key = "validation",
                         .data = selection->data,
                         .split = selection->split,
                         .n = selection->n,
                         .n_errors = selection->steps[n - 1].n_errors,
                         .loss = selection->steps[n - 1].loss};
    score.accuracy = (n_images - (double)score.n_errors) / n_images;
    status = model_set_score(*ensemble, &score, error);
    if (status) {
        scrawl_model_free(*ensemble);
        *ensemble = NULL;
    }
    return status;
}
