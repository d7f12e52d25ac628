/* Both passes keep eight sums in a register while the taps go by. */
#include <string.h>

#include "kernels/blur.h"
#include "kernels/c.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

/* Pictures wider than this are plain C's: the row with its edges is on the stack. */
enum { MAX_WIDTH = 512 };

static inline __m256 weigh(const __m256 sum, float weight, const float *x, size_t width)
{
    return _mm256_fmadd_ps(_mm256_set1_ps(weight), load_first(x, width), sum);
}

static void blur_columns(int height, int width, const float *src, int radius, const float *weight,
                         float *dst)
{
    for (int y = 0; y < height; y++, dst += width)
        for (int x = 0; x < width; x += LANES) {
            size_t n = width - x < LANES ? (size_t)(width - x) : LANES;
            __m256 sum = _mm256_setzero_ps();
            for (int t = -radius; t <= radius; t++) {
                int row = y + t < 0 ? 0 : y + t >= height ? height - 1 : y + t;
                sum = weigh(sum, weight[t < 0 ? -t : t], src + (ptrdiff_t)row * width + x, n);
            }
            store_first(dst + x, n, sum);
        }
}

static void blur_row(int width, const float *src, int radius, const float *weight, float *dst)
{
    float row[MAX_WIDTH + 2 * BLUR_MAX_RADIUS];
    for (int i = 0; i < radius; i++) {
        row[i] = src[0];
        row[radius + width + i] = src[width - 1];
    }
    memcpy(row + radius, src, (size_t)width * sizeof *row);
    for (int x = 0; x < width; x += LANES) {
        size_t n = width - x < LANES ? (size_t)(width - x) : LANES;
        __m256 sum = _mm256_setzero_ps();
        for (int t = -radius; t <= radius; t++)
            sum = weigh(sum, weight[t < 0 ? -t : t], row + radius + x + t, n);
        store_first(dst + x, n, sum);
    }
}

void blur_avx2(int height, int width, const float *src, float sigma, float *dst, float *work)
{
    if (height == 0 || width == 0 || !(sigma > 0) || width > MAX_WIDTH) {
        blur_c(height, width, src, sigma, dst, work);
        return;
    }
    float weight[BLUR_MAX_RADIUS + 1];
    int radius = blur_weights(sigma, weight);
    blur_columns(height, width, src, radius, weight, work);
    for (int y = 0; y < height; y++)
        blur_row(width, work + (ptrdiff_t)y * width, radius, weight, dst + (ptrdiff_t)y * width);
}
