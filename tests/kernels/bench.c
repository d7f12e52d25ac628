/* Times of the kernels that no recipe calls yet. `scrawl bench kernels` measures the others, at the
 * shapes of the recipes' layers. What does not multiply is counted an operation a value. */
#include "check.h"

#include <stdio.h>

enum { N = 8, COUNT = N * 64 * 196 };

/* Long enough for all. */
static real *x, *y, *z, *w, *sums;

/* The shape that runs. */
static size_t n_channels, area, count;

static void run_scale_forward(void *context)
{
    (void)context;
    check_kernels->scale_forward(N, n_channels, area, x, y, z);
}

static void run_scale_backward(void *context)
{
    (void)context;
    check_kernels->scale_backward(N, n_channels, area, x, y, z, w, sums);
}

static void run_activation(void *context)
{
    check_kernels->activation_forward[*(const Activation *)context](count, x, y);
}

static void run_activation_backward(void *context)
{
    check_kernels->activation_backward[*(const Activation *)context](count, x, y, z, w);
}

static void run_add(void *context)
{
    (void)context;
    check_kernels->add(count, x, y, z);
}

static void run_axpy(void *context)
{
    (void)context;
    check_kernels->axpy(count, (real)0.001, x, y);
}

static void bench_planes(void)
{
    static const size_t shapes[][2] = {{64, 196}, {128, 49}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        char text[32];
        n_channels = shapes[i][0], area = shapes[i][1];
        double values = (double)(N * n_channels * area);
        snprintf(text, sizeof text, "%d x %zu x %zu", N, n_channels, area);
        check_bench(values, run_scale_forward, NULL, "scale_forward %s", text);
        check_bench(3 * values, run_scale_backward, NULL, "scale_backward %s", text);
    }
}

static void bench_arrays(void)
{
    static const size_t counts[] = {N * 128, N * 128 * 49, N * 64 * 196};
    static const char *const names[] = {"relu", "silu", "sigmoid"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        count = counts[i];
        for (Activation kind = ACTIVATION_SILU; kind < ACTIVATION_COUNT; kind++) {
            check_bench((double)count, run_activation, &kind, "%s_forward %zu", names[kind], count);
            check_bench((double)count, run_activation_backward, &kind, "%s_backward %zu",
                        names[kind], count);
        }
        check_bench((double)count, run_add, NULL, "add %zu", count);
        check_bench(2 * (double)count, run_axpy, NULL, "axpy %zu", count);
    }
}

void check_bench_rest(void)
{
    real **arrays[] = {&x, &y, &z, &w, &sums};
    for (size_t i = 0; i < 5; i++)
        *arrays[i] = check_random_between(COUNT, 0.1, 1);
    bench_planes();
    bench_arrays();
    check_end();
}
