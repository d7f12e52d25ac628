#include "train/step.h"

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
    OptimizerStep apply = optimizer_begin(step->optimizer, step->train, step->graph, step->kernels,
                                          rate, step->gradients, step->parameters);
    RunnerBatch batch = {
        .n = n,
        .x = step->x,
        .labels = step->labels,
        .first_image = first_image,
        .fill = fill,
        .fill_context = &feed,
        .apply = optimizer_apply,
        .apply_context = &apply,
    };
    return runner_train(step->runner, step->parameters, step->state, &batch, step->gradients);
}
