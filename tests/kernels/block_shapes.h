/* The convolution blocks of the reference networks. */
#ifndef TESTS_KERNELS_BLOCK_SHAPES_H
#define TESTS_KERNELS_BLOCK_SHAPES_H

#include "kernels/block.h"

static const BlockShape block_shapes[] = {
    {{1, 28, 28, 32, 28, 28, 3, 3, 1, 1, 1}, 1, 2, 0, 1},  /* bn-cnn, gap-cnn */
    {{32, 14, 14, 64, 14, 14, 3, 3, 1, 1, 1}, 1, 2, 0, 1}, /* bn-cnn, gap-cnn */
    {{64, 7, 7, 128, 7, 7, 3, 3, 1, 1, 1}, 1, 2, 1, 0},    /* bn-cnn */
    {{64, 7, 7, 128, 7, 7, 3, 3, 1, 1, 1}, 1, 1, 1, 0},    /* gap-cnn */
    {{1, 28, 28, 32, 26, 26, 3, 3, 1, 0, 1}, 1, 2, 0, 0},  /* keras-cnn */
    {{32, 13, 13, 64, 11, 11, 3, 3, 1, 0, 1}, 1, 2, 1, 0}, /* keras-cnn */
    {{1, 28, 28, 16, 28, 28, 5, 5, 1, 2, 1}, 1, 2, 0, 2},  /* l2-cnn */
    {{16, 14, 14, 32, 14, 14, 5, 5, 1, 2, 1}, 1, 2, 1, 0}, /* l2-cnn */
};

enum { BLOCK_N_SHAPES = sizeof block_shapes / sizeof block_shapes[0] };

#endif
