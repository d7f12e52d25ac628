#include "kernels/blur.h"

#include <string.h>

#include "kernels/c.h"

int blur_weights(real sigma, real weight[BLUR_MAX_RADIUS + 1])
{
    double reach = ceil(3 * (double)sigma);
    int radius = reach < BLUR_MAX_RADIUS ? (int)reach : BLUR_MAX_RADIUS;
    double value[BLUR_MAX_RADIUS + 1], sum = 0;
    for (int i = 0; i <= radius; i++) {
        double distance = i / (double)sigma;
        value[i] = exp(-distance * distance / 2);
        sum += i > 0 ? 2 * value[i] : value[i];
    }
    for (int i = 0; i <= radius; i++)
        weight[i] = (real)(value[i] / sum);
    return radius;
}

static int clamp(int value, int limit)
{
    return value < 0 ? 0 : value >= limit ? limit - 1 : value;
}

/* y += weight * x */
static void add_row(int count, real weight, const real *restrict x, real *restrict y)
{
    for (int i = 0; i < count; i++)
        y[i] += weight * x[i];
}

static void blur_columns(int height, int width, const real *src, int radius, const real *weight,
                         real *dst)
{
    memset(dst, 0, (size_t)height * (size_t)width * sizeof *dst);
    for (int y = 0; y < height; y++)
        for (int t = -radius; t <= radius; t++)
            add_row(width, weight[t < 0 ? -t : t], src + (ptrdiff_t)clamp(y + t, height) * width,
                    dst + (ptrdiff_t)y * width);
}

/* One row: what lies left of the edge is its first pixel, right of it the last. */
static void blur_row(int width, const real *src, int radius, const real *weight, real *dst)
{
    memset(dst, 0, (size_t)width * sizeof *dst);
    for (int t = -radius; t <= radius; t++) {
        real factor = weight[t < 0 ? -t : t];
        int begin = t < 0 ? clamp(-t, width + 1) : 0;
        int end = t > 0 ? clamp(width - t, width + 1) : width;
        for (int x = 0; x < begin; x++)
            dst[x] += factor * src[0];
        if (begin < end)
            add_row(end - begin, factor, src + begin + t, dst + begin);
        for (int x = end; x < width; x++)
            dst[x] += factor * src[width - 1];
    }
}

void blur_c(int height, int width, const real *src, real sigma, real *dst, real *work)
{
    size_t size = (size_t)height * (size_t)width * sizeof *dst;
    if (size == 0)
        return;
    if (!(sigma > 0)) {
        memmove(dst, src, size);
        return;
    }
    real weight[BLUR_MAX_RADIUS + 1];
    int radius = blur_weights(sigma, weight);
    blur_columns(height, width, src, radius, weight, work);
    for (int y = 0; y < height; y++)
        blur_row(width, work + (ptrdiff_t)y * width, radius, weight, dst + (ptrdiff_t)y * width);
}
