#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

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
