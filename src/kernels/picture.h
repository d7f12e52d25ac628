/* What the versions of blur, warp and dilate share. */
#ifndef KERNELS_PICTURE_H
#define KERNELS_PICTURE_H

#include "kernels/kernels.h"

/* The right half of the Gaussian of sd sigma > 0: weight[0] in the middle; the whole sums to 1. Its
 * radius. */
int blur_weights(real sigma, real weight[BLUR_MAX_RADIUS + 1]);

/* What the plain C warps share with the vector ones. */

/* The border of a padded picture. A place is clamped to -1 .. width, and the four pixels round it
 * lie from -1 to width + 1: nothing then asks what is inside. */
enum { WARP_BEFORE = 1, WARP_AFTER = WARP_BORDER - WARP_BEFORE };

static inline ptrdiff_t warp_stride(int width)
{
    return (ptrdiff_t)width + WARP_BORDER;
}

/* padded[H + WARP_BORDER][warp_stride]: src with a border of `outside`. */
void warp_pad(int height, int width, const real *src, real outside, real *padded);

/* What the versions of dilate share. */

enum { DISC_BORDER = DILATE_MAX_RADIUS, DISC_MAX_RINGS = 9, DISC_MAX_PLACES = 8 };

/* The pixels at one distance from the middle. */
typedef struct DiscRing {
    real share; /* above 0, at most 1 */
    int n;
    ptrdiff_t at[DISC_MAX_PLACES]; /* from the middle, in a padded picture */
} DiscRing;

typedef struct Disc {
    int n_rings;
    DiscRing rings[DISC_MAX_RINGS];
} Disc;

static inline ptrdiff_t disc_stride(int width)
{
    return (ptrdiff_t)width + 2 * DISC_BORDER;
}

/* 0 <= radius <= DILATE_MAX_RADIUS */
void disc_init(Disc *disc, real radius, ptrdiff_t stride);

/* padded[H + 2 DISC_BORDER][disc_stride]: sign * src, its edges replicated. What lies beyond the
 * edge then never counts: the pixel that it repeats is nearer to any place inside. */
void disc_pad(int height, int width, const real *src, real sign, real *padded);

#endif
