/* What batch normalisation computes between its passes over a batch: for the layer of that name,
 * and for blocks that normalise (block.c). The formulas stand in batchnorm.c. */
#ifndef NN_BATCHNORM_H
#define NN_BATCHNORM_H

#include "nn/layer.h"

/* Arrays of [C] in the shared memory: y = SCALE x + SHIFT once forward's sums are combined,
 * dx = SCALE dy + SLOPE x + OFFSET once backward's are. */
typedef enum NormShared {
    NORM_MEAN,
    NORM_INV_STD,
    NORM_SCALE,
    NORM_SHIFT,
    NORM_SLOPE,
    NORM_OFFSET,
    NORM_N_SHARED,
} NormShared;

real *norm_shared(const LayerRun *run, NormShared which);

/* y = scale[C] x + shift[C] with the running statistics. */
void norm_fold(const LayerRun *run, real *scale, real *shift);

/* A kind's combine_forward: from the chunks' mean[C], m2[C] in `partial` to SCALE and SHIFT, and
 * into the running statistics. */
void norm_combine_forward(const LayerRun *run, int phase);

/* The chunk's sum_dy[C], sum_dy_xhat[C] in `partial` are its gradients of beta and gamma, too. */
void norm_keep_gradients(const LayerRun *run);

/* A kind's combine_backward: from these sums to SLOPE and OFFSET. */
void norm_combine_backward(const LayerRun *run, int phase);

#endif
