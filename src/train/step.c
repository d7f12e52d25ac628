#include "train/step.h"

#include <math.h>

/* Where a batch begins in the epoch. */
typedef struct Feed {
    const TrainStep *step;
    size_t first;
} Feed;

static void fill(void *context, size_t first, size_t n, int thread)
{
    const Feed *feed = context;
    const TrainStep *step = feed->step;
    size_t image = shape_count(step->graph->input);
    batcher_fill(step->batcher, feed->first + first, n, thread, step->x + first * image,
                 step->labels + first);
}

RunnerLoss train_step(const TrainStep *step, size_t first, size_t n, uint64_t first_image,
                      double rate)
{
    Feed feed = {step, first};
    OptimizerStep apply = {
        .train = step->train,
        .graph = step->graph,
        .kernels = step->kernels,
        .gradients = step->gradients,
        .parameters = step->parameters,
        .average = step->average,
        .work = step->work,
        .rate = rate,
    };
    bool whole = optimizer_wants_whole(step->train);
    RunnerBatch batch = {
        .n = n,
        .x = step->x,
        .labels = step->labels,
        .first_image = first_image,
        .fill = fill,
        .fill_context = &feed,
        .apply = whole ? NULL : optimizer_apply,
        .apply_context = &apply,
    };
    optimizer_begin(&apply, step->optimizer);
    RunnerLoss loss =
        runner_train(step->runner, step->parameters, step->state, &batch, step->gradients);
    if (whole && isfinite(loss.loss))
        optimizer_step(&apply, step->n_threads);
    if (step->average)
        optimizer_blend(step->kernels, step->graph->n_state, apply.average_share, step->state,
                        step->average_state);
    return loss;
}
