/* Convolutions of 3x3 and 5x5 kernels by Winograd's algorithm, forward and backward, as block.h
 * wants them: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016
 * (arXiv 1509.09308), section 4. With polynomials evaluated at the points,
 *   y = A^T [(G g) . (B^T d)]
 * convolves inputs d with a kernel g. The transforms are linear maps between up to six values in
 * space and up to six values at points.
 *
 * All tiles draw their points from 0, 1, -1, 2, -2 and infinity, in this order. A tile of m outputs
 * of a kernel of r taps needs m + r - 1 of them and as many inputs: with r = 3, tiles of 4 use all
 * six, tiles of 3 leave out -2, tiles of 2 leave out 2 and -2; with r = 5, tiles of 2 use all six
 * and tiles of 1 leave out -2. The factors that usually depend on the tile's size are all in B^T,
 * so that one transformed kernel G g serves every size, and B^T depends on the number of points
 * only.
 *
 * In two dimensions a map runs down the columns of a tile and then across its rows. Here a value is
 * 16 floats, one a channel. */
#ifndef KERNELS_X86_WINOGRAD_H
#define KERNELS_X86_WINOGRAD_H

#include <stddef.h>

#include "kernels/block.h"
#include "kernels/kernels.h"
#include "kernels/x86/build_names.h"

enum {
    WINOGRAD_POINTS = 6,
    WINOGRAD_POSITIONS = WINOGRAD_POINTS * WINOGRAD_POINTS, /* pairs of points: row, column */
};

/* From space to points. By their number of points; GRADIENT and OUTPUT of 3 or 5 taps. */
typedef enum WinogradForward {
    WINOGRAD_INPUT_6, /* B^T */
    WINOGRAD_INPUT_5,
    WINOGRAD_INPUT_4,
    WINOGRAD_WEIGHT_3, /* G */
    WINOGRAD_WEIGHT_5,
    WINOGRAD_GRADIENT_6_3, /* A, the transpose of OUTPUT */
    WINOGRAD_GRADIENT_5_3,
    WINOGRAD_GRADIENT_4_3,
    WINOGRAD_GRADIENT_6_5,
    WINOGRAD_GRADIENT_5_5,
} WinogradForward;

/* From points to space: the transposes of the above, in the same order. */
typedef enum WinogradBack {
    WINOGRAD_INPUT_GRADIENT_6, /* B; adds, since the inputs of neighbouring tiles overlap */
    WINOGRAD_INPUT_GRADIENT_5,
    WINOGRAD_INPUT_GRADIENT_4,
    WINOGRAD_WEIGHT_GRADIENT_3, /* G^T */
    WINOGRAD_WEIGHT_GRADIENT_5,
    WINOGRAD_OUTPUT_6_3, /* A^T */
    WINOGRAD_OUTPUT_5_3,
    WINOGRAD_OUTPUT_4_3,
    WINOGRAD_OUTPUT_6_5,
    WINOGRAD_OUTPUT_5_5,
} WinogradBack;

/* Whether tiles of 4, 5 or 6 points use a point. */
static inline int winograd_has_point(int points, int point)
{
    return point < points - 1 || point == WINOGRAD_POINTS - 1;
}

/* The tile in space begins at `tile`, its rows are row_step apart, its columns 16. The value at
 * position (i, j) of points is at points + offset[6 i + j]; positions that the maps lack are not
 * touched. bias, 16 values or NULL, is added to each value in space; maps that add to the tile do
 * without. */
void winograd_to_points(WinogradForward rows, WinogradForward columns, const float *tile,
                        ptrdiff_t row_step, float *points, const size_t offset[WINOGRAD_POSITIONS]);
void winograd_from_points(WinogradBack rows, WinogradBack columns, const float *points,
                          const size_t offset[WINOGRAD_POSITIONS], const float *bias, float *tile,
                          ptrdiff_t row_step);

/* How an output is cut into Winograd's tiles, and where the values of the tiles are kept: for each
 * block of 16 channels and each position (pair of points) a matrix [tile][image][16] of the tiles
 * that have both points. The same layout serves inputs, products and gradients. */

enum { WINOGRAD_MAX_TILES = 64 };

/* One dimension. */
typedef struct WinogradCut {
    int count;
    int start[WINOGRAD_MAX_TILES], points[WINOGRAD_MAX_TILES];
    int before[WINOGRAD_MAX_TILES + 1][WINOGRAD_POINTS]; /* earlier tiles that have a point */
} WinogradCut;

typedef struct WinogradGrid {
    WinogradCut rows, columns;
    int joined; /* tiles in each dimension that share 2x2 windows of pooling: 1, or 2 */
    size_t images;
    size_t offset[WINOGRAD_POSITIONS]; /* of a position's matrix within a block, in floats */
    size_t height[WINOGRAD_POSITIONS]; /* its rows: tiles times images */
    size_t block;                      /* floats of a block of channels */
} WinogradGrid;

/* Whether outputs of this length can be cut. */
int winograd_can_cut(int length, int taps);
void winograd_grid_init(WinogradGrid *grid, const ConvShape *shape, size_t images);
/* Where the values of a tile of image 0 are within a block; those of image i are 16 i further. */
void winograd_tile_offsets(const WinogradGrid *grid, int row, int column,
                           size_t offset[WINOGRAD_POSITIONS]);

/* Of the table. */

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
