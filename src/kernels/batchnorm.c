#include "kernels/c.h"

/* The sums of x - shift and of its square over one plane. */
static void sum_squares(size_t area, const real *x, real shift, real *sum, real *squares)
{
    for (size_t first = 0; first < area; first += SUM_BLOCK) {
        size_t end = area - first < SUM_BLOCK ? area : first + SUM_BLOCK, i = first;
        real lane[SUM_LANES] = {0}, lane2[SUM_LANES] = {0};
        for (; end - i >= SUM_LANES; i += SUM_LANES)
            for (size_t j = 0; j < SUM_LANES; j++) {
                real d = x[i + j] - shift;
                lane[j] += d;
                lane2[j] += d * d;
            }
        for (size_t j = 0; i + j < end; j++) {
            real d = x[i + j] - shift;
            lane[j] += d;
            lane2[j] += d * d;
        }
        *sum += sum_lanes(lane);
        *squares += sum_lanes(lane2);
    }
}

/* Two passes, the second correcting the mean and, for what the first left of it, the squares (T.
 * Chan, G. Golub, R. LeVeque, "Algorithms for Computing the Sample Variance", The American
 * Statistician 37(3), 1983, equation 1.7). */
void batchnorm_statistics_c(size_t n, size_t channels, size_t area, const real *x, real *mean,
                            real *m2)
{
    real count = (real)n * (real)area;
    for (size_t c = 0; c < channels; c++) {
        real total = 0, rest = 0, squares = 0;
        for (size_t i = 0; i < n; i++)
            total += sum_array(area, x + (i * channels + c) * area);
        mean[c] = count > 0 ? total / count : 0;
        for (size_t i = 0; i < n; i++)
            sum_squares(area, x + (i * channels + c) * area, mean[c], &rest, &squares);
        real left = count > 0 ? rest / count : 0;
        mean[c] += left;
        m2[c] = squares - rest * left;
        m2[c] = m2[c] < 0 ? 0 : m2[c];
    }
}

void batchnorm_affine_c(size_t n, size_t channels, size_t area, const real *x, const real *scale,
                        const real *shift, real *y)
{
    for (size_t i = 0; i < n * channels; i++, x += area, y += area) {
        real a = scale[i % channels], b = shift[i % channels];
#pragma omp simd
        for (size_t j = 0; j < area; j++)
            y[j] = x[j] * a + b;
    }
}

/* The sums of dy and of dy * (x - mean) over one plane. */
static void sum_with_products(size_t area, const real *x, const real *dy, real mean, real *sum,
                              real *products)
{
    for (size_t first = 0; first < area; first += SUM_BLOCK) {
        size_t end = area - first < SUM_BLOCK ? area : first + SUM_BLOCK, i = first;
        real lane[SUM_LANES] = {0}, lane2[SUM_LANES] = {0};
        for (; end - i >= SUM_LANES; i += SUM_LANES)
            for (size_t j = 0; j < SUM_LANES; j++) {
                lane[j] += dy[i + j];
                lane2[j] += dy[i + j] * (x[i + j] - mean);
            }
        for (size_t j = 0; i + j < end; j++) {
            lane[j] += dy[i + j];
            lane2[j] += dy[i + j] * (x[i + j] - mean);
        }
        *sum += sum_lanes(lane);
        *products += sum_lanes(lane2);
    }
}

void batchnorm_sums_c(size_t n, size_t channels, size_t area, const real *x, const real *dy,
                      const real *mean, const real *inv_std, real *sum_dy, real *sum_dy_xhat)
{
    for (size_t c = 0; c < channels; c++) {
        real sum = 0, products = 0;
        for (size_t i = 0; i < n; i++) {
            size_t plane = (i * channels + c) * area;
            sum_with_products(area, x + plane, dy + plane, mean[c], &sum, &products);
        }
        sum_dy[c] = sum;
        sum_dy_xhat[c] = products * inv_std[c];
    }
}

void batchnorm_backward_c(size_t n, size_t channels, size_t area, const real *x, const real *dy,
                          const real *a, const real *b, const real *d, real *dx)
{
    for (size_t i = 0; i < n * channels; i++, x += area, dy += area, dx += area) {
        real of_dy = a[i % channels], of_x = b[i % channels], shift = d[i % channels];
#pragma omp simd
        for (size_t j = 0; j < area; j++)
            dx[j] = of_dy * dy[j] + of_x * x[j] + shift;
    }
}
