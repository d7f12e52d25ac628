#include "kernels/warp.h"

#include <string.h>

#include "kernels/c.h"

static real *fill(real *begin, ptrdiff_t count, real value)
{
    for (ptrdiff_t i = 0; i < count; i++)
        begin[i] = value;
    return begin + count;
}

void warp_pad(int height, int width, const real *src, real outside, real *padded)
{
    /* What lies after a row and before the next is in one piece. */
    padded = fill(padded, WARP_BEFORE * warp_stride(width) + WARP_BEFORE, outside);
    for (int y = 0; y < height; y++, src += width) {
        memcpy(padded, src, (size_t)width * sizeof *src);
        padded = fill(padded + width, WARP_BORDER, outside);
    }
    fill(padded, WARP_AFTER * warp_stride(width) - WARP_BEFORE, outside);
}

/* -1 .. limit; NaN is -1. */
static real clamp(real place, real limit)
{
    place = place > -1 ? place : -1;
    return place < limit ? place : limit;
}

/* Exactly a where both are equal. */
static real mix(real share, real a, real b)
{
    return a + share * (b - a);
}

/* Bilinear between the four pixels round (x, y). */
static real sample(int height, int width, const real *padded, real x, real y)
{
    x = clamp(x, (real)width);
    y = clamp(y, (real)height);
    int right = (int)(x + 1), bottom = (int)(y + 1); /* x + 1 >= 0: rounded down */
    real right_share = x - (real)(right - 1), below_share = y - (real)(bottom - 1);
    const real *above = padded + bottom * warp_stride(width) + right;
    const real *below = above + warp_stride(width);
    return mix(below_share, mix(right_share, above[0], above[1]),
               mix(right_share, below[0], below[1]));
}

void warp_affine_c(int height, int width, const real *src, const real m[6], real outside, real *dst,
                   real *work)
{
    warp_pad(height, width, src, outside, work);
    for (int y = 0; y < height; y++) {
        real first_x = m[1] * (real)y + m[2], first_y = m[4] * (real)y + m[5];
        for (int x = 0; x < width; x++)
            *dst++ =
                sample(height, width, work, m[0] * (real)x + first_x, m[3] * (real)x + first_y);
    }
}

/* The place that a projection leads to; no place where it does not come from before the eye. */
static real project(real along, real depth)
{
    return depth > 0 ? along * (1 / depth) : (real)NAN;
}

void warp_projective_c(int height, int width, const real *src, const real m[9], real outside,
                       real *dst, real *work)
{
    warp_pad(height, width, src, outside, work);
    for (int y = 0; y < height; y++) {
        real first_x = m[1] * (real)y + m[2], first_y = m[4] * (real)y + m[5];
        real first_depth = m[7] * (real)y + m[8];
        for (int x = 0; x < width; x++) {
            real depth = m[6] * (real)x + first_depth;
            *dst++ = sample(height, width, work, project(m[0] * (real)x + first_x, depth),
                            project(m[3] * (real)x + first_y, depth));
        }
    }
}

void warp_field_c(int height, int width, const real *src, const real *dx, const real *dy,
                  real outside, real *dst, real *work)
{
    warp_pad(height, width, src, outside, work);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            *dst++ = sample(height, width, work, (real)x + *dx++, (real)y + *dy++);
}
