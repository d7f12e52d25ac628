/* What `scrawl bench` measures. Images are made in memory, the batch is the recipe's, and nothing
 * is augmented: what the peers' scripts do, so that the numbers compare. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "scrawl/recipe.h"
#include "scrawl/status.h"

#define BENCH_INFER_BATCH 256

typedef struct BenchTrain {
    int n_threads, batch;
    double images_per_second; /* median over five stretches, after one to warm up */
} BenchTrain;

/* Whole training steps (batch, forward, backward, optimiser) for about `seconds`, at least one a
 * stretch. n_threads 0: all cores. RECIPE, UNSUPPORTED (cpu), NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus bench_train(ScrawlRecipe *recipe, int n_threads, const char *cpu,
                                           double seconds, BenchTrain *result,
                                           ScrawlError *error);

typedef struct BenchInfer {
    int n_threads;
    double single_us;         /* one image on one thread: median of the calls */
    int batch;                /* BENCH_INFER_BATCH */
    double images_per_second; /* n_threads threads: from the median of the calls */
} BenchInfer;

/* Pixels in, logits out, through a session as users have it; the weights are random. Half of
 * `seconds` for each number. Fails as bench_train does. */
SCRAWL_MUST_CHECK ScrawlStatus bench_infer(ScrawlRecipe *recipe, int n_threads, const char *cpu,
                                           double seconds, BenchInfer *result,
                                           ScrawlError *error);

typedef struct BenchKernel {
    const char *kernel, *shape; /* "conv_forward", "8 x 32x14x14 -> 64, 3x3"; valid in the call */
    double nanoseconds;         /* median of a call, one thread */
    double gflops;              /* a multiply-add is two; 0 where nothing is multiplied */
} BenchKernel;

/* Calls `row` for each kernel and layer shape that we use, about `seconds` in all. UNSUPPORTED
 * (cpu), NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus bench_kernels(const char *cpu, double seconds,
                                             void (*row)(void *context, const BenchKernel *kernel),
                                             void *context, ScrawlError *error);

#endif
