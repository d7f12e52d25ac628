/* A convolution with all that follows it as one family: conv, bias, batch norm, ReLU and 2x2 max
 * pooling in as few passes over memory as arithmetic allows. Tables that have none of this (plain
 * C) run the same layers one by one: that is the specification, and the tests compare the two.
 *
 * Layouts, for each image, the images one after the other:
 *   blocked  [C/16][H + 2 halo][W + 2 halo][16]: channels in blocks of 16, which fill vectors; a
 *            halo of zeros stands for the convolution's padding
 *   plain    [C][H][W], no halo
 * x is plain where the input has one channel and blocked otherwise; its halo is the padding. y (the
 * convolution's own output, which batch norm needs twice) is blocked without a halo. out is blocked
 * with out_halo, or plain. Gradients have the layout of what they are the gradient of; their halos
 * are never read and hold nothing of use.
 *
 * Every function works on one thread and allocates nothing. Sums run in a fixed order. */
#ifndef KERNELS_BLOCK_H
#define KERNELS_BLOCK_H

#include "kernels/kernels.h"

#define BLOCK_LANES 16
#define BLOCK_PARTS 8 /* pieces into which pack's work is cut */

typedef struct BlockShape {
    ConvShape conv; /* stride 1, one group, square kernel of 3 or 5, padding at most half of it; 1
                       channel or a multiple of 16; filters a multiple of 16. The output may be
                       smaller than ConvShape says: what is right of it and below is then neither
                       computed nor read */
    int relu;       /* max(., 0) after bias or batch norm */
    int pool;       /* 2: 2x2 maxima with stride 2 after that, a last odd row or column left out;
                       1: none */
    int out_plain;  /* layout of out */
    int out_halo;   /* of a blocked out; its zeros are written with out */
} BlockShape;

/* Of a pooled place: which of its four values was largest (0..3, row by row, the first on ties), or
 * none where ReLU gave zero. Laid out as a blocked out without a halo, a byte each; without pooling
 * 0 or BLOCK_NONE. */
#define BLOCK_NONE 255

struct BlockKernels {
    int (*supports)(const BlockShape *shape);
    /* By which algorithm: "winograd" or "direct". */
    const char *(*algorithm)(const BlockShape *shape);

    /* In reals. packed: the weights as forward and backward want them. stash: an image, what
     * forward leaves for backward, which must be called with the same n. work: for n images or
     * fewer. */
    size_t (*packed_size)(const BlockShape *shape);
    size_t (*stash_size)(const BlockShape *shape);
    size_t (*work_size)(const BlockShape *shape, size_t n);

    /* w[K,C,R,S] times scale[K] (NULL: 1) into packed; part 0..BLOCK_PARTS-1 writes its own piece,
     * so that a team can share the work. backward 0: only what forward reads. */
    void (*pack)(const BlockShape *shape, int part, int backward, const real *w, const real *scale,
                 real *packed);

    /* With batch statistics: y = conv(x) + bias, and over these n images each filter's mean[K] and
     * m2[K] = sum of (y - mean)^2. Then out from y * scale[K] + shift[K]. */
    void (*forward)(const BlockShape *shape, size_t n, const real *x, const real *packed,
                    const real *bias, real *y, real *stash, real *mean, real *m2, real *work);
    void (*finish)(const BlockShape *shape, size_t n, const real *y, const real *scale,
                   const real *shift, real *out, uint8_t *which);

    /* Without: out from conv(x) + bias at once. stash and which are NULL in inference. */
    void (*forward_finish)(const BlockShape *shape, size_t n, const real *x, const real *packed,
                           const real *bias, real *out, real *stash, uint8_t *which, real *work);

    /* With dz = d_out at the places of `which` and 0 elsewhere, over these n images:
     * sum_dz[K] = sum of dz, sum_dz_xhat[K] = sum of dz (y - mean[k]) inv_std[k]. */
    void (*sums)(const BlockShape *shape, size_t n, const real *y, const uint8_t *which,
                 const real *d_out, const real *mean, const real *inv_std, real *sum_dz,
                 real *sum_dz_xhat);

    /* dy = a[k] dz + b[k] y + d[k], or dz where a is NULL (then y is not read). Overwrites
     * dw[K,C,R,S], dbias[K] (the sum of dy) with these images' sums and, unless NULL, dx. */
    void (*backward)(const BlockShape *shape, size_t n, const real *x, const real *y,
                     const uint8_t *which, const real *d_out, const real *a, const real *b,
                     const real *d, const real *packed, const real *stash, real *dw, real *dbias,
                     real *dx, real *work);
};

#endif
