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

/* Windows of 2 x 2, rows long enough to fill most of a vector. */
static int is_ours(const PoolShape *s)
{
    return s->kernel == 2 && s->stride == 2 && s->out_width >= 5;
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

/* n <= 8 windows. Writes all eight where there is `room`: what spills is a later row's. */
static inline void max_windows(const float *x, size_t row, size_t n, size_t room, float *y,
                               uint8_t *which)
{
    __m256 even, odd, below_even, below_odd;
    load_pairs(x, n, &even, &odd);
    load_pairs(x + row, n, &below_even, &below_odd);
    __m256i places = _mm256_setzero_si256();
    take_greater(odd, 1, &even, &places);
    take_greater(below_even, 2, &even, &places);
    take_greater(below_odd, 3, &even, &places);
    __m128i bytes = low_bytes(places);
    if (room >= LANES) {
        _mm256_storeu_ps(y, even);
        _mm_storel_epi64((__m128i *)(void *)which, bytes);
    } else {
        store_first(y, n, even);
        for (size_t i = 0; i < n; i++, bytes = _mm_srli_si128(bytes, 1))
            which[i] = (uint8_t)_mm_cvtsi128_si32(bytes);
    }
}

void maxpool_forward_avx2(const PoolShape *s, size_t n, const float *x, float *y, uint8_t *which)
{
    if (!is_ours(s)) {
        maxpool_forward_c(s, n, x, y, which);
        return;
    }
    size_t height = (size_t)s->height, width = (size_t)s->width;
    size_t out_height = (size_t)s->out_height, out_width = (size_t)s->out_width;
    size_t planes = n * (size_t)s->channels, left = planes * out_height * out_width;
    for (size_t i = 0; i < planes; i++, x += height * width)
        for (size_t p = 0; p < out_height; p++, y += out_width, which += out_width) {
            for (size_t q = 0; q < out_width; q += LANES)
                max_windows(x + 2 * p * width + 2 * q, width, minimum(out_width - q, LANES),
                            left - q, y + q, which + q);
            left -= out_width;
        }
}

/* The pairs of dx of n <= 8 values of dy, of which a mask each says where they go; zeros beyond.
 * Whole vectors where there is `room`. */
static inline void store_pairs(float *dx, size_t n, size_t room, __m256 dy, __m256i left,
                               __m256i right)
{
    __m256 even = _mm256_and_ps(dy, _mm256_castsi256_ps(left));
    __m256 odd = _mm256_and_ps(dy, _mm256_castsi256_ps(right));
    __m256 low = _mm256_unpacklo_ps(even, odd), high = _mm256_unpackhi_ps(even, odd);
    __m256 first = _mm256_permute2f128_ps(low, high, 0x20);
    __m256 second = _mm256_permute2f128_ps(low, high, 0x31);
    if (room >= 2 * LANES) {
        _mm256_storeu_ps(dx, first);
        _mm256_storeu_ps(dx + LANES, second);
        return;
    }
    store_first(dx, minimum(2 * n, LANES), first);
    if (2 * n > LANES)
        store_first(dx + LANES, 2 * n - LANES, second);
}

/* The places of n <= 8 windows, of which `left` are to come. */
static inline __m256i load_places(const uint8_t *which, size_t n, size_t left)
{
    uint8_t bytes[LANES] = {0};
    if (left < LANES) {
        memcpy(bytes, which, n);
        which = bytes;
    }
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)which));
}

/* One row of windows, two of dx, of which `room` floats are left. From the right to the left, so
 * that what a row's end spills into the next row is overwritten. */
static void spread_row(size_t out_width, const float *dy, const uint8_t *which, size_t left,
                       size_t width, float *dx, size_t room)
{
    const __m256i one = _mm256_set1_epi32(1), two = _mm256_set1_epi32(2);
    for (size_t q = (out_width - 1) / LANES * LANES + LANES; q > 0;) {
        q -= LANES;
        size_t n = minimum(out_width - q, LANES);
        __m256 value = load_first(dy + q, n);
        __m256i place = load_places(which + q, n, left - q);
        store_pairs(dx + 2 * q, n, room - 2 * q, value,
                    _mm256_cmpeq_epi32(place, _mm256_setzero_si256()),
                    _mm256_cmpeq_epi32(place, one));
        store_pairs(dx + width + 2 * q, n, room - width - 2 * q, value,
                    _mm256_cmpeq_epi32(place, two),
                    _mm256_cmpeq_epi32(place, _mm256_set1_epi32(3)));
    }
    if (width % 2 != 0) /* the column that no window covers */
        dx[width - 1] = dx[2 * width - 1] = 0;
}

void maxpool_backward_avx2(const PoolShape *s, size_t n, const float *dy, const uint8_t *which,
                           float *dx)
{
    if (!is_ours(s)) {
        maxpool_backward_c(s, n, dy, which, dx);
        return;
    }
    size_t height = (size_t)s->height, width = (size_t)s->width;
    size_t out_height = (size_t)s->out_height, out_width = (size_t)s->out_width;
    size_t planes = n * (size_t)s->channels;
    size_t left = planes * out_height * out_width, room = planes * height * width;
    for (size_t i = 0; i < planes; i++) {
        for (size_t p = 0; p < out_height; p++, dy += out_width, which += out_width) {
            spread_row(out_width, dy, which, left, width, dx, room);
            left -= out_width;
            dx += 2 * width;
            room -= 2 * width;
        }
        if (height % 2 != 0) {
            memset(dx, 0, width * sizeof *dx);
            dx += width;
            room -= width;
        }
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
