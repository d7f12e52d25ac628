/* Microseconds of one image, and images per second of many, through a session. */
#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "bench/measure.h"
#include "model/model.h"
#include "train/recipe.h"

#define PEAK_SHARE 0.05 /* of the time, for the machine's peak */

typedef struct Inference {
    ScrawlSession *session;
    const uint8_t *pixels;
    float *logits;
    size_t n;
} Inference;

static void infer(void *context)
{
    Inference *inference = context;

    scrawl_session_logits(inference->session, inference->n, inference->pixels, inference->logits);
}

/* The recipe's network with random weights, and the names of `images`' classes. */
static ScrawlStatus make_model(const ScrawlRecipe *recipe, Graph *graph,
                               const ScrawlDataset *images, ScrawlModel **model, ScrawlError *error)
{
    ScrawlStatus status = model_create(model, graph, &recipe->preprocess, images->info.class_names,
                                       images->info.n_classes, error);

    if (!status)
        graph_initialize((*model)->networks->graph, 1, (*model)->networks->parameters,
                         (*model)->networks->state);
    return status;
}

/* Seconds of a call, and in `peak` what that makes of the machine. */
static ScrawlStatus time_calls(const ScrawlModel *model, const ScrawlSessionOptions *options,
                               Inference *inference, double seconds, double *time, BenchPeak *peak,
                               ScrawlError *error)
{
    const Kernels *kernels;
    ScrawlStatus status = kernels_require(&kernels, options->cpu, error);

    if (!status)
        status = scrawl_session_create(&inference->session, model, options, error);
    if (status)
        return status;
    peak->peak_gflops = measure_peak(kernels, options->n_threads, PEAK_SHARE * seconds);
    *time = measure_call((1 - PEAK_SHARE) * seconds, infer, inference);
    peak->gflops =
        1e-9 * measure_flops(model->networks[0].graph, false) * (double)inference->n / *time;
    scrawl_session_free(inference->session);
    inference->session = NULL;
    return status;
}

/* One image on one thread, then many on all. */
static ScrawlStatus time_both(const ScrawlModel *model, int n_threads, const char *cpu,
                              Inference *inference, double seconds, BenchInfer *result,
                              ScrawlError *error)
{
    ScrawlSessionOptions options = {.n_threads = 1, .cpu = cpu};
    double single, many;
    ScrawlStatus status;

    inference->n = 1;
    status = time_calls(model, &options, inference, seconds / 2, &single, &result->single, error);
    if (status)
        return status;
    options.n_threads = n_threads ? n_threads : team_default_threads();
    inference->n = BENCH_INFER_BATCH;
    status = time_calls(model, &options, inference, seconds / 2, &many, &result->many, error);
    if (status)
        return status;
    result->n_threads = options.n_threads;
    result->single_us = 1e6 * single;
    result->batch = BENCH_INFER_BATCH;
    result->images_per_second = BENCH_INFER_BATCH / many;
    return status;
}

ScrawlStatus bench_infer(ScrawlRecipe *recipe, int n_threads, const char *cpu, double seconds,
                         BenchInfer *result, ScrawlError *error)
{
    Inference inference = {0};
    ScrawlDataset *images = NULL;
    ScrawlModel *model = NULL;
    Graph *graph = NULL;
    ScrawlStatus status;
    size_t n_logits;

    *result = (BenchInfer){0};
    status = scrawl_recipe_check(recipe, error);
    if (!status)
        status = recipe_graph(recipe, &graph, error);
    if (status)
        return status;
    n_logits = BENCH_INFER_BATCH * (size_t)graph->n_classes;
    status = measure_images(&images, BENCH_INFER_BATCH, recipe->preprocess.width,
                            recipe->preprocess.height, graph->n_classes, error);
    if (status) {
        graph_free(graph);
        return status;
    }
    status = make_model(recipe, graph, images, &model, error); /* takes the graph */
    if (status)
        goto out;
    inference.pixels = images->pixels;
    inference.logits = mem_alloc(n_logits, sizeof *inference.logits);
    if (inference.logits)
        status = time_both(model, n_threads, cpu, &inference, seconds, result, error);
    else
        status = error_no_memory(error, "the logits of a batch");
out:
    mem_free(inference.logits);
    scrawl_model_free(model);
    scrawl_dataset_free(images);
    return status;
}
