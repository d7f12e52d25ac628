#include "train/step.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/optimizer.h"

ScrawlStatus train_state_create(TrainState *state, const TrainSection *train, const Graph *graph,
                                ScrawlError *error)
{
    size_t n = graph->n_parameters;
    bool averages = train->ema > 0 || train->swa_start < 1;
    *state = (TrainState){.n_parameters = n, .n_state = graph->n_state};
    plateau_init(&state->plateau);
    state->n_slots = optimizer_n_slots(train);
    state->slots = mem_alloc_zero(n, (size_t)state->n_slots * sizeof *state->slots);
    state->parameters = mem_alloc_zero(n, sizeof *state->parameters);
    state->state = mem_alloc_zero(graph->n_state, sizeof *state->state);
    if (averages) {
        state->average = mem_alloc_zero(n, sizeof *state->average);
        state->average_state = mem_alloc_zero(graph->n_state, sizeof *state->average_state);
    }
    if (!state->slots || !state->parameters || !state->state ||
        (averages && (!state->average || !state->average_state))) {
        train_state_deinit(state);
        return error_no_memory(error, "the network's weights");
    }
    graph_initialize(graph, (uint64_t)train->seed, state->parameters, state->state);
    return SCRAWL_STATUS_OK;
}

void train_state_deinit(TrainState *state)
{
    if (!state)
        return;
    mem_free(state->parameters);
    mem_free(state->state);
    mem_free(state->average);
    mem_free(state->average_state);
    mem_free(state->slots);
    *state = (TrainState){0};
}

ScrawlStatus train_step_init(TrainStep *step, ScrawlError *error)
{
    RunnerOptions options = {
        .training = true,
        .max_batch = step->max_batch,
        .n_threads = step->n_threads,
        .kernels = step->kernels,
        .label_smoothing = step->train->label_smoothing,
        .seed = (uint64_t)step->train->seed,
    };
    step->x = mem_alloc(step->max_batch, shape_count(step->graph->input) * sizeof *step->x);
    step->labels = mem_alloc(step->max_batch, sizeof *step->labels);
    step->gradients = mem_alloc(step->graph->n_parameters, sizeof *step->gradients);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (!step->x || !step->labels || !step->gradients)
        status = error_no_memory(error, "a batch of images");
    if (!status)
        status = optimizer_init(step, error);
    if (!status)
        status = runner_create(&step->runner, step->graph, &options, error);
    if (status)
        train_step_deinit(step);
    return status;
}

void train_step_deinit(TrainStep *step)
{
    if (!step)
        return;
    optimizer_deinit(step);
    runner_free(step->runner);
    mem_free(step->x);
    mem_free(step->labels);
    mem_free(step->gradients);
    *step = (TrainStep){0};
}

static void fill(void *context, size_t first, size_t n, int thread)
{
    const TrainStep *step = context;
    size_t image = shape_count(step->graph->input);
    batcher_fill(step->batcher, step->first + first, n, thread, step->x + first * image,
                 step->labels + first);
}

RunnerLoss train_step_run(TrainStep *step, size_t first, size_t n, uint64_t first_image,
                          double rate)
{
    TrainState *state = step->state;
    bool whole = optimizer_needs_whole_gradient(step->train);
    RunnerBatch batch = {
        .parameters = state->parameters,
        .state = state->state,
        .gradients = step->gradients,
        .n = n,
        .x = step->x,
        .labels = step->labels,
        .first_image = first_image,
        .fill = fill,
        .apply = whole ? NULL : optimizer_apply,
        .context = step,
    };
    step->first = first;
    optimizer_begin(step, rate);
    RunnerLoss loss = runner_train(step->runner, &batch);
    if (whole && isfinite(loss.loss))
        optimizer_apply_whole(step);
    if (step->average)
        optimizer_blend(step->kernels, state->n_state, step->average_fraction, state->state,
                        state->average_state);
    return loss;
}
