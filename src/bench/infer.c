/* Microseconds of one image, and images per second of many, through a session. */
#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "bench/measure.h"
#include "model/model.h"
#include "train/recipe.h"

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
                               const ScrawlDataset *images, ScrawlModel **model,
                               ScrawlError *error)
{
    ScrawlStatus status = model_create(model, graph, &recipe->preprocess,
                                       images->info.class_names, images->info.n_classes, error);

    if (!status)
        graph_initialize((*model)->graph, 1, (*model)->parameters, (*model)->state);
    return status;
}

static ScrawlStatus time_calls(const ScrawlModel *model, const ScrawlSessionOptions *options,
                               Inference *inference, double seconds, double *time,
                               ScrawlError *error)
{
    ScrawlStatus status = scrawl_session_create(&inference->session, model, options, error);

    if (!status)
        *time = measure_call(seconds, infer, inference);
    scrawl_session_free(inference->session);
    return status;
}

ScrawlStatus bench_infer(ScrawlRecipe *recipe, int n_threads, const char *cpu, double seconds,
                         BenchInfer *result, ScrawlError *error)
{
    ScrawlSessionOptions options = {.n_threads = 1, .cpu = cpu};
    Inference inference = {.n = 1};
    ScrawlDataset *images = NULL;
    ScrawlModel *model = NULL;
    Graph *graph = NULL;
    double single = 0, many = 0;
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
    if (!inference.logits) {
        status = error_no_memory(error, "the logits of a batch");
        goto out;
    }
    status = time_calls(model, &options, &inference, seconds / 2, &single, error);
    if (status)
        goto out;
    options.n_threads = n_threads ? n_threads : team_default_threads();
    inference.n = BENCH_INFER_BATCH;
    status = time_calls(model, &options, &inference, seconds / 2, &many, error);
    if (!status)
        *result = (BenchInfer){.n_threads = options.n_threads, .single_us = 1e6 * single,
                               .batch = BENCH_INFER_BATCH,
                               .images_per_second = many > 0 ? BENCH_INFER_BATCH / many : 0};
out:
    mem_free(inference.logits);
    scrawl_model_free(model);
    scrawl_dataset_free(images);
    return status;
}
