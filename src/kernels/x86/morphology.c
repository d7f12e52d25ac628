/* morphology.c, eight pixels at once; rows in whole vectors as in warp.c. */
#include "kernels/morphology.h"

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

static inline __m256 most_on_ring(const DiscRing *ring, const float *middle)
{
    __m256 most = _mm256_loadu_ps(middle + ring->at[0]);
    for (int i = 1; i < ring->n; i++)
        most = _mm256_max_ps(most, _mm256_loadu_ps(middle + ring->at[i]));
    return most;
}

static inline __m256 dilate_pixels(const Disc *disc, const float *middle)
{
    __m256 value = _mm256_loadu_ps(middle), best = value;
    for (int r = 0; r < disc->n_rings; r++) {
        const DiscRing *ring = &disc->rings[r];
        __m256 most = most_on_ring(ring, middle);
        if (ring->share < 1)
            most = _mm256_fmadd_ps(_mm256_set1_ps(ring->share), _mm256_sub_ps(most, value), value);
        best = _mm256_max_ps(most, best);
    }
    return best;
}

void dilate_avx2(int height, int width, const float *src, float radius, float *dst, float *work)
{
    if (height == 0 || width == 0)
        return;
    ptrdiff_t stride = disc_stride(width);
    size_t rest = (size_t)height * (size_t)width;
    float sign = radius < 0 ? -1 : 1;
    Disc disc;
    disc_init(&disc, sign * radius, stride);
    disc_pad(height, width, src, sign, work);
    _mm256_storeu_ps(work + (height + 2 * DISC_BORDER) * stride, _mm256_setzero_ps());
    for (int y = 0; y < height; y++, dst += width, rest -= (size_t)width) {
        const float *middle = work + (y + DISC_BORDER) * stride + DISC_BORDER;
        for (int x = 0; x < width; x += LANES)
            store_first(dst + x, rest - (size_t)x,
                        _mm256_mul_ps(_mm256_set1_ps(sign), dilate_pixels(&disc, middle + x)));
    }
}
