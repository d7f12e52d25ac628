/* First layers: one channel of input, filters in vectors, no transform. As block.h wants them. */
#ifndef KERNELS_X86_DIRECT_H
#define KERNELS_X86_DIRECT_H

#include "kernels/block.h"
#include "kernels/x86/build_names.h"

size_t direct_packed_size(const BlockShape *shape);
size_t direct_work_size(const BlockShape *shape);
void direct_pack(const BlockShape *shape, int part, const real *w, const real *scale, real *packed);
void direct_forward(const BlockShape *shape, size_t n, const real *x, const real *packed,
                    const real *bias, real *y, real *mean, real *m2, real *work);
void direct_forward_finish(const BlockShape *shape, size_t n, const real *x, const real *packed,
                           const real *bias, real *out, uint8_t *which, real *work);
void direct_backward(const BlockShape *shape, size_t n, const real *x, const real *y,
                     const uint8_t *which, const real *d_out, const real *a, const real *b,
                     const real *d, const real *packed, real *dw, real *dbias, real *dx,
                     real *work);

#endif
