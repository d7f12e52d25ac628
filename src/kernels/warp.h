/* What the plain C warps share with the vector ones. */
#ifndef KERNELS_WARP_H
#define KERNELS_WARP_H

#include "kernels/kernels.h"

/* The border of a padded picture. A place is clamped to -1 .. width, and the four pixels round it
 * lie from -1 to width + 1: nothing then asks what is inside. */
enum { WARP_BEFORE = 1, WARP_AFTER = WARP_BORDER - WARP_BEFORE };

static inline ptrdiff_t warp_stride(int width)
{
    return (ptrdiff_t)width + WARP_BORDER;
}

/* padded[H + WARP_BORDER][warp_stride]: src with a border of `outside`. */
void warp_pad(int height, int width, const real *src, real outside, real *padded);

#endif
