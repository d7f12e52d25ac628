/* Windows of 2 x 2 that do not overlap, eight at once, and the average of a whole plane: all that
 * the networks use. The rest is plain C's. */
#include <string.h>

#include "kernels/c.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of 2 n values, n <= 8: those at even places, and those at odd ones. */
static inline void load_pairs(const float *x, size_t n, __m256 *even, __m256 *odd)
{
    __m256 a = load_first(x, minimum(2 * n, LANES));
    __m256 b = load_first(x + minimum(2 * n, LANES), 2 * n > LANES ? 2 * n - LANES : 0);
    __m256 evens = _mm256_shuffle_ps(a, b, 0x88), odds = _mm256_shuffle_ps(a, b, 0xdd);
    *even = _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(evens), 0xd8));
    *odd = _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(odds), 0xd8));
}

/* Takes the value where it is greater, as C's comparison does: the first of ties, never NaN. */
static inline void take_greater(__m256 value, int place, __m256 *best, __m256i *places)
{
    __m256 greater = _mm256_cmp_ps(value, *best, _CMP_GT_OQ);
    *best = _mm256_blendv_ps(*best, value, greater);
    *places = _mm256_blendv_epi8(*places, _mm256_set1_epi32(place), _mm256_castps_si256(greater));
}

/* The low bytes of eight integers. */
static inline __m128i low_bytes(__m256i v)
{
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return _mm_packus_epi16(words, words);
}

static inline void max_windows(const float *x, size_t row, size_t n, float *y, uint8_t *which)
{
    __m256 even, odd, below_even, below_odd;
    load_pairs(x, n, &even, &odd);
    load_pairs(x + row, n, &below_even, &below_odd);
    __m256i places = _mm256_setzero_si256();
    take_greater(odd, 1, &even, &places);
    take_greater(below_even, 2, &even, &places);
    take_greater(below_odd, 3, &even, &places);
    store_first(y, n, even);
    uint8_t bytes[LANES];
    _mm_storel_epi64((__m128i *)(void *)bytes, low_bytes(places));
    if (n == LANES)
        memcpy(which, bytes, LANES);
    else
        for (size_t i = 0; i < n; i++)
            which[i] = bytes[i];
}

void maxpool_forward_avx2(const PoolShape *s, size_t n, const float *x, float *y, uint8_t *which)
{
    if (s->kernel != 2 || s->stride != 2) {
        maxpool_forward_c(s, n, x, y, which);
        return;
    }
    size_t width = (size_t)s->width, out_width = (size_t)s->out_width;
    for (size_t i = 0; i < n * (size_t)s->channels; i++, x += (size_t)s->height * width)
        for (size_t p = 0; p < (size_t)s->out_height; p++, y += out_width, which += out_width)
            for (size_t q = 0; q < out_width; q += LANES)
                max_windows(x + 2 * p * width + 2 * q, width, minimum(out_width - q, LANES), y + q,
                            which + q);
}

/* Pairs of dy where the window's maximum had that place in the row, and 0. */
static inline void store_pairs(float *dx, size_t n, __m256 dy, __m256i which, int place)
{
    __m256i left = _mm256_cmpeq_epi32(which, _mm256_set1_epi32(place));
    __m256i right = _mm256_cmpeq_epi32(which, _mm256_set1_epi32(place + 1));
    __m256 even = _mm256_and_ps(dy, _mm256_castsi256_ps(left));
    __m256 odd = _mm256_and_ps(dy, _mm256_castsi256_ps(right));
    __m256 low = _mm256_unpacklo_ps(even, odd), high = _mm256_unpackhi_ps(even, odd);
    store_first(dx, minimum(2 * n, LANES), _mm256_permute2f128_ps(low, high, 0x20));
    if (2 * n > LANES)
        store_first(dx + LANES, 2 * n - LANES, _mm256_permute2f128_ps(low, high, 0x31));
}

static inline void spread_windows(const float *dy, const uint8_t *which, size_t n, float *dx,
                                  size_t row)
{
    uint8_t bytes[LANES] = {0};
    if (n == LANES)
        memcpy(bytes, which, LANES);
    else
        for (size_t i = 0; i < n; i++)
            bytes[i] = which[i];
    __m256i places = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)bytes));
    __m256 value = load_first(dy, n);
    store_pairs(dx, n, value, places, 0);
    store_pairs(dx + row, n, value, places, 2);
}

void maxpool_backward_avx2(const PoolShape *s, size_t n, const float *dy, const uint8_t *which,
                           float *dx)
{
    if (s->kernel != 2 || s->stride != 2) {
        maxpool_backward_c(s, n, dy, which, dx);
        return;
    }
    size_t height = (size_t)s->height, width = (size_t)s->width;
    size_t out_height = (size_t)s->out_height, out_width = (size_t)s->out_width;
    for (size_t i = 0; i < n * (size_t)s->channels; i++, dx += height * width) {
        for (size_t p = 0; p < out_height; p++, dy += out_width, which += out_width) {
            float *row = dx + 2 * p * width;
            for (size_t q = 0; q < out_width; q += LANES)
                spread_windows(dy + q, which + q, minimum(out_width - q, LANES), row + 2 * q,
                               width);
            if (width % 2 != 0) /* the column that no window covers */
                row[width - 1] = row[2 * width - 1] = 0;
        }
        if (height % 2 != 0)
            memset(dx + (height - 1) * width, 0, width * sizeof *dx);
    }
}

static float sum_plane(size_t area, const float *x)
{
    __m256 sum[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 2 * LANES <= area; i += 2 * LANES) {
        sum[0] = _mm256_add_ps(sum[0], _mm256_loadu_ps(x + i));
        sum[1] = _mm256_add_ps(sum[1], _mm256_loadu_ps(x + i + LANES));
    }
    for (; i < area; i += LANES)
        sum[0] = _mm256_add_ps(sum[0], load_first(x + i, minimum(area - i, LANES)));
    return sum_across(_mm256_add_ps(sum[0], sum[1]));
}

void adaptive_avgpool_forward_avx2(const PoolShape *s, size_t n, const float *x, float *y)
{
    if (s->out_height != 1 || s->out_width != 1) {
        adaptive_avgpool_forward_c(s, n, x, y);
        return;
    }
    size_t area = (size_t)s->height * (size_t)s->width;
    for (size_t i = 0; i < n * (size_t)s->channels; i++)
        y[i] = sum_plane(area, x + i * area) / (float)area;
}

void adaptive_avgpool_backward_avx2(const PoolShape *s, size_t n, const float *dy, float *dx)
{
    if (s->out_height != 1 || s->out_width != 1) {
        adaptive_avgpool_backward_c(s, n, dy, dx);
        return;
    }
    size_t area = (size_t)s->height * (size_t)s->width;
    for (size_t i = 0; i < n * (size_t)s->channels; i++, dx += area) {
        __m256 share = _mm256_set1_ps(dy[i] / (float)area);
        for (size_t j = 0; j < area; j += LANES)
            store_first(dx + j, minimum(area - j, LANES), share);
    }
}
