#include "kernels/c.h"

/* The deviations of a block of at most SUM_BLOCK values: short loops over an array in cache
 * vectorise where one loop for two sums does not. */
static void subtract(size_t count, const real *restrict x, real mean, real *restrict deviation)
{
    for (size_t i = 0; i < count; i++)
        deviation[i] = x[i] - mean;
}

/* Adds the sums of x - mean and of its square over one plane. */
static void add_squares(size_t area, const real *x, real mean, real *sum, real *squares)
{
    real deviation[SUM_BLOCK];
    for (size_t first = 0; first < area; first += SUM_BLOCK) {
        size_t count = area - first < SUM_BLOCK ? area - first : SUM_BLOCK;
        subtract(count, x + first, mean, deviation);
        *sum += sum_array(count, deviation);
        *squares += sum_products(count, deviation, deviation);
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
            add_squares(area, x + (i * channels + c) * area, mean[c], &rest, &squares);
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

/* Adds the sums of dy and of dy * (x - mean) over one plane. */
static void add_products(size_t area, const real *x, const real *dy, real mean, real *sum,
                         real *products)
{
    real deviation[SUM_BLOCK];
    for (size_t first = 0; first < area; first += SUM_BLOCK) {
        size_t count = area - first < SUM_BLOCK ? area - first : SUM_BLOCK;
        subtract(count, x + first, mean, deviation);
        *sum += sum_array(count, dy + first);
        *products += sum_products(count, dy + first, deviation);
    }
}

void batchnorm_sums_c(size_t n, size_t channels, size_t area, const real *x, const real *dy,
                      const real *mean, const real *inv_std, real *sum_dy, real *sum_dy_xhat)
{
    for (size_t c = 0; c < channels; c++) {
        real sum = 0, products = 0;
        for (size_t i = 0; i < n; i++) {
            size_t plane = (i * channels + c) * area;
            add_products(area, x + plane, dy + plane, mean[c], &sum, &products);
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
