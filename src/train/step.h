/* One step of training, in as few jobs for the team as can be: the images of a chunk are made by
 * the thread that trains on them, and a part of the gradient is applied by the one that sums it. */
#ifndef TRAIN_STEP_H
#define TRAIN_STEP_H

#include "data/batch.h"
#include "nn/runner.h"
#include "train/optimizer.h"

/* Who works on what; all borrowed. */
typedef struct TrainStep {
    const TrainSection *train;
    const Graph *graph;
    const Kernels *kernels;
    Batcher *batcher;
    Runner *runner;
    OptimizerState *optimizer;
    int n_threads;
    real *parameters, *state;      /* of the graph */
    real *average, *average_state; /* their moving averages; NULL: none */
    real *gradients;               /* [n_parameters] */
    real *work;                    /* OptimizerStep's */
    real *x;                       /* [batch,C,H,W] */
    uint16_t *labels;              /* [batch] */
} TrainStep;

/* Images first..first+n-1 of the batcher's epoch; n is at most the runner's max_batch. first_image:
 * how many were trained on before. Where the loss is not finite, the parameters stay as they
 * were. */
RunnerLoss train_step(const TrainStep *step, size_t first, size_t n, uint64_t first_image,
                      double rate);

#endif
