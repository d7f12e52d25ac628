/* Convolutions of 3x3 and 5x5 kernels by Winograd's algorithm, forward and backward, as block.h
 * wants them. */
#ifndef KERNELS_X86_WINOGRAD_H
#define KERNELS_X86_WINOGRAD_H

#include "kernels/block.h"
#include "kernels/kernels.h"
#include "kernels/x86/build_names.h"
#include "kernels/x86/winograd_transform.h"

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

#endif
