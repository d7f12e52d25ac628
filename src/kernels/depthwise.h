/* Convolutions where each group has one channel (groups == channels): depthwise ones, and those of
 * a grey picture. Direct loops: a matrix product per channel would have one row or nine columns.
 * Same arguments as in kernels.h; the bias gradient is the caller's. */
#ifndef KERNELS_DEPTHWISE_H
#define KERNELS_DEPTHWISE_H

#include "kernels/kernels.h"

size_t depthwise_work(const ConvShape *shape);
void depthwise_forward_c(const ConvShape *shape, size_t n, const real *x, const real *w,
                         const real *bias, real *y, real *work);
void depthwise_backward_data_c(const ConvShape *shape, size_t n, const real *dy, const real *w,
                               real *dx, real *work);
void depthwise_backward_weights_c(const ConvShape *shape, size_t n, const real *x, const real *dy,
                                  real *dw, real *work);

#endif
