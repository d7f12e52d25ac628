/* base/rng.h's Philox4x32-10 for eight positions at once: the same numbers, and so the same mask as
 * the C version's. */
#include <math.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

enum { N_ROUNDS = 10, N_WORDS = 4 };

/* The two halves of eight products of 32 bits. The instruction multiplies even lanes only. */
static inline void multiply(__m256i x, uint32_t factor, __m256i *high, __m256i *low)
{
    __m256i factors = _mm256_set1_epi32((int)factor);
    __m256i even = _mm256_mul_epu32(x, factors);
    __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), factors);
    *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}

/* word[w] holds number w of the positions first + 0 to first + 7. */
static inline void philox(uint64_t seed, uint64_t stream, uint64_t first, __m256i word[N_WORDS])
{
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32), position[2][LANES];
    for (uint64_t i = 0; i < LANES; i++) {
        position[0][i] = (uint32_t)(first + i);
        position[1][i] = (uint32_t)((first + i) >> 32);
    }
    __m256i x0 = _mm256_loadu_si256((const __m256i *)(const void *)position[0]);
    __m256i x1 = _mm256_loadu_si256((const __m256i *)(const void *)position[1]);
    __m256i x2 = _mm256_set1_epi32((int)(uint32_t)stream);
    __m256i x3 = _mm256_set1_epi32((int)(uint32_t)(stream >> 32));
    for (int round = 0; round < N_ROUNDS; round++) {
        __m256i high0, low0, high1, low1;
        multiply(x0, UINT32_C(0xD2511F53), &high0, &low0);
        multiply(x2, UINT32_C(0xCD9E8D57), &high1, &low1);
        x0 = _mm256_xor_si256(_mm256_xor_si256(high1, x1), _mm256_set1_epi32((int)key0));
        x1 = low1;
        x2 = _mm256_xor_si256(_mm256_xor_si256(high0, x3), _mm256_set1_epi32((int)key1));
        x3 = low0;
        key0 += UINT32_C(0x9E3779B9);
        key1 += UINT32_C(0xBB67AE85);
    }
    word[0] = x0, word[1] = x1, word[2] = x2, word[3] = x3;
}

/* From number w of position p to the values' order, 4 p + w: two positions a vector. */
static inline void put_in_order(__m256i word[N_WORDS])
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

void dropout_avx2(size_t count, uint64_t seed, uint64_t stream, float rate, const float *x,
                  float *y)
{
    const __m256 scale = _mm256_set1_ps(1 / (1 - rate));
    /* random >= rate * 2^32 in whole numbers; the next one up is less than 2^32 for any rate. */
    const __m256i threshold = _mm256_set1_epi32((int)(uint32_t)ceil((double)rate * 4294967296.0));
    for (size_t first = 0; first < count; first += LANES * N_WORDS) {
        __m256i word[N_WORDS];
        philox(seed, stream, first / N_WORDS, word);
        put_in_order(word);
        for (size_t w = 0; w < N_WORDS && first + w * LANES < count; w++) {
            size_t i = first + w * LANES, width = count - i < LANES ? count - i : LANES;
            __m256i keep = _mm256_cmpeq_epi32(_mm256_max_epu32(word[w], threshold), word[w]);
            __m256 value = _mm256_mul_ps(load_first(x + i, width), scale);
            store_first(y + i, width, _mm256_and_ps(_mm256_castsi256_ps(keep), value));
        }
    }
}
