/* The step from gradients to weights, over flat arrays. A new optimiser is one row in optimizer.c;
 * the formulas stand beside SgdStep and AdamStep in kernels/kernels.h and in muon.h.
 *
 * Around any of them: clipping of the gradient's norm (R. Pascanu and others, "On the difficulty of
 * training recurrent neural networks", ICML 2013), Lookahead (M. Zhang and others, "Lookahead
 * Optimizer: k steps forward, 1 step back", NeurIPS 2019, algorithm 1), and an exponential moving
 * average of the weights. */
#ifndef TRAIN_OPTIMIZER_H
#define TRAIN_OPTIMIZER_H

#include "train/recipe.h"

typedef struct OptimizerState {
    size_t n_parameters;
    int n_slots;     /* sgd: velocity; the others: m (velocity) and v; Lookahead: slow weights */
    real *slots;     /* [n_slots][n_parameters], 0 at first: saved in checkpoints */
    double *squares; /* of the gradient, a block: only for clipping */
    uint64_t step;   /* steps taken */
} OptimizerState;

/* NO_MEMORY; *state is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus optimizer_create(OptimizerState *state, const TrainSection *train,
                                                const Graph *graph, ScrawlError *error);
void optimizer_deinit(OptimizerState *state); /* NULL-safe; leaves it empty */

/* y moves by `share` of the way to x. */
void optimizer_blend(const Kernels *kernels, size_t count, double share, const real *x, real *y);

/* One step: parameters[n_parameters] from gradients[n_parameters]. Decay and L2 touch only tensors
 * whose `decays` is set. All is borrowed until the step is done. */
typedef struct OptimizerStep {
    const OptimizerState *state;
    const TrainSection *train;
    const Graph *graph;
    const Kernels *kernels;
    real *gradients; /* changed by clipping */
    real *parameters;
    real *average; /* of the parameters, [n_parameters]; NULL: none */
    real *work;    /* optimizer_step: [n_threads][optimizer_work_size] */
    double rate;
    /* Filled by optimizer_begin. */
    double correction1, correction2; /* AdamStep's */
    double average_share;            /* of the new weights in the average */
    size_t work_size;
    real clip; /* factor of the gradients */
} OptimizerStep;

/* Counts the step and fills in the rest of it. */
void optimizer_begin(OptimizerStep *step, OptimizerState *state);

/* Where the rule looks at one element at a time: takes the step for parts that tile
 * 0..n_parameters-1, in any order, several at once. `step` is an OptimizerStep. Elements do not
 * depend on how they are cut. */
void optimizer_apply(void *step, size_t first, size_t count);

/* Whether the rule looks at more than that, and the gradient must be whole before it. */
bool optimizer_wants_whole(const TrainSection *train);
/* Then the step is taken by this. Work is cut by tensor and size: the same bytes for any number of
 * threads. */
void optimizer_step(OptimizerStep *step, int n_threads);
size_t optimizer_work_size(const TrainSection *train, const Graph *graph, const Kernels *kernels);

#endif
