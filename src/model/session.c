#include "model/session.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "model/inference.h"
#include "nn/runner.h"

/* Chunks of the runner that each thread gets from one call: enough to keep the team busy, few
 * enough that the input of a call stays in the cache. */
#define CHUNKS_A_THREAD 4

struct ScrawlSession {
    const ScrawlModel *model;
    const Kernels *kernels;
    Inference *inference;
    size_t max_batch; /* pictures that the networks are given at once */
    size_t n_pixels;  /* of a picture */
    real *input;      /* [max_batch][n_pixels] */
    /* Of the one picture that scrawl_session_classify works on. */
    uint8_t *glyph; /* [n_pixels] */
    float *logits;  /* [n_classes] */
};

static ScrawlStatus read_options(ScrawlSession *session, const ScrawlSessionOptions *options,
                                 int *n_threads, ModelTta *tta, ScrawlError *error)
{
    *n_threads = options->n_threads != 0 ? options->n_threads : 1;
    *tta = session->model->tta;
    if (*n_threads < 1 || *n_threads > TEAM_MAX_THREADS)
        return error_set(error, SCRAWL_STATUS_USAGE, "threads: expected 1 to %d, found %d",
                         TEAM_MAX_THREADS, *n_threads);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (options->tta)
        status = model_find_tta(options->tta, tta, error);
    return status ? status : kernels_require(&session->kernels, options->cpu, error);
}

ScrawlStatus scrawl_session_create(ScrawlSession **session, const ScrawlModel *model,
                                   const ScrawlSessionOptions *options, ScrawlError *error)
{
    static const ScrawlSessionOptions defaults = {0};
    *session = NULL;
    ScrawlSession *made = mem_alloc_zero(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a session");
    made->model = model;
    int n_threads;
    ModelTta tta;
    ScrawlStatus status =
        read_options(made, options ? options : &defaults, &n_threads, &tta, error);
    if (status)
        goto out;

    made->max_batch = (size_t)(RUNNER_CHUNK * CHUNKS_A_THREAD) * (size_t)n_threads;
    made->n_pixels = shape_count(model->networks[0].graph->input);
    made->input = mem_alloc(made->max_batch * made->n_pixels, sizeof(real));
    made->glyph = mem_alloc(made->n_pixels, 1);
    made->logits = mem_alloc((size_t)model->info.n_classes, sizeof(float));
    if (!made->input || !made->glyph || !made->logits) {
        status = error_no_memory(error, "a session");
        goto out;
    }
    status = inference_create(&made->inference, model,
                              &(InferenceOptions){.max_batch = made->max_batch,
                                                  .n_threads = n_threads,
                                                  .kernels = made->kernels,
                                                  .tta = tta},
                              error);
out:
    if (!status) {
        *session = made;
    } else {
        scrawl_session_free(made);
    }
    return status;
}

const ScrawlModel *session_model(const ScrawlSession *session)
{
    return session->model;
}

void scrawl_session_free(ScrawlSession *session)
{
    if (!session)
        return;
    inference_free(session->inference);
    mem_free(session->input);
    mem_free(session->glyph);
    mem_free(session->logits);
    mem_free(session);
}

void scrawl_session_logits(ScrawlSession *session, size_t n, const uint8_t *pixels, float *logits)
{
    const ScrawlModel *model = session->model;
    for (size_t first = 0; first < n; first += session->max_batch) {
        size_t left = n - first;
        size_t step = left < session->max_batch ? left : session->max_batch;
        session->kernels->pixels_to_real(
            step * session->n_pixels, pixels + first * session->n_pixels,
            (real)model->preprocess.mean, (real)model->preprocess.sd, session->input);
        inference_run(session->inference, step, session->input,
                      logits + first * (size_t)model->info.n_classes);
    }
}

/* Puts the n_top largest logits into prediction->top, falling; of equals, the first class is first.
 * Insertion: n_top is at most SCRAWL_MAX_TOP. */
static void pick_top(const float *logits, int n_classes, ScrawlPrediction *prediction)
{
    int n = 0;
    for (int label = 0; label < n_classes; label++) {
        int place = n;
        while (place > 0 && logits[label] > logits[prediction->top[place - 1].label])
            place--;
        if (place >= prediction->n_top)
            continue;
        n = n < prediction->n_top ? n + 1 : n;
        for (int i = n - 1; i > place; i--)
            prediction->top[i] = prediction->top[i - 1];
        prediction->top[place].label = label;
    }
}

/* Softmax of logits / temperature, in double: only ratios to the largest are taken, so nothing
 * overflows. */
static void weigh_top(const float *logits, int n_classes, double temperature,
                      ScrawlPrediction *prediction)
{
    double largest = logits[prediction->top[0].label], sum = 0;
    for (int i = 0; i < n_classes; i++)
        sum += exp((logits[i] - largest) / temperature);
    for (int i = 0; i < prediction->n_top; i++) {
        double logit = logits[prediction->top[i].label];
        prediction->top[i].confidence = exp((logit - largest) / temperature) / sum;
    }
}

static bool all_finite(const float *values, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

ScrawlStatus scrawl_session_classify(ScrawlSession *session, const ScrawlImage *image, int n_top,
                                     ScrawlPrediction *prediction, ScrawlError *error)
{
    *prediction = (ScrawlPrediction){0};
    if (n_top < 1 || n_top > SCRAWL_MAX_TOP)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "the number of best classes: expected 1 to %d, found %d", SCRAWL_MAX_TOP,
                         n_top);
    ScrawlStatus status = scrawl_session_glyph(session, image, session->glyph, error);
    if (status)
        return status;
    const ScrawlModel *model = session->model;
    int n_classes = model->info.n_classes;
    scrawl_session_logits(session, 1, session->glyph, session->logits);
    if (!all_finite(session->logits, n_classes))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the network's answer is not a number: the model's weights are too large");

    prediction->n_top = n_top < n_classes ? n_top : n_classes;
    pick_top(session->logits, n_classes, prediction);
    weigh_top(session->logits, n_classes, model->temperature, prediction);
    prediction->label = prediction->top[0].label;
    prediction->confidence = prediction->top[0].confidence;
    prediction->rejected = prediction->confidence < model->threshold;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus scrawl_session_glyph(ScrawlSession *session, const ScrawlImage *image, uint8_t *out,
                                  ScrawlError *error)
{
    return preprocess_image(&session->model->preprocess, image, out, error);
}
