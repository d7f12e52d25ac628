/* Both passes keep eight sums in a register while the taps go by. */
#include <string.h>

#include "kernels/blur.h"
#include "kernels/c.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

/* Pictures wider than this are plain C's: the row with its edges is on the stack. */
enum { MAX_WIDTH = 512 };

/* y[0..n) = sum over taps of weight * row(tap)[0..n), where 8 (vectors - 1) < n <= 8 vectors. */
static inline __attribute__((always_inline)) void weigh_rows(int vectors, size_t n, int radius,
                                                             const float *weight,
                                                             const float *const *rows, float *y)
{
    __m256 sum[4];
    size_t last = n - LANES * (size_t)(vectors - 1);
    for (int v = 0; v < vectors; v++)
        sum[v] = _mm256_setzero_ps();
    for (int t = -radius; t <= radius; t++) {
        const float *x = rows[t + radius];
        __m256 factor = _mm256_broadcast_ss(&weight[t < 0 ? -t : t]);
        for (int v = 0; v < vectors - 1; v++)
            sum[v] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + v * LANES), sum[v]);
        sum[vectors - 1] =
            _mm256_fmadd_ps(factor, load_first(x + (vectors - 1) * LANES, last), sum[vectors - 1]);
    }
    for (int v = 0; v < vectors - 1; v++)
        _mm256_storeu_ps(y + v * LANES, sum[v]);
    store_first(y + (vectors - 1) * LANES, last, sum[vectors - 1]);
}

/* A whole row, four vectors at once: so many sums hide an FMA's latency. Moves `rows`. */
static void weigh_row(int width, int radius, const float *weight, const float **rows, float *y)
{
    for (int x = 0; x < width; x += 4 * LANES, y += 4 * LANES) {
        size_t n = width - x < 4 * LANES ? (size_t)(width - x) : 4 * LANES;
        switch ((n + LANES - 1) / LANES) {
        case 1:
            weigh_rows(1, n, radius, weight, rows, y);
            break;
        case 2:
            weigh_rows(2, n, radius, weight, rows, y);
            break;
        case 3:
            weigh_rows(3, n, radius, weight, rows, y);
            break;
        default:
            weigh_rows(4, n, radius, weight, rows, y);
            break;
        }
        for (int t = 0; t <= 2 * radius; t++)
            rows[t] += n;
    }
}

static void blur_columns(int height, int width, const float *src, int radius, const float *weight,
                         float *dst)
{
    const float *rows[2 * BLUR_MAX_RADIUS + 1];
    for (int y = 0; y < height; y++, dst += width) {
        for (int t = 0; t <= 2 * radius; t++) {
            int row = y + t - radius;
            row = row < 0 ? 0 : row >= height ? height - 1 : row;
            rows[t] = src + (ptrdiff_t)row * width;
        }
        weigh_row(width, radius, weight, rows, dst);
    }
}

static void blur_row(int width, const float *src, int radius, const float *weight, float *dst)
{
    float row[MAX_WIDTH + 2 * BLUR_MAX_RADIUS];
    const float *rows[2 * BLUR_MAX_RADIUS + 1];
    for (int i = 0; i < radius; i++) {
        row[i] = src[0];
        row[radius + width + i] = src[width - 1];
    }
    memcpy(row + radius, src, (size_t)width * sizeof *row);
    for (int t = 0; t <= 2 * radius; t++)
        rows[t] = row + t;
    weigh_row(width, radius, weight, rows, dst);
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
