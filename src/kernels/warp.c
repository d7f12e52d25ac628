#include "kernels/c.h"

static real pixel(int height, int width, const real *src, int y, int x, real outside)
{
    return x >= 0 && x < width && y >= 0 && y < height ? src[(ptrdiff_t)y * width + x] : outside;
}

/* Bilinear between the four pixels round (x, y). A NaN or far place is outside. */
static real sample(int height, int width, const real *src, real x, real y, real outside)
{
    if (!(x > -1 && x < (real)width && y > -1 && y < (real)height))
        return outside;
    int left = (int)(x + 1) - 1, top = (int)(y + 1) - 1;
    real right_share = x - (real)left, below_share = y - (real)top;
    real above = (1 - right_share) * pixel(height, width, src, top, left, outside) +
                 right_share * pixel(height, width, src, top, left + 1, outside);
    real below = (1 - right_share) * pixel(height, width, src, top + 1, left, outside) +
                 right_share * pixel(height, width, src, top + 1, left + 1, outside);
    return (1 - below_share) * above + below_share * below;
}

void warp_affine_c(int height, int width, const real *src, const real m[6], real outside, real *dst)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            *dst++ = sample(height, width, src, m[0] * (real)x + m[1] * (real)y + m[2],
                            m[3] * (real)x + m[4] * (real)y + m[5], outside);
}

void warp_field_c(int height, int width, const real *src, const real *dx, const real *dy,
                  real outside, real *dst)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            *dst++ = sample(height, width, src, (real)x + *dx++, (real)y + *dy++, outside);
}
