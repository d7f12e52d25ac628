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

/* The sum of x * y over one plane. */
static real sum_products(size_t count, const real *x, const real *y)
{
    real sum = 0;
    for (size_t first = 0; first < count; first += SUM_BLOCK) {
        size_t end = count - first < SUM_BLOCK ? count : first + SUM_BLOCK, i = first;
        real lane[SUM_LANES] = {0};
        for (; end - i >= SUM_LANES; i += SUM_LANES)
            for (size_t j = 0; j < SUM_LANES; j++)
                lane[j] += x[i + j] * y[i + j];
        for (size_t j = 0; i + j < end; j++)
            lane[j] += x[i + j] * y[i + j];
        sum += sum_lanes(lane);
    }
    return sum;
}

void scale_backward_c(size_t n, size_t channels, size_t area, const real *x, const real *s,
                      const real *dy, real *dx, real *ds)
{
    for (size_t i = 0; i < n * channels; i++)
        ds[i] = sum_products(area, x + i * area, dy + i * area);
    scale_forward_c(n, channels, area, dy, s, dx);
}
