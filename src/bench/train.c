/* Images per second of whole training steps. */
#include <math.h>

#include "base/error.h"
#include "base/team.h"
#include "bench/measure.h"
#include "train/step.h"

#define STRETCHES 5
#define IMAGES 2048    /* in memory; gone through again and again */
#define PEAK_SHARE 0.1 /* of a stretch, for the machine's peak */

/* Training steps on images in memory, epoch after epoch. */
typedef struct TrainBench {
    Graph *graph;
    ScrawlDataset *images;
    Batcher *batcher;
    TrainState state;
    TrainStep step;
    size_t next; /* image of the epoch */
    uint64_t epoch;
    uint64_t n_seen;
} TrainBench;

static void train_bench_deinit(TrainBench *bench)
{
    train_step_deinit(&bench->step);
    train_state_deinit(&bench->state);
    batcher_free(bench->batcher);
    scrawl_dataset_free(bench->images);
    graph_free(bench->graph);
}

static ScrawlStatus make_batcher(TrainBench *bench, const Preprocess *preprocess,
                                 ScrawlError *error)
{
    const TrainStep *step = &bench->step;
    size_t n = step->max_batch > IMAGES ? step->max_batch : IMAGES;
    BatcherOptions options = {.mean = preprocess->mean,
                              .sd = preprocess->sd,
                              .augment = AUGMENT_NONE,
                              .shuffle = true,
                              .seed = 1,
                              .n_threads = step->n_threads,
                              .kernels = step->kernels};
    ScrawlStatus status = measure_images(&bench->images, n, preprocess->width, preprocess->height,
                                         bench->graph->n_classes, error);
    if (status)
        return status;
    options.view = (DatasetView){.dataset = bench->images, .n = n};
    return batcher_create(&bench->batcher, &options, error);
}

static ScrawlStatus train_bench_init(TrainBench *bench, const ScrawlRecipe *recipe, int n_threads,
                                     const char *cpu, ScrawlError *error)
{
    TrainStep *step = &bench->step;
    *bench = (TrainBench){.step = {
                              .train = &recipe->train,
                              .n_threads = n_threads ? n_threads : team_default_threads(),
                              .max_batch = (size_t)recipe->train.batch,
                              .state = &bench->state,
                          }};
    ScrawlStatus status = kernels_require(&step->kernels, cpu, error);
    if (!status)
        status = recipe_graph(recipe, &bench->graph, error);
    if (!status)
        status = make_batcher(bench, &recipe->preprocess, error);
    if (!status)
        status = train_state_create(&bench->state, &recipe->train, bench->graph, error);
    step->graph = bench->graph;
    step->batcher = bench->batcher;
    if (!status)
        status = train_step_init(step, error);
    if (status)
        train_bench_deinit(bench);
    else
        batcher_start(bench->batcher, 0);
    return status;
}

static ScrawlStatus run_step(TrainBench *bench, ScrawlError *error)
{
    size_t batch = bench->step.max_batch;
    double rate = bench->step.train->learning_rate;
    if (bench->next + batch > bench->images->info.n) {
        batcher_start(bench->batcher, ++bench->epoch);
        bench->next = 0;
    }
    RunnerLoss loss = train_step_run(&bench->step, bench->next, batch, bench->n_seen, rate);
    bench->next += batch;
    bench->n_seen += batch;
    if (isfinite(loss.loss))
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_DIVERGED,
                     "the training diverged, and such steps end early; lower train.learning_rate "
                     "(%g in the recipe)",
                     rate);
}

/* Images per second over steps of `seconds`, at least one. */
static ScrawlStatus stretch(TrainBench *bench, double seconds, double *rate, ScrawlError *error)
{
    double start = clock_seconds(), elapsed;
    uint64_t before = bench->n_seen;

    do {
        ScrawlStatus status = run_step(bench, error);
        if (status)
            return status;
        elapsed = clock_seconds() - start;
    } while (elapsed < seconds);
    *rate = elapsed > 0 ? (double)(bench->n_seen - before) / elapsed : 0;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus measure(TrainBench *bench, double seconds, BenchTrain *result,
                            ScrawlError *error)
{
    const TrainStep *step = &bench->step;
    double rates[STRETCHES], peaks[STRETCHES], part = seconds / (STRETCHES + 1);
    ScrawlStatus status = stretch(bench, part, &rates[0], error); /* warms up */

    for (int i = 0; !status && i < STRETCHES; i++) {
        peaks[i] = measure_peak(step->kernels, step->n_threads, PEAK_SHARE * part);
        status = stretch(bench, (1 - PEAK_SHARE) * part, &rates[i], error);
    }
    if (status)
        return status;
    result->n_threads = step->n_threads;
    result->batch = step->train->batch;
    result->images_per_second = measure_median(rates, STRETCHES);
    result->peak.gflops = 1e-9 * measure_flops(step->graph, true) * result->images_per_second;
    result->peak.peak_gflops = measure_median(peaks, STRETCHES);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus bench_train(ScrawlRecipe *recipe, int n_threads, const char *cpu, double seconds,
                         BenchTrain *result, ScrawlError *error)
{
    TrainBench bench;
    *result = (BenchTrain){0};
    ScrawlStatus status = scrawl_recipe_check(recipe, error);
    if (!status)
        status = train_bench_init(&bench, recipe, n_threads, cpu, error);
    if (status)
        return status;
    status = measure(&bench, seconds, result, error);
    train_bench_deinit(&bench);
    return status;
}
