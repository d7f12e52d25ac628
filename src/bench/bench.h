/* What `scrawl bench` measures. Images are made in memory, the batch is the recipe's, and nothing
 * is augmented: what the peers' scripts do, so that the numbers compare. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "scrawl/recipe.h"
#include "scrawl/status.h"

#define BENCH_INFER_BATCH 256

/* A network's speed in GFLOP/s, as measure_flops counts, and that of as many threads' peaks in the
 * same run (Kernels.peak). Their quotient is the share of the machine that is used; Winograd's
 * algorithm has fewer operations than are counted, and may exceed 1. */
typedef struct BenchPeak {
    double gflops, peak_gflops;
} BenchPeak;

typedef struct BenchTrain {
    int n_threads, batch;
    double images_per_second; /* median over five stretches, after one to warm up */
    BenchPeak peak;           /* the medians of the same stretches */
} BenchTrain;

/* Whole training steps (batch, forward, backward, optimiser) for about `seconds`, at least one a
 * stretch. n_threads 0: all cores. RECIPE, UNSUPPORTED (cpu), NO_MEMORY; DIVERGED: a step without a
 * loss ends early, and would count as a fast one. */
SCRAWL_MUST_CHECK ScrawlStatus bench_train(ScrawlRecipe *recipe, int n_threads, const char *cpu,
                                           double seconds, BenchTrain *result, ScrawlError *error);

typedef struct BenchInfer {
    int n_threads;
    double single_us; /* one image on one thread: median of the calls */
    BenchPeak single;
    int batch;                /* BENCH_INFER_BATCH */
    double images_per_second; /* n_threads threads: from the median of the calls */
    BenchPeak many;
} BenchInfer;

/* Pixels in, logits out, through a session as users have it; the weights are random. Half of
 * `seconds` for each number. RECIPE, UNSUPPORTED, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus bench_infer(ScrawlRecipe *recipe, int n_threads, const char *cpu,
                                           double seconds, BenchInfer *result, ScrawlError *error);

/* A kernel at a shape. What multiplies has gflops, and what streams memory gbytes_per_second; the
 * other is 0. Texts are valid in the call. */
typedef struct BenchKernel {
    const char *kernel;       /* the table's name for it: "conv_forward" */
    const char *algorithm;    /* of a convolution block: "winograd" or "direct"; else NULL */
    const char *shape;        /* "16 x 32x14x14 -> 64x14x14, 3x3": images, from, to, window */
    double nanoseconds;       /* of a call on one thread */
    double gflops;            /* a multiply-add is two, as a direct convolution has them */
    double share_of_peak;     /* of gflops */
    double gbytes_per_second; /* read and written, whether from a cache or not */
    double speedup;           /* over plain C; 0 where that has nothing like it */
} BenchKernel;

typedef struct BenchKernelsOptions {
    const char *cpu;  /* NULL: the best */
    const char *only; /* kernels whose names contain this; NULL: all */
    double seconds;   /* in all, about */
    /* Once at the beginning: the table's name, and what an endless stream of its multiplications
     * and additions reaches on one thread. */
    void (*start)(void *context, const char *kernels, double peak_gflops);
    void (*row)(void *context, const BenchKernel *kernel);
} BenchKernelsOptions;

/* Each kernel at each shape at which the recipes inside the binary call it, 16 images as in
 * training or one: medians, plain C's taken in turn with them, in the time of the thread alone.
 * USAGE: `only` fits none; UNSUPPORTED (cpu), NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus bench_kernels(const BenchKernelsOptions *options, void *context,
                                             ScrawlError *error);

#endif
