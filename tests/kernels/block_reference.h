/* What kernels/block.h error bounds, computed the obvious way in double on plain tensors [N,C,H,W],
 * and the way between layouts. */
#ifndef TESTS_KERNELS_BLOCK_REFERENCE_H
#define TESTS_KERNELS_BLOCK_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/block.h"

int reference_out_height(const BlockShape *shape);
int reference_out_width(const BlockShape *shape);

/* Floats of n images of the layouts. */
size_t reference_x_size(const BlockShape *shape, size_t n); /* as the kernels want x */
size_t reference_y_size(const BlockShape *shape, size_t n);
size_t reference_out_size(const BlockShape *shape, size_t n);

/* Plain [planes of n images][height][width] to blocked, whose halo becomes `outside`; and back. */
void reference_block(size_t n, int channels, int height, int width, int halo, float outside,
                     const double *plain, float *blocked);
void reference_unblock(size_t n, int channels, int height, int width, int halo,
                       const float *blocked, double *plain);

/* y[N,K,P,Q]; bias may be NULL. */
void reference_convolve(const ConvShape *shape, size_t n, const double *x, const double *w,
                        const double *bias, double *y);
void reference_data_gradient(const ConvShape *shape, size_t n, const double *dy, const double *w,
                             double *dx);
void reference_weight_gradient(const ConvShape *shape, size_t n, const double *x, const double *dy,
                               double *dw, double *dbias);

/* out and which, both [N,K,PH,PW], from y * scale[K] + shift[K]. */
void reference_finish(const BlockShape *shape, size_t n, const double *y, const double *scale,
                      const double *shift, double *out, uint8_t *which);
/* dz[N,K,P,Q]. */
void reference_unpool(const BlockShape *shape, size_t n, const double *d_out, const uint8_t *which,
                      double *dz);

#endif
