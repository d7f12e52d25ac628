#include "model/score.h"

#include "base/error.h"
#include "base/memory.h"

/* What is asked: input shape and classes, and a function from pictures to logits. */
typedef struct Answerer {
    const Graph *graph;
    void (*infer)(void *context, size_t n, const real *x, real *logits);
    void *context;
} Answerer;

/* The memory of one call, taken at its start. */
typedef struct Scorer {
    Batcher *batcher;
    real *x;          /* [SCORE_BATCH][C,H,W] */
    real *logits;     /* [SCORE_BATCH][classes] */
    real *loss;       /* [SCORE_BATCH] */
    uint16_t *labels; /* [SCORE_BATCH] */
} Scorer;

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

static ScrawlStatus scorer_init(Scorer *scorer, const Graph *graph, const Preprocess *preprocess,
                                const DatasetView *view, int n_threads, const Kernels *kernels,
                                ScrawlError *error)
{
    scorer->x = mem_alloc(SCORE_BATCH * shape_count(graph->input), sizeof(real));
    scorer->logits = mem_alloc(SCORE_BATCH * (size_t)graph->n_classes, sizeof(real));
    scorer->loss = mem_alloc(SCORE_BATCH, sizeof(real));
    scorer->labels = mem_alloc(SCORE_BATCH, sizeof(uint16_t));
    if (!scorer->x || !scorer->logits || !scorer->loss || !scorer->labels)
        return error_no_memory(error, "a batch of test images");
    return batcher_create(&scorer->batcher,
                          &(BatcherOptions){.view = *view,
                                            .mean = preprocess->mean,
                                            .sd = preprocess->sd,
                                            .augment = AUGMENT_NONE,
                                            .n_threads = n_threads,
                                            .kernels = kernels},
                          error);
}

static void scorer_deinit(Scorer *scorer)
{
    batcher_free(scorer->batcher);
    mem_free(scorer->x);
    mem_free(scorer->logits);
    mem_free(scorer->loss);
    mem_free(scorer->labels);
}

/* Adds n images to the sums: in their order, and in double, so that no set is too large. */
static void tally(const Scorer *scorer, size_t n, size_t n_classes, Score *score, double *loss_sum)
{
    for (size_t i = 0; i < n; i++) {
        size_t best = real_argmax(n_classes, scorer->logits + i * n_classes);
        score->n_correct += best == scorer->labels[i];
        *loss_sum += (double)scorer->loss[i];
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

static ScrawlStatus score_images(const Answerer *answerer, const Preprocess *preprocess,
                                 const DatasetView *view, int n_threads, const Kernels *kernels,
                                 const ScrawlLog *log, float *logits, Score *result,
                                 ScrawlError *error)
{
    const Graph *graph = answerer->graph;
    *result = (Score){0};
    ScrawlStatus status = check_fit(graph, view->dataset, error);
    if (status)
        return status;
    if (!kernels)
        kernels = kernels_get(NULL);
    double start = clock_seconds(), loss_sum = 0;
    size_t n_classes = (size_t)graph->n_classes;
    Scorer scorer = {0};
    status = scorer_init(&scorer, graph, preprocess, view, n_threads, kernels, error);
    if (status)
        goto out;

    batcher_start(scorer.batcher, 0);
    for (size_t first = 0; first < view->n; first += SCORE_BATCH) {
        size_t n = view->n - first < SCORE_BATCH ? view->n - first : SCORE_BATCH;
        batcher_get(scorer.batcher, first, n, scorer.x, scorer.labels);
        answerer->infer(answerer->context, n, scorer.x, scorer.logits);
        kernels->cross_entropy(n, n_classes, scorer.logits, scorer.labels, 0, 1, scorer.loss, NULL);
        for (size_t i = 0; logits && i < n * n_classes; i++)
            logits[first * n_classes + i] = (float)scorer.logits[i];
        tally(&scorer, n, n_classes, result, &loss_sum);
        if (!report(log, result, view->n, start)) {
            status = error_set(error, SCRAWL_STATUS_INTERRUPTED,
                               "interrupted after %zu of %zu images", result->n, view->n);
            goto out;
        }
    }
out:
    scorer_deinit(&scorer);
    return status;
}

static void ask_runner(void *context, size_t n, const real *x, real *logits)
{
    runner_infer(context, n, x, logits);
}

static void ask_inference(void *context, size_t n, const real *x, real *logits)
{
    inference_run(context, n, x, logits);
}

ScrawlStatus score_view(const Graph *graph, const real *parameters, const real *state,
                        const Preprocess *preprocess, const DatasetView *view, Runner *runner,
                        int n_threads, const Kernels *kernels, const ScrawlLog *log, float *logits,
                        Score *result, ScrawlError *error)
{
    Answerer answerer = {graph, ask_runner, runner};
    runner_load(runner, parameters, state);
    return score_images(&answerer, preprocess, view, n_threads, kernels, log, logits, result,
                        error);
}

ScrawlStatus score_model(const ScrawlModel *model, Inference *inference, const DatasetView *view,
                         int n_threads, const Kernels *kernels, const ScrawlLog *log, float *logits,
                         Score *result, ScrawlError *error)
{
    Answerer answerer = {model->graph, ask_inference, inference};
    return score_images(&answerer, &model->preprocess, view, n_threads, kernels, log, logits,
                        result, error);
}
