/* Times of the kernels over flat arrays, planes and pictures, at sizes that the networks use, for
 * eight images of a batch. What does not multiply is counted an operation a value. */
#include "check.h"

#include <stdio.h>
#include <string.h>

enum { N = 8, COUNT = N * 32 * 28 * 28, PARAMETERS = 101770, SIDE = 28 };

/* Long enough for all. */
static real *x, *y, *z, *w, *channels[4];
static uint8_t *bytes;
static uint16_t *labels;

/* The shape that runs: batch norm's, pooling's, a flat array's. */
static size_t n_channels, area, count;
static PoolShape pool;

static void run_statistics(void *context)
{
    (void)context;
    check_kernels->batchnorm_statistics(N, n_channels, area, x, channels[0], channels[1]);
}

static void run_affine(void *context)
{
    (void)context;
    check_kernels->batchnorm_affine(N, n_channels, area, x, channels[0], channels[1], y);
}

static void run_sums(void *context)
{
    (void)context;
    check_kernels->batchnorm_sums(N, n_channels, area, x, y, channels[0], channels[1], channels[2],
                                  channels[3]);
}

static void run_batchnorm_backward(void *context)
{
    (void)context;
    check_kernels->batchnorm_backward(N, n_channels, area, x, y, channels[0], channels[1],
                                      channels[2], z);
}

static void run_maxpool_forward(void *context)
{
    (void)context;
    check_kernels->maxpool_forward(&pool, N, x, y, bytes);
}

static void run_maxpool_backward(void *context)
{
    (void)context;
    check_kernels->maxpool_backward(&pool, N, x, bytes, y);
}

static void run_average_forward(void *context)
{
    (void)context;
    check_kernels->adaptive_avgpool_forward(&pool, N, x, y);
}

static void run_average_backward(void *context)
{
    (void)context;
    check_kernels->adaptive_avgpool_backward(&pool, N, x, y);
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

static void run_bias_forward(void *context)
{
    (void)context;
    check_kernels->bias_forward(32, 128, channels[0], y);
}

static void run_bias_backward(void *context)
{
    (void)context;
    check_kernels->bias_backward(32, 128, x, channels[3]);
}

static void run_scale_forward(void *context)
{
    (void)context;
    check_kernels->scale_forward(N, n_channels, area, x, y, z);
}

static void run_scale_backward(void *context)
{
    (void)context;
    check_kernels->scale_backward(N, n_channels, area, x, y, z, w, channels[0]);
}

static void run_dropout(void *context)
{
    (void)context;
    check_kernels->dropout(count, 1, 2, (real)0.4, x, y);
}

static void run_softmax(void *context)
{
    (void)context;
    check_kernels->softmax(32, 10, x, y);
}

static void run_cross_entropy(void *context)
{
    (void)context;
    check_kernels->cross_entropy(32, 10, x, labels, 0, 1, channels[0], y);
}

static void run_sgd(void *context)
{
    (void)context;
    SgdStep step = {.rate = (real)1e-6, .momentum = (real)0.9, .l2 = (real)1e-4};
    check_kernels->sgd(PARAMETERS, &step, x, y, z);
}

static void run_adam(void *context)
{
    (void)context;
    AdamStep step = {.rate = (real)1e-6,
                     .beta1 = (real)0.9,
                     .beta2 = (real)0.999,
                     .epsilon = (real)1e-8,
                     .correction1 = 1,
                     .correction2 = 1};
    check_kernels->adam(PARAMETERS, &step, x, y, z, w);
}

static void run_warp_affine(void *context)
{
    (void)context;
    const real m[6] = {(real)0.98, (real)0.17, -2, (real)-0.17, (real)0.98, 3};
    check_kernels->warp_affine(SIDE, SIDE, x, m, 0, y, w);
}

static void run_warp_field(void *context)
{
    (void)context;
    check_kernels->warp_field(SIDE, SIDE, x, y, z, 0, w, w + SIDE * SIDE);
}

static void run_blur(void *context)
{
    (void)context;
    check_kernels->blur(SIDE, SIDE, x, 4, y, z);
}

static void run_uniform(void *context)
{
    (void)context;
    check_kernels->uniform(SIDE * SIDE, 1, 2, 0, -8, 8, y);
}

static void run_noise(void *context)
{
    (void)context;
    check_kernels->noise(SIDE * SIDE, 1, 2, 0, (real)0.1, 0, 1, y);
}

static void run_pixels(void *context)
{
    (void)context;
    check_kernels->pixels_to_real(N * SIDE * SIDE, bytes, (real)0.5, (real)0.5, y);
}

static void bench_planes(void)
{
    static const size_t shapes[][2] = {{32, 784}, {64, 196}, {128, 49}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        char text[32];
        n_channels = shapes[i][0], area = shapes[i][1];
        double values = (double)(N * n_channels * area);
        snprintf(text, sizeof text, "%d x %zu x %zu", N, n_channels, area);
        check_bench(2 * values, run_statistics, NULL, "batchnorm_statistics %s", text);
        check_bench(2 * values, run_affine, NULL, "batchnorm_affine %s", text);
        check_bench(4 * values, run_sums, NULL, "batchnorm_sums %s", text);
        check_bench(4 * values, run_batchnorm_backward, NULL, "batchnorm_backward %s", text);
        check_bench(values, run_scale_forward, NULL, "scale_forward %s", text);
        check_bench(3 * values, run_scale_backward, NULL, "scale_backward %s", text);
    }
}

static void bench_pools(void)
{
    static const int shapes[][2] = {{32, 28}, {64, 14}, {128, 7}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        int side = shapes[i][1];
        pool = (PoolShape){shapes[i][0], side, side, side / 2, side / 2, 2, 2};
        double values = N * shapes[i][0] * side * side;
        check_bench(values, run_maxpool_forward, NULL, "maxpool_forward 2 of %dx%d", side, side);
        check_bench(values, run_maxpool_backward, NULL, "maxpool_backward 2 of %dx%d", side, side);
        pool.out_height = pool.out_width = 1;
        check_bench(values, run_average_forward, NULL, "average_forward of %dx%d", side, side);
        check_bench(values, run_average_backward, NULL, "average_backward of %dx%d", side, side);
    }
}

static void bench_arrays(void)
{
    static const size_t counts[] = {N * 128, N * 128 * 49, N * 64 * 196};
    static const char *const names[] = {"relu", "silu", "sigmoid"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        count = counts[i];
        for (Activation kind = ACTIVATION_RELU; kind < ACTIVATION_COUNT; kind++) {
            check_bench((double)count, run_activation, &kind, "%s_forward %zu", names[kind], count);
            check_bench((double)count, run_activation_backward, &kind, "%s_backward %zu",
                        names[kind], count);
        }
        check_bench((double)count, run_add, NULL, "add %zu", count);
        check_bench(2 * (double)count, run_axpy, NULL, "axpy %zu", count);
        check_bench((double)count, run_dropout, NULL, "dropout %zu", count);
    }
    check_bench(32 * 128, run_bias_forward, NULL, "bias_forward 32 x 128");
    check_bench(32 * 128, run_bias_backward, NULL, "bias_backward 32 x 128");
    check_bench(32 * 10, run_softmax, NULL, "softmax 32 x 10");
    check_bench(32 * 10, run_cross_entropy, NULL, "cross_entropy 32 x 10");
    check_bench(6.0 * PARAMETERS, run_sgd, NULL, "sgd %d", PARAMETERS);
    check_bench(12.0 * PARAMETERS, run_adam, NULL, "adam %d", PARAMETERS);
}

static void bench_pictures(void)
{
    check_bench(SIDE * SIDE, run_uniform, NULL, "uniform %d", SIDE * SIDE);
    check_bench(SIDE * SIDE, run_noise, NULL, "noise %d", SIDE * SIDE);
    check_bench(SIDE * SIDE, run_warp_affine, NULL, "warp_affine %dx%d", SIDE, SIDE);
    check_bench(SIDE * SIDE, run_warp_field, NULL, "warp_field %dx%d", SIDE, SIDE);
    check_bench(SIDE * SIDE * 4.0 * 25, run_blur, NULL, "blur 4 of %dx%d", SIDE, SIDE);
    check_bench(N * SIDE * SIDE, run_pixels, NULL, "pixels_to_real %d", N * SIDE * SIDE);
}

void check_bench_rest(void)
{
    real **arrays[] = {&x, &y, &z, &w};
    for (size_t i = 0; i < 4; i++) {
        *arrays[i] = check_random_between(COUNT, 0.1, 1);
        channels[i] = check_random_between(4096, 0.1, 1);
    }
    bytes = check_bytes(COUNT);
    for (size_t i = 0; i < COUNT; i++)
        bytes[i] = (uint8_t)check_below(4);
    labels = check_bytes(32 * sizeof *labels);
    memset(labels, 0, 32 * sizeof *labels);
    bench_planes();
    bench_pools();
    bench_arrays();
    bench_pictures();
    check_end();
}
