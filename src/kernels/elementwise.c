#include "base/rng.h"
#include "kernels/c.h"

void add_c(size_t count, const real *a, const real *b, real *y)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = a[i] + b[i];
}

void axpy_c(size_t count, real factor, const real *x, real *y)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] += factor * x[i];
}

void bias_forward_c(size_t n, size_t units, const real *bias, real *y)
{
    for (size_t i = 0; i < n; i++)
        axpy_c(units, 1, bias, y + i * units);
}

void bias_backward_c(size_t n, size_t units, const real *dy, real *dbias)
{
    for (size_t i = 0; i < n; i++)
        axpy_c(units, 1, dy + i * units, dbias);
}

void scale_forward_c(size_t n, size_t channels, size_t area, const real *x, const real *s, real *y)
{
    for (size_t i = 0; i < n * channels; i++, x += area, y += area) {
        real factor = s[i];
#pragma omp simd
        for (size_t j = 0; j < area; j++)
            y[j] = x[j] * factor;
    }
}

void scale_backward_c(size_t n, size_t channels, size_t area, const real *x, const real *s,
                      const real *dy, real *dx, real *ds)
{
    for (size_t i = 0; i < n * channels; i++)
        ds[i] = sum_products(area, x + i * area, dy + i * area);
    scale_forward_c(n, channels, area, dy, s, dx);
}

/* Value i takes number i % 4 of the block at position i / 4 of its stream: 32 random bits, as a
 * fraction of 2^32. */
void dropout_c(size_t count, uint64_t seed, uint64_t stream, real rate, const real *x, real *y)
{
    const real scale = 1 / (1 - rate);
    const double threshold = (double)rate * 4294967296.0;
    for (size_t first = 0; first < count; first += 4) {
        uint32_t random[4];
        rng_philox(seed, stream, first / 4, random);
        for (size_t i = 0; i < 4 && first + i < count; i++)
            y[first + i] = random[i] >= threshold ? x[first + i] * scale : 0;
    }
}
