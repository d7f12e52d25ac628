/* Not by gathers: on Zen, eight pairs of neighbours are read in less time than eight pixels are
 * gathered. */
#include "kernels/warp.h"

#include <math.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

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
