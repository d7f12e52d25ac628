/* The occlusion map, as numbers. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/inference.h"
#include "model/session.h"
#include "scrawl/explain.h"

#define MOST_PLACES 32 /* of the patch, a side */
#define BATCH 64       /* covered pictures that the session is given at once */
#define LEAST_PATCH 3

/* Covered pictures that wait for their answer. */
typedef struct Queue {
    ScrawlSession *session;
    const ScrawlModel *model;
    ScrawlExplanation *explanation;
    uint8_t *pixels; /* [BATCH][height][width] */
    float *logits;   /* [BATCH][n_classes] */
    double *p;       /* [n_classes] */
    size_t n;
    int x[BATCH], y[BATCH]; /* the patch's middle */
    double alone;           /* the answer's probability without a patch */
} Queue;

static size_t area(const ScrawlExplanation *e)
{
    return (size_t)e->width * (size_t)e->height;
}

static int shorter_side(const ScrawlExplanation *e)
{
    return e->width < e->height ? e->width : e->height;
}

static ScrawlStatus choose_patch(ScrawlExplanation *e, int wanted, ScrawlError *error)
{
    int side = shorter_side(e);
    e->patch = wanted ? wanted : (side / 4) | 1;
    if (!wanted && e->patch < LEAST_PATCH)
        e->patch = LEAST_PATCH;
    if (e->patch < 1 || e->patch > side || e->patch % 2 == 0)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "the patch: expected an odd number of pixels from 1 to %d, found %d", side,
                         wanted);
    return SCRAWL_STATUS_OK;
}

/* From one place to the next. Neighbours overlap, so that nothing stays uncovered. */
static int step_of(const ScrawlExplanation *e)
{
    int longer = e->width > e->height ? e->width : e->height;
    int step = (longer + MOST_PLACES - 1) / MOST_PLACES;
    return step < e->patch ? step : e->patch;
}

/* The answer's probability in row i of the logits; NAN where that is no number. */
static double probability(const Queue *queue, size_t i)
{
    size_t k = (size_t)queue->explanation->n_classes;
    inference_softmax(k, queue->logits + i * k, queue->model->temperature, queue->p);
    return queue->p[queue->explanation->prediction.label];
}

static ScrawlStatus ask(Queue *queue, ScrawlError *error)
{
    ScrawlExplanation *e = queue->explanation;
    scrawl_session_logits(queue->session, queue->n, queue->pixels, queue->logits);
    for (size_t i = 0; i < queue->n; i++) {
        double drop = queue->alone - probability(queue, i);
        if (!isfinite(drop))
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "the network's answer is not a number: the model's weights are too "
                             "large");
        e->drop[(size_t)queue->y[i] * (size_t)e->width + (size_t)queue->x[i]] = (float)drop;
        e->max_drop = fmax(e->max_drop, drop);
    }
    queue->n = 0;
    return SCRAWL_STATUS_OK;
}

/* Lays the patch over a copy; false where there was only paper already. */
static bool cover(const ScrawlExplanation *e, int x, int y, uint8_t *copy)
{
    int half = e->patch / 2;
    int x0 = x - half > 0 ? x - half : 0, x1 = x + half < e->width ? x + half : e->width - 1;
    int y0 = y - half > 0 ? y - half : 0, y1 = y + half < e->height ? y + half : e->height - 1;
    unsigned covered = 0;
    memcpy(copy, e->glyph, area(e));
    for (int row = y0; row <= y1; row++)
        for (int column = x0; column <= x1; column++) {
            uint8_t *pixel = &copy[row * e->width + column];
            covered |= *pixel;
            *pixel = 0;
        }
    return covered != 0;
}

static ScrawlStatus measure(Queue *queue, ScrawlError *error)
{
    ScrawlExplanation *e = queue->explanation;
    int step = step_of(e);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int y = step / 2; y < e->height && !status; y += step)
        for (int x = step / 2; x < e->width && !status; x += step) {
            if (!cover(e, x, y, queue->pixels + queue->n * area(e)))
                continue;
            queue->x[queue->n] = x;
            queue->y[queue->n++] = y;
            if (queue->n == BATCH)
                status = ask(queue, error);
        }
    return status || !queue->n ? status : ask(queue, error);
}

/* The place that was measured nearest to `at`. */
static int nearest(int at, int step, int side)
{
    int place = at / step * step + step / 2;
    return place < side ? place : place - step;
}

/* Pixels between the places get the nearest one's drop. */
static void fill(ScrawlExplanation *e)
{
    int step = step_of(e);
    for (int y = 0; y < e->height; y++)
        for (int x = 0; x < e->width; x++)
            e->drop[y * e->width + x] =
                e->drop[nearest(y, step, e->height) * e->width + nearest(x, step, e->width)];
}

static ScrawlStatus map_drops(ScrawlExplanation *e, ScrawlSession *session, ScrawlError *error)
{
    Queue queue = {.session = session,
                   .model = session_model(session),
                   .explanation = e,
                   .alone = e->prediction.confidence};
    size_t k = (size_t)e->n_classes;
    ScrawlStatus status;
    queue.pixels = mem_alloc(BATCH, area(e));
    queue.logits = mem_alloc(BATCH * k, sizeof *queue.logits);
    queue.p = mem_alloc(k, sizeof *queue.p);
    if (queue.pixels && queue.logits && queue.p)
        status = measure(&queue, error);
    else
        status = error_no_memory(error, "the covered pictures of an explanation");
    if (!status)
        fill(e);
    mem_free(queue.pixels);
    mem_free(queue.logits);
    mem_free(queue.p);
    return status;
}

static ScrawlStatus explain(ScrawlExplanation *e, ScrawlSession *session, const ScrawlImage *image,
                            int patch, ScrawlError *error)
{
    const ScrawlModelInfo *info = scrawl_model_info(session_model(session));
    e->n_classes = info->n_classes;
    e->class_names = info->class_names;
    e->width = info->width;
    e->height = info->height;
    ScrawlStatus status = choose_patch(e, patch, error);
    if (status)
        return status;
    e->glyph = mem_alloc(area(e), 1);
    e->drop = mem_alloc_zero(area(e), sizeof *e->drop);
    if (!e->glyph || !e->drop)
        return error_no_memory(error, "an explanation");
    status = scrawl_session_classify(session, image, SCRAWL_MAX_TOP, &e->prediction, error);
    if (!status)
        status = scrawl_session_glyph(session, image, e->glyph, error);
    return status ? status : map_drops(e, session, error);
}

ScrawlStatus scrawl_explain(ScrawlExplanation **explanation, ScrawlSession *session,
                            const ScrawlImage *image, const ScrawlExplainOptions *options,
                            ScrawlError *error)
{
    ScrawlExplanation *made = mem_alloc_zero(1, sizeof *made);
    *explanation = NULL;
    if (!made)
        return error_no_memory(error, "an explanation");
    ScrawlStatus status = explain(made, session, image, options ? options->patch : 0, error);
    if (status) {
        scrawl_explanation_free(made);
        return status;
    }
    *explanation = made;
    return SCRAWL_STATUS_OK;
}

void scrawl_explanation_free(ScrawlExplanation *explanation)
{
    if (!explanation)
        return;
    mem_free(explanation->glyph);
    mem_free(explanation->drop);
    mem_free(explanation);
}
