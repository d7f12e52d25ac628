/* Convolutions of 3x3 and 5x5 kernels by Winograd's algorithm, forward and backward, as block.h
 * wants them. */
#ifndef KERNELS_X86_WINOGRAD_H
#define KERNELS_X86_WINOGRAD_H

#include "kernels/block.h"
#include "kernels/x86/build_names.h"

int winograd_supports(const ConvShape *shape);
size_t winograd_packed_size(const BlockShape *shape);
size_t winograd_stash_size(const BlockShape *shape);
size_t winograd_work_size(const BlockShape *shape, size_t n);
void winograd_pack(const BlockShape *shape, int part, int backward, const real *w,
                   const real *scale, real *packed);
/* dw[K,C,R,S] from the gradients of the transformed weights. */
void winograd_unpack_gradient(const ConvShape *shape, const real *du, real *dw);

void winograd_forward(const BlockShape *shape, size_t n, const real *x, const real *packed,
                      const real *bias, real *y, real *stash, real *mean, real *m2, real *work);
void winograd_forward_finish(const BlockShape *shape, size_t n, const real *x, const real *packed,
                             const real *bias, real *out, real *stash, uint8_t *which, real *work);
void winograd_backward(const BlockShape *shape, size_t n, const real *y, const uint8_t *which,
                       const real *d_out, const real *a, const real *b, const real *d,
                       const real *packed, const real *stash, real *dw, real *dbias, real *dx,
                       real *work);

#endif
