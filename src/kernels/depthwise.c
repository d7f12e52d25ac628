#include "kernels/depthwise.h"

#include <string.h>

#include "kernels/c.h"

/* One plane with its border of zeros, and a row of outputs. */
typedef struct Plane {
    size_t height, width; /* with the border */
} Plane;

static Plane plane_of(const ConvShape *s)
{
    size_t pad = (size_t)s->padding;
    return (Plane){(size_t)s->height + 2 * pad, (size_t)s->width + 2 * pad};
}

size_t depthwise_work(const ConvShape *s)
{
    Plane plane = plane_of(s);
    return plane.height * plane.width + (size_t)s->out_width;
}

static void copy_in(const ConvShape *s, Plane plane, const real *x, real *padded)
{
    size_t width = (size_t)s->width, pad = (size_t)s->padding;
    memset(padded, 0, plane.height * plane.width * sizeof *padded);
    for (size_t row = 0; row < (size_t)s->height; row++)
        memcpy(padded + (row + pad) * plane.width + pad, x + row * width, width * sizeof *x);
}

static void copy_out(const ConvShape *s, Plane plane, const real *padded, real *x)
{
    size_t width = (size_t)s->width, pad = (size_t)s->padding;
    for (size_t row = 0; row < (size_t)s->height; row++)
        memcpy(x + row * width, padded + (row + pad) * plane.width + pad, width * sizeof *x);
}

/* One filter over one plane. Inlined with constant sizes for the common kernels, whose taps then unroll. */
static inline __attribute__((always_inline)) void
filter_plane(size_t kernel_height, size_t kernel_width, size_t stride, size_t height, size_t width,
             const real *restrict x, size_t x_width, const real *restrict w, real bias,
             real *restrict y)
{
    for (size_t p = 0; p < height; p++, y += width, x += stride * x_width)
        for (size_t q = 0; q < width; q++) {
            real sum = bias;
            for (size_t r = 0; r < kernel_height; r++)
                for (size_t c = 0; c < kernel_width; c++)
                    sum += w[r * kernel_width + c] * x[r * x_width + q * stride + c];
            y[q] = sum;
        }
}

static void filter_any(const ConvShape *s, const real *x, size_t x_width, const real *w, real bias,
                       real *y)
{
    size_t height = (size_t)s->out_height, width = (size_t)s->out_width;
    int size = s->kernel_height == s->kernel_width ? s->kernel_height : 0;
    if (size == 3 && s->stride == 1)
        filter_plane(3, 3, 1, height, width, x, x_width, w, bias, y);
    else if (size == 3 && s->stride == 2)
        filter_plane(3, 3, 2, height, width, x, x_width, w, bias, y);
    else if (size == 5 && s->stride == 1)
        filter_plane(5, 5, 1, height, width, x, x_width, w, bias, y);
    else
        filter_plane((size_t)s->kernel_height, (size_t)s->kernel_width, (size_t)s->stride, height,
                     width, x, x_width, w, bias, y);
}

void depthwise_forward_c(const ConvShape *s, size_t n, const real *x, const real *w,
                         const real *bias, real *y, real *work)
{
    Plane plane = plane_of(s);
    size_t channels = (size_t)s->channels, each = (size_t)(s->filters / s->channels);
    size_t area = (size_t)s->height * (size_t)s->width;
    size_t out_area = (size_t)s->out_height * (size_t)s->out_width;
    size_t taps = (size_t)s->kernel_height * (size_t)s->kernel_width;
    for (size_t i = 0; i < n * channels; i++, x += area) {
        copy_in(s, plane, x, work);
        size_t k = i % channels * each;
        for (size_t end = k + each; k < end; k++, y += out_area)
            filter_any(s, work, plane.width, w + k * taps, bias != NULL ? bias[k] : 0, y);
    }
}

/* x += factor * y, y's values `stride` apart in x. */
static inline void scatter_row(size_t count, size_t stride, real factor, const real *restrict y,
                               real *restrict x)
{
    for (size_t q = 0; q < count; q++)
        x[q * stride] += factor * y[q];
}

static void scatter_plane(const ConvShape *s, const real *dy, const real *w, real *padded,
                          size_t padded_width)
{
    size_t stride = (size_t)s->stride, width = (size_t)s->out_width;
    for (size_t p = 0; p < (size_t)s->out_height; p++, dy += width)
        for (size_t r = 0; r < (size_t)s->kernel_height; r++)
            for (size_t c = 0; c < (size_t)s->kernel_width; c++) {
                real factor = w[r * (size_t)s->kernel_width + c];
                real *to = padded + (p * stride + r) * padded_width + c;
                if (stride == 1)
                    scatter_row(width, 1, factor, dy, to);
                else
                    scatter_row(width, stride, factor, dy, to);
            }
}

void depthwise_backward_data_c(const ConvShape *s, size_t n, const real *dy, const real *w,
                               real *dx, real *work)
{
    Plane plane = plane_of(s);
    size_t channels = (size_t)s->channels, each = (size_t)(s->filters / s->channels);
    size_t area = (size_t)s->height * (size_t)s->width;
    size_t out_area = (size_t)s->out_height * (size_t)s->out_width;
    size_t taps = (size_t)s->kernel_height * (size_t)s->kernel_width;
    for (size_t i = 0; i < n * channels; i++, dx += area) {
        memset(work, 0, plane.height * plane.width * sizeof *work);
        size_t k = i % channels * each;
        for (size_t end = k + each; k < end; k++, dy += out_area)
            scatter_plane(s, dy, w + k * taps, work, plane.width);
        copy_out(s, plane, work, dx);
    }
}

/* sums[q] += x[q * stride] * y[q] */
static inline void multiply_row(size_t count, size_t stride, const real *restrict x,
                                const real *restrict y, real *restrict sums)
{
    for (size_t q = 0; q < count; q++)
        sums[q] += x[q * stride] * y[q];
}

/* The gradient of one tap: `x` begins where the tap meets the first output. */
static real correlate_plane(const ConvShape *s, const real *x, size_t x_width, const real *dy,
                            real *sums)
{
    size_t stride = (size_t)s->stride, width = (size_t)s->out_width;
    memset(sums, 0, width * sizeof *sums);
    for (size_t p = 0; p < (size_t)s->out_height; p++, dy += width, x += stride * x_width) {
        if (stride == 1)
            multiply_row(width, 1, x, dy, sums);
        else
            multiply_row(width, stride, x, dy, sums);
    }
    return sum_array(width, sums);
}

void depthwise_backward_weights_c(const ConvShape *s, size_t n, const real *x, const real *dy,
                                  real *dw, real *work)
{
    Plane plane = plane_of(s);
    size_t channels = (size_t)s->channels, each = (size_t)(s->filters / s->channels);
    size_t area = (size_t)s->height * (size_t)s->width;
    size_t out_area = (size_t)s->out_height * (size_t)s->out_width;
    size_t columns = (size_t)s->kernel_width, taps = (size_t)s->kernel_height * columns;
    real *sums = work + plane.height * plane.width;
    for (size_t i = 0; i < n * channels; i++, x += area) {
        copy_in(s, plane, x, work);
        size_t k = i % channels * each;
        for (size_t end = k + each; k < end; k++, dy += out_area)
            for (size_t t = 0; t < taps; t++)
                dw[k * taps + t] +=
                    correlate_plane(s, work + t / columns * plane.width + t % columns, plane.width,
                                    dy, sums);
    }
}
