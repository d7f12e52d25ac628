/* Vectors of 16 floats, a whole block of channels each: see vector.h. */
#ifndef KERNELS_X86_VECTOR_AVX512_H
#define KERNELS_X86_VECTOR_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_INLINE static inline __attribute__((always_inline))

enum { VEC_LANES = 16 };

typedef __m512 Vec;
typedef __mmask16 VecMask;

VEC_INLINE Vec vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

VEC_INLINE void vec_store(float *p, Vec v)
{
    _mm512_storeu_ps(p, v);
}

VEC_INLINE Vec vec_load_first(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}

VEC_INLINE void vec_store_first(float *p, size_t n, Vec v)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
}

VEC_INLINE Vec vec_all(float x)
{
    return _mm512_set1_ps(x);
}

VEC_INLINE Vec vec_zero(void)
{
    return _mm512_setzero_ps();
}

VEC_INLINE Vec vec_fma(Vec a, Vec b, Vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

VEC_INLINE Vec vec_sqrt(Vec a)
{
    return _mm512_sqrt_ps(a);
}

VEC_INLINE Vec vec_max(Vec a, Vec b)
{
    return _mm512_max_ps(a, b);
}

VEC_INLINE VecMask vec_greater(Vec a, Vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

VEC_INLINE Vec vec_select(VecMask mask, Vec a, Vec b)
{
    return _mm512_mask_blend_ps(mask, b, a);
}

VEC_INLINE Vec vec_keep(VecMask mask, Vec a)
{
    return _mm512_maskz_mov_ps(mask, a);
}

VEC_INLINE Vec vec_drop(VecMask mask, Vec a)
{
    return _mm512_maskz_mov_ps((VecMask)~mask, a);
}

VEC_INLINE VecMask vec_either(VecMask a, VecMask b)
{
    return (VecMask)(a | b);
}

VEC_INLINE VecMask vec_always(int yes)
{
    return (VecMask)(yes ? 0xffff : 0);
}

VEC_INLINE Vec vec_integer(int x)
{
    return _mm512_castsi512_ps(_mm512_set1_epi32(x));
}

VEC_INLINE VecMask vec_integers_equal(Vec a, Vec b)
{
    return _mm512_cmpeq_epi32_mask(_mm512_castps_si512(a), _mm512_castps_si512(b));
}

VEC_INLINE Vec vec_load_bytes(const uint8_t *p)
{
    return _mm512_castsi512_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

VEC_INLINE void vec_store_bytes(uint8_t *p, Vec integers)
{
    _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(_mm512_castps_si512(integers)));
}

#endif
