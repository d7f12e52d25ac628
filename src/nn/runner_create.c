/* The making of a runner: the graph that it runs, the order of its steps, all of its memory. */
#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "nn/fuse.h"
#include "nn/runner_state.h"

/* What one task of the batch's gradient makes: parameters whose gradients' sum takes half of a
 * first-level cache, or rows of a weight that fill the kernels' tiles. */
#define SUM_BLOCK 4096
#define GRADIENT_ROWS 16

/* True where the step is followed by a combine. */
static bool combines(const LayerKind *kind, StepKind step, int phase)
{
    return step == STEP_FORWARD ? kind->combine_forward && phase < kind->n_forward_phases - 1
                                : kind->combine_backward && phase < kind->n_backward_phases - 1;
}

static void add_step(Runner *runner, StepKind kind, int layer, int phase)
{
    bool waits = kind != STEP_LOSS && runner->options.training &&
                 combines(runner->graph->layers[layer].kind, kind, phase);
    runner->steps[runner->n_steps++] = (Step){kind, layer, phase, waits};
}

static size_t count_steps(const Graph *graph)
{
    size_t n = 1;
    for (int i = 0; i < graph->n_layers; i++) {
        const LayerKind *kind = graph->layers[i].kind;
        n += (size_t)(kind->n_forward_phases + kind->n_backward_phases);
    }
    return n;
}

static ScrawlStatus list_steps(Runner *runner, ScrawlError *error)
{
    const Graph *graph = runner->graph;
    bool training = runner->options.training;
    runner->steps = mem_alloc(count_steps(graph), sizeof *runner->steps);
    if (!runner->steps)
        return error_no_memory(error, "the steps of a network");
    for (int i = 0; i < graph->n_layers; i++) {
        int n = graph->layers[i].kind->n_forward_phases;
        for (int phase = training ? 0 : n - 1; phase < n && n > 0; phase++)
            add_step(runner, STEP_FORWARD, i, phase);
    }
    if (!training)
        return SCRAWL_STATUS_OK;
    add_step(runner, STEP_LOSS, -1, 0);
    for (int i = graph->n_layers - 1; i >= 0; i--) {
        int n = graph->layers[i].kind->n_backward_phases;
        for (int phase = 0; phase < n && runner->plan.layers[i].gradient != PLAN_NONE; phase++)
            add_step(runner, STEP_BACKWARD, i, phase);
    }
    return SCRAWL_STATUS_OK;
}

/* Part by part over all layers, so that the contiguous shares of threads have equal work. */
static ScrawlStatus list_prepare_steps(Runner *runner, ScrawlError *error)
{
    const Graph *graph = runner->graph;
    size_t n = 0;
    int n_parts = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        int parts = graph->layers[i].kind->n_parts;
        n += (size_t)parts;
        n_parts = parts > n_parts ? parts : n_parts;
    }
    runner->prepare_steps = mem_alloc(n, sizeof *runner->prepare_steps);
    if (!runner->prepare_steps)
        return error_no_memory(error, "the steps of a network");
    for (int part = 0; part < n_parts; part++) {
        for (int i = 0; i < graph->n_layers; i++) {
            if (part < graph->layers[i].kind->n_parts)
                runner->prepare_steps[runner->n_prepare_steps++] = (PrepareStep){i, part};
        }
    }
    return SCRAWL_STATUS_OK;
}

/* The parts of a tensor's gradient, into steps unless it is NULL; returns how many. */
static size_t cut_gradient(const Layer *layer, int t, GradientStep *steps)
{
    const ParameterTensor *tensor = &layer->tensors[t];
    size_t n = 0, rows = (size_t)tensor->dims[0], row_size = tensor->count / rows;
    if (!tensor->trainable)
        return 0;
    bool by_rows = layer->kind->weight_gradient && t == 0;
    size_t block = by_rows ? GRADIENT_ROWS * row_size : SUM_BLOCK;
    for (size_t first = 0; first < tensor->count; first += block, n++) {
        size_t count = tensor->count - first < block ? tensor->count - first : block;
        if (steps)
            steps[n] = (GradientStep){.layer = by_rows ? layer->index : -1,
                                      .row = first / row_size,
                                      .n_rows = count / row_size,
                                      .first = tensor->offset + first,
                                      .count = count};
    }
    return n;
}

static ScrawlStatus list_gradient_steps(Runner *runner, ScrawlError *error)
{
    const Graph *graph = runner->graph;
    size_t n = 0;
    for (int i = 0; i < graph->n_layers; i++)
        for (int t = 0; t < graph->layers[i].n_tensors; t++)
            n += cut_gradient(&graph->layers[i], t, NULL);
    runner->gradient_steps = mem_alloc(n, sizeof *runner->gradient_steps);
    if (!runner->gradient_steps)
        return error_no_memory(error, "the steps of a network");
    for (int i = 0; i < graph->n_layers; i++)
        for (int t = 0; t < graph->layers[i].n_tensors; t++)
            runner->n_gradient_steps += cut_gradient(
                &graph->layers[i], t, runner->gradient_steps + runner->n_gradient_steps);
    return SCRAWL_STATUS_OK;
}

/* A block of a * b numbers, counted in runner->memory. */
static ScrawlStatus take(Runner *runner, size_t a, size_t b, real **block, const char *what,
                         ScrawlError *error)
{
    size_t count, bytes;
    if (!size_multiply(a, b, &count) || !size_multiply(count, sizeof(real), &bytes) ||
        !size_add(runner->memory, bytes, &runner->memory))
        return error_set(error, SCRAWL_STATUS_LIMIT, "%s: %zu times %zu numbers do not fit", what,
                         a, b);
    *block = mem_alloc(count, sizeof **block);
    return *block ? SCRAWL_STATUS_OK : error_no_memory(error, what);
}

static size_t line_up(size_t size)
{
    return (size + PLAN_ALIGNMENT - 1) / PLAN_ALIGNMENT * PLAN_ALIGNMENT;
}

/* The sizes of what the layers share. */
typedef struct Sizes {
    size_t shared, prepared, partial;
} Sizes;

static void measure_work(Runner *runner, const Layer *layer)
{
    if (layer->kind->work_size) {
        size_t work = layer->kind->work_size(layer, runner->options.kernels, RUNNER_CHUNK);
        runner->layer_work = kernels_max(runner->layer_work, line_up(work));
    }
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        /* Inputs of one layer have one shape. */
        size_t spare = line_up(RUNNER_CHUNK * shape_count(layer->in));
        if (runner->plan.layers[layer->index].accumulates[slot])
            runner->spare_size = kernels_max(runner->spare_size, spare);
    }
}

static ScrawlStatus measure(Runner *runner, Sizes *sizes, ScrawlError *error)
{
    const Graph *graph = runner->graph;
    runner->offsets = mem_alloc((size_t)graph->n_layers, sizeof *runner->offsets);
    if (!runner->offsets)
        return error_no_memory(error, "the layers of a runner");
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        measure_work(runner, layer);
        runner->offsets[i] = (Offsets){.shared = sizes->shared, .prepared = sizes->prepared};
        sizes->shared += line_up(layer->shared_size);
        sizes->prepared += line_up(layer->prepared_size);
        sizes->partial = kernels_max(sizes->partial, layer->partial_size);
    }
    runner->work_size = runner->layer_work + LAYER_MAX_INPUTS * runner->spare_size;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus take_training(Runner *runner, const Sizes *sizes, ScrawlError *error)
{
    size_t batch = runner->options.max_batch, chunks = runner->max_chunks;
    ScrawlStatus status =
        take(runner, sizes->shared, 1, &runner->shared, "the statistics of a batch", error);
    if (!status)
        status =
            take(runner, chunks, sizes->partial, &runner->partial, "the sums of a batch", error);
    if (!status)
        status = take(runner, chunks - 1, runner->graph->n_parameters, &runner->gradients,
                      "the gradients of a batch", error);
    if (!status)
        status = take(runner, batch, 1, &runner->loss, "the losses of a batch", error);
    if (!status && runner->options.input_gradient)
        status = take(runner, batch, runner->input_size, &runner->input_gradient,
                      "the gradient of the input", error);
    if (status)
        return status;
    runner->correct = mem_alloc(batch, 1);
    return runner->correct ? SCRAWL_STATUS_OK : error_no_memory(error, "the answers of a batch");
}

static ScrawlStatus take_memory(Runner *runner, ScrawlError *error)
{
    bool training = runner->options.training;
    size_t threads = (size_t)runner->options.n_threads;
    Sizes sizes = {0};
    runner->arena_size = runner->plan.image_size * RUNNER_CHUNK;
    ScrawlStatus status = measure(runner, &sizes, error);
    if (!status)
        status = take(runner, training ? runner->max_chunks : threads, runner->arena_size,
                      &runner->arena, "the activations of a network", error);
    if (!status)
        status = take(runner, threads, runner->work_size, &runner->work,
                      "the scratch memory of threads", error);
    if (!status)
        status = take(runner, sizes.prepared, 1, &runner->prepared, "the prepared weights", error);
    if (!status && training)
        status = take_training(runner, &sizes, error);
    return status;
}

static ScrawlStatus check_options(const RunnerOptions *options, ScrawlError *error)
{
    if (options->n_threads < 1 || options->n_threads > TEAM_MAX_THREADS)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected 1 to %d threads but found %d",
                         TEAM_MAX_THREADS, options->n_threads);
    if (!options->training)
        return SCRAWL_STATUS_OK;
    if (options->max_batch < 1 || options->max_batch > RUNNER_MAX_BATCH)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "expected a batch of 1 to %zu images but found %zu", RUNNER_MAX_BATCH,
                         options->max_batch);
    if (!(options->label_smoothing >= 0 && options->label_smoothing <= 1))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "expected a label smoothing from 0 to 1 but found %g",
                         options->label_smoothing);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus runner_create(Runner **runner, const Graph *graph, const RunnerOptions *options,
                           ScrawlError *error)
{
    *runner = NULL;
    ScrawlStatus status = check_options(options, error);
    if (status)
        return status;
    Runner *made = mem_alloc_zero(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a runner");
    made->options = *options;
    if (!made->options.kernels)
        made->options.kernels = kernels_get(NULL);
    made->max_chunks = (options->max_batch + RUNNER_CHUNK - 1) / RUNNER_CHUNK;
    made->input_size = shape_count(graph->input);
    status = fuse_graph(&made->graph, graph, made->options.kernels, options->training, error);
    if (!status)
        status = plan_create(&made->plan, made->graph, options->training, options->input_gradient,
                             error);
    if (!status)
        status = list_steps(made, error);
    if (!status)
        status = list_prepare_steps(made, error);
    if (!status && options->training)
        status = list_gradient_steps(made, error);
    if (!status)
        status = take_memory(made, error);
    if (status)
        runner_free(made);
    else
        *runner = made;
    return status;
}

void runner_free(Runner *runner)
{
    if (!runner)
        return;
    plan_deinit(&runner->plan);
    mem_free(runner->steps);
    mem_free(runner->prepare_steps);
    mem_free(runner->gradient_steps);
    mem_free(runner->offsets);
    mem_free(runner->arena);
    mem_free(runner->work);
    mem_free(runner->prepared);
    mem_free(runner->partial);
    mem_free(runner->shared);
    mem_free(runner->gradients);
    mem_free(runner->input_gradient);
    mem_free(runner->loss);
    mem_free(runner->correct);
    graph_free(runner->graph);
    mem_free(runner);
}
