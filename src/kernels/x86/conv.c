/* Convolutions with AVX2: layers of one channel a group have their own loops; all others are
 * products (kernels/conv.c) with the AVX2 engine. */
#include <string.h>

#include "kernels/conv.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"
#include "kernels/x86/microkernel.h"

/* Convolutions of one channel a group: every output vector is a sum over a list of taps, each an
 * offset into a padded plane. With a stride, the plane is kept as its phases (columns 0, 2, 4...,
 * then 1, 3, 5...), so that a tap's values lie beside each other whatever the stride. */

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

/* A plane of h x w with a border, in phases. */
typedef struct Padded {
    size_t top, left, height, width; /* as in ConvBorder */
    size_t stride;
    size_t phase; /* reals from phase to phase */
    size_t row;   /* reals from row to row */
} Padded;

static Padded padded_input(const ConvShape *s)
{
    size_t pad = (size_t)s->padding, stride = (size_t)s->stride;
    Padded p = {pad, pad, (size_t)s->height + 2 * pad, (size_t)s->width + 2 * pad, stride, 0, 0};
    /* copy_halves writes up to three values too many. */
    p.phase = (p.width + stride - 1) / stride + (stride == 2 ? 3 : 0);
    p.row = stride * p.phase;
    return p;
}

static Padded padded_output(const ConvShape *s)
{
    ConvBorder b = conv_border_of_output(s);
    return (Padded){b.top, b.left, b.height, b.width, 1, b.width, b.width};
}

/* With room for the last vector to reach beyond. */
static size_t padded_size(const Padded *p)
{
    return p->height * p->row + LANES;
}

/* Even and odd columns apart. Where a row ends, zeros go on into the border. */
static void copy_halves(const Padded *p, size_t width, const float *x, float *to)
{
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    float *even = to + p->left % 2 * p->phase + p->left / 2;
    float *odd = to + (p->left + 1) % 2 * p->phase + (p->left + 1) / 2;
    for (size_t i = 0; i < width; i += LANES, even += 4, odd += 4) {
        __m256 v = load_first(x + i, minimum(width - i, LANES));
        v = _mm256_permutevar8x32_ps(v, order);
        _mm_storeu_ps(even, _mm256_castps256_ps128(v));
        if (width - i > 1)
            _mm_storeu_ps(odd, _mm256_extractf128_ps(v, 1));
    }
}

/* The border is cleared once, by clear_border, as planes of one layer follow each other. Rows go in
 * order, so that the zeros that a row's last vector carries on are the border's, or overwritten. */
static void copy_plane(const Padded *p, size_t height, size_t width, const float *x, float *padded)
{
    float *to = padded + p->top * p->row;
    for (size_t y = 0; y < height; y++, x += width, to += p->row)
        if (p->stride == 1)
            for (size_t i = 0; i < width; i += LANES)
                _mm256_storeu_ps(to + p->left + i, load_first(x + i, minimum(width - i, LANES)));
        else
            copy_halves(p, width, x, to);
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

/* Where sums go, and how: y has `room` floats from here to its end. */
typedef struct Output {
    float *y;
    size_t row, room;
    int add;
} Output;

/* y[p][q] = (add ? y[p][q] : bias) + sum over taps of weight * x[p * x_row + q + offset]. Whole
 * vectors are stored where nothing is added and y has room: from the right to the left, so that
 * what spills into the next row is overwritten. */
VEC_INLINE void filter_rows(int rows, const Taps *taps, float bias, size_t columns, const float *x,
                            size_t x_row, const Output *out)
{
    for (size_t q = (columns - 1) / LANES * LANES + LANES; q > 0;) {
        q -= LANES;
        size_t n = minimum(columns - q, LANES);
        __m256 sum[4];
        for (int i = 0; i < rows; i++)
            sum[i] =
                out->add ? load_first(out->y + (size_t)i * out->row + q, n) : _mm256_set1_ps(bias);
        for (size_t t = 0; t < taps->count; t++) {
            __m256 weight = _mm256_broadcast_ss(&taps->weight[t]);
            const float *from = x + q + taps->offset[t];
            for (int i = 0; i < rows; i++)
                sum[i] = _mm256_fmadd_ps(weight, _mm256_loadu_ps(from + (size_t)i * x_row), sum[i]);
        }
        for (int i = 0; i < rows; i++) {
            size_t begin = (size_t)i * out->row + q;
            int whole = !out->add && begin + LANES <= out->room;
            store_first(out->y + begin, whole ? LANES : n, sum[i]);
        }
    }
}

static void filter_plane(const Taps *taps, float bias, size_t rows, size_t columns, const float *x,
                         size_t x_row, Output out)
{
    if (columns == 0)
        return;
    for (size_t height; rows > 0; rows -= height) {
        height = rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
        if (height == 4)
            filter_rows(4, taps, bias, columns, x, x_row, &out);
        else if (height == 2)
            filter_rows(2, taps, bias, columns, x, x_row, &out);
        else
            filter_rows(1, taps, bias, columns, x, x_row, &out);
        x += height * x_row;
        out.y += height * out.row;
        out.room -= height * out.row;
    }
}

static size_t taps_of(const ConvShape *s)
{
    return (size_t)s->kernel_height * (size_t)s->kernel_width;
}

/* The rest is plain C's: larger kernels and strides, several filters a channel with a stride. */
static int is_ours(const ConvShape *s)
{
    return taps_of(s) <= MAX_TAPS &&
           (s->stride == 1 || (s->stride == 2 && s->filters == s->channels));
}

/* A padded plane of either side, and the even and odd columns of a plane's rows. */
size_t depthwise_work_avx2(const ConvShape *s)
{
    if (!is_ours(s))
        return depthwise_work(s);
    Padded input = padded_input(s), output = padded_output(s);
    return kernels_max(padded_size(&input),
                       padded_size(&output) + 2 * ((size_t)s->height * (size_t)s->width + LANES));
}

/* What forward and the gradient of the weights share. */
typedef struct Planes {
    size_t height, width, rows, columns; /* of x, of y */
    size_t each;                         /* filters of a channel */
    Padded padded;
    size_t row_step; /* in a padded plane, from a row of windows to the next */
    Taps taps;
} Planes;

/* Clears the border of a padded plane in `work`, too. */
static Planes find_planes(const ConvShape *s, float *work)
{
    Planes p = {.height = (size_t)s->height,
                .width = (size_t)s->width,
                .rows = (size_t)s->out_height,
                .columns = (size_t)s->out_width,
                .each = (size_t)(s->filters / s->channels),
                .padded = padded_input(s)};
    p.row_step = p.padded.stride * p.padded.row;
    list_taps(s, &p.padded, &p.taps);
    clear_border(&p.padded, work);
    return p;
}

void depthwise_forward_avx2(const ConvShape *s, size_t n, const float *x, const float *w,
                            const float *bias, float *y, float *work)
{
    if (!is_ours(s)) {
        depthwise_forward_c(s, n, x, w, bias, y, work);
        return;
    }
    size_t channels = (size_t)s->channels, area = (size_t)s->out_height * (size_t)s->out_width;
    size_t room = n * (size_t)s->filters * area;
    Planes p = find_planes(s, work);
    for (size_t i = 0; i < n * channels; i++, x += p.height * p.width) {
        copy_plane(&p.padded, p.height, p.width, x, work);
        size_t k = i % channels * p.each;
        for (size_t end = k + p.each; k < end; k++, y += area, room -= area) {
            memcpy(p.taps.weight, w + k * p.taps.count, p.taps.count * sizeof *w);
            filter_plane(&p.taps, bias ? bias[k] : 0, p.rows, p.columns, work, p.row_step,
                         (Output){y, p.columns, room, 0});
        }
    }
}

/* One phase of the data gradient in both dimensions, and which weight a tap has. */
typedef struct DataPhase {
    ConvPhase v, h;
    Taps taps;
    size_t place[MAX_TAPS];
} DataPhase;

static void list_phase(const ConvShape *s, const Padded *p, int row_phase, int column_phase,
                       DataPhase *phase)
{
    phase->v = conv_find_phase(row_phase, s->kernel_height, s->stride, s->padding, s->height);
    phase->h = conv_find_phase(column_phase, s->kernel_width, s->stride, s->padding, s->width);
    Taps *taps = &phase->taps;
    taps->count = 0;
    for (size_t r = 0; r < phase->v.taps; r++)
        for (size_t c = 0; c < phase->h.taps; c++) {
            size_t row = (size_t)row_phase + r * (size_t)s->stride;
            size_t column = (size_t)column_phase + c * (size_t)s->stride;
            phase->place[taps->count] = row * (size_t)s->kernel_width + column;
            taps->offset[taps->count++] = (ptrdiff_t)((p->top + phase->v.first_i - r) * p->row +
                                                      p->left + phase->h.first_i - c);
        }
}

/* to[0..width) = even[0], odd[0], even[1]... */
static void interleave(size_t width, const float *even, const float *odd, float *to)
{
    for (size_t i = 0; i < width; i += 2 * LANES, even += LANES, odd += LANES) {
        size_t n = minimum(width - i, 2 * LANES);
        __m256 a = load_first(even, minimum((n + 1) / 2, LANES)), b = load_first(odd, n / 2);
        __m256 low = _mm256_unpacklo_ps(a, b), high = _mm256_unpackhi_ps(a, b);
        store_first(to + i, minimum(n, LANES), _mm256_permute2f128_ps(low, high, 0x20));
        if (n > LANES)
            store_first(to + i + LANES, n - LANES, _mm256_permute2f128_ps(low, high, 0x31));
    }
}

/* The rows of one phase with a stride of 2: both phases of columns apart, then together. */
static void backward_rows(const ConvShape *s, const DataPhase phase[2], size_t row,
                          const float *padded, float *dx, float *work)
{
    size_t width = (size_t)s->width, size = (size_t)s->height * width + LANES;
    const ConvPhase *v = &phase[0].v;
    const float *half[2] = {work, work + size};
    for (int b = 0; b < 2; b++) {
        size_t columns = phase[b].h.count;
        float *to = work + phase[b].h.first_y * size;
        filter_plane(&phase[b].taps, 0, v->count, columns, padded, row,
                     (Output){to, columns, size, 0});
    }
    for (size_t i = 0; i < v->count; i++)
        interleave(width, half[0] + i * ((width + 1) / 2), half[1] + i * (width / 2),
                   dx + (v->first_y + 2 * i) * width);
}

static void set_weights(DataPhase *phase, const float *w)
{
    for (size_t t = 0; t < phase->taps.count; t++)
        phase->taps.weight[t] = w[phase->place[t]];
}

void depthwise_backward_data_avx2(const ConvShape *s, size_t n, const float *dy, const float *w,
                                  float *dx, float *work)
{
    if (!is_ours(s)) {
        depthwise_backward_data_c(s, n, dy, w, dx, work);
        return;
    }
    size_t channels = (size_t)s->channels, each = (size_t)s->filters / channels;
    size_t height = (size_t)s->height, width = (size_t)s->width, area = height * width;
    size_t rows = (size_t)s->out_height, columns = (size_t)s->out_width;
    size_t stride = (size_t)s->stride, room = n * channels * area;
    Padded padded = padded_output(s);
    DataPhase phase[4];
    for (size_t i = 0; i < stride * stride; i++)
        list_phase(s, &padded, (int)(i / stride), (int)(i % stride), &phase[i]);
    clear_border(&padded, work);
    for (size_t i = 0; i < n * channels; i++, dx += area, room -= area)
        for (size_t e = 0; e < each; e++, dy += rows * columns) {
            copy_plane(&padded, rows, columns, dy, work);
            for (size_t j = 0; j < stride * stride; j++)
                set_weights(&phase[j], w + (i % channels * each + e) * taps_of(s));
            if (stride == 1)
                filter_plane(&phase[0].taps, 0, height, width, work, padded.row,
                             (Output){dx, width, room, e > 0});
            else
                for (size_t a = 0; a < 2; a++)
                    backward_rows(s, phase + 2 * a, padded.row, work, dx,
                                  work + padded_size(&padded));
        }
}

/* dw[t] += sum over p and q of dy[p][q] * x[p * x_row + q + offset[t]], for `count` taps. */
VEC_INLINE void multiply_taps(int count, const ptrdiff_t *offset, size_t rows, size_t columns,
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
    if (!is_ours(s)) {
        depthwise_backward_weights_c(s, n, x, dy, dw, work);
        return;
    }
    size_t channels = (size_t)s->channels;
    Planes p = find_planes(s, work);
    for (size_t i = 0; i < n * channels; i++, x += p.height * p.width) {
        copy_plane(&p.padded, p.height, p.width, x, work);
        size_t k = i % channels * p.each;
        for (size_t end = k + p.each; k < end; k++, dy += p.rows * p.columns)
            multiply_planes(&p.taps, p.rows, p.columns, dy, work, p.row_step,
                            dw + k * p.taps.count);
    }
}

/* Of the table. */

size_t conv_work_avx2(const ConvShape *s)
{
    return conv_is_depthwise(s) ? depthwise_work_avx2(s) : conv_work(&contract_engine_avx2, s);
}

void conv_forward_avx2(const ConvShape *s, size_t n, const float *x, const float *w,
                       const float *bias, float *y, float *work)
{
    if (conv_is_depthwise(s))
        depthwise_forward_avx2(s, n, x, w, bias, y, work);
    else
        conv_forward(&contract_engine_avx2, s, n, x, w, bias, y, work);
}

void conv_backward_data_avx2(const ConvShape *s, size_t n, const float *dy, const float *w,
                             float *dx, float *work)
{
    if (conv_is_depthwise(s))
        depthwise_backward_data_avx2(s, n, dy, w, dx, work);
    else
        conv_backward_data(&contract_engine_avx2, s, n, dy, w, dx, work);
}

void conv_backward_weights_avx2(const ConvShape *s, size_t n, const float *x, const float *dy,
                                float *dw, float *dbias, float *work)
{
    if (dbias)
        conv_backward_bias(s, n, dy, dbias);
    if (conv_is_depthwise(s))
        depthwise_backward_weights_avx2(s, n, x, dy, dw, work);
    else
        conv_backward_weights(&contract_engine_avx2, s, n, x, dy, dw, work);
}
