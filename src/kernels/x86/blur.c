/* First along the rows, then along the columns, two rows of the result at once: their sums hide an
 * FMA's latency, and what both read is read once. In between, rows are in whole vectors. */
#include "kernels/blur.h"

#include <string.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

enum {
    ROWS = 2,
    VECTORS = 4, /* of a row at once */
    WIDTH = VECTORS * LANES,
    MAX_TAPS = 2 * BLUR_MAX_RADIUS + 1,
};

/* A whole bell between two zeros: from [1] on for a row, from [0] on for the row after it. */
typedef struct Bell {
    int radius, n_taps;
    float weight[MAX_TAPS + 2];
} Bell;

static Bell make_bell(float sigma)
{
    float half[BLUR_MAX_RADIUS + 1];
    Bell bell = {.radius = blur_weights(sigma, half)};
    bell.n_taps = 2 * bell.radius + 1;
    for (int t = -bell.radius; t <= bell.radius; t++)
        bell.weight[1 + bell.radius + t] = half[t < 0 ? -t : t];
    return bell;
}

/* y[r][0..WIDTH) = sum over taps of weight[t] * x[r][t..t + WIDTH) */
static void weigh_along(const Bell *bell, const float *const x[ROWS], float *const y[ROWS])
{
    __m256 sum[ROWS][VECTORS] = {0};
    for (int t = 0; t < bell->n_taps; t++) {
        __m256 weight = _mm256_broadcast_ss(&bell->weight[1 + t]);
        for (int r = 0; r < ROWS; r++)
            for (int v = 0; v < VECTORS; v++)
                sum[r][v] =
                    _mm256_fmadd_ps(weight, _mm256_loadu_ps(x[r] + t + v * LANES), sum[r][v]);
    }
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECTORS; v++)
            _mm256_storeu_ps(y[r] + v * LANES, sum[r][v]);
}

/* y[r][0..n) = sum over taps of weight[t] * rows[r + t][0..n), n <= WIDTH. */
static void weigh_across(const Bell *bell, const float *const *rows, ptrdiff_t x, int n,
                         float *const y[ROWS])
{
    __m256 sum[ROWS][VECTORS] = {0};
    for (int t = 0; t <= bell->n_taps; t++) {
        __m256 first = _mm256_broadcast_ss(&bell->weight[1 + t]);
        __m256 second = _mm256_broadcast_ss(&bell->weight[t]);
        for (int v = 0; v < VECTORS; v++) {
            __m256 value = _mm256_loadu_ps(rows[t] + x + v * LANES);
            sum[0][v] = _mm256_fmadd_ps(first, value, sum[0][v]);
            sum[1][v] = _mm256_fmadd_ps(second, value, sum[1][v]);
        }
    }
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECTORS && v * LANES < n; v++)
            store_first(y[r] + x + v * LANES, (size_t)(n - v * LANES), sum[r][v]);
}

static int row_clamped(int y, int height)
{
    return y < 0 ? 0 : y >= height ? height - 1 : y;
}

/* A row with what lies beyond its edges: `length` pixels in all. */
static void pad_row(int width, const float *src, int radius, ptrdiff_t length, float *line)
{
    for (int i = 0; i < radius; i++)
        line[i] = src[0];
    memcpy(line + radius, src, (size_t)width * sizeof *line);
    for (ptrdiff_t i = radius + width; i < length; i++)
        line[i] = src[width - 1];
}

/* The last of an odd number of rows goes twice. */
static void blur_rows(const Bell *bell, int height, int width, const float *src, ptrdiff_t stride,
                      float *dst, float *lines)
{
    ptrdiff_t length = stride + 2 * bell->radius;
    for (int y = 0; y < height; y += ROWS, dst += ROWS * stride) {
        for (int r = 0; r < ROWS; r++)
            pad_row(width, src + (ptrdiff_t)row_clamped(y + r, height) * width, bell->radius,
                    length, lines + r * length);
        for (ptrdiff_t x = 0; x < stride; x += WIDTH)
            weigh_along(bell, (const float *const[]){lines + x, lines + length + x},
                        (float *const[]){dst + x, dst + stride + x});
    }
}

static void blur_columns(const Bell *bell, int height, int width, const float *src,
                         ptrdiff_t stride, float *dst, float *beyond)
{
    const float *rows[MAX_TAPS + 1];
    for (int y = 0; y < height; y += ROWS, dst += ROWS * width) {
        for (int t = 0; t <= bell->n_taps; t++)
            rows[t] = src + row_clamped(y + t - bell->radius, height) * stride;
        for (int x = 0; x < width; x += WIDTH)
            weigh_across(bell, rows, x, width - x < WIDTH ? width - x : WIDTH,
                         (float *const[]){dst, y + 1 < height ? dst + width : beyond});
    }
}

void blur_avx2(int height, int width, const float *src, float sigma, float *dst, float *work)
{
    if (height == 0 || width == 0 || !(sigma > 0)) {
        memmove(dst, src, (size_t)height * (size_t)width * sizeof *dst);
        return;
    }
    Bell bell = make_bell(sigma);
    ptrdiff_t stride = (width + WIDTH - 1) / WIDTH * WIDTH;
    float *lines = work + (height + 1) * stride;
    blur_rows(&bell, height, width, src, stride, work, lines);
    blur_columns(&bell, height, width, work, stride, dst, lines);
}
