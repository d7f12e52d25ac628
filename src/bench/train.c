/* Images per second of whole training steps. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "bench/measure.h"
#include "data/batch.h"
#include "nn/runner.h"
#include "train/step.h"

#define STRETCHES 5
#define IMAGES 2048    /* in memory; gone through again and again */
#define PEAK_SHARE 0.1 /* of a stretch, for the machine's peak */

/* Everything that one training step needs. */
typedef struct Step {
    const TrainSection *train;
    const Kernels *kernels;
    int n_threads;
    Graph *graph;
    ScrawlDataset *images;
    Batcher *batcher;
    Runner *runner;
    OptimizerState optimizer;
    real *parameters, *state, *gradients, *work, *x;
    real *average, *average_state; /* NULL: the recipe wants none */
    uint16_t *labels;
    size_t next; /* image of the epoch */
    uint64_t epoch;
    uint64_t n_seen;
} Step;

static void step_deinit(Step *s)
{
    batcher_free(s->batcher);
    runner_free(s->runner);
    optimizer_deinit(&s->optimizer);
    mem_free(s->parameters);
    mem_free(s->state);
    mem_free(s->gradients);
    mem_free(s->work);
    mem_free(s->average);
    mem_free(s->average_state);
    mem_free(s->x);
    mem_free(s->labels);
    scrawl_dataset_free(s->images);
    graph_free(s->graph);
}

static ScrawlStatus allocate(Step *s, ScrawlError *error)
{
    size_t batch = (size_t)s->train->batch;

    s->parameters = mem_alloc(s->graph->n_parameters, sizeof *s->parameters);
    s->state = mem_alloc(s->graph->n_state, sizeof *s->state);
    s->gradients = mem_alloc(s->graph->n_parameters, sizeof *s->gradients);
    s->x = mem_alloc(batch * shape_count(s->graph->input), sizeof *s->x);
    s->labels = mem_alloc(batch, sizeof *s->labels);
    size_t work = (size_t)s->n_threads * optimizer_work_size(s->train, s->graph, s->kernels);
    s->work = mem_alloc(work, sizeof *s->work);
    if (s->train->ema > 0) {
        s->average = mem_alloc(s->graph->n_parameters, sizeof *s->average);
        s->average_state = mem_alloc(s->graph->n_state, sizeof *s->average_state);
    }
    if (!s->parameters || !s->state || !s->gradients || !s->work || !s->x || !s->labels ||
        (s->train->ema > 0 && (!s->average || !s->average_state)))
        return error_no_memory(error, "a training step");
    graph_initialize(s->graph, 1, s->parameters, s->state);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus make_batcher(Step *s, const Preprocess *preprocess, ScrawlError *error)
{
    size_t batch = (size_t)s->train->batch;
    size_t n = batch > IMAGES ? batch : IMAGES;
    BatcherOptions options = {.mean = preprocess->mean,
                              .sd = preprocess->sd,
                              .augment = AUGMENT_NONE,
                              .shuffle = true,
                              .seed = 1,
                              .n_threads = s->n_threads,
                              .kernels = s->kernels};
    ScrawlStatus status;

    status = measure_images(&s->images, n, preprocess->width, preprocess->height,
                            s->graph->n_classes, error);
    if (status)
        return status;
    options.view = (DatasetView){.dataset = s->images, .n = n};
    return batcher_create(&s->batcher, &options, error);
}

static ScrawlStatus step_init(Step *s, const ScrawlRecipe *recipe, ScrawlError *error)
{
    RunnerOptions options = {.training = true,
                             .max_batch = (size_t)recipe->train.batch,
                             .n_threads = s->n_threads,
                             .kernels = s->kernels,
                             .label_smoothing = recipe->train.label_smoothing,
                             .seed = 1};
    ScrawlStatus status = recipe_graph(recipe, &s->graph, error);

    s->train = &recipe->train;
    if (!status)
        status = allocate(s, error);
    if (!status)
        status = make_batcher(s, &recipe->preprocess, error);
    if (!status)
        status = optimizer_create(&s->optimizer, s->train, s->graph, error);
    if (!status)
        status = runner_create(&s->runner, s->graph, &options, error);
    if (!status)
        batcher_start(s->batcher, 0);
    return status;
}

static ScrawlStatus step_run(Step *s, ScrawlError *error)
{
    size_t batch = (size_t)s->train->batch;

    if (s->next + batch > s->images->info.n) {
        batcher_start(s->batcher, ++s->epoch);
        s->next = 0;
    }
    const TrainStep step = {.train = s->train,
                            .graph = s->graph,
                            .kernels = s->kernels,
                            .batcher = s->batcher,
                            .runner = s->runner,
                            .optimizer = &s->optimizer,
                            .n_threads = s->n_threads,
                            .parameters = s->parameters,
                            .state = s->state,
                            .average = s->average,
                            .average_state = s->average_state,
                            .gradients = s->gradients,
                            .work = s->work,
                            .x = s->x,
                            .labels = s->labels};
    RunnerLoss loss = train_step(&step, s->next, batch, s->n_seen, s->train->learning_rate);
    s->next += batch;
    s->n_seen += batch;
    if (isfinite(loss.loss))
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_DIVERGED,
                     "the training diverged, and such steps end early; lower train.learning_rate "
                     "(%g in the recipe)",
                     s->train->learning_rate);
}

/* Images per second over steps of `seconds`, at least one. */
static ScrawlStatus stretch(Step *s, double seconds, double *rate, ScrawlError *error)
{
    double start = clock_seconds(), elapsed;
    uint64_t before = s->n_seen;

    do {
        ScrawlStatus status = step_run(s, error);

        if (status)
            return status;
        elapsed = clock_seconds() - start;
    } while (elapsed < seconds);
    *rate = elapsed > 0 ? (double)(s->n_seen - before) / elapsed : 0;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus measure(Step *s, double seconds, BenchTrain *result, ScrawlError *error)
{
    double rates[STRETCHES], peaks[STRETCHES], part = seconds / (STRETCHES + 1);
    ScrawlStatus status = stretch(s, part, &rates[0], error); /* warms up */

    for (int i = 0; !status && i < STRETCHES; i++) {
        peaks[i] = measure_peak(s->kernels, s->n_threads, PEAK_SHARE * part);
        status = stretch(s, (1 - PEAK_SHARE) * part, &rates[i], error);
    }
    if (status)
        return status;
    result->n_threads = s->n_threads;
    result->batch = s->train->batch;
    result->images_per_second = measure_median(rates, STRETCHES);
    result->peak.gflops = 1e-9 * measure_flops(s->graph, true) * result->images_per_second;
    result->peak.peak_gflops = measure_median(peaks, STRETCHES);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus bench_train(ScrawlRecipe *recipe, int n_threads, const char *cpu, double seconds,
                         BenchTrain *result, ScrawlError *error)
{
    Step step = {.n_threads = n_threads ? n_threads : team_default_threads()};
    ScrawlStatus status = scrawl_recipe_check(recipe, error);

    *result = (BenchTrain){0};
    if (!status)
        status = kernels_require(&step.kernels, cpu, error);
    if (!status)
        status = step_init(&step, recipe, error);
    if (!status)
        status = measure(&step, seconds, result, error);
    step_deinit(&step);
    return status;
}
