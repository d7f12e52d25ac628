/* Functions of one element at a time: sums, scales, activations. */
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

/* Written so that NaN stays NaN: a network that has diverged shows it. */
void relu_forward_c(size_t count, const real *x, real *y)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

void relu_backward_c(size_t count, const real *x, const real *y, const real *dy, real *dx)
{
    (void)x;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        real slope_one = dy[i]; /* read in any case: a read on a condition would not vectorise */
        dx[i] = y[i] > 0 ? slope_one : 0;
    }
}

void silu_forward_c(size_t count, const real *x, real *y)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] * real_sigmoid(x[i]);
}

/* With s = sigmoid(x): d(x s)/dx = s (1 + x (1 - s)). */
void silu_backward_c(size_t count, const real *x, const real *y, const real *dy, real *dx)
{
    (void)y;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        real s = real_sigmoid(x[i]);
        dx[i] = dy[i] * s * (1 + x[i] * (1 - s));
    }
}

void sigmoid_forward_c(size_t count, const real *x, real *y)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = real_sigmoid(x[i]);
}

/* ds/dx = s (1 - s). */
void sigmoid_backward_c(size_t count, const real *x, const real *y, const real *dy, real *dx)
{
    (void)x;
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        dx[i] = dy[i] * y[i] * (1 - y[i]);
}
