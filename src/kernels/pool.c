#include <string.h>

#include "kernels/c.h"

/* One plane. Inlined with constant sizes for windows of 2 x 2, whose loops then unroll. */
static inline __attribute__((always_inline)) void max_plane(const PoolShape *s, size_t kernel,
                                                            size_t stride, const real *restrict x,
                                                            real *restrict y,
                                                            uint8_t *restrict which)
{
    size_t width = (size_t)s->width, out_width = (size_t)s->out_width;
    for (size_t p = 0; p < (size_t)s->out_height; p++, y += out_width, which += out_width)
        for (size_t q = 0; q < out_width; q++) {
            const real *window = x + p * stride * width + q * stride;
            real best = window[0];
            unsigned place = 0;
            for (size_t r = 0; r < kernel; r++)
                for (size_t c = 0; c < kernel; c++) {
                    real value = window[r * width + c];
                    place = value > best ? (unsigned)(r * kernel + c) : place;
                    best = value > best ? value : best;
                }
            y[q] = best;
            which[q] = (uint8_t)place;
        }
}

void maxpool_forward_c(const PoolShape *s, size_t n, const real *x, real *y, uint8_t *which)
{
    size_t area = (size_t)s->height * (size_t)s->width;
    size_t out_area = (size_t)s->out_height * (size_t)s->out_width;
    for (size_t i = 0; i < n * (size_t)s->channels; i++) {
        if (s->kernel == 2 && s->stride == 2)
            max_plane(s, 2, 2, x, y, which);
        else
            max_plane(s, (size_t)s->kernel, (size_t)s->stride, x, y, which);
        x += area, y += out_area, which += out_area;
    }
}

void maxpool_backward_c(const PoolShape *s, size_t n, const real *dy, const uint8_t *which,
                        real *dx)
{
    size_t width = (size_t)s->width, area = (size_t)s->height * width;
    size_t out_width = (size_t)s->out_width;
    size_t kernel = (size_t)s->kernel, stride = (size_t)s->stride;
    size_t offset[UINT8_MAX + 1];
    for (size_t i = 0; i < kernel * kernel; i++)
        offset[i] = i / kernel * width + i % kernel;
    memset(dx, 0, n * (size_t)s->channels * area * sizeof *dx);
    for (size_t i = 0; i < n * (size_t)s->channels; i++, dx += area)
        for (size_t p = 0; p < (size_t)s->out_height; p++, dy += out_width, which += out_width)
            for (size_t q = 0; q < out_width; q++)
                dx[p * stride * width + q * stride + offset[which[q]]] += dy[q];
}

static inline real sum_window(const real *x, size_t x_width, size_t height, size_t width)
{
    real sum = 0;
    for (size_t r = 0; r < height; r++)
        for (size_t c = 0; c < width; c++)
            sum += x[r * x_width + c];
    return sum;
}

static inline void add_to_window(real value, size_t height, size_t width, real *x, size_t x_width)
{
    for (size_t r = 0; r < height; r++)
        for (size_t c = 0; c < width; c++)
            x[r * x_width + c] += value;
}

void avgpool_forward_c(const PoolShape *s, size_t n, const real *x, real *y)
{
    size_t width = (size_t)s->width, area = (size_t)s->height * width;
    size_t kernel = (size_t)s->kernel, stride = (size_t)s->stride;
    real share = 1 / (real)(kernel * kernel);
    for (size_t i = 0; i < n * (size_t)s->channels; i++, x += area)
        for (size_t p = 0; p < (size_t)s->out_height; p++)
            for (size_t q = 0; q < (size_t)s->out_width; q++)
                *y++ =
                    share * sum_window(x + p * stride * width + q * stride, width, kernel, kernel);
}

void avgpool_backward_c(const PoolShape *s, size_t n, const real *dy, real *dx)
{
    size_t width = (size_t)s->width, area = (size_t)s->height * width;
    size_t kernel = (size_t)s->kernel, stride = (size_t)s->stride;
    real share = 1 / (real)(kernel * kernel);
    memset(dx, 0, n * (size_t)s->channels * area * sizeof *dx);
    for (size_t i = 0; i < n * (size_t)s->channels; i++, dx += area)
        for (size_t p = 0; p < (size_t)s->out_height; p++)
            for (size_t q = 0; q < (size_t)s->out_width; q++)
                add_to_window(share * *dy++, kernel, kernel, dx + p * stride * width + q * stride,
                              width);
}

/* The pixels that output (p, q) of an adaptive pooling averages. Along an axis with `length` pixels
 * and `bins` outputs, bin i goes from floor(i length / bins) to ceil((i + 1) length / bins). */
typedef struct Bin {
    size_t first, tall, wide; /* of its pixels, in the plane; rows, columns */
} Bin;

static Bin find_bin(const PoolShape *s, size_t p, size_t q)
{
    size_t height = (size_t)s->height, width = (size_t)s->width;
    size_t rows = (size_t)s->out_height, columns = (size_t)s->out_width;
    size_t top = p * height / rows, left = q * width / columns;
    return (Bin){.first = top * width + left,
                 .tall = ((p + 1) * height + rows - 1) / rows - top,
                 .wide = ((q + 1) * width + columns - 1) / columns - left};
}

static void average_plane(const PoolShape *s, const real *x, real *y)
{
    for (size_t p = 0; p < (size_t)s->out_height; p++)
        for (size_t q = 0; q < (size_t)s->out_width; q++) {
            Bin bin = find_bin(s, p, q);
            *y++ = sum_window(x + bin.first, (size_t)s->width, bin.tall, bin.wide) /
                   (real)(bin.tall * bin.wide);
        }
}

void adaptive_avgpool_forward_c(const PoolShape *s, size_t n, const real *x, real *y)
{
    size_t area = (size_t)s->height * (size_t)s->width;
    size_t out_area = (size_t)s->out_height * (size_t)s->out_width;
    for (size_t i = 0; i < n * (size_t)s->channels; i++, x += area, y += out_area) {
        if (out_area == 1)
            *y = sum_array(area, x) / (real)area;
        else
            average_plane(s, x, y);
    }
}

static void spread_plane(const PoolShape *s, const real *dy, real *dx)
{
    for (size_t p = 0; p < (size_t)s->out_height; p++)
        for (size_t q = 0; q < (size_t)s->out_width; q++) {
            Bin bin = find_bin(s, p, q);
            add_to_window(*dy++ / (real)(bin.tall * bin.wide), bin.tall, bin.wide, dx + bin.first,
                          (size_t)s->width);
        }
}

void adaptive_avgpool_backward_c(const PoolShape *s, size_t n, const real *dy, real *dx)
{
    size_t area = (size_t)s->height * (size_t)s->width;
    size_t out_area = (size_t)s->out_height * (size_t)s->out_width;
    memset(dx, 0, n * (size_t)s->channels * area * sizeof *dx);
    for (size_t i = 0; i < n * (size_t)s->channels; i++, dx += area, dy += out_area)
        spread_plane(s, dy, dx);
}
