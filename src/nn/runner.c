#include "nn/runner.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"

/* Parameters that one task of the gradient's sum takes: half of a first-level cache. */
#define SUM_BLOCK 4096

typedef enum StepKind {
    STEP_FORWARD,
    STEP_LOSS,
    STEP_BACKWARD,
} StepKind;

/* One phase of one layer. */
typedef struct Step {
    StepKind kind;
    int layer, phase;
    bool combines; /* all chunks wait here, and a sum over them is taken */
} Step;

/* What a runner_infer or runner_train call was given. */
typedef struct Call {
    const real *parameters, *state, *x;
    real *new_state, *logits, *gradients;
    const uint16_t *labels;
    size_t n, n_chunks;
    uint64_t first_image;
    const Step *first, *end; /* the run of steps under way */
} Call;

struct Runner {
    const Graph *graph;
    RunnerOptions options;
    Plan plan;
    Step *steps;
    size_t n_steps;
    size_t max_chunks;         /* training */
    size_t arena_size;         /* of a chunk */
    size_t work_size;          /* of a thread: the kinds' work, then two input gradients */
    size_t layer_work;         /* the kinds' part of it */
    size_t spare_size;         /* one input gradient that waits to be added */
    size_t input_size;         /* of an image */
    size_t *shared_offset;     /* [n_layers] */
    real *arena;               /* training: [max_chunks][arena_size]; else [n_threads][...] */
    real *work;                /* [n_threads][work_size] */
    real *partial;             /* of the layer that combines */
    real *shared;
    real *gradients;           /* [max_chunks - 1][n_parameters]; chunk 0 has the caller's */
    real *input_gradient;      /* [max_batch][C,H,W], or NULL */
    real *loss;                /* [max_batch] */
    uint8_t *correct;          /* [max_batch] */
    size_t memory;
    Call call;
};

/* Creation */

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

/* Scratch of a thread, and the shared and partial memory of all layers. */
static ScrawlStatus measure(Runner *runner, size_t *shared, size_t *partial, ScrawlError *error)
{
    const Graph *graph = runner->graph;
    runner->shared_offset = mem_alloc((size_t)graph->n_layers, sizeof *runner->shared_offset);
    if (!runner->shared_offset)
        return error_no_memory(error, "the layers of a runner");
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        if (layer->kind->work_size) {
            size_t work = layer->kind->work_size(layer, runner->options.kernels, RUNNER_CHUNK);
            runner->layer_work = kernels_max(runner->layer_work, line_up(work));
        }
        for (int slot = 0; slot < layer->n_inputs; slot++) {
            /* Inputs of one layer have one shape. */
            if (runner->plan.layers[i].accumulates[slot])
                runner->spare_size = kernels_max(
                    runner->spare_size, line_up(RUNNER_CHUNK * shape_count(layer->in)));
        }
        runner->shared_offset[i] = *shared;
        *shared += line_up(layer->shared_size);
        *partial = kernels_max(*partial, layer->partial_size);
    }
    runner->work_size = runner->layer_work + LAYER_MAX_INPUTS * runner->spare_size;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus take_training(Runner *runner, size_t shared, size_t partial,
                                  ScrawlError *error)
{
    size_t batch = runner->options.max_batch, chunks = runner->max_chunks;
    ScrawlStatus status =
        take(runner, shared, 1, &runner->shared, "the statistics of a batch", error);
    if (!status)
        status = take(runner, chunks, partial, &runner->partial, "the sums of a batch", error);
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
    size_t shared = 0, partial = 0, threads = (size_t)runner->options.n_threads;
    runner->arena_size = runner->plan.image_size * RUNNER_CHUNK;
    ScrawlStatus status = measure(runner, &shared, &partial, error);
    if (!status)
        status = take(runner, training ? runner->max_chunks : threads, runner->arena_size,
                      &runner->arena, "the activations of a network", error);
    if (!status)
        status = take(runner, threads, runner->work_size, &runner->work,
                      "the scratch memory of threads", error);
    if (!status && training)
        status = take_training(runner, shared, partial, error);
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
    made->graph = graph;
    made->options = *options;
    if (!made->options.kernels)
        made->options.kernels = kernels_get(NULL);
    made->max_chunks = (options->max_batch + RUNNER_CHUNK - 1) / RUNNER_CHUNK;
    made->input_size = shape_count(graph->input);
    status = plan_create(&made->plan, graph, options->training, options->input_gradient, error);
    if (!status)
        status = list_steps(made, error);
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
    mem_free(runner->shared_offset);
    mem_free(runner->arena);
    mem_free(runner->work);
    mem_free(runner->partial);
    mem_free(runner->shared);
    mem_free(runner->gradients);
    mem_free(runner->input_gradient);
    mem_free(runner->loss);
    mem_free(runner->correct);
    mem_free(runner);
}

size_t runner_memory(const Runner *runner)
{
    return runner->memory;
}

const real *runner_input_gradient(const Runner *runner)
{
    return runner->input_gradient;
}

/* One chunk */

/* Where a task works. */
typedef struct Place {
    size_t chunk, first, n; /* first: the number of its first image in the batch */
    real *arena, *work;
} Place;

static Place place_chunk(const Runner *runner, size_t chunk, int thread)
{
    size_t first = chunk * RUNNER_CHUNK, left = runner->call.n - first;
    size_t arena = runner->options.training ? chunk : (size_t)thread;
    return (Place){
        .chunk = chunk,
        .first = first,
        .n = left < RUNNER_CHUNK ? left : RUNNER_CHUNK,
        .arena = runner->arena + arena * runner->arena_size,
        .work = runner->work + (size_t)thread * runner->work_size,
    };
}

/* The output of layer `index`, -1 being the graph's input. */
static const real *value_of(const Runner *runner, const Place *place, int index)
{
    int value = graph_value(runner->graph, index);
    if (value < 0)
        return runner->call.x + place->first * runner->input_size;
    return place->arena + runner->plan.layers[value].output * RUNNER_CHUNK;
}

static real *gradient_of(const Runner *runner, const Place *place, int index)
{
    int value = graph_value(runner->graph, index);
    if (value < 0)
        return runner->input_gradient ? runner->input_gradient + place->first * runner->input_size
                                      : NULL;
    size_t offset = runner->plan.layers[value].gradient;
    return offset == PLAN_NONE ? NULL : place->arena + offset * RUNNER_CHUNK;
}

/* Chunk 0 sums where the caller wants the whole sum. */
static real *gradients_of(const Runner *runner, size_t chunk)
{
    if (chunk == 0)
        return runner->call.gradients;
    return runner->gradients + (chunk - 1) * runner->graph->n_parameters;
}

static LayerRun view(const Runner *runner, const Place *place, int index)
{
    const Call *call = &runner->call;
    const Layer *layer = &runner->graph->layers[index];
    size_t stash = runner->plan.layers[index].stash;
    LayerRun run = {
        .layer = layer,
        .kernels = runner->options.kernels,
        .training = runner->options.training,
        .n = place->n,
        .chunk_images = RUNNER_CHUNK,
        .n_chunks = call->n_chunks,
        .n_batch = call->n,
        .seed = runner->options.seed,
        .first_image = call->first_image + place->first,
        .parameters = call->parameters,
        .state = call->state,
        .new_state = call->new_state,
        .stash = stash == PLAN_NONE ? NULL : place->arena + stash * RUNNER_CHUNK,
        .work = place->work,
    };
    for (int slot = 0; slot < layer->n_inputs; slot++)
        run.input[slot] = value_of(runner, place, layer->inputs[slot]);
    run.output = place->arena + runner->plan.layers[index].output * RUNNER_CHUNK;
    if (runner->options.training) {
        run.gradients = gradients_of(runner, place->chunk);
        run.partial = runner->partial + place->chunk * layer->partial_size;
        run.shared = runner->shared + runner->shared_offset[index];
    }
    return run;
}

static void run_forward(const Runner *runner, const Place *place, const Step *step)
{
    LayerRun run = view(runner, place, step->layer);
    run.layer->kind->forward(&run, step->phase);
}

/* The gradient of an input that has a part already is computed beside it and added. */
static void run_backward(const Runner *runner, const Place *place, const Step *step)
{
    const Layer *layer = &runner->graph->layers[step->layer];
    const PlanLayer *plan = &runner->plan.layers[step->layer];
    LayerRun run = view(runner, place, step->layer);
    real *target[LAYER_MAX_INPUTS];
    run.d_output = gradient_of(runner, place, step->layer);
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        real *spare = place->work + runner->layer_work + (size_t)slot * runner->spare_size;
        target[slot] = gradient_of(runner, place, layer->inputs[slot]);
        run.d_input[slot] = target[slot] && plan->accumulates[slot] ? spare : target[slot];
    }
    layer->kind->backward(&run, step->phase);
    bool done = step->phase == layer->kind->n_backward_phases - 1;
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        if (done && run.d_input[slot] != target[slot])
            run.kernels->add(place->n * shape_count(layer->in), target[slot], run.d_input[slot],
                             target[slot]);
    }
}

static bool is_correct(const real *logits, size_t classes, size_t label)
{
    size_t best = 0;
    for (size_t k = 1; k < classes; k++) {
        if (logits[k] > logits[best])
            best = k;
    }
    return best == label;
}

static void run_loss(const Runner *runner, const Place *place)
{
    const Call *call = &runner->call;
    int last = runner->graph->n_layers - 1;
    size_t classes = (size_t)runner->graph->n_classes;
    const real *logits = value_of(runner, place, last);
    const uint16_t *labels = call->labels + place->first;
    for (size_t i = 0; i < place->n; i++)
        runner->correct[place->first + i] = is_correct(logits + i * classes, classes, labels[i]);
    runner->options.kernels->cross_entropy(
        place->n, classes, logits, labels, (real)runner->options.label_smoothing,
        (real)(1 / (double)call->n), runner->loss + place->first, gradient_of(runner, place, last));
}

static void run_steps(void *context, size_t chunk, int thread)
{
    const Runner *runner = context;
    Place place = place_chunk(runner, chunk, thread);
    for (const Step *step = runner->call.first; step < runner->call.end; step++) {
        if (step->kind == STEP_FORWARD)
            run_forward(runner, &place, step);
        else if (step->kind == STEP_LOSS)
            run_loss(runner, &place);
        else
            run_backward(runner, &place, step);
    }
}

/* A batch */

static void infer_chunk(void *context, size_t chunk, int thread)
{
    const Runner *runner = context;
    Place place = place_chunk(runner, chunk, thread);
    size_t classes = (size_t)runner->graph->n_classes;
    run_steps(context, chunk, thread);
    memcpy(runner->call.logits + place.first * classes,
           value_of(runner, &place, runner->graph->n_layers - 1),
           place.n * classes * sizeof(real));
}

void runner_infer(Runner *runner, const real *parameters, const real *state, size_t n,
                  const real *x, real *logits)
{
    assert(!runner->options.training);
    runner->call = (Call){
        .parameters = parameters,
        .state = state,
        .x = x,
        .logits = logits,
        .n = n,
        .n_chunks = (n + RUNNER_CHUNK - 1) / RUNNER_CHUNK,
        .first = runner->steps,
        .end = runner->steps + runner->n_steps,
    };
    team_run(runner->options.n_threads, runner->call.n_chunks, infer_chunk, runner);
}

static void combine(const Runner *runner, const Step *step)
{
    Place place = place_chunk(runner, 0, 0);
    LayerRun run = view(runner, &place, step->layer);
    if (step->kind == STEP_FORWARD)
        run.layer->kind->combine_forward(&run, step->phase);
    else
        run.layer->kind->combine_backward(&run, step->phase);
}

/* One block of parameters: ((0 + 1) + (2 + 3)) + ..., into chunk 0's sum. */
static void sum_gradients(void *context, size_t block, int thread)
{
    (void)thread;
    const Runner *runner = context;
    size_t first = block * SUM_BLOCK, left = runner->graph->n_parameters - first;
    size_t count = left < SUM_BLOCK ? left : SUM_BLOCK, n_chunks = runner->call.n_chunks;
    for (size_t step = 1; step < n_chunks; step *= 2) {
        for (size_t chunk = 0; chunk + step < n_chunks; chunk += 2 * step) {
            real *sum = gradients_of(runner, chunk) + first;
            runner->options.kernels->add(count, sum, gradients_of(runner, chunk + step) + first,
                                         sum);
        }
    }
}

static RunnerLoss sum_losses(const Runner *runner)
{
    RunnerLoss sum = {0};
    for (size_t i = 0; i < runner->call.n; i++) {
        sum.loss += (double)runner->loss[i];
        sum.n_correct += runner->correct[i];
    }
    sum.loss /= (double)runner->call.n;
    return sum;
}

RunnerLoss runner_train(Runner *runner, const real *parameters, real *state, size_t n,
                        const real *x, const uint16_t *labels, uint64_t first_image,
                        real *gradients)
{
    assert(runner->options.training && n >= 1 && n <= runner->options.max_batch);
    const Step *end = runner->steps + runner->n_steps;
    int n_threads = runner->options.n_threads;
    Call *call = &runner->call;
    *call = (Call){
        .parameters = parameters,
        .state = state,
        .new_state = state,
        .x = x,
        .labels = labels,
        .gradients = gradients,
        .n = n,
        .n_chunks = (n + RUNNER_CHUNK - 1) / RUNNER_CHUNK,
        .first_image = first_image,
        .first = runner->steps,
    };
    while (call->first < end) {
        const Step *last = call->first;
        while (last < end - 1 && !last->combines)
            last++;
        call->end = last + 1;
        team_run(n_threads, call->n_chunks, run_steps, runner);
        if (last->combines)
            combine(runner, last);
        call->first = call->end;
    }
    size_t n_blocks = (runner->graph->n_parameters + SUM_BLOCK - 1) / SUM_BLOCK;
    if (call->n_chunks > 1)
        team_run(n_threads, n_blocks, sum_gradients, runner);
    return sum_losses(runner);
}
