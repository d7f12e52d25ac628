#include "model/committee.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "nn/runner.h"

#define CHUNK 16             /* pictures that a thread shifts or counts at once */
#define LEAST_PART 1e-300    /* smallest probability: its logarithm fits a float many times over */

/* Pixels to the right and down. */
typedef struct Shift {
    int x, y;
} Shift;

/* The picture itself, then the cross, then the corners. */
static const Shift shifts[] = {{0, 0},   {0, -1}, {0, 1},  {-1, 0}, {1, 0},
                               {-1, -1}, {1, -1}, {-1, 1}, {1, 1}};

struct Committee {
    const ScrawlModel *model;
    CommitteeOptions options;
    int n_passes; /* of a member */
    size_t n_pixels, n_classes;
    Runner *runners[SCRAWL_MAX_MEMBERS]; /* of the members, loaded */
    bool alone;  /* one member and one pass: the runner's logits as they are; the rest is NULL */
    real paper;  /* what a pixel without ink is for the networks */
    real *shifted;   /* [max_batch][n_pixels] */
    real *logits;    /* [max_batch][n_classes], of a pass */
    double *q, *p;   /* [max_batch][n_classes] each: a member's answer, everyone's */
    double *ballots; /* [max_batch][2][n_classes] */
    /* The call and the pass under way. */
    size_t n;
    const real *x;
    real *out;
    int member, pass;
};

void committee_softmax(size_t n_classes, const real *logits, double temperature, double *p)
{
    double largest = logits[real_argmax(n_classes, logits)], sum = 0;
    for (size_t k = 0; k < n_classes; k++) {
        p[k] = exp((logits[k] - largest) / temperature);
        sum += p[k];
    }
    for (size_t k = 0; k < n_classes; k++)
        p[k] /= sum;
}

void ballot_add(size_t n_classes, const double *q, double *ballot)
{
    size_t best = 0;
    for (size_t k = 0; k < n_classes; k++) {
        ballot[k] += q[k];
        best = q[k] > q[best] ? k : best;
    }
    ballot[n_classes + best] += 1;
}

void ballot_finish(ModelCombine combine, size_t n_classes, int n_members, const double *ballot,
                   double *p)
{
    bool vote = combine == MODEL_COMBINE_VOTE;
    for (size_t k = 0; k < n_classes; k++) {
        double mean = ballot[k] / n_members;
        p[k] = vote ? (ballot[n_classes + k] + mean) / (n_members + 1) : mean;
    }
}

static size_t chunk_end(const Committee *committee, size_t chunk)
{
    size_t end = (chunk + 1) * CHUNK;
    return end < committee->n ? end : committee->n;
}

/* What comes in from outside of the picture is paper. */
static void shift_picture(const Committee *committee, const real *x, Shift shift, real *out)
{
    int height = committee->model->preprocess.height, width = committee->model->preprocess.width;
    size_t to = shift.x > 0 ? 1 : 0, from = shift.x < 0 ? 1 : 0;
    size_t n = (size_t)(width - (shift.x != 0));
    for (int row = 0; row < height; row++, out += width) {
        int source = row - shift.y;
        bool inside = source >= 0 && source < height;
        out[0] = out[width - 1] = committee->paper;
        for (int i = 0; i < width && !inside; i++)
            out[i] = committee->paper;
        if (inside)
            memcpy(out + to, x + source * width + from, n * sizeof(*x));
    }
}

static void shift_chunk(void *context, size_t chunk, int thread)
{
    const Committee *committee = context;
    (void)thread;
    for (size_t i = chunk * CHUNK; i < chunk_end(committee, chunk); i++)
        shift_picture(committee, committee->x + i * committee->n_pixels, shifts[committee->pass],
                      committee->shifted + i * committee->n_pixels);
}

/* Adds a pass to the member's answer, the member to the ballot, the ballot to the logits: as far as
 * they are complete. */
static void count_picture(Committee *committee, size_t i)
{
    const ScrawlModel *model = committee->model;
    size_t n_classes = committee->n_classes;
    double *q = committee->q + i * n_classes, *p = committee->p + i * n_classes;
    double *ballot = committee->ballots + i * 2 * n_classes;
    if (committee->pass == 0)
        memset(q, 0, n_classes * sizeof(*q));
    if (committee->pass == 0 && committee->member == 0)
        memset(ballot, 0, 2 * n_classes * sizeof(*ballot));
    committee_softmax(n_classes, committee->logits + i * n_classes,
                      model->members[committee->member].temperature, p);
    for (size_t k = 0; k < n_classes; k++)
        q[k] += p[k] / committee->n_passes;
    if (committee->pass + 1 < committee->n_passes)
        return;
    ballot_add(n_classes, q, ballot);
    if (committee->member + 1 < model->n_members)
        return;
    ballot_finish(model->combine, n_classes, model->n_members, ballot, p);
    for (size_t k = 0; k < n_classes; k++) /* what is no number stays none */
        committee->out[i * n_classes + k] = (real)log(p[k] < LEAST_PART ? LEAST_PART : p[k]);
}

static void count_chunk(void *context, size_t chunk, int thread)
{
    (void)thread;
    for (size_t i = chunk * CHUNK; i < chunk_end(context, chunk); i++)
        count_picture(context, i);
}

static void run_pass(Committee *committee)
{
    int n_threads = committee->options.n_threads;
    size_t n = committee->n, n_chunks = (n + CHUNK - 1) / CHUNK;
    const real *x = committee->x;
    if (committee->pass > 0) {
        team_run(n_threads, n_chunks, shift_chunk, committee);
        x = committee->shifted;
    }
    runner_infer(committee->runners[committee->member], n, x, committee->logits);
    team_run(n_threads, n_chunks, count_chunk, committee);
}

void committee_infer(Committee *committee, size_t n, const real *x, real *logits)
{
    if (committee->alone) {
        runner_infer(committee->runners[0], n, x, logits);
        return;
    }
    committee->n = n;
    committee->x = x;
    committee->out = logits;
    for (int member = 0; member < committee->model->n_members; member++) {
        for (int pass = 0; pass < committee->n_passes; pass++) {
            committee->member = member;
            committee->pass = pass;
            run_pass(committee);
        }
    }
}

static ScrawlStatus create_runners(Committee *committee, ScrawlError *error)
{
    const ScrawlModel *model = committee->model;
    RunnerOptions options = {.max_batch = committee->options.max_batch,
                             .n_threads = committee->options.n_threads,
                             .kernels = committee->options.kernels};
    for (int i = 0; i < model->n_members; i++) {
        const ModelMember *member = &model->members[i];
        ScrawlStatus status =
            runner_create(&committee->runners[i], member->graph, &options, error);
        if (status != SCRAWL_STATUS_OK)
            return status;
        runner_load(committee->runners[i], member->parameters, member->state);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus create_arrays(Committee *committee, ScrawlError *error)
{
    size_t max_batch = committee->options.max_batch, n_classes = committee->n_classes;
    committee->shifted = mem_alloc(committee->n_passes > 1 ? max_batch : 0,
                                   committee->n_pixels * sizeof(real));
    committee->logits = mem_alloc(max_batch, n_classes * sizeof(real));
    committee->q = mem_alloc(max_batch, n_classes * sizeof(double));
    committee->p = mem_alloc(max_batch, n_classes * sizeof(double));
    committee->ballots = mem_alloc(max_batch, 2 * n_classes * sizeof(double));
    if (committee->shifted == NULL || committee->logits == NULL || committee->q == NULL ||
        committee->p == NULL || committee->ballots == NULL)
        return error_no_memory(error, "the answers of a model's members");
    return SCRAWL_STATUS_OK;
}

ScrawlStatus committee_create(Committee **committee, const ScrawlModel *model,
                              const CommitteeOptions *options, ScrawlError *error)
{
    static const uint8_t no_ink = 0;
    *committee = NULL;
    Committee *made = mem_alloc_zero(1, sizeof(*made));
    if (made == NULL)
        return error_no_memory(error, "a model's members");
    made->model = model;
    made->options = *options;
    made->n_passes = model_passes(options->tta);
    made->n_pixels = shape_count(model->graph->input);
    made->n_classes = (size_t)model->graph->n_classes;
    made->alone = model->n_members == 1 && made->n_passes == 1;
    options->kernels->pixels_to_real(1, &no_ink, (real)model->preprocess.mean,
                                     (real)model->preprocess.sd, &made->paper);
    ScrawlStatus status = create_runners(made, error);
    if (status == SCRAWL_STATUS_OK && !made->alone)
        status = create_arrays(made, error);
    if (status == SCRAWL_STATUS_OK)
        *committee = made;
    else
        committee_free(made);
    return status;
}

void committee_free(Committee *committee)
{
    if (committee == NULL)
        return;
    for (int i = 0; i < committee->model->n_members; i++)
        runner_free(committee->runners[i]);
    mem_free(committee->shifted);
    mem_free(committee->logits);
    mem_free(committee->q);
    mem_free(committee->p);
    mem_free(committee->ballots);
    mem_free(committee);
}
