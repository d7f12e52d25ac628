#include "block_reference.h"

#include <string.h>

int reference_out_height(const BlockShape *s)
{
    return s->conv.out_height / s->pool;
}

int reference_out_width(const BlockShape *s)
{
    return s->conv.out_width / s->pool;
}

size_t reference_x_size(const BlockShape *s, size_t n)
{
    int halo = s->conv.channels == 1 ? 0 : s->conv.padding;
    return n * (size_t)s->conv.channels * (size_t)(s->conv.height + 2 * halo) *
           (size_t)(s->conv.width + 2 * halo);
}

size_t reference_y_size(const BlockShape *s, size_t n)
{
    return n * (size_t)s->conv.filters * (size_t)s->conv.out_height * (size_t)s->conv.out_width;
}

size_t reference_out_size(const BlockShape *s, size_t n)
{
    int halo = s->out_plain ? 0 : s->out_halo;
    return n * (size_t)s->conv.filters * (size_t)(reference_out_height(s) + 2 * halo) *
           (size_t)(reference_out_width(s) + 2 * halo);
}

/* Where a value of a plane is in [plane/16][height + 2 halo][width + 2 halo][16]. */
static size_t blocked_place(size_t plane, int row, int column, int height, int width, int halo)
{
    size_t tall = (size_t)(height + 2 * halo), wide = (size_t)(width + 2 * halo);
    return ((plane / BLOCK_LANES * tall + (size_t)(row + halo)) * wide + (size_t)(column + halo)) *
               BLOCK_LANES +
           plane % BLOCK_LANES;
}

void reference_block(size_t n, int channels, int height, int width, int halo, float outside,
                     const double *plain, float *blocked)
{
    size_t planes = n * (size_t)channels;
    size_t size = planes * (size_t)(height + 2 * halo) * (size_t)(width + 2 * halo);
    for (size_t i = 0; i < size; i++)
        blocked[i] = outside;
    for (size_t plane = 0; plane < planes; plane++)
        for (int r = 0; r < height; r++)
            for (int c = 0; c < width; c++)
                blocked[blocked_place(plane, r, c, height, width, halo)] = (float)*plain++;
}

void reference_unblock(size_t n, int channels, int height, int width, int halo,
                       const float *blocked, double *plain)
{
    for (size_t plane = 0; plane < n * (size_t)channels; plane++)
        for (int r = 0; r < height; r++)
            for (int c = 0; c < width; c++)
                *plain++ = blocked[blocked_place(plane, r, c, height, width, halo)];
}

/* Walks all (image, k, c, r, s) and, for each, the rows of outputs q that see inside x. */
typedef void (*Visit)(size_t count, const double *x, double *w, double *y, double *dx);

static void visit_all(const ConvShape *s, size_t n, const double *x, double *w, double *y,
                      double *dx, Visit visit)
{
    for (size_t i = 0; i < n * (size_t)s->filters * (size_t)s->channels; i++) {
        size_t c = i % (size_t)s->channels, k = i / (size_t)s->channels % (size_t)s->filters;
        size_t image = i / (size_t)s->channels / (size_t)s->filters;
        size_t x_plane = (image * (size_t)s->channels + c) * (size_t)(s->height * s->width);
        size_t y_plane = (image * (size_t)s->filters + k) * (size_t)(s->out_height * s->out_width);
        for (int tap = 0; tap < s->kernel_height * s->kernel_width; tap++)
            for (int p = 0; p < s->out_height; p++) {
                int row = p + tap / s->kernel_width - s->padding;
                int shift = tap % s->kernel_width - s->padding;
                int first = shift < 0 ? -shift : 0;
                int end = s->width - shift < s->out_width ? s->width - shift : s->out_width;
                if (row < 0 || row >= s->height || end <= first)
                    continue;
                ptrdiff_t at = (ptrdiff_t)x_plane + row * s->width + first + shift;
                visit((size_t)(end - first), x ? x + at : NULL,
                      w +
                          (k * (size_t)s->channels + c) *
                              (size_t)(s->kernel_height * s->kernel_width) +
                          tap,
                      y + y_plane + p * s->out_width + first, dx ? dx + at : NULL);
            }
    }
}

static void visit_forward(size_t count, const double *x, double *w, double *y, double *dx)
{
    (void)dx;
    for (size_t i = 0; i < count; i++)
        y[i] += x[i] * *w;
}

static void visit_data(size_t count, const double *x, double *w, double *y, double *dx)
{
    (void)x;
    for (size_t i = 0; i < count; i++)
        dx[i] += y[i] * *w;
}

static void visit_weights(size_t count, const double *x, double *w, double *y, double *dx)
{
    (void)dx;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += y[i] * x[i];
    *w += sum;
}

void reference_convolve(const ConvShape *s, size_t n, const double *x, const double *w,
                        const double *bias, double *y)
{
    size_t area = (size_t)(s->out_height * s->out_width);
    for (size_t i = 0; i < n * (size_t)s->filters * area; i++)
        y[i] = bias ? bias[i / area % (size_t)s->filters] : 0;
    visit_all(s, n, x, (double *)w, y, NULL, visit_forward);
}

void reference_data_gradient(const ConvShape *s, size_t n, const double *dy, const double *w,
                             double *dx)
{
    memset(dx, 0, n * (size_t)s->channels * (size_t)(s->height * s->width) * sizeof *dx);
    visit_all(s, n, NULL, (double *)w, (double *)dy, dx, visit_data);
}

void reference_weight_gradient(const ConvShape *s, size_t n, const double *x, const double *dy,
                               double *dw, double *dbias)
{
    size_t area = (size_t)(s->out_height * s->out_width);
    memset(dbias, 0, (size_t)s->filters * sizeof *dbias);
    memset(dw, 0,
           (size_t)(s->filters * s->channels * s->kernel_height * s->kernel_width) * sizeof *dw);
    for (size_t i = 0; i < n * (size_t)s->filters * area; i++)
        dbias[i / area % (size_t)s->filters] += dy[i];
    visit_all(s, n, x, dw, (double *)dy, NULL, visit_weights);
}

/* The place in y of value `i` of the window at (row, column). */
static size_t window_place(const BlockShape *s, size_t plane, int row, int column, int i)
{
    return (plane * (size_t)s->conv.out_height + (size_t)(row * s->pool + i / s->pool)) *
               (size_t)s->conv.out_width +
           (size_t)(column * s->pool + i % s->pool);
}

void reference_finish(const BlockShape *s, size_t n, const double *y, const double *scale,
                      const double *shift, double *out, uint8_t *which)
{
    for (size_t plane = 0; plane < n * (size_t)s->conv.filters; plane++)
        for (int r = 0; r < reference_out_height(s); r++)
            for (int c = 0; c < reference_out_width(s); c++, out++, which++) {
                size_t k = plane % (size_t)s->conv.filters;
                for (int i = 0; i < s->pool * s->pool; i++) {
                    double value = y[window_place(s, plane, r, c, i)] * scale[k] + shift[k];
                    value = s->relu && value < 0 ? 0 : value;
                    if (i > 0 && !(value > *out))
                        continue;
                    *out = value;
                    *which = (uint8_t)i;
                }
                if (s->relu && !(*out > 0))
                    *which = BLOCK_NONE;
            }
}

void reference_unpool(const BlockShape *s, size_t n, const double *d_out, const uint8_t *which,
                      double *dz)
{
    memset(dz, 0, reference_y_size(s, n) * sizeof *dz);
    for (size_t plane = 0; plane < n * (size_t)s->conv.filters; plane++)
        for (int r = 0; r < reference_out_height(s); r++)
            for (int c = 0; c < reference_out_width(s); c++, which++, d_out++)
                if (*which != BLOCK_NONE)
                    dz[window_place(s, plane, r, c, *which)] = *d_out;
}
