#include "bench_block.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

enum { N_ARRAYS = 8 };

const BenchBlockShape bench_block_shapes[] = {
    {"bn-cnn 1", {{1, 28, 28, 32, 28, 28, 3, 3, 1, 1, 1}, 1, 2, 0, 1}},
    {"bn-cnn 2", {{32, 14, 14, 64, 14, 14, 3, 3, 1, 1, 1}, 1, 2, 0, 1}},
    {"bn-cnn 3", {{64, 7, 7, 128, 7, 7, 3, 3, 1, 1, 1}, 1, 2, 1, 0}},
    {"gap-cnn 3", {{64, 7, 7, 128, 7, 7, 3, 3, 1, 1, 1}, 1, 1, 1, 0}},
    {"keras-cnn 1", {{1, 28, 28, 32, 26, 26, 3, 3, 1, 0, 1}, 1, 2, 0, 0}},
    {"keras-cnn 2", {{32, 13, 13, 64, 11, 11, 3, 3, 1, 0, 1}, 1, 2, 1, 0}},
    {"l2-cnn 1", {{1, 28, 28, 16, 28, 28, 5, 5, 1, 2, 1}, 1, 2, 0, 2}},
    {"l2-cnn 2", {{16, 14, 14, 32, 14, 14, 5, 5, 1, 2, 1}, 1, 2, 1, 0}},
};
const size_t bench_block_n_shapes = sizeof bench_block_shapes / sizeof bench_block_shapes[0];

/* What the calls work on; larger than any of the shapes needs. */
typedef struct Bench {
    const BlockKernels *kernels;
    const BlockShape *shape;
    const char *set, *only;
    size_t n;
    float *x, *w, *packed, *y, *stash, *out, *d_out, *dx, *dw, *work;
    float vectors[N_ARRAYS][512];
    uint8_t *which;
} Bench;

static void pack(Bench *b)
{
    for (int part = 0; part < BLOCK_PARTS; part++)
        b->kernels->pack(b->shape, part, 1, b->w, NULL, b->packed);
}

static void forward(Bench *b)
{
    b->kernels->forward(b->shape, b->n, b->x, b->packed, b->vectors[0], b->y, b->stash,
                        b->vectors[1], b->vectors[2], b->work);
}

static void finish(Bench *b)
{
    b->kernels->finish(b->shape, b->n, b->y, b->vectors[3], b->vectors[0], b->out, b->which);
}

static void sums(Bench *b)
{
    b->kernels->sums(b->shape, b->n, b->y, b->which, b->d_out, b->vectors[0], b->vectors[3],
                     b->vectors[1], b->vectors[2]);
}

static void backward(Bench *b)
{
    b->kernels->backward(b->shape, b->n, b->x, b->y, b->which, b->d_out, b->vectors[3],
                         b->vectors[4], b->vectors[0], b->packed, b->stash, b->dw, b->vectors[1],
                         b->shape->conv.channels == 1 ? NULL : b->dx, b->work);
}

static void backward_plain(Bench *b)
{
    b->kernels->backward(b->shape, b->n, b->x, NULL, b->which, b->d_out, NULL, NULL, NULL,
                         b->packed, b->stash, b->dw, b->vectors[1],
                         b->shape->conv.channels == 1 ? NULL : b->dx, b->work);
}

static void forward_finish(Bench *b)
{
    b->kernels->forward_finish(b->shape, b->n, b->x, b->packed, b->vectors[0], b->out, NULL, NULL,
                               b->work);
}

static void forward_finish_train(Bench *b)
{
    b->kernels->forward_finish(b->shape, b->n, b->x, b->packed, b->vectors[0], b->out, b->stash,
                               b->which, b->work);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(Bench *b, const char *shape, const char *name, size_t n, double convolutions,
                    void (*call)(Bench *))
{
    double start = now(), best = INFINITY;
    char label[64];
    snprintf(label, sizeof label, "%-6s %-12s %-22s %2zu", b->set, shape, name, n);
    if (strstr(label, b->only) == NULL)
        return;
    b->n = n;
    do {
        double begin = now();
        call(b);
        double seconds = now() - begin;
        best = seconds < best ? seconds : best;
    } while (now() - start < 0.1);
    const ConvShape *s = &b->shape->conv;
    double flop = 2.0 * s->channels * s->filters * s->out_height * s->out_width *
                  s->kernel_height * s->kernel_width * convolutions;
    printf("%s %8.2f us", label, best * 1e6 / (double)n);
    if (convolutions > 0)
        printf(" %7.0f GFLOP/s", flop * (double)n / best * 1e-9);
    printf("\n");
}

static float *new_values(size_t count)
{
    float *values = mem_alloc(count, sizeof *values);
    if (values == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((i * 2654435761u >> 7) % 2001) / 1000 - 1;
    return values;
}

static void bench_shape(Bench *b, const char *name)
{
    int backward_convolutions = b->shape->conv.channels == 1 ? 1 : 2;
    measure(b, name, "pack", 1, 0, pack);
    measure(b, name, "forward_finish", 1, 1, forward_finish);
    measure(b, name, "forward_finish", 16, 1, forward_finish);
    measure(b, name, "forward_finish, train", 16, 1, forward_finish_train);
    measure(b, name, "backward, no norm", 16, backward_convolutions, backward_plain);
    measure(b, name, "forward", 16, 1, forward);
    measure(b, name, "finish", 16, 0, finish);
    measure(b, name, "sums", 16, 0, sums);
    measure(b, name, "backward", 16, backward_convolutions, backward);
}

void bench_block(const char *set, const BlockKernels *kernels, const char *only)
{
    enum { IMAGES = 16, LARGE = IMAGES * 64 * 1024 };
    Bench b = {.set = set, .kernels = kernels, .only = only};
    float **arrays[] = {&b.x, &b.y, &b.out, &b.d_out, &b.dx};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        *arrays[i] = new_values(LARGE);
    b.which = mem_alloc_zero(LARGE, 1);
    if (b.which == NULL)
        abort();
    for (size_t i = 0; i < 512; i++)
        b.vectors[3][i] = 1, b.vectors[4][i] = 0.01f;
    for (size_t i = 0; i < bench_block_n_shapes; i++) {
        b.shape = &bench_block_shapes[i].shape;
        b.packed = new_values(kernels->packed_size(b.shape));
        b.w = new_values(kernels->packed_size(b.shape));
        b.dw = new_values(kernels->packed_size(b.shape));
        b.stash = new_values(IMAGES * kernels->stash_size(b.shape));
        b.work = new_values(kernels->work_size(b.shape, IMAGES));
        pack(&b);
        bench_shape(&b, bench_block_shapes[i].name);
        mem_free(b.packed), mem_free(b.w), mem_free(b.dw), mem_free(b.stash), mem_free(b.work);
    }
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        mem_free(*arrays[i]);
    mem_free(b.which);
}
