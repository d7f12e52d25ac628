/* Forward selection of an ensemble's members. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "judge/choose_data.h"
#include "judge/judge.h"
#include "model/committee.h"
#include "model/record.h"

#define LEAST_PART 1e-300 /* smallest probability of which a logarithm is taken, as in committees */

/* One choice under way. */
typedef struct Choosing {
    ScrawlModel *all; /* the ensemble of all models: what they agree on */
    ChooseData data;
    size_t n, n_classes;      /* images that choose; classes of the models */
    uint16_t *labels;         /* [n] */
    float *q[SCRAWL_MAX_MEMBERS]; /* [n][n_classes]: each member's answers by itself */
    double *ballots;          /* [n][2][n_classes]: of those that are chosen */
    double *ballot, *p;       /* [2][n_classes], [n_classes] */
    bool chosen[SCRAWL_MAX_MEMBERS];
} Choosing;

typedef struct Figures {
    double loss;
    size_t n_errors;
} Figures;

static ScrawlStatus create_arrays(Choosing *choosing, ScrawlError *error)
{
    size_t n = choosing->n, k = choosing->n_classes;
    bool complete = true;
    choosing->labels = mem_alloc(n, sizeof *choosing->labels);
    choosing->ballots = mem_alloc_zero(n, 2 * k * sizeof *choosing->ballots);
    choosing->ballot = mem_alloc(2 * k, sizeof *choosing->ballot);
    choosing->p = mem_alloc(k, sizeof *choosing->p);
    for (int i = 0; i < choosing->all->n_members; i++) {
        choosing->q[i] = mem_alloc(n, k * sizeof *choosing->q[i]);
        complete = complete && choosing->q[i];
    }
    if (complete && choosing->labels && choosing->ballots && choosing->ballot && choosing->p)
        return SCRAWL_STATUS_OK;
    return error_no_memory(error, "the models' answers");
}

static void choosing_deinit(Choosing *choosing)
{
    for (int i = 0; i < SCRAWL_MAX_MEMBERS; i++)
        mem_free(choosing->q[i]);
    mem_free(choosing->labels);
    mem_free(choosing->ballots);
    mem_free(choosing->ballot);
    mem_free(choosing->p);
    choose_data_close(&choosing->data);
    scrawl_model_free(choosing->all);
}

/* Member i's answers, as it gives them in the ensemble: shifts averaged, its own temperature. */
static ScrawlStatus ask(Choosing *choosing, int i, ScrawlError *error)
{
    const ScrawlChooseOptions *options = choosing->data.options;
    ScrawlJudgeOptions wish = {.n_threads = options->n_threads, .cpu = options->cpu,
                               .log = options->log};
    size_t n = choosing->n, k = choosing->n_classes;
    ScrawlModel one = *choosing->all; /* the same arrays: only looked at */
    ScrawlEvaluation *evaluation;
    one.members += i;
    one.n_members = 1;
    one.graph = one.members->graph;
    one.combine = MODEL_COMBINE_AVERAGE;
    ScrawlStatus status = judge_part(&evaluation, &one, &choosing->data.view, &wish, error);
    if (status)
        return status;
    memcpy(choosing->labels, evaluation->labels, n * sizeof *choosing->labels);
    /* With shifts the logits are logarithms of what is wanted, and the temperature is in them. */
    double temperature = one.tta == MODEL_TTA_NONE ? one.members->temperature : 1;
    for (size_t image = 0; image < n; image++) {
        committee_softmax(k, evaluation->logits + image * k, temperature, choosing->p);
        for (size_t c = 0; c < k; c++)
            choosing->q[i][image * k + c] = (float)choosing->p[c];
    }
    scrawl_evaluation_free(evaluation);
    return SCRAWL_STATUS_OK;
}

/* Puts member i's answer on one image into the ballot. */
static void put(const Choosing *choosing, int i, size_t image, double *ballot)
{
    size_t k = choosing->n_classes;
    for (size_t c = 0; c < k; c++)
        choosing->p[c] = (double)choosing->q[i][image * k + c];
    ballot_add(k, choosing->p, ballot);
}

static size_t best_class(size_t n_classes, const double *p)
{
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
        best = p[k] > p[best] ? k : best;
    return best;
}

/* What the n_chosen members and member i make of the images; n_chosen 0: i by itself. */
static Figures weigh(const Choosing *choosing, int n_chosen, int i)
{
    size_t k = choosing->n_classes;
    Figures figures = {0};
    for (size_t image = 0; image < choosing->n; image++) {
        uint16_t label = choosing->labels[image];
        memset(choosing->ballot, 0, 2 * k * sizeof *choosing->ballot);
        if (n_chosen > 0)
            memcpy(choosing->ballot, choosing->ballots + image * 2 * k,
                   2 * k * sizeof *choosing->ballot);
        put(choosing, i, image, choosing->ballot);
        ballot_finish(n_chosen > 0 ? choosing->all->combine : MODEL_COMBINE_AVERAGE, k,
                      n_chosen + 1, choosing->ballot, choosing->p);
        figures.loss -= log(fmax(choosing->p[label], LEAST_PART));
        figures.n_errors += best_class(k, choosing->p) != label;
    }
    figures.loss /= (double)choosing->n;
    return figures;
}

static void take_best(Choosing *choosing, int step, ScrawlChoice *choice)
{
    int best = -1;
    Figures lowest = {0};
    for (int i = 0; i < choosing->all->n_members; i++) {
        if (choosing->chosen[i])
            continue;
        Figures figures = weigh(choosing, step, i);
        if (best < 0 || figures.loss < lowest.loss) {
            best = i;
            lowest = figures;
        }
    }
    choosing->chosen[best] = true;
    for (size_t image = 0; image < choosing->n; image++)
        put(choosing, best, image, choosing->ballots + image * 2 * choosing->n_classes);
    choice->steps[step].model = best;
    choice->steps[step].loss = lowest.loss;
    choice->steps[step].n_errors = lowest.n_errors;
    choice->steps[step].alone = weigh(choosing, 0, best).loss;
}

static ScrawlStatus prepare(Choosing *choosing, ScrawlError *error)
{
    choosing->n = choosing->data.view.n;
    choosing->n_classes = (size_t)choosing->all->info.n_classes;
    ScrawlStatus status = create_arrays(choosing, error);
    for (int i = 0; i < choosing->all->n_members && !status; i++)
        status = ask(choosing, i, error);
    return status;
}

ScrawlStatus scrawl_ensemble_choose(const ScrawlModel *const *models, int n,
                                    const ScrawlChooseOptions *options, ScrawlChoice *choice,
                                    ScrawlError *error)
{
    Choosing choosing = {0};
    *choice = (ScrawlChoice){0};
    if (options->n_chosen < 1 || options->n_chosen > n)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "expected to choose 1 to %d of %d models, found %d", n, n,
                         options->n_chosen);
    if (n < 2)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected two models or more to choose from");
    ScrawlStatus status =
        scrawl_ensemble_create(&choosing.all, models, n, &options->ensemble, error);
    if (!status)
        status = choose_data_open(&choosing.data, models, n, options, error);
    if (!status)
        status = prepare(&choosing, error);
    for (int step = 0; step < options->n_chosen && !status; step++)
        take_best(&choosing, step, choice);
    if (!status) {
        choice->n = choosing.n;
        choice->split = choosing.data.split_name;
        snprintf(choice->data, sizeof choice->data, "%s", choosing.data.view.dataset->info.name);
    }
    choosing_deinit(&choosing);
    return status;
}

ScrawlStatus scrawl_ensemble_create_chosen(ScrawlModel **ensemble,
                                           const ScrawlModel *const *models,
                                           const ScrawlChoice *choice, int n,
                                           const ScrawlEnsembleOptions *options,
                                           ScrawlError *error)
{
    const ScrawlModel *chosen[SCRAWL_MAX_MEMBERS];
    *ensemble = NULL;
    if (n < 1 || n > SCRAWL_MAX_MEMBERS)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected 1 to %d models, found %d",
                         SCRAWL_MAX_MEMBERS, n);
    for (int i = 0; i < n; i++)
        chosen[i] = models[choice->steps[i].model];
    ScrawlStatus status = scrawl_ensemble_create(ensemble, chosen, n, options, error);
    if (status)
        return status;
    const double n_images = (double)choice->n;
    ModelScore score = {.data = choice->data, .split = choice->split, .n = choice->n,
                        .n_errors = choice->steps[n - 1].n_errors,
                        .loss = choice->steps[n - 1].loss};
    score.accuracy = (n_images - (double)score.n_errors) / n_images;
    status = model_record(*ensemble, "validation", &score, error);
    if (status) {
        scrawl_model_free(*ensemble);
        *ensemble = NULL;
    }
    return status;
}
