/* Convolutions as products over offsets, with the engine of whichever table they serve. Groups of
 * one channel are not for these: see the depthwise ones below. Same arguments as in kernels.h. */
#ifndef KERNELS_CONV_H
#define KERNELS_CONV_H

#include "kernels/contract.h"
#include "kernels/kernels.h"

/* Layers of one channel a group have loops of their own. */
static inline int conv_is_depthwise(const ConvShape *shape)
{
    return shape->groups == shape->channels;
}

size_t conv_work(const ContractEngine *engine, const ConvShape *shape);
void conv_forward(const ContractEngine *engine, const ConvShape *shape, size_t n, const real *x,
                  const real *w, const real *bias, real *y, real *work);
void conv_backward_data(const ContractEngine *engine, const ConvShape *shape, size_t n,
                        const real *dy, const real *w, real *dx, real *work);
/* Adds to dw. */
void conv_backward_weights(const ContractEngine *engine, const ConvShape *shape, size_t n,
                           const real *x, const real *dy, real *dw, real *work);
/* Adds to dbias; serves depthwise layers too. */
void conv_backward_bias(const ConvShape *shape, size_t n, const real *dy, real *dbias);

/* A border of zeros round a plane. */
typedef struct ConvBorder {
    size_t top, left;     /* rows above, columns left */
    size_t height, width; /* of the plane with its border */
} ConvBorder;

/* Round dy, so that the data gradient reads zeros beyond its edges. */
ConvBorder conv_border_of_output(const ConvShape *shape);

/* One dimension of one phase of the data gradient: the rows (or columns) y of dx with
 * y + padding = phase + stride * i are reached by the taps phase + stride * r' only, and tap r'
 * reads row i - r' of dy. */
typedef struct ConvPhase {
    size_t taps;  /* how many r' there are */
    size_t count; /* how many i; they begin with the smallest that is inside dx */
    size_t first_i;
    size_t first_y;
} ConvPhase;

ConvPhase conv_find_phase(int phase, int kernel, int stride, int padding, int length);

/* Convolutions where each group has one channel (groups == channels): depthwise ones, and those of
 * a grey picture. Direct loops: a matrix product per channel would have one row or nine columns.
 * Same arguments as in kernels.h; the bias gradient is the caller's. */

size_t depthwise_work(const ConvShape *shape);
void depthwise_forward_c(const ConvShape *shape, size_t n, const real *x, const real *w,
                         const real *bias, real *y, real *work);
void depthwise_backward_data_c(const ConvShape *shape, size_t n, const real *dy, const real *w,
                               real *dx, real *work);
void depthwise_backward_weights_c(const ConvShape *shape, size_t n, const real *x, const real *dy,
                                  real *dw, real *work);

#endif
