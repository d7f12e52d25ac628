/* Operations on pictures, eight pixels at once: blur, warp, dilate, and bytes to numbers. */
#include <math.h>
#include <string.h>

#include "kernels/picture.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

/* Blur: first along the rows, then along the columns, two rows of the result at once: their sums
 * hide an FMA's latency, and what both read is read once. In between, rows are in whole vectors. */
enum {
    ROWS = 2,
    VECTORS = 4, /* of a row at once */
    WIDTH = VECTORS * LANES,
    MAX_TAPS = 2 * BLUR_MAX_RADIUS + 1,
};

/* A whole bell between two zeros: from [1] on for a row, from [0] on for the row after it. */
typedef struct Bell {
    int radius, n_taps;
    float weight[MAX_TAPS + 2];
} Bell;

static Bell make_bell(float sigma)
{
    float half[BLUR_MAX_RADIUS + 1];
    Bell bell = {.radius = blur_weights(sigma, half)};
    bell.n_taps = 2 * bell.radius + 1;
    for (int t = -bell.radius; t <= bell.radius; t++)
        bell.weight[1 + bell.radius + t] = half[t < 0 ? -t : t];
    return bell;
}

/* y[r][0..WIDTH) = sum over taps of weight[t] * x[r][t..t + WIDTH) */
static void weigh_along(const Bell *bell, const float *const x[ROWS], float *const y[ROWS])
{
    __m256 sum[ROWS][VECTORS] = {0};
    for (int t = 0; t < bell->n_taps; t++) {
        __m256 weight = _mm256_broadcast_ss(&bell->weight[1 + t]);
        for (int r = 0; r < ROWS; r++)
            for (int v = 0; v < VECTORS; v++)
                sum[r][v] =
                    _mm256_fmadd_ps(weight, _mm256_loadu_ps(x[r] + t + v * LANES), sum[r][v]);
    }
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECTORS; v++)
            _mm256_storeu_ps(y[r] + v * LANES, sum[r][v]);
}

/* y[r][0..n) = sum over taps of weight[t] * rows[r + t][0..n), n <= WIDTH. */
static void weigh_across(const Bell *bell, const float *const *rows, ptrdiff_t x, int n,
                         float *const y[ROWS])
{
    __m256 sum[ROWS][VECTORS] = {0};
    for (int t = 0; t <= bell->n_taps; t++) {
        __m256 first = _mm256_broadcast_ss(&bell->weight[1 + t]);
        __m256 second = _mm256_broadcast_ss(&bell->weight[t]);
        for (int v = 0; v < VECTORS; v++) {
            __m256 value = _mm256_loadu_ps(rows[t] + x + v * LANES);
            sum[0][v] = _mm256_fmadd_ps(first, value, sum[0][v]);
            sum[1][v] = _mm256_fmadd_ps(second, value, sum[1][v]);
        }
    }
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECTORS && v * LANES < n; v++)
            store_first(y[r] + x + v * LANES, (size_t)(n - v * LANES), sum[r][v]);
}

static int row_clamped(int y, int height)
{
    return y < 0 ? 0 : y >= height ? height - 1 : y;
}

/* A row with what lies beyond its edges: `length` pixels in all. */
static void pad_row(int width, const float *src, int radius, ptrdiff_t length, float *line)
{
    for (int i = 0; i < radius; i++)
        line[i] = src[0];
    memcpy(line + radius, src, (size_t)width * sizeof *line);
    for (ptrdiff_t i = radius + width; i < length; i++)
        line[i] = src[width - 1];
}

/* The last of an odd number of rows goes twice. */
static void blur_rows(const Bell *bell, int height, int width, const float *src, ptrdiff_t stride,
                      float *dst, float *lines)
{
    ptrdiff_t length = stride + 2 * bell->radius;
    for (int y = 0; y < height; y += ROWS, dst += ROWS * stride) {
        for (int r = 0; r < ROWS; r++)
            pad_row(width, src + (ptrdiff_t)row_clamped(y + r, height) * width, bell->radius,
                    length, lines + r * length);
        for (ptrdiff_t x = 0; x < stride; x += WIDTH)
            weigh_along(bell, (const float *const[]){lines + x, lines + length + x},
                        (float *const[]){dst + x, dst + stride + x});
    }
}

static void blur_columns(const Bell *bell, int height, int width, const float *src,
                         ptrdiff_t stride, float *dst, float *beyond)
{
    const float *rows[MAX_TAPS + 1];
    for (int y = 0; y < height; y += ROWS, dst += ROWS * width) {
        for (int t = 0; t <= bell->n_taps; t++)
            rows[t] = src + row_clamped(y + t - bell->radius, height) * stride;
        for (int x = 0; x < width; x += WIDTH)
            weigh_across(bell, rows, x, width - x < WIDTH ? width - x : WIDTH,
                         (float *const[]){dst, y + 1 < height ? dst + width : beyond});
    }
}

void blur_avx2(int height, int width, const float *src, float sigma, float *dst, float *work)
{
    if (height == 0 || width == 0 || !(sigma > 0)) {
        memmove(dst, src, (size_t)height * (size_t)width * sizeof *dst);
        return;
    }
    Bell bell = make_bell(sigma);
    ptrdiff_t stride = (width + WIDTH - 1) / WIDTH * WIDTH;
    float *lines = work + (height + 1) * stride;
    blur_rows(&bell, height, width, src, stride, work, lines);
    blur_columns(&bell, height, width, work, stride, dst, lines);
}

/* Not by gathers: on Zen, eight pairs of neighbours are read in less time than eight pixels are
 * gathered. */

typedef struct Picture {
    const float *pixels; /* padded, at (0, 0) */
    ptrdiff_t stride;
    __m256i row; /* stride */
    __m256 height, width;
} Picture;

static Picture pad_picture(int height, int width, const float *src, float outside, float *work)
{
    ptrdiff_t stride = warp_stride(width);
    warp_pad(height, width, src, outside, work);
    return (Picture){work + WARP_BEFORE * stride + WARP_BEFORE, stride,
                     _mm256_set1_epi32((int)stride), _mm256_set1_ps((float)height),
                     _mm256_set1_ps((float)width)};
}

/* The pairs of neighbours at two places. */
static inline __m128 two_pairs(const float *pixels, int32_t first, int32_t second)
{
    __m128 low = _mm_castsi128_ps(_mm_loadu_si64(pixels + first));
    return _mm_loadh_pi(low, (const __m64 *)(const void *)(pixels + second));
}

static inline __m256 four_pairs(const float *pixels, const int32_t at[6])
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(two_pairs(pixels, at[0], at[1])),
                                two_pairs(pixels, at[4], at[5]), 1);
}

/* Exactly a where both are equal. */
static inline __m256 mix(__m256 share, __m256 a, __m256 b)
{
    return _mm256_fmadd_ps(share, _mm256_sub_ps(b, a), a);
}

/* Between each of eight pixels and its right neighbour. */
static inline __m256 mix_pairs(__m256 share, const float *pixels, const int32_t at[LANES])
{
    __m256 p0145 = four_pairs(pixels, at), p2367 = four_pairs(pixels, at + 2);
    return mix(share, _mm256_shuffle_ps(p0145, p2367, 0x88), _mm256_shuffle_ps(p0145, p2367, 0xdd));
}

/* -1 .. limit; NaN is -1, as max gives its second operand then. */
static inline __m256 clamp(__m256 place, __m256 limit)
{
    return _mm256_min_ps(_mm256_max_ps(place, _mm256_set1_ps(-1)), limit);
}

/* Bilinear between the four pixels round (x, y). */
static inline __m256 sample(const Picture *p, __m256 x, __m256 y)
{
    x = clamp(x, p->width);
    y = clamp(y, p->height);
    __m256 left = _mm256_floor_ps(x), top = _mm256_floor_ps(y);
    __m256i place = _mm256_mullo_epi32(_mm256_cvttps_epi32(top), p->row);
    place = _mm256_add_epi32(place, _mm256_cvttps_epi32(left));
    int32_t at[LANES];
    _mm256_storeu_si256((__m256i *)(void *)at, place);
    __m256 right_share = _mm256_sub_ps(x, left), below_share = _mm256_sub_ps(y, top);
    return mix(below_share, mix_pairs(right_share, p->pixels, at),
               mix_pairs(right_share, p->pixels + p->stride, at));
}

/* x + 0 to x + 7 */
static inline __m256 count_from(int x)
{
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_set1_epi32(x), lanes));
}

/* Rows are in whole vectors: what one writes beyond its row's end, the next row overwrites. Only
 * the last ends where the picture does. `rest` counts the pixels from a place to there. */
void warp_affine_avx2(int height, int width, const float *src, const float m[6], float outside,
                      float *dst, float *work)
{
    Picture picture = pad_picture(height, width, src, outside, work);
    size_t rest = (size_t)height * (size_t)width;
    for (int y = 0; y < height; y++, dst += width, rest -= (size_t)width) {
        __m256 first_x = _mm256_set1_ps(m[1] * (float)y + m[2]);
        __m256 first_y = _mm256_set1_ps(m[4] * (float)y + m[5]);
        for (int x = 0; x < width; x += LANES) {
            __m256 xs = count_from(x);
            __m256 from_x = _mm256_fmadd_ps(_mm256_set1_ps(m[0]), xs, first_x);
            __m256 from_y = _mm256_fmadd_ps(_mm256_set1_ps(m[3]), xs, first_y);
            store_first(dst + x, rest - (size_t)x, sample(&picture, from_x, from_y));
        }
    }
}

/* What is not before the eye has no place. */
void warp_projective_avx2(int height, int width, const float *src, const float m[9], float outside,
                          float *dst, float *work)
{
    const __m256 zero = _mm256_setzero_ps(), one = _mm256_set1_ps(1), none = _mm256_set1_ps(NAN);
    Picture picture = pad_picture(height, width, src, outside, work);
    size_t rest = (size_t)height * (size_t)width;
    for (int y = 0; y < height; y++, dst += width, rest -= (size_t)width) {
        __m256 first_x = _mm256_set1_ps(m[1] * (float)y + m[2]);
        __m256 first_y = _mm256_set1_ps(m[4] * (float)y + m[5]);
        __m256 first_depth = _mm256_set1_ps(m[7] * (float)y + m[8]);
        for (int x = 0; x < width; x += LANES) {
            __m256 xs = count_from(x);
            __m256 depth = _mm256_fmadd_ps(_mm256_set1_ps(m[6]), xs, first_depth);
            __m256 factor = _mm256_blendv_ps(none, _mm256_div_ps(one, depth),
                                             _mm256_cmp_ps(depth, zero, _CMP_GT_OQ));
            __m256 from_x = _mm256_fmadd_ps(_mm256_set1_ps(m[0]), xs, first_x);
            __m256 from_y = _mm256_fmadd_ps(_mm256_set1_ps(m[3]), xs, first_y);
            store_first(
                dst + x, rest - (size_t)x,
                sample(&picture, _mm256_mul_ps(from_x, factor), _mm256_mul_ps(from_y, factor)));
        }
    }
}

void warp_field_avx2(int height, int width, const float *src, const float *dx, const float *dy,
                     float outside, float *dst, float *work)
{
    Picture picture = pad_picture(height, width, src, outside, work);
    size_t rest = (size_t)height * (size_t)width;
    for (int y = 0; y < height; y++, dst += width, dx += width, dy += width) {
        for (int x = 0; x < width; x += LANES) {
            size_t n = rest - (size_t)x;
            __m256 xs = _mm256_add_ps(count_from(x), load_first(dx + x, n));
            __m256 ys = _mm256_add_ps(_mm256_set1_ps((float)y), load_first(dy + x, n));
            store_first(dst + x, n, sample(&picture, xs, ys));
        }
        rest -= (size_t)width;
    }
}

/* Dilation; rows in whole vectors as in the warp. */

static inline __m256 most_on_ring(const DiscRing *ring, const float *middle)
{
    __m256 most = _mm256_loadu_ps(middle + ring->at[0]);
    for (int i = 1; i < ring->n; i++)
        most = _mm256_max_ps(most, _mm256_loadu_ps(middle + ring->at[i]));
    return most;
}

static inline __m256 dilate_pixels(const Disc *disc, const float *middle)
{
    __m256 value = _mm256_loadu_ps(middle), best = value;
    for (int r = 0; r < disc->n_rings; r++) {
        const DiscRing *ring = &disc->rings[r];
        __m256 most = most_on_ring(ring, middle);
        if (ring->share < 1)
            most = _mm256_fmadd_ps(_mm256_set1_ps(ring->share), _mm256_sub_ps(most, value), value);
        best = _mm256_max_ps(most, best);
    }
    return best;
}

void dilate_avx2(int height, int width, const float *src, float radius, float *dst, float *work)
{
    if (height == 0 || width == 0)
        return;
    ptrdiff_t stride = disc_stride(width);
    size_t rest = (size_t)height * (size_t)width;
    float sign = radius < 0 ? -1 : 1;
    Disc disc;
    disc_init(&disc, sign * radius, stride);
    disc_pad(height, width, src, sign, work);
    _mm256_storeu_ps(work + (height + 2 * DISC_BORDER) * stride, _mm256_setzero_ps());
    for (int y = 0; y < height; y++, dst += width, rest -= (size_t)width) {
        const float *middle = work + (y + DISC_BORDER) * stride + DISC_BORDER;
        for (int x = 0; x < width; x += LANES)
            store_first(dst + x, rest - (size_t)x,
                        _mm256_mul_ps(_mm256_set1_ps(sign), dilate_pixels(&disc, middle + x)));
    }
}

/* Two divisions, as in C, for the same bytes. */
static inline __m256 convert(const uint8_t *src, __m256 mean, __m256 sd)
{
    __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)src);
    __m256 value = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    value = _mm256_sub_ps(_mm256_div_ps(value, _mm256_set1_ps(255)), mean);
    return _mm256_div_ps(value, sd);
}

void pixels_to_real_avx2(size_t count, const uint8_t *src, float mean, float sd, float *dst)
{
    const __m256 means = _mm256_set1_ps(mean), sds = _mm256_set1_ps(sd);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        _mm256_storeu_ps(dst + i, convert(src + i, means, sds));
    if (i < count) {
        uint8_t rest[LANES] = {0};
        memcpy(rest, src + i, count - i);
        store_first(dst + i, count - i, convert(rest, means, sds));
    }
}
