/* The step from gradients to weights, over flat arrays. A new optimiser is one row in optimizer.c;
 * the formulas stand beside SgdStep and AdamStep in kernels/kernels.h. */
#ifndef TRAIN_OPTIMIZER_H
#define TRAIN_OPTIMIZER_H

#include "train/recipe.h"

typedef struct OptimizerState {
    size_t n_parameters;
    int n_slots;   /* sgd: 1, velocity; adam, adamw: 2, m and v */
    real *slots;   /* [n_slots][n_parameters], 0 at first: saved in checkpoints */
    uint64_t step; /* steps taken */
} OptimizerState;

/* NO_MEMORY; *state is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus optimizer_create(OptimizerState *state, const TrainSection *train,
                                                const Graph *graph, ScrawlError *error);
void optimizer_deinit(OptimizerState *state); /* NULL-safe; leaves it empty */

/* One step: parameters[n_parameters] from gradients[n_parameters]. Decay and L2 touch only tensors
 * whose `decays` is set. All is borrowed until the step is done. */
typedef struct OptimizerStep {
    const OptimizerState *state;
    const TrainSection *train;
    const Graph *graph;
    const Kernels *kernels;
    const real *gradients;
    real *parameters;
    double rate;
    double correction1, correction2; /* AdamStep's */
} OptimizerStep;

/* Counts the step, and takes it for parts that tile 0..n_parameters-1, in any order, several at
 * once; `step` is an OptimizerStep. Elements do not depend on how they are cut. */
OptimizerStep optimizer_begin(OptimizerState *state, const TrainSection *train, const Graph *graph,
                              const Kernels *kernels, double rate, const real *gradients,
                              real *parameters);
void optimizer_apply(void *step, size_t first, size_t count);

#endif
