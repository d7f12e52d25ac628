#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

typedef struct Picture {
    const float *src;
    __m256i height, width;
    __m256 outside;
} Picture;

static Picture make_picture(int height, int width, const float *src, float outside)
{
    return (Picture){src, _mm256_set1_epi32(height), _mm256_set1_epi32(width),
                     _mm256_set1_ps(outside)};
}

static inline __m256i is_inside(__m256i at, __m256i length)
{
    __m256i below = _mm256_cmpgt_epi32(_mm256_setzero_si256(), at);
    return _mm256_andnot_si256(below, _mm256_cmpgt_epi32(length, at));
}

/* Eight pixels, `outside` where there is none; those are not read. */
static inline __m256 pixels(const Picture *p, __m256i y, __m256i x, __m256i inside)
{
    inside = _mm256_and_si256(inside, is_inside(x, p->width));
    __m256i place = _mm256_add_epi32(_mm256_mullo_epi32(y, p->width), x);
    return _mm256_mask_i32gather_ps(p->outside, p->src, place, _mm256_castsi256_ps(inside), 4);
}

static inline __m256 mix(__m256 share, __m256 a, __m256 b)
{
    __m256 rest = _mm256_sub_ps(_mm256_set1_ps(1), share);
    return _mm256_fmadd_ps(rest, a, _mm256_mul_ps(share, b));
}

/* Bilinear between the four pixels round (x, y). A NaN or far place is outside. */
static inline __m256 sample(const Picture *p, __m256 x, __m256 y)
{
    const __m256 one = _mm256_set1_ps(1), before = _mm256_set1_ps(-1);
    __m256 width = _mm256_cvtepi32_ps(p->width), height = _mm256_cvtepi32_ps(p->height);
    __m256 near_x =
        _mm256_and_ps(_mm256_cmp_ps(x, before, _CMP_GT_OQ), _mm256_cmp_ps(x, width, _CMP_LT_OQ));
    __m256 near_y =
        _mm256_and_ps(_mm256_cmp_ps(y, before, _CMP_GT_OQ), _mm256_cmp_ps(y, height, _CMP_LT_OQ));
    __m256 near = _mm256_and_ps(near_x, near_y);
    const __m256i step = _mm256_set1_epi32(1);
    __m256i right = _mm256_cvttps_epi32(_mm256_add_ps(x, one));
    __m256i bottom = _mm256_cvttps_epi32(_mm256_add_ps(y, one));
    __m256i left = _mm256_sub_epi32(right, step), top = _mm256_sub_epi32(bottom, step);
    __m256 right_share = _mm256_sub_ps(x, _mm256_cvtepi32_ps(left));
    __m256 below_share = _mm256_sub_ps(y, _mm256_cvtepi32_ps(top));
    __m256i in_top = _mm256_and_si256(_mm256_castps_si256(near), is_inside(top, p->height));
    __m256i in_bottom = _mm256_and_si256(_mm256_castps_si256(near), is_inside(bottom, p->height));
    __m256 above = mix(right_share, pixels(p, top, left, in_top), pixels(p, top, right, in_top));
    __m256 below =
        mix(right_share, pixels(p, bottom, left, in_bottom), pixels(p, bottom, right, in_bottom));
    return _mm256_blendv_ps(p->outside, mix(below_share, above, below), near);
}

/* x + 0 to x + 7 */
static inline __m256 count_from(int x)
{
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_set1_epi32(x), lanes));
}

static inline __m256 affine(const float m[3], __m256 x, __m256 y)
{
    __m256 sum = _mm256_mul_ps(_mm256_set1_ps(m[0]), x);
    sum = _mm256_add_ps(sum, _mm256_mul_ps(_mm256_set1_ps(m[1]), y));
    return _mm256_add_ps(sum, _mm256_set1_ps(m[2]));
}

void warp_affine_avx2(int height, int width, const float *src, const float m[6], float outside,
                      float *dst)
{
    Picture picture = make_picture(height, width, src, outside);
    for (int y = 0; y < height; y++, dst += width)
        for (int x = 0; x < width; x += LANES) {
            __m256 xs = count_from(x), ys = _mm256_set1_ps((float)y);
            store_first(dst + x, (size_t)(width - x),
                        sample(&picture, affine(m, xs, ys), affine(m + 3, xs, ys)));
        }
}

void warp_field_avx2(int height, int width, const float *src, const float *dx, const float *dy,
                     float outside, float *dst)
{
    Picture picture = make_picture(height, width, src, outside);
    for (int y = 0; y < height; y++, dst += width, dx += width, dy += width)
        for (int x = 0; x < width; x += LANES) {
            size_t n = width - x < LANES ? (size_t)(width - x) : LANES;
            __m256 xs = _mm256_add_ps(count_from(x), load_first(dx + x, n));
            __m256 ys = _mm256_add_ps(_mm256_set1_ps((float)y), load_first(dy + x, n));
            store_first(dst + x, n, sample(&picture, xs, ys));
        }
}
