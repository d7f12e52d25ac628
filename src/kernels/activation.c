#include "kernels/c.h"

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
