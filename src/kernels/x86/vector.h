/* Vectors of floats under short names, 8 wide in the AVX2 build of a file and 16 wide in its
 * AVX-512 build. Sums and differences are written with + and -; products that are added, with
 * vec_fma, since the compiler may not contract on its own. Lanes meet in the transposition only, so
 * that both builds give the same bytes. */
#ifndef KERNELS_X86_VECTOR_H
#define KERNELS_X86_VECTOR_H

#include <stddef.h>

#ifdef __AVX512F__
#include "kernels/x86/vector_avx512.h"
#else
#include "kernels/x86/vector_avx2.h"
#endif

/* Before a loop whose vectors shall live in registers: gcc 12 must unroll it before it decides
 * that. clang 14 does well alone; told the same, it halves the speed. */
#ifdef __clang__
#define VEC_UNROLL
#else
#define VEC_UNROLL _Pragma("GCC unroll 8")
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
