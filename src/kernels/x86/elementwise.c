/* elementwise.c in vectors of 8. */
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

void add_avx2(size_t count, const float *a, const float *b, float *y)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        _mm256_storeu_ps(y + i, _mm256_add_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i)));
    for (; i < count; i++)
        y[i] = a[i] + b[i];
}

void axpy_avx2(size_t count, float factor, const float *x, float *y)
{
    __m256 factors = _mm256_set1_ps(factor);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256 sum = _mm256_fmadd_ps(factors, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i));
        _mm256_storeu_ps(y + i, sum);
    }
    if (i < count) {
        __m256 old = load_first(y + i, count - i), value = load_first(x + i, count - i);
        store_first(y + i, count - i, _mm256_fmadd_ps(factors, value, old));
    }
}

void bias_forward_avx2(size_t n, size_t units, const float *bias, float *y)
{
    for (size_t i = 0; i < n; i++, y += units)
        add_avx2(units, y, bias, y);
}

/* Down the columns, so that the sums stay in registers. */
void bias_backward_avx2(size_t n, size_t units, const float *dy, float *dbias)
{
    for (size_t u = 0; u < units; u += LANES) {
        size_t width = units - u < LANES ? units - u : LANES;
        __m256 sum = load_first(dbias + u, width);
        for (size_t i = 0; i < n; i++)
            sum = _mm256_add_ps(sum, load_first(dy + i * units + u, width));
        store_first(dbias + u, width, sum);
    }
}

static void scale_plane(size_t area, const float *x, float factor, float *y)
{
    __m256 factors = _mm256_set1_ps(factor);
    size_t i = 0;
    for (; i + LANES <= area; i += LANES)
        _mm256_storeu_ps(y + i, _mm256_mul_ps(_mm256_loadu_ps(x + i), factors));
    if (i < area)
        store_first(y + i, area - i, _mm256_mul_ps(load_first(x + i, area - i), factors));
}

static float sum_products(size_t area, const float *x, const float *y)
{
    __m256 sum[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(),
                     _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 4 * LANES <= area; i += 4 * LANES)
        for (size_t v = 0; v < 4; v++)
            sum[v] = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + v * LANES),
                                     _mm256_loadu_ps(y + i + v * LANES), sum[v]);
    for (; i < area; i += LANES) {
        size_t width = area - i < LANES ? area - i : LANES;
        sum[0] = _mm256_fmadd_ps(load_first(x + i, width), load_first(y + i, width), sum[0]);
    }
    return sum_across(_mm256_add_ps(_mm256_add_ps(sum[0], sum[1]), _mm256_add_ps(sum[2], sum[3])));
}

void scale_forward_avx2(size_t n, size_t channels, size_t area, const float *x, const float *s,
                        float *y)
{
    for (size_t i = 0; i < n * channels; i++)
        scale_plane(area, x + i * area, s[i], y + i * area);
}

void scale_backward_avx2(size_t n, size_t channels, size_t area, const float *x, const float *s,
                         const float *dy, float *dx, float *ds)
{
    for (size_t i = 0; i < n * channels; i++) {
        ds[i] = sum_products(area, x + i * area, dy + i * area);
        scale_plane(area, dy + i * area, s[i], dx + i * area);
    }
}

/* As in C, NaN stays NaN: max returns its second operand where one is NaN. */
void relu_forward_avx2(size_t count, const float *x, float *y)
{
    const __m256 zero = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        _mm256_storeu_ps(y + i, _mm256_max_ps(zero, _mm256_loadu_ps(x + i)));
    if (i < count)
        store_first(y + i, count - i, _mm256_max_ps(zero, load_first(x + i, count - i)));
}

static inline __m256 relu_slope(__m256 y, __m256 dy)
{
    return _mm256_and_ps(_mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_GT_OQ), dy);
}

void relu_backward_avx2(size_t count, const float *x, const float *y, const float *dy, float *dx)
{
    (void)x;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        _mm256_storeu_ps(dx + i, relu_slope(_mm256_loadu_ps(y + i), _mm256_loadu_ps(dy + i)));
    if (i < count)
        store_first(dx + i, count - i,
                    relu_slope(load_first(y + i, count - i), load_first(dy + i, count - i)));
}

void silu_forward_avx2(size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i += LANES) {
        size_t width = count - i < LANES ? count - i : LANES;
        __m256 value = load_first(x + i, width);
        store_first(y + i, width, _mm256_mul_ps(value, sigmoid_avx2(value)));
    }
}

/* With s = sigmoid(x): d(x s)/dx = s (1 + x (1 - s)). */
void silu_backward_avx2(size_t count, const float *x, const float *y, const float *dy, float *dx)
{
    (void)y;
    const __m256 one = _mm256_set1_ps(1);
    for (size_t i = 0; i < count; i += LANES) {
        size_t width = count - i < LANES ? count - i : LANES;
        __m256 value = load_first(x + i, width), s = sigmoid_avx2(value);
        __m256 slope = _mm256_fmadd_ps(value, _mm256_sub_ps(one, s), one);
        __m256 product = _mm256_mul_ps(load_first(dy + i, width), s);
        store_first(dx + i, width, _mm256_mul_ps(product, slope));
    }
}

void sigmoid_forward_avx2(size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i += LANES) {
        size_t width = count - i < LANES ? count - i : LANES;
        store_first(y + i, width, sigmoid_avx2(load_first(x + i, width)));
    }
}
