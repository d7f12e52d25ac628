/* The update from gradients to weights, over flat arrays. A new optimiser is one row in
 * optimizer.c; the formulas of SGD and Adam are in kernels/kernels.h, beside SgdStep and AdamStep.
 *
 * Muon is K. Jordan and others, "Muon: An optimizer for hidden layers in neural networks", 2024,
 * https://kellerjordan.github.io/posts/muon. For a weight taken as a matrix of one row a unit, with
 * gradient g and momentum v:
 *   v = momentum v + g,  u = g + momentum v
 *   w = (1 - rate decay) w - rate sqrt(max(1, rows / columns)) orthogonal(u)
 * where orthogonal(u) is about the nearest matrix whose singular values are 1, from five
 * Newton-Schulz iterations.
 *
 * Around any of them: clipping of the gradient's norm (R. Pascanu and others, "On the difficulty of
 * training recurrent neural networks", ICML 2013), Lookahead (M. Zhang and others, "Lookahead
 * Optimizer: k steps forward, 1 step back", NeurIPS 2019, algorithm 1), and an exponential moving
 * average of the weights. */
#ifndef TRAIN_OPTIMIZER_H
#define TRAIN_OPTIMIZER_H

#include "train/step.h"

/* Arrays of n_parameters that the optimiser keeps between steps. */
int optimizer_n_slots(const TrainSection *train);

/* Fills in what a TrainStep owns for its optimiser. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus optimizer_init(TrainStep *step, ScrawlError *error);
void optimizer_deinit(TrainStep *step);

/* Counts the step and fills in what its formulas need. */
void optimizer_begin(TrainStep *step, double rate);

/* True if the update needs the whole gradient: for its norm, or for a whole matrix of it. */
bool optimizer_needs_whole_gradient(const TrainSection *train);

/* Otherwise: updates parameters first..first+count-1 of a TrainStep. Calls that cover
 * 0..n_parameters-1 may come in any order and at once; the result does not depend on how the range
 * is divided. Decay and L2 touch only tensors whose `decays` is set. */
void optimizer_apply(void *step, size_t first, size_t count);

/* Updates all parameters from the whole gradient, which clipping changes. Work is divided by tensor
 * and size: the same bytes for any number of threads. */
void optimizer_apply_whole(TrainStep *step);

/* Moves y by `fraction` of the way to x. */
void optimizer_blend(const Kernels *kernels, size_t count, double fraction, const real *x, real *y);

/* In place: the singular values of x[rows, columns] come near 1 (0.7 to 1.2); its singular vectors
 * stay. Zeros stay zeros. work: muon_work_size reals, enough for Muon's whole update. */
void muon_orthogonalize(const Kernels *kernels, size_t rows, size_t columns, real *x, real *work);
size_t muon_work_size(const Kernels *kernels, size_t rows, size_t columns);

#endif
