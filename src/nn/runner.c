#include "nn/runner.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/team.h"
#include "nn/runner_state.h"

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
    size_t first = chunk * RUNNER_CHUNK, left = runner->n - first;
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
        return runner->x + place->first * runner->input_size;
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
        return runner->batch->gradients;
    return runner->gradients + (chunk - 1) * runner->graph->n_parameters;
}

static LayerRun view(const Runner *runner, const Place *place, int index)
{
    const Layer *layer = &runner->graph->layers[index];
    size_t stash = runner->plan.layers[index].stash;
    LayerRun run = {
        .layer = layer,
        .kernels = runner->options.kernels,
        .training = runner->options.training,
        .n = place->n,
        .chunk_images = RUNNER_CHUNK,
        .n_chunks = runner->n_chunks,
        .n_batch = runner->n,
        .seed = runner->options.seed,
        .first_image = (runner->batch ? runner->batch->first_image : 0) + place->first,
        .parameters = runner->parameters,
        .state = runner->state,
        .new_state = runner->batch ? runner->batch->state : NULL,
        .prepared = runner->prepared + runner->offsets[index].prepared,
        .stash = stash == PLAN_NONE ? NULL : place->arena + stash * RUNNER_CHUNK,
        .work = place->work,
    };
    for (int slot = 0; slot < layer->n_inputs; slot++)
        run.input[slot] = value_of(runner, place, layer->inputs[slot]);
    run.output = place->arena + runner->plan.layers[index].output * RUNNER_CHUNK;
    if (runner->options.training) {
        run.gradients = gradients_of(runner, place->chunk);
        run.partial = runner->partial + place->chunk * layer->partial_size;
        run.shared = runner->shared + runner->offsets[index].shared;
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

static void run_loss(const Runner *runner, const Place *place)
{
    int last = runner->graph->n_layers - 1;
    size_t classes = (size_t)runner->graph->n_classes;
    const real *logits = value_of(runner, place, last);
    const uint16_t *labels = runner->batch->labels + place->first;
    for (size_t i = 0; i < place->n; i++)
        runner->correct[place->first + i] = real_argmax(classes, logits + i * classes) == labels[i];
    runner->options.kernels->cross_entropy(
        place->n, classes, logits, labels, (real)runner->options.label_smoothing,
        (real)(1 / (double)runner->n), runner->loss + place->first,
        gradient_of(runner, place, last));
}

static void run_steps(void *context, size_t chunk, int thread)
{
    const Runner *runner = context;
    const RunnerBatch *batch = runner->batch;
    Place place = place_chunk(runner, chunk, thread);
    if (batch && batch->fill && runner->first_step == runner->steps)
        batch->fill(batch->context, place.first, place.n, thread);
    for (const Step *step = runner->first_step; step < runner->end_step; step++) {
        if (step->kind == STEP_FORWARD)
            run_forward(runner, &place, step);
        else if (step->kind == STEP_LOSS)
            run_loss(runner, &place);
        else
            run_backward(runner, &place, step);
    }
}

/* A batch */

static void prepare_part(void *context, size_t step, int thread)
{
    const Runner *runner = context;
    int index = runner->prepare_steps[step].layer;
    const Layer *layer = &runner->graph->layers[index];
    LayerRun run = {
        .layer = layer,
        .kernels = runner->options.kernels,
        .training = runner->options.training,
        .parameters = runner->parameters,
        .state = runner->state,
        .prepared = runner->prepared + runner->offsets[index].prepared,
        .work = runner->work + (size_t)thread * runner->work_size,
    };
    layer->kind->prepare(&run, runner->prepare_steps[step].part);
}

static void prepare(Runner *runner)
{
    team_run(runner->options.n_threads, runner->n_prepare_steps, prepare_part, runner);
}

void runner_load(Runner *runner, const real *parameters, const real *state)
{
    assert(!runner->options.training);
    runner->parameters = parameters;
    runner->state = state;
    prepare(runner);
}

static void infer_chunk(void *context, size_t chunk, int thread)
{
    const Runner *runner = context;
    Place place = place_chunk(runner, chunk, thread);
    size_t classes = (size_t)runner->graph->n_classes;
    run_steps(context, chunk, thread);
    memcpy(runner->logits + place.first * classes,
           value_of(runner, &place, runner->graph->n_layers - 1), place.n * classes * sizeof(real));
}

void runner_infer(Runner *runner, size_t n, const real *x, real *logits)
{
    assert(!runner->options.training && runner->parameters);
    runner->x = x;
    runner->logits = logits;
    runner->n = n;
    runner->n_chunks = (n + RUNNER_CHUNK - 1) / RUNNER_CHUNK;
    runner->first_step = runner->steps;
    runner->end_step = runner->steps + runner->n_steps;
    team_run(runner->options.n_threads, runner->n_chunks, infer_chunk, runner);
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

/* ((0 + 1) + (2 + 3)) + ..., into chunk 0's sum. */
static void add_chunks(const Runner *runner, const GradientStep *step)
{
    size_t n_chunks = runner->n_chunks;
    for (size_t apart = 1; apart < n_chunks; apart *= 2) {
        for (size_t chunk = 0; chunk + apart < n_chunks; chunk += 2 * apart) {
            real *sum = gradients_of(runner, chunk) + step->first;
            const real *other = gradients_of(runner, chunk + apart) + step->first;
            runner->options.kernels->add(step->count, sum, other, sum);
        }
    }
}

static void add_products(const Runner *runner, const GradientStep *step, int thread)
{
    for (size_t chunk = 0; chunk < runner->n_chunks; chunk++) {
        Place place = place_chunk(runner, chunk, thread);
        LayerRun run = view(runner, &place, step->layer);
        run.d_output = gradient_of(runner, &place, step->layer);
        run.gradients = runner->batch->gradients;
        run.layer->kind->weight_gradient(&run, chunk > 0, step->row, step->n_rows);
    }
}

static void finish_gradient(void *context, size_t index, int thread)
{
    const Runner *runner = context;
    const RunnerBatch *batch = runner->batch;
    const GradientStep *step = &runner->gradient_steps[index];
    if (step->layer < 0)
        add_chunks(runner, step);
    else
        add_products(runner, step, thread);
    if (batch->apply)
        batch->apply(batch->context, step->first, step->count);
}

static RunnerLoss sum_losses(const Runner *runner)
{
    RunnerLoss sum = {0};
    for (size_t i = 0; i < runner->n; i++) {
        sum.loss += (double)runner->loss[i];
        sum.n_correct += runner->correct[i];
    }
    sum.loss /= (double)runner->n;
    return sum;
}

RunnerLoss runner_train(Runner *runner, const RunnerBatch *batch)
{
    assert(runner->options.training && batch->n >= 1 && batch->n <= runner->options.max_batch);
    const Step *step = runner->steps, *end = step + runner->n_steps;
    int n_threads = runner->options.n_threads;
    runner->batch = batch;
    runner->parameters = batch->parameters;
    runner->state = batch->state;
    runner->x = batch->x;
    runner->n = batch->n;
    runner->n_chunks = (batch->n + RUNNER_CHUNK - 1) / RUNNER_CHUNK;
    prepare(runner);
    while (step < end) {
        const Step *last = step;
        while (last < end - 1 && !last->combines)
            last++;
        runner->first_step = step;
        runner->end_step = step = last + 1;
        team_run(n_threads, runner->n_chunks, run_steps, runner);
        if (last->combines)
            combine(runner, last);
    }
    RunnerLoss loss = sum_losses(runner);
    if (isfinite(loss.loss))
        team_run(n_threads, runner->n_gradient_steps, finish_gradient, runner);
    runner->batch = NULL;
    return loss;
}
