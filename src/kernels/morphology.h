/* What the versions of dilate share. */
#ifndef KERNELS_MORPHOLOGY_H
#define KERNELS_MORPHOLOGY_H

#include "kernels/kernels.h"

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
