/* What the AVX2 kernels over plain arrays share: the ends of arrays, sums across a vector, e^x. */
#ifndef KERNELS_X86_LANES_H
#define KERNELS_X86_LANES_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { LANES = 8 };

static const int32_t lane_masks[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};

/* Selects the first n lanes, n <= 8. */
static inline __m256i lane_mask(size_t n)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)(lane_masks + LANES - n));
}

/* The first n floats, zeros after them; nothing else is read. */
static inline __m256 load_first(const float *x, size_t n)
{
    return n >= LANES ? _mm256_loadu_ps(x) : _mm256_maskload_ps(x, lane_mask(n));
}

/* Not a masked store: on Zen that takes more than 20 micro-operations. */
static inline void store_first(float *y, size_t n, __m256 v)
{
    if (n >= LANES) {
        _mm256_storeu_ps(y, v);
        return;
    }
    __m128 part = _mm256_castps256_ps128(v);
    if (n & 4) {
        _mm_storeu_ps(y, part);
        part = _mm256_extractf128_ps(v, 1);
        y += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)(void *)y, part);
        part = _mm_movehl_ps(part, part);
        y += 2;
    }
    if (n & 1)
        _mm_store_ss(y, part);
}

/* ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)), of four vectors at once. */
static inline __m128 sum_across_each(__m256 a, __m256 b, __m256 c, __m256 d)
{
    __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1));
}

static inline float sum_across(__m256 v)
{
    return _mm_cvtss_f32(sum_across_each(v, v, v, v));
}

/* kernels/c.h's real_exp, step by step. */
static inline __m256 exp_avx2(__m256 x)
{
    const __m256 to_integer = _mm256_set1_ps(12582912.0f);
    /* The operands' order keeps NaN. */
    x = _mm256_min_ps(_mm256_set1_ps(89.0f), x);
    x = _mm256_max_ps(_mm256_set1_ps(-105.0f), x);
    __m256 k = _mm256_fmadd_ps(x, _mm256_set1_ps(1.44269504f), to_integer);
    __m256 whole = _mm256_sub_ps(k, to_integer);
    __m256 r = _mm256_fnmadd_ps(whole, _mm256_set1_ps(0.693359375f), x);
    r = _mm256_fmadd_ps(whole, _mm256_set1_ps(2.12194440e-4f), r);
    __m256 p = _mm256_set1_ps(1.0f / 5040);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 720));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 120));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 24));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 6));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(0.5f));
    p = _mm256_fmadd_ps(p, _mm256_mul_ps(r, r), _mm256_add_ps(r, _mm256_set1_ps(1.0f)));
    __m256i exponent = _mm256_sub_epi32(_mm256_castps_si256(k), _mm256_set1_epi32(0x4b400000));
    __m256i low = _mm256_srai_epi32(exponent, 1), high = _mm256_sub_epi32(exponent, low);
    const __m256i bias = _mm256_set1_epi32(127);
    __m256 scale0 = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(low, bias), 23));
    __m256 scale1 = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(high, bias), 23));
    return _mm256_mul_ps(_mm256_mul_ps(p, scale0), scale1);
}

/* 1 / (1 + e^-x) */
static inline __m256 sigmoid_avx2(__m256 x)
{
    const __m256 one = _mm256_set1_ps(1);
    __m256 e = exp_avx2(_mm256_xor_ps(x, _mm256_set1_ps(-0.0f)));
    return _mm256_div_ps(one, _mm256_add_ps(one, e));
}

#endif
