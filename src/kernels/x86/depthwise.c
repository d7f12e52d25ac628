/* Convolutions of one channel a group: every output vector is a sum over a list of taps, each an
 * offset into a padded plane. With a stride, the plane is kept as its phases (columns 0, 2, 4...,
 * then 1, 3, 5...), so that a tap's values lie beside each other whatever the stride. */
#include "kernels/depthwise.h"

#include <string.h>

#include "kernels/conv.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/microkernel.h"
#include "kernels/x86/lanes.h"

/* Larger kernels are plain C's. */
enum { MAX_TAPS = 64 };

typedef struct Taps {
    size_t count;
    ptrdiff_t offset[MAX_TAPS];
    float weight[MAX_TAPS];
} Taps;

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* A plane of h x w with a border, in phases. */
typedef struct Padded {
    size_t top, left, height, width; /* as in ConvBorder */
    size_t stride;
    size_t phase; /* columns of a phase */
    size_t row;   /* reals from row to row */
} Padded;

static Padded padded_input(const ConvShape *s)
{
    size_t pad = (size_t)s->padding, stride = (size_t)s->stride;
    Padded p = {pad, pad, (size_t)s->height + 2 * pad, (size_t)s->width + 2 * pad, stride, 0, 0};
    p.phase = round_up(p.width, stride) / stride;
    p.row = stride * p.phase;
    return p;
}

static Padded padded_output(const ConvShape *s)
{
    ConvBorder b = conv_border_of_output(s);
    return (Padded){b.top, b.left, b.height, b.width, 1, b.width, b.width};
}

/* With room for the last vector to read beyond. */
static size_t padded_size(const Padded *p)
{
    return p->height * p->row + LANES;
}

static void spread_row(const Padded *p, size_t width, const float *x, float *to)
{
    size_t phase = p->left % p->stride, place = p->left / p->stride;
    for (size_t i = 0; i < width; i++) {
        to[phase * p->phase + place] = x[i];
        if (++phase == p->stride) {
            phase = 0;
            place++;
        }
    }
}

/* The border is cleared once, by clear_border: planes of one layer follow each other. */
static void copy_plane(const Padded *p, size_t height, size_t width, const float *x, float *padded)
{
    float *to = padded + p->top * p->row;
    for (size_t y = 0; y < height; y++, x += width, to += p->row)
        if (p->stride == 1)
            for (size_t i = 0; i < width; i += LANES)
                store_first(to + p->left + i, minimum(width - i, LANES),
                            load_first(x + i, minimum(width - i, LANES)));
        else
            spread_row(p, width, x, to);
}

static void clear_border(const Padded *p, float *padded)
{
    memset(padded, 0, padded_size(p) * sizeof *padded);
}

static void list_taps(const ConvShape *s, const Padded *p, Taps *taps)
{
    taps->count = 0;
    for (size_t r = 0; r < (size_t)s->kernel_height; r++)
        for (size_t c = 0; c < (size_t)s->kernel_width; c++)
            taps->offset[taps->count++] =
                (ptrdiff_t)(r * p->row + c % p->stride * p->phase + c / p->stride);
}

/* y[p][q] = (adds ? y[p][q] : bias) + sum over taps of weight * x[p * x_row + q + offset]. */
MICRO_INLINE void filter_rows(int rows, const Taps *taps, float bias, int add, size_t columns,
                              const float *x, size_t x_row, float *y, size_t y_row)
{
    for (size_t q = 0; q < columns; q += LANES) {
        size_t n = minimum(columns - q, LANES);
        __m256 sum[4];
        for (int i = 0; i < rows; i++)
            sum[i] = add ? load_first(y + (size_t)i * y_row + q, n) : _mm256_set1_ps(bias);
        for (size_t t = 0; t < taps->count; t++) {
            __m256 weight = _mm256_broadcast_ss(&taps->weight[t]);
            const float *from = x + q + taps->offset[t];
            for (int i = 0; i < rows; i++)
                sum[i] = _mm256_fmadd_ps(weight, _mm256_loadu_ps(from + (size_t)i * x_row), sum[i]);
        }
        for (int i = 0; i < rows; i++)
            store_first(y + (size_t)i * y_row + q, n, sum[i]);
    }
}

static void filter_plane(const Taps *taps, float bias, int add, size_t rows, size_t columns,
                         const float *x, size_t x_row, float *y, size_t y_row)
{
    for (; rows >= 4; rows -= 4, x += 4 * x_row, y += 4 * y_row)
        filter_rows(4, taps, bias, add, columns, x, x_row, y, y_row);
    if (rows & 2) {
        filter_rows(2, taps, bias, add, columns, x, x_row, y, y_row);
        x += 2 * x_row;
        y += 2 * y_row;
    }
    if (rows & 1)
        filter_rows(1, taps, bias, add, columns, x, x_row, y, y_row);
}

static size_t taps_of(const ConvShape *s)
{
    return (size_t)s->kernel_height * (size_t)s->kernel_width;
}

/* A padded plane of either side, and a plane of one phase. */
size_t depthwise_work_avx2(const ConvShape *s)
{
    if (taps_of(s) > MAX_TAPS)
        return depthwise_work(s);
    Padded input = padded_input(s), output = padded_output(s);
    return kernels_max(padded_size(&input), padded_size(&output)) +
           (size_t)s->height * (size_t)s->width;
}

void depthwise_forward_avx2(const ConvShape *s, size_t n, const float *x, const float *w,
                            const float *bias, float *y, float *work)
{
    size_t n_taps = taps_of(s), channels = (size_t)s->channels;
    if (n_taps > MAX_TAPS) {
        depthwise_forward_c(s, n, x, w, bias, y, work);
        return;
    }
    size_t height = (size_t)s->height, width = (size_t)s->width;
    size_t rows = (size_t)s->out_height, columns = (size_t)s->out_width;
    size_t each = (size_t)s->filters / channels;
    Padded padded = padded_input(s);
    Taps taps;
    list_taps(s, &padded, &taps);
    clear_border(&padded, work);
    for (size_t i = 0; i < n * channels; i++, x += height * width) {
        copy_plane(&padded, height, width, x, work);
        size_t k = i % channels * each;
        for (size_t end = k + each; k < end; k++, y += rows * columns) {
            memcpy(taps.weight, w + k * n_taps, n_taps * sizeof *w);
            filter_plane(&taps, bias != NULL ? bias[k] : 0, 0, rows, columns, work,
                         padded.stride * padded.row, y, columns);
        }
    }
}

/* The taps of one phase of the data gradient, and their weights. */
static void list_phase_taps(const ConvShape *s, const ConvPhase *v, const ConvPhase *h,
                            int row_phase, int column_phase, const Padded *p, const float *w,
                            Taps *taps)
{
    taps->count = 0;
    for (size_t r = 0; r < v->taps; r++)
        for (size_t c = 0; c < h->taps; c++) {
            size_t row = (size_t)row_phase + r * (size_t)s->stride;
            size_t column = (size_t)column_phase + c * (size_t)s->stride;
            taps->offset[taps->count] =
                (ptrdiff_t)((p->top + v->first_i - r) * p->row + p->left + h->first_i - c);
            taps->weight[taps->count++] = w[row * (size_t)s->kernel_width + column];
        }
}

/* Every stride-th value of a row of dx; added, or stored. */
static void spread_phase(const ConvShape *s, const ConvPhase *v, const ConvPhase *h, int add,
                         const float *from, float *dx)
{
    size_t stride = (size_t)s->stride, width = (size_t)s->width;
    for (size_t i = 0; i < v->count; i++, from += h->count) {
        float *to = dx + (v->first_y + i * stride) * width + h->first_y;
        for (size_t j = 0; j < h->count; j++)
            to[j * stride] = add ? to[j * stride] + from[j] : from[j];
    }
}

static void backward_phase(const ConvShape *s, int row_phase, int column_phase, const Padded *p,
                           const float *padded, const float *w, int add, float *dx, float *work)
{
    ConvPhase v = conv_find_phase(row_phase, s->kernel_height, s->stride, s->padding, s->height);
    ConvPhase h = conv_find_phase(column_phase, s->kernel_width, s->stride, s->padding, s->width);
    Taps taps;
    list_phase_taps(s, &v, &h, row_phase, column_phase, p, w, &taps);
    if (s->stride == 1) {
        filter_plane(&taps, 0, add, v.count, h.count, padded, p->row, dx, h.count);
    } else {
        filter_plane(&taps, 0, 0, v.count, h.count, padded, p->row, work, h.count);
        spread_phase(s, &v, &h, add, work, dx);
    }
}

void depthwise_backward_data_avx2(const ConvShape *s, size_t n, const float *dy, const float *w,
                                  float *dx, float *work)
{
    size_t n_taps = taps_of(s), channels = (size_t)s->channels;
    if (n_taps > MAX_TAPS) {
        depthwise_backward_data_c(s, n, dy, w, dx, work);
        return;
    }
    size_t rows = (size_t)s->out_height, columns = (size_t)s->out_width;
    size_t each = (size_t)s->filters / channels;
    Padded padded = padded_output(s);
    float *rest = work + padded_size(&padded);
    clear_border(&padded, work);
    for (size_t i = 0; i < n * channels; i++, dx += (size_t)s->height * (size_t)s->width)
        for (size_t e = 0; e < each; e++, dy += rows * columns) {
            const float *weights = w + (i % channels * each + e) * n_taps;
            copy_plane(&padded, rows, columns, dy, work);
            for (int a = 0; a < s->stride; a++)
                for (int b = 0; b < s->stride; b++)
                    backward_phase(s, a, b, &padded, work, weights, e > 0, dx, rest);
        }
}

/* dw[t] += sum over p and q of dy[p][q] * x[p * x_row + q + offset[t]], for `count` taps. */
MICRO_INLINE void multiply_taps(int count, const ptrdiff_t *offset, size_t rows, size_t columns,
                                const float *dy, const float *x, size_t x_row, float *dw)
{
    __m256 sum[12];
    for (int t = 0; t < count; t++)
        sum[t] = _mm256_setzero_ps();
    for (size_t p = 0; p < rows; p++, dy += columns, x += x_row)
        for (size_t q = 0; q < columns; q += LANES) {
            __m256 value = load_first(dy + q, minimum(columns - q, LANES));
            for (int t = 0; t < count; t++)
                sum[t] = _mm256_fmadd_ps(value, _mm256_loadu_ps(x + q + offset[t]), sum[t]);
        }
    for (int t = 0; t < count; t++)
        dw[t] += sum_across(sum[t]);
}

/* As many taps at once as leave registers for the rest; nine and five at constant sizes. */
static void multiply_planes(const Taps *taps, size_t rows, size_t columns, const float *dy,
                            const float *x, size_t x_row, float *dw)
{
    size_t t = 0, n = taps->count;
    for (; n % 9 == 0 && t < n; t += 9)
        multiply_taps(9, taps->offset + t, rows, columns, dy, x, x_row, dw + t);
    for (; t + 5 <= n; t += 5)
        multiply_taps(5, taps->offset + t, rows, columns, dy, x, x_row, dw + t);
    for (; t < n; t++)
        multiply_taps(1, taps->offset + t, rows, columns, dy, x, x_row, dw + t);
}

void depthwise_backward_weights_avx2(const ConvShape *s, size_t n, const float *x, const float *dy,
                                     float *dw, float *work)
{
    size_t n_taps = taps_of(s), channels = (size_t)s->channels;
    if (n_taps > MAX_TAPS) {
        depthwise_backward_weights_c(s, n, x, dy, dw, work);
        return;
    }
    size_t height = (size_t)s->height, width = (size_t)s->width;
    size_t rows = (size_t)s->out_height, columns = (size_t)s->out_width;
    size_t each = (size_t)s->filters / channels;
    Padded padded = padded_input(s);
    Taps taps;
    list_taps(s, &padded, &taps);
    clear_border(&padded, work);
    for (size_t i = 0; i < n * channels; i++, x += height * width) {
        copy_plane(&padded, height, width, x, work);
        size_t k = i % channels * each;
        for (size_t end = k + each; k < end; k++, dy += rows * columns)
            multiply_planes(&taps, rows, columns, dy, work, padded.stride * padded.row,
                            dw + k * n_taps);
    }
}
