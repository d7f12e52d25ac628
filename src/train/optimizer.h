/* The step from gradients to weights, over flat arrays. A new optimiser is one row in optimizer.c. */
#ifndef TRAIN_OPTIMIZER_H
#define TRAIN_OPTIMIZER_H

#include "train/recipe.h"

typedef struct OptimizerState {
    size_t n_parameters;
    int n_slots;     /* 1: velocity; 2: m, v */
    real *slots;     /* [n_slots][n_parameters]: saved in checkpoints */
    uint64_t step;   /* steps taken */
} OptimizerState;

SCRAWL_MUST_CHECK ScrawlStatus optimizer_create(OptimizerState *state, const TrainSection *train, const Graph *graph, ScrawlError *error);
void optimizer_deinit(OptimizerState *state);
/* Decay and L2 touch only tensors whose `decays` is set. Work is cut into fixed blocks over the team: the same bytes for any number of threads. */
void optimizer_step(OptimizerState *state, const TrainSection *train, const Graph *graph, const Kernels *kernels, int n_threads, double rate, const real *gradients, real *parameters);

#endif
