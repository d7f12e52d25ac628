#include <math.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"
#include "kernels/x86/philox.h"

void dropout_avx2(size_t count, uint64_t seed, uint64_t stream, float rate, const float *x,
                  float *y)
{
    const __m256 scale = _mm256_set1_ps(1 / (1 - rate));
    /* random >= rate * 2^32 in whole numbers; the next one up is less than 2^32 for any rate. */
    const __m256i threshold = _mm256_set1_epi32((int)(uint32_t)ceil((double)rate * 4294967296.0));
    for (size_t first = 0; first < count; first += LANES * PHILOX_WORDS) {
        __m256i word[PHILOX_WORDS];
        philox(seed, stream, first / PHILOX_WORDS, word);
        philox_put_in_order(word);
        for (size_t w = 0; w < PHILOX_WORDS && first + w * LANES < count; w++) {
            size_t i = first + w * LANES, width = count - i < LANES ? count - i : LANES;
            __m256i keep = _mm256_cmpeq_epi32(_mm256_max_epu32(word[w], threshold), word[w]);
            __m256 value = _mm256_mul_ps(load_first(x + i, width), scale);
            store_first(y + i, width, _mm256_and_ps(_mm256_castsi256_ps(keep), value));
        }
    }
}
