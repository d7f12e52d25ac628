/* How an output is cut into Winograd's tiles, and where the values of the tiles are kept: for each
 * block of 16 channels and each position (pair of points) a matrix [tile][image][16] of the tiles
 * that have both points. The same layout serves inputs, products and gradients. */
#ifndef KERNELS_X86_WINOGRAD_GRID_H
#define KERNELS_X86_WINOGRAD_GRID_H

#include "kernels/kernels.h"
#include "kernels/x86/winograd_transform.h"

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
