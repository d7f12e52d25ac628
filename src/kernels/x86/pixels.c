#include <string.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

/* Two divisions, as in C, for the same bytes. */
static inline __m256 convert(const uint8_t *src, __m256 mean, __m256 sd)
{
    __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)src);
    __m256 value = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    value = _mm256_sub_ps(_mm256_div_ps(value, _mm256_set1_ps(255)), mean);
    return _mm256_div_ps(value, sd);
}

void pixels_to_real_avx2(size_t count, const uint8_t *src, float mean, float sd, float *dst)
{
    const __m256 means = _mm256_set1_ps(mean), sds = _mm256_set1_ps(sd);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        _mm256_storeu_ps(dst + i, convert(src + i, means, sds));
    if (i < count) {
        uint8_t rest[LANES] = {0};
        memcpy(rest, src + i, count - i);
        store_first(dst + i, count - i, convert(rest, means, sds));
    }
}
