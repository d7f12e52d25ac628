/* kernels/block.h at its plainest, on top of the plain C table: what fused graphs are tested with
 * on machines that have no block kernels, and in double precision. */
#ifndef TESTS_NN_BLOCK_REFERENCE_H
#define TESTS_NN_BLOCK_REFERENCE_H

#include "kernels/block.h"

extern const BlockKernels block_reference;

/* The plain C table with these blocks. */
static inline Kernels reference_kernels(void)
{
    Kernels kernels = kernels_c;
    kernels.name = "reference";
    kernels.block = &block_reference;
    return kernels;
}

#endif
