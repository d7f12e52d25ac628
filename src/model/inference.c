#include "model/inference.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "nn/runner.h"

#define CHUNK 16          /* pictures that a thread shifts or counts at once */
#define LEAST_PART 1e-300 /* smallest probability: its logarithm fits a float many times over */

/* Pixels to the right and down. */
typedef struct Shift {
    int x, y;
} Shift;

/* The picture itself, then the cross, then the corners. */
static const Shift shifts[] = {{0, 0},   {0, -1}, {0, 1},  {-1, 0}, {1, 0},
                               {-1, -1}, {1, -1}, {-1, 1}, {1, 1}};

struct Inference {
    const ScrawlModel *model;
    InferenceOptions options;
    int n_passes; /* of a network */
    size_t n_pixels, n_classes;
    const Network *networks;
    int n_networks;
    ModelCombine combine;
    Runner *runners[SCRAWL_MAX_MEMBERS]; /* [n_networks], loaded */
    bool alone;    /* one network and one pass: the runner's logits as they are; the rest is NULL */
    real paper;    /* what a pixel without ink is for the networks */
    real *shifted; /* [max_batch][n_pixels] */
    real *logits;  /* [max_batch][n_classes], of a pass */
    double *q, *p; /* [max_batch][n_classes] each: a member's answer, everyone's */
    double *votes; /* [max_batch][2][n_classes] */
    /* The call and the pass under way. */
    size_t n;
    const real *x;
    real *out;
    int member, pass;
};

void inference_softmax(size_t n_classes, const real *logits, double temperature, double *p)
{
    double largest = logits[real_argmax(n_classes, logits)], sum = 0;
    for (size_t k = 0; k < n_classes; k++) {
        p[k] = exp((logits[k] - largest) / temperature);
        sum += p[k];
    }
    for (size_t k = 0; k < n_classes; k++)
        p[k] /= sum;
}

void vote_add(size_t n_classes, const double *q, double *vote)
{
    size_t best = 0;
    for (size_t k = 0; k < n_classes; k++) {
        vote[k] += q[k];
        best = q[k] > q[best] ? k : best;
    }
    vote[n_classes + best] += 1;
}

void vote_finish(ModelCombine combine, size_t n_classes, int n_members, const double *vote,
                 double *p)
{
    bool majority = combine == MODEL_COMBINE_VOTE;
    for (size_t k = 0; k < n_classes; k++) {
        double mean = vote[k] / n_members;
        p[k] = majority ? (vote[n_classes + k] + mean) / (n_members + 1) : mean;
    }
}

static size_t chunk_end(const Inference *inference, size_t chunk)
{
    size_t end = (chunk + 1) * CHUNK;
    return end < inference->n ? end : inference->n;
}

/* What comes in from outside of the picture is paper. */
static void shift_picture(const Inference *inference, const real *x, Shift shift, real *out)
{
    int height = inference->model->preprocess.height, width = inference->model->preprocess.width;
    size_t to = shift.x > 0 ? 1 : 0, from = shift.x < 0 ? 1 : 0;
    size_t n = (size_t)(width - (shift.x != 0));
    for (int row = 0; row < height; row++, out += width) {
        int source = row - shift.y;
        bool inside = source >= 0 && source < height;
        out[0] = out[width - 1] = inference->paper;
        for (int i = 0; i < width && !inside; i++)
            out[i] = inference->paper;
        if (inside)
            memcpy(out + to, x + source * width + from, n * sizeof *x);
    }
}

static void shift_chunk(void *context, size_t chunk, int thread)
{
    const Inference *inference = context;
    (void)thread;
    for (size_t i = chunk * CHUNK; i < chunk_end(inference, chunk); i++)
        shift_picture(inference, inference->x + i * inference->n_pixels, shifts[inference->pass],
                      inference->shifted + i * inference->n_pixels);
}

/* Adds a pass to the member's answer, the member to the vote, the vote to the logits: as far as
 * they are complete. */
static void count_picture(Inference *inference, size_t i)
{
    size_t n_classes = inference->n_classes;
    double *q = inference->q + i * n_classes, *p = inference->p + i * n_classes;
    double *vote = inference->votes + i * 2 * n_classes;
    if (inference->pass == 0)
        memset(q, 0, n_classes * sizeof *q);
    if (inference->pass == 0 && inference->member == 0)
        memset(vote, 0, 2 * n_classes * sizeof *vote);
    inference_softmax(n_classes, inference->logits + i * n_classes,
                      inference->networks[inference->member].temperature, p);
    for (size_t k = 0; k < n_classes; k++)
        q[k] += p[k] / inference->n_passes;
    if (inference->pass + 1 < inference->n_passes)
        return;
    vote_add(n_classes, q, vote);
    if (inference->member + 1 < inference->n_networks)
        return;
    vote_finish(inference->combine, n_classes, inference->n_networks, vote, p);
    for (size_t k = 0; k < n_classes; k++) /* what is no number stays none */
        inference->out[i * n_classes + k] = (real)log(p[k] < LEAST_PART ? LEAST_PART : p[k]);
}

static void count_chunk(void *context, size_t chunk, int thread)
{
    (void)thread;
    for (size_t i = chunk * CHUNK; i < chunk_end(context, chunk); i++)
        count_picture(context, i);
}

static void run_pass(Inference *inference)
{
    int n_threads = inference->options.n_threads;
    size_t n = inference->n, n_chunks = (n + CHUNK - 1) / CHUNK;
    const real *x = inference->x;
    if (inference->pass > 0) {
        team_run(n_threads, n_chunks, shift_chunk, inference);
        x = inference->shifted;
    }
    runner_infer(inference->runners[inference->member], n, x, inference->logits);
    team_run(n_threads, n_chunks, count_chunk, inference);
}

void inference_run(Inference *inference, size_t n, const real *x, real *logits)
{
    if (inference->alone) {
        runner_infer(inference->runners[0], n, x, logits);
        return;
    }
    inference->n = n;
    inference->x = x;
    inference->out = logits;
    for (int member = 0; member < inference->n_networks; member++) {
        for (int pass = 0; pass < inference->n_passes; pass++) {
            inference->member = member;
            inference->pass = pass;
            run_pass(inference);
        }
    }
}

static ScrawlStatus create_runners(Inference *inference, ScrawlError *error)
{
    RunnerOptions options = {.max_batch = inference->options.max_batch,
                             .n_threads = inference->options.n_threads,
                             .kernels = inference->options.kernels};
    for (int i = 0; i < inference->n_networks; i++) {
        const Network *network = &inference->networks[i];
        ScrawlStatus status =
            runner_create(&inference->runners[i], network->graph, &options, error);
        if (status)
            return status;
        runner_load(inference->runners[i], network->parameters, network->state);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus create_arrays(Inference *inference, ScrawlError *error)
{
    size_t max_batch = inference->options.max_batch, n_classes = inference->n_classes;
    inference->shifted =
        mem_alloc(inference->n_passes > 1 ? max_batch : 0, inference->n_pixels * sizeof(real));
    inference->logits = mem_alloc(max_batch, n_classes * sizeof(real));
    inference->q = mem_alloc(max_batch, n_classes * sizeof(double));
    inference->p = mem_alloc(max_batch, n_classes * sizeof(double));
    inference->votes = mem_alloc(max_batch, 2 * n_classes * sizeof(double));
    if (!inference->shifted || !inference->logits || !inference->q || !inference->p ||
        !inference->votes)
        return error_no_memory(error, "the answers of a model's members");
    return SCRAWL_STATUS_OK;
}

ScrawlStatus inference_create(Inference **inference, const ScrawlModel *model,
                              const InferenceOptions *options, ScrawlError *error)
{
    static const uint8_t no_ink = 0;
    *inference = NULL;
    Inference *made = mem_alloc_zero(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a model's members");
    made->model = model;
    made->options = *options;
    made->n_passes = model_passes(options->tta);
    made->n_pixels = shape_count(model->networks[0].graph->input);
    made->n_classes = (size_t)model->info.n_classes;
    made->networks = model->networks + options->first;
    made->n_networks = options->n > 0 ? options->n : model->n_networks;
    made->combine = made->n_networks > 1 ? model->combine : MODEL_COMBINE_AVERAGE;
    made->alone = made->n_networks == 1 && made->n_passes == 1;
    options->kernels->pixels_to_real(1, &no_ink, (real)model->preprocess.mean,
                                     (real)model->preprocess.sd, &made->paper);
    ScrawlStatus status = create_runners(made, error);
    if (!status && !made->alone)
        status = create_arrays(made, error);
    if (!status)
        *inference = made;
    else
        inference_free(made);
    return status;
}

void inference_free(Inference *inference)
{
    if (!inference)
        return;
    for (int i = 0; i < inference->n_networks; i++)
        runner_free(inference->runners[i]);
    mem_free(inference->shifted);
    mem_free(inference->logits);
    mem_free(inference->q);
    mem_free(inference->p);
    mem_free(inference->votes);
    mem_free(inference);
}
