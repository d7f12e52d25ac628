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
 * whose `decays` is set. Work is cut into fixed blocks over the team: the same bytes for any number
 * of threads. Allocates nothing. */
void optimizer_step(OptimizerState *state, const TrainSection *train, const Graph *graph,
                    const Kernels *kernels, int n_threads, double rate, const real *gradients,
                    real *parameters);

#endif
