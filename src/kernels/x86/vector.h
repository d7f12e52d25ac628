/* Vectors of 8 floats under short names. Sums and differences are written with + and -; products
 * that are added, with vec_fma, since the compiler may not contract on its own. */
#ifndef KERNELS_X86_VECTOR_H
#define KERNELS_X86_VECTOR_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_INLINE static inline __attribute__((always_inline))

enum { VEC_LANES = 8 };

typedef __m256 Vec;

VEC_INLINE Vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

VEC_INLINE void vec_store(float *p, Vec v)
{
    _mm256_storeu_ps(p, v);
}

/* Lanes `step` floats apart. */
VEC_INLINE Vec vec_load_apart(const float *p, size_t step)
{
    if (step == 1)
        return vec_load(p);
    float lanes[VEC_LANES];
    for (size_t i = 0; i < VEC_LANES; i++)
        lanes[i] = p[i * step];
    return vec_load(lanes);
}

VEC_INLINE void vec_store_apart(float *p, size_t step, Vec v)
{
    if (step == 1) {
        vec_store(p, v);
        return;
    }
    float lanes[VEC_LANES];
    vec_store(lanes, v);
    for (size_t i = 0; i < VEC_LANES; i++)
        p[i * step] = lanes[i];
}

VEC_INLINE Vec vec_all(float x)
{
    return _mm256_set1_ps(x);
}

VEC_INLINE Vec vec_zero(void)
{
    return _mm256_setzero_ps();
}

/* a * b + c, rounded once. */
VEC_INLINE Vec vec_fma(Vec a, Vec b, Vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* a > b ? a : b, so b where either is NaN. */
VEC_INLINE Vec vec_max(Vec a, Vec b)
{
    return _mm256_max_ps(a, b);
}

/* All bits of a lane set where a > b; NaN is not greater. */
VEC_INLINE Vec vec_greater(Vec a, Vec b)
{
    return _mm256_cmp_ps(a, b, _CMP_GT_OQ);
}

/* mask ? a : b */
VEC_INLINE Vec vec_select(Vec mask, Vec a, Vec b)
{
    return _mm256_blendv_ps(b, a, mask);
}

/* mask ? a : 0 */
VEC_INLINE Vec vec_keep(Vec mask, Vec a)
{
    return _mm256_and_ps(mask, a);
}

/* mask ? 0 : a */
VEC_INLINE Vec vec_drop(Vec mask, Vec a)
{
    return _mm256_andnot_ps(mask, a);
}

VEC_INLINE Vec vec_or(Vec a, Vec b)
{
    return _mm256_or_ps(a, b);
}

/* Integers, carried through selections as if they were floats. */
VEC_INLINE Vec vec_integer(int x)
{
    return _mm256_castsi256_ps(_mm256_set1_epi32(x));
}

VEC_INLINE Vec vec_integers_equal(Vec a, Vec b)
{
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_castps_si256(a), _mm256_castps_si256(b)));
}

VEC_INLINE Vec vec_load_bytes(const uint8_t *p)
{
    return _mm256_castsi256_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

/* Integers of 0 to 255. */
VEC_INLINE void vec_store_bytes(uint8_t *p, Vec integers)
{
    __m256i wide = _mm256_castps_si256(integers);
    __m128i half = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(half, half));
}

/* to[j][i] = from[i][j] for 8 x 8 floats; rows from_step and to_step apart. */
VEC_INLINE void vec_transpose(const float *from, ptrdiff_t from_step, float *to, ptrdiff_t to_step)
{
    Vec row[8], pair[8], four[8];
    for (int i = 0; i < 8; i++)
        row[i] = vec_load(from + i * from_step);
    for (int i = 0; i < 8; i += 2) {
        pair[i] = _mm256_unpacklo_ps(row[i], row[i + 1]);
        pair[i + 1] = _mm256_unpackhi_ps(row[i], row[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 2; j++) {
            four[i + 2 * j] = _mm256_shuffle_ps(pair[i + j], pair[i + j + 2], 0x44);
            four[i + 2 * j + 1] = _mm256_shuffle_ps(pair[i + j], pair[i + j + 2], 0xee);
        }
    for (int i = 0; i < 4; i++) {
        vec_store(to + i * to_step, _mm256_permute2f128_ps(four[i], four[i + 4], 0x20));
        vec_store(to + (i + 4) * to_step, _mm256_permute2f128_ps(four[i], four[i + 4], 0x31));
    }
}

#endif
