/* Vectors of floats under short names, 8 wide in the AVX2 build of a file and 16 wide in its
 * AVX-512 build. Sums and differences are written with + and -; products that are added, with
 * vec_fma, since the compiler may not contract on its own. Lanes meet in the transposition only, so
 * that both builds give the same bytes. */
#ifndef KERNELS_X86_VECTOR_H
#define KERNELS_X86_VECTOR_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/x86/lanes.h"

#define VEC_INLINE static inline __attribute__((always_inline))

#ifndef __AVX512F__

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

#else /* the same for AVX-512: a vector is a whole block of channels */

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

/* Before a loop whose vectors shall live in registers: gcc 12 must unroll it before it decides
 * that. clang 14 does well alone; told the same, it halves the speed. */
#ifdef __clang__
#define VEC_UNROLL
#else
#define VEC_UNROLL _Pragma("GCC unroll 8")
#endif

/* switch (n) { VEC_CASES(CALL) } is CALL(n) with n as a constant, so that loops up to n are
 * unrolled: for n from 1 to 6, or to 8 with AVX-512, which has twice the registers. */
#define VEC_CASE(n, CALL) \
    case n:               \
        CALL(n);          \
        break;
#define VEC_CASES_TO_6(CALL) \
    VEC_CASE(1, CALL)        \
    VEC_CASE(2, CALL)        \
    VEC_CASE(3, CALL)        \
    VEC_CASE(4, CALL)        \
    VEC_CASE(5, CALL)        \
    VEC_CASE(6, CALL)
#ifdef __AVX512F__
#define VEC_CASES(CALL)  \
    VEC_CASES_TO_6(CALL) \
    VEC_CASE(7, CALL)    \
    VEC_CASE(8, CALL)
#else
#define VEC_CASES(CALL) VEC_CASES_TO_6(CALL)
#endif

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

/* to[j][i] = from[i][j] for 8 x 8 floats, whatever the vectors; rows from_step and to_step
 * apart. */
VEC_INLINE void vec_transpose_8x8(const float *from, ptrdiff_t from_step, float *to,
                                  ptrdiff_t to_step)
{
    __m256 row[8], pair[8], four[8];
    for (int i = 0; i < 8; i++)
        row[i] = _mm256_loadu_ps(from + i * from_step);
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
        _mm256_storeu_ps(to + i * to_step, _mm256_permute2f128_ps(four[i], four[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * to_step,
                         _mm256_permute2f128_ps(four[i], four[i + 4], 0x31));
    }
}

#endif
