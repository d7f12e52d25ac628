/* What `scrawl bench` measures. Data in memory, the recipe's batch, no augmentation: what the peers' scripts do. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "scrawl/recipe.h"
#include "scrawl/status.h"

typedef struct BenchTrain {
    int n_threads, batch;
    double images_per_second; /* median over five stretches */
} BenchTrain;

typedef struct BenchInfer {
    int n_threads;
    double single_us;         /* one image, one thread: median of the calls */
    int batch;                /* 256 */
    double images_per_second; /* n_threads threads, median of the calls */
} BenchInfer;

SCRAWL_MUST_CHECK ScrawlStatus bench_train(ScrawlRecipe *recipe, int n_threads, const char *cpu, double seconds, BenchTrain *result, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus bench_infer(ScrawlRecipe *recipe, int n_threads, const char *cpu, double seconds, BenchInfer *result, ScrawlError *error);

typedef struct BenchKernel {
    const char *kernel, *shape; /* "conv_forward", "32x14x14 -> 64, 3x3" */
    double nanoseconds;         /* median of a call */
    double gflops;
} BenchKernel;

/* Calls `row` for each kernel and layer shape that we use. */
SCRAWL_MUST_CHECK ScrawlStatus bench_kernels(const char *cpu, void (*row)(void *context, const BenchKernel *kernel), void *context, ScrawlError *error);

#endif
