/* The convolution blocks of the reference networks, and how fast they run. */
#ifndef TESTS_KERNELS_BENCH_BLOCK_H
#define TESTS_KERNELS_BENCH_BLOCK_H

#include "kernels/block.h"

typedef struct BenchBlockShape {
    const char *name;
    BlockShape shape;
} BenchBlockShape;

extern const BenchBlockShape bench_block_shapes[];
extern const size_t bench_block_n_shapes;

/* Prints a line for each function and shape: microseconds an image, and GFLOP/s with the operations
 * of a direct convolution counted, the best of many calls. `set` begins the lines; `only` is a part
 * of those wanted, such as "bn-cnn 2" or " backward ". */
void bench_block(const char *set, const BlockKernels *kernels, const char *only);

#endif
