/* base/rng.h's Philox4x32-10 for eight positions at once: the same numbers. */
#ifndef KERNELS_X86_PHILOX_H
#define KERNELS_X86_PHILOX_H

#include <immintrin.h>
#include <stdint.h>

enum { PHILOX_ROUNDS = 10, PHILOX_WORDS = 4 };

/* Four positions, one in each 64 bits. The instruction multiplies the lower halves and fills all 64
 * bits, so that nothing needs to be put together; the upper halves hold what nobody reads. */
typedef struct PhiloxLanes {
    __m256i x[PHILOX_WORDS];
} PhiloxLanes;

static inline PhiloxLanes philox_start(uint64_t stream, __m256i position)
{
    __m256i upper = _mm256_set1_epi64x((int64_t)(stream >> 32));
    return (PhiloxLanes){
        {position, _mm256_srli_epi64(position, 32), _mm256_set1_epi64x((int64_t)stream), upper}};
}

static inline PhiloxLanes philox_round(PhiloxLanes l, __m256i key0, __m256i key1)
{
    const __m256i factor0 = _mm256_set1_epi64x(0xD2511F53),
                  factor1 = _mm256_set1_epi64x(0xCD9E8D57);
    __m256i product0 = _mm256_mul_epu32(l.x[0], factor0);
    __m256i product1 = _mm256_mul_epu32(l.x[2], factor1);
    __m256i high0 = _mm256_srli_epi64(product0, 32), high1 = _mm256_srli_epi64(product1, 32);
    return (PhiloxLanes){{_mm256_xor_si256(high1, _mm256_xor_si256(l.x[1], key0)), product1,
                          _mm256_xor_si256(high0, _mm256_xor_si256(l.x[3], key1)), product0}};
}

/* word[w] holds number w of the positions first + 0 to first + 7. */
static inline void philox(uint64_t seed, uint64_t stream, uint64_t first,
                          __m256i word[PHILOX_WORDS])
{
    __m256i place = _mm256_set1_epi64x((int64_t)first);
    PhiloxLanes even =
        philox_start(stream, _mm256_add_epi64(place, _mm256_setr_epi64x(0, 2, 4, 6)));
    PhiloxLanes odd = philox_start(stream, _mm256_add_epi64(place, _mm256_setr_epi64x(1, 3, 5, 7)));
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        __m256i keys0 = _mm256_set1_epi32((int)key0), keys1 = _mm256_set1_epi32((int)key1);
        even = philox_round(even, keys0, keys1);
        odd = philox_round(odd, keys0, keys1);
        key0 += UINT32_C(0x9E3779B9);
        key1 += UINT32_C(0xBB67AE85);
    }
    for (int w = 0; w < PHILOX_WORDS; w++)
        word[w] = _mm256_blend_epi32(even.x[w], _mm256_slli_epi64(odd.x[w], 32), 0xaa);
}

/* From number w of position p to the order of arrays, 4 p + w: two positions a vector. */
static inline void philox_put_in_order(__m256i word[PHILOX_WORDS])
{
    __m256i a = _mm256_unpacklo_epi32(word[0], word[1]),
            b = _mm256_unpackhi_epi32(word[0], word[1]);
    __m256i c = _mm256_unpacklo_epi32(word[2], word[3]),
            d = _mm256_unpackhi_epi32(word[2], word[3]);
    __m256i p04 = _mm256_unpacklo_epi64(a, c), p15 = _mm256_unpackhi_epi64(a, c);
    __m256i p26 = _mm256_unpacklo_epi64(b, d), p37 = _mm256_unpackhi_epi64(b, d);
    word[0] = _mm256_permute2x128_si256(p04, p15, 0x20);
    word[1] = _mm256_permute2x128_si256(p26, p37, 0x20);
    word[2] = _mm256_permute2x128_si256(p04, p15, 0x31);
    word[3] = _mm256_permute2x128_si256(p26, p37, 0x31);
}

#endif
