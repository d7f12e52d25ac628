/* Vectors of 8 floats: see vector.h. */
#ifndef KERNELS_X86_VECTOR_AVX2_H
#define KERNELS_X86_VECTOR_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/x86/lanes.h"

#define VEC_INLINE static inline __attribute__((always_inline))

enum { VEC_LANES = 8 };

typedef __m256 Vec;
typedef __m256 VecMask; /* all bits of a lane, or none */

VEC_INLINE Vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

VEC_INLINE void vec_store(float *p, Vec v)
{
    _mm256_storeu_ps(p, v);
}

/* The first n floats, n <= VEC_LANES, and zeros after them; nothing else is read. */
VEC_INLINE Vec vec_load_first(const float *p, size_t n)
{
    return load_first(p, n);
}

VEC_INLINE void vec_store_first(float *p, size_t n, Vec v)
{
    store_first(p, n, v);
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

VEC_INLINE Vec vec_sqrt(Vec a)
{
    return _mm256_sqrt_ps(a);
}

/* a > b ? a : b, so b where either is NaN. */
VEC_INLINE Vec vec_max(Vec a, Vec b)
{
    return _mm256_max_ps(a, b);
}

/* a > b; NaN is not greater. */
VEC_INLINE VecMask vec_greater(Vec a, Vec b)
{
    return _mm256_cmp_ps(a, b, _CMP_GT_OQ);
}

/* mask ? a : b */
VEC_INLINE Vec vec_select(VecMask mask, Vec a, Vec b)
{
    return _mm256_blendv_ps(b, a, mask);
}

/* mask ? a : 0 */
VEC_INLINE Vec vec_keep(VecMask mask, Vec a)
{
    return _mm256_and_ps(mask, a);
}

/* mask ? 0 : a */
VEC_INLINE Vec vec_drop(VecMask mask, Vec a)
{
    return _mm256_andnot_ps(mask, a);
}

VEC_INLINE VecMask vec_either(VecMask a, VecMask b)
{
    return _mm256_or_ps(a, b);
}

/* All lanes, or none. */
VEC_INLINE VecMask vec_always(int yes)
{
    return _mm256_castsi256_ps(_mm256_set1_epi32(yes ? -1 : 0));
}

/* Integers, carried through selections as if they were floats. */
VEC_INLINE Vec vec_integer(int x)
{
    return _mm256_castsi256_ps(_mm256_set1_epi32(x));
}

VEC_INLINE VecMask vec_integers_equal(Vec a, Vec b)
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

#endif
