/* Convolution blocks (kernels/block.h) with AVX2 and FMA, or with AVX-512 (its foundation, F). Both
 * give the same bytes. */
#ifndef KERNELS_X86_BLOCK_H
#define KERNELS_X86_BLOCK_H

#include "kernels/block.h"
#include "kernels/x86/build_names.h"

extern const BlockKernels block_avx2, block_avx512;

/* What follows a convolution, on a region of one image and one block of 16 filters: the way to out
 * (affine, ReLU, pooling) and the way back from d_out to the gradient of the convolution's output.
 * The convolutions call these for each tile or band of rows, while it is in the nearest cache. */

/* Rows top to top + rows - 1 of the convolution's output, likewise columns. With pooling, top and
 * left are even; an odd last row or column is in no window. */
typedef struct BlockRegion {
    int top, left, rows, columns;
} BlockRegion;

/* Where the values of out are within an image: steps in reals, `origin` past the halo. */
typedef struct BlockOut {
    int height, width;
    size_t origin, block, row, column, lane;
} BlockOut;

/* What backward needs to find dy of one image. a, b, d: [K], or NULL as in block.h. */
typedef struct BlockGradient {
    const BlockShape *shape;
    const real *y, *d_out, *a, *b, *d;
    const uint8_t *which;
} BlockGradient;

BlockOut block_out_layout(const BlockShape *shape);

/* Reals of one image of y, and of out; bytes of one image of which. */
size_t block_y_size(const BlockShape *shape);
size_t block_out_size(const BlockShape *shape);
size_t block_which_size(const BlockShape *shape);

/* out, and which unless NULL, of one image from a region of y, whose rows are row_step apart. scale
 * and shift, [K], may both be NULL: 1 and 0. */
void block_finish_region(const BlockShape *shape, int block, const BlockRegion *region,
                         const real *y, ptrdiff_t row_step, const real *scale, const real *shift,
                         real *out, uint8_t *which);
/* Zeros round the planes of n images of a blocked out. */
void block_clear_halo(const BlockShape *shape, size_t n, real *out);

/* The same for image i, where `all` is for image 0. */
BlockGradient block_gradient_of_image(const BlockGradient *all, size_t i);
/* The region's dy, in rows row_step apart; adds its sums to sum[16]. */
void block_gradient_region(const BlockGradient *gradient, int block, const BlockRegion *region,
                           real *dy, ptrdiff_t row_step, real *sum);

/* Takes `n` more images into mean[K] and m2[K], which describe `before` images already. */
void block_add_statistics(const BlockShape *shape, size_t before, size_t n, const real *y,
                          real *mean, real *m2);

/* Of the table. */
void block_finish(const BlockShape *shape, size_t n, const real *y, const real *scale,
                  const real *shift, real *out, uint8_t *which);
void block_sums(const BlockShape *shape, size_t n, const real *y, const uint8_t *which,
                const real *d_out, const real *mean, const real *inv_std, real *sum_dz,
                real *sum_dz_xhat);

/* direct.c: first layers, with one channel of input: filters in vectors, no transform. */

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
