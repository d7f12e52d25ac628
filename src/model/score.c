#include "model/score.h"

#include "base/error.h"
#include "base/memory.h"

/* The memory of one call, taken at its start. */
typedef struct ScoreBuffers {
    Batcher *batcher;
    real *x;          /* [SCORE_BATCH][C,H,W] */
    real *logits;     /* [SCORE_BATCH][classes] */
    real *loss;       /* [SCORE_BATCH] */
    uint16_t *labels; /* [SCORE_BATCH] */
} ScoreBuffers;

static ScrawlStatus check_fit(const Graph *graph, const ScrawlDataset *dataset, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &dataset->info;
    if (graph->input.channels != 1 || graph->input.height != info->height ||
        graph->input.width != info->width)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: pictures of %dx%d pixels, but the network reads %dx%d", info->name,
                         info->width, info->height, graph->input.width, graph->input.height);
    if (info->n_classes > graph->n_classes)
        return error_set(error, SCRAWL_STATUS_MISMATCH, "%s: %d classes, but the network knows %d",
                         info->name, info->n_classes, graph->n_classes);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus buffers_init(ScoreBuffers *buffers, const Scoring *scoring,
                                 const DatasetView *view, const Kernels *kernels,
                                 ScrawlError *error)
{
    const Graph *graph = scoring->graph;
    buffers->x = mem_alloc(SCORE_BATCH * shape_count(graph->input), sizeof(real));
    buffers->logits = mem_alloc(SCORE_BATCH * (size_t)graph->n_classes, sizeof(real));
    buffers->loss = mem_alloc(SCORE_BATCH, sizeof(real));
    buffers->labels = mem_alloc(SCORE_BATCH, sizeof(uint16_t));
    if (!buffers->x || !buffers->logits || !buffers->loss || !buffers->labels)
        return error_no_memory(error, "a batch of test images");
    return batcher_create(&buffers->batcher,
                          &(BatcherOptions){.view = *view,
                                            .mean = scoring->preprocess->mean,
                                            .sd = scoring->preprocess->sd,
                                            .augment = AUGMENT_NONE,
                                            .n_threads = scoring->n_threads,
                                            .kernels = kernels},
                          error);
}

static void buffers_deinit(ScoreBuffers *buffers)
{
    batcher_free(buffers->batcher);
    mem_free(buffers->x);
    mem_free(buffers->logits);
    mem_free(buffers->loss);
    mem_free(buffers->labels);
}

/* Adds n images to the sums: in their order, and in double, so that no set is too large. */
static void tally(const ScoreBuffers *buffers, size_t n, size_t n_classes, Score *score,
                  double *loss_sum)
{
    for (size_t i = 0; i < n; i++) {
        size_t best = real_argmax(n_classes, buffers->logits + i * n_classes);
        score->n_correct += best == buffers->labels[i];
        *loss_sum += (double)buffers->loss[i];
    }
    score->n += n;
    score->loss = *loss_sum / (double)score->n;
}

static bool report(const ScrawlLog *log, const Score *score, size_t n, double start)
{
    return log_progress(log, &(ScrawlProgress){
                                 .what = "test",
                                 .unit = "images",
                                 .done = score->n,
                                 .total = n,
                                 .seconds = clock_seconds() - start,
                                 .loss = score->loss,
                                 .accuracy = (double)score->n_correct / (double)score->n,
                             });
}

static void infer(const Scoring *scoring, size_t n, const ScoreBuffers *buffers)
{
    if (scoring->runner)
        runner_infer(scoring->runner, n, buffers->x, buffers->logits);
    else
        inference_run(scoring->inference, n, buffers->x, buffers->logits);
}

ScrawlStatus score_view(const Scoring *scoring, const DatasetView *view, float *logits,
                        Score *score, ScrawlError *error)
{
    const Kernels *kernels = scoring->kernels ? scoring->kernels : kernels_get(NULL);
    size_t n_classes = (size_t)scoring->graph->n_classes;
    double start = clock_seconds(), loss_sum = 0;
    ScoreBuffers buffers = {0};
    *score = (Score){0};
    ScrawlStatus status = check_fit(scoring->graph, view->dataset, error);
    if (!status)
        status = buffers_init(&buffers, scoring, view, kernels, error);
    if (status)
        goto out;

    batcher_start(buffers.batcher, 0);
    for (size_t first = 0; first < view->n; first += SCORE_BATCH) {
        size_t n = view->n - first < SCORE_BATCH ? view->n - first : SCORE_BATCH;
        batcher_get(buffers.batcher, first, n, buffers.x, buffers.labels);
        infer(scoring, n, &buffers);
        kernels->cross_entropy(n, n_classes, buffers.logits, buffers.labels, 0, 1, buffers.loss,
                               NULL);
        for (size_t i = 0; logits && i < n * n_classes; i++)
            logits[first * n_classes + i] = (float)buffers.logits[i];
        tally(&buffers, n, n_classes, score, &loss_sum);
        if (!report(scoring->log, score, view->n, start)) {
            status = error_set(error, SCRAWL_STATUS_INTERRUPTED,
                               "interrupted after %zu of %zu images", score->n, view->n);
            goto out;
        }
    }
out:
    buffers_deinit(&buffers);
    return status;
}
