/* Planes are copied into wide ones of one common row length, with zeros between, so that a whole
 * plane is one long row: a tap (r, c) is the offset r * width + c, whatever row it meets, and loops
 * run over thousands of values instead of seven. A stride is a matter of the copies only: outputs
 * left out on the way there are zeros on the way back. */
#include "kernels/conv.h"

#include <string.h>

#include "kernels/c.h"

/* What all three directions need of a shape. */
typedef struct Planes {
    size_t height, width;        /* of a wide plane: the input with its padding */
    size_t size;                 /* height * width */
    size_t margin;               /* the offset of the last tap */
    size_t taps, area, out_area; /* of a kernel, an input plane, an output plane */
    size_t each;                 /* filters per channel */
} Planes;

static Planes find_planes(const ConvShape *s)
{
    size_t height = (size_t)(s->height + 2 * s->padding);
    size_t width = (size_t)(s->width + 2 * s->padding);
    return (Planes){
        .height = height,
        .width = width,
        .size = height * width,
        .margin = (size_t)(s->kernel_height - 1) * width + (size_t)(s->kernel_width - 1),
        .taps = (size_t)s->kernel_height * (size_t)s->kernel_width,
        .area = (size_t)s->height * (size_t)s->width,
        .out_area = (size_t)s->out_height * (size_t)s->out_width,
        .each = (size_t)(s->filters / s->channels),
    };
}

/* A plane, a plane with a margin before it (no larger than a plane), and a turned kernel. */
size_t depthwise_work(const ConvShape *s)
{
    Planes planes = find_planes(s);
    return 2 * planes.size + planes.margin + planes.taps;
}

/* wide[y * step * width + x * step] = plane[y][x], zeros between. */
static void spread_out(size_t height, size_t row, const real *plane, size_t step, real *wide,
                       size_t width)
{
    for (size_t y = 0; y < height; y++, plane += row, wide += step * width) {
        if (step == 1)
            memcpy(wide, plane, row * sizeof *wide);
        else
            for (size_t x = 0; x < row; x++)
                wide[x * step] = plane[x];
    }
}

/* The way back. */
static void pick_up(size_t height, size_t row, real *plane, size_t step, const real *wide,
                    size_t width)
{
    for (size_t y = 0; y < height; y++, plane += row, wide += step * width) {
        if (step == 1)
            memcpy(plane, wide, row * sizeof *wide);
        else
            for (size_t x = 0; x < row; x++)
                plane[x] = wide[x * step];
    }
}

static void copy_input(const ConvShape *s, const Planes *planes, const real *x, real *wide)
{
    size_t pad = (size_t)s->padding;
    memset(wide, 0, planes->size * sizeof *wide);
    spread_out((size_t)s->height, (size_t)s->width, x, 1, wide + pad * planes->width + pad,
               planes->width);
}

/* y[i] += sum over the taps of w[r][c] * x[i + r * width + c]. Expanded with constant sizes for the
 * common kernels, so that the sum stays in a register. */
static inline __attribute__((always_inline)) void
filter_taps(size_t kernel_height, size_t kernel_width, const real *restrict w, size_t width,
            size_t count, const real *restrict x, real *restrict y)
{
    for (size_t i = 0; i < count; i++) {
        real sum = 0;
        for (size_t r = 0; r < kernel_height; r++)
            for (size_t c = 0; c < kernel_width; c++)
                sum += w[r * kernel_width + c] * x[i + r * width + c];
        y[i] += sum;
    }
}

static void filter_plane(const ConvShape *s, const Planes *planes, const real *w, size_t count,
                         const real *x, real *y)
{
    size_t width = planes->width, columns = (size_t)s->kernel_width;
    if (s->kernel_height == 3 && columns == 3)
        filter_taps(3, 3, w, width, count, x, y);
    else if (s->kernel_height == 5 && columns == 5)
        filter_taps(5, 5, w, width, count, x, y);
    else
        for (size_t t = 0; t < planes->taps; t++)
            axpy_c(count, w[t], x + t / columns * width + t % columns, y);
}

void depthwise_forward_c(const ConvShape *s, size_t n, const real *x, const real *w,
                         const real *bias, real *y, real *work)
{
    Planes planes = find_planes(s);
    size_t channels = (size_t)s->channels, count = planes.size - planes.margin;
    real *input = work, *output = input + planes.size;
    for (size_t i = 0; i < n * channels; i++, x += planes.area) {
        copy_input(s, &planes, x, input);
        size_t k = i % channels * planes.each;
        for (size_t end = k + planes.each; k < end; k++, y += planes.out_area) {
            for (size_t j = 0; j < count; j++)
                output[j] = bias ? bias[k] : 0;
            filter_plane(s, &planes, w + k * planes.taps, count, input, output);
            pick_up((size_t)s->out_height, (size_t)s->out_width, y, (size_t)s->stride, output,
                    planes.width);
        }
    }
}

/* The gradient at a place is the sum over the taps of what lies one tap's offset before it: the
 * kernel turned by half a circle, run over dy with a margin of zeros before it. */
void depthwise_backward_data_c(const ConvShape *s, size_t n, const real *dy, const real *w,
                               real *dx, real *work)
{
    Planes planes = find_planes(s);
    size_t channels = (size_t)s->channels, pad = (size_t)s->padding;
    size_t used = planes.size - pad * planes.width; /* no need to go on below the picture */
    real *output = work, *input = output + planes.size;
    real *turned = input + planes.size + planes.margin;
    memset(input, 0, (planes.size + planes.margin) * sizeof *input);
    for (size_t i = 0; i < n * channels; i++, dx += planes.area) {
        memset(output, 0, planes.size * sizeof *output);
        size_t k = i % channels * planes.each;
        for (size_t end = k + planes.each; k < end; k++, dy += planes.out_area) {
            for (size_t t = 0; t < planes.taps; t++)
                turned[t] = w[(k + 1) * planes.taps - 1 - t];
            spread_out((size_t)s->out_height, (size_t)s->out_width, dy, (size_t)s->stride,
                       input + planes.margin, planes.width);
            filter_plane(s, &planes, turned, used, input, output);
        }
        pick_up((size_t)s->height, (size_t)s->width, dx, 1, output + pad * planes.width + pad,
                planes.width);
    }
}

void depthwise_backward_weights_c(const ConvShape *s, size_t n, const real *x, const real *dy,
                                  real *dw, real *work)
{
    Planes planes = find_planes(s);
    size_t channels = (size_t)s->channels, columns = (size_t)s->kernel_width;
    size_t count = planes.size - planes.margin;
    real *input = work, *output = input + planes.size;
    memset(output, 0, count * sizeof *output);
    for (size_t i = 0; i < n * channels; i++, x += planes.area) {
        copy_input(s, &planes, x, input);
        size_t k = i % channels * planes.each;
        for (size_t end = k + planes.each; k < end; k++, dy += planes.out_area) {
            spread_out((size_t)s->out_height, (size_t)s->out_width, dy, (size_t)s->stride, output,
                       planes.width);
            for (size_t t = 0; t < planes.taps; t++)
                dw[k * planes.taps + t] +=
                    sum_products(count, output, input + t / columns * planes.width + t % columns);
        }
    }
}
