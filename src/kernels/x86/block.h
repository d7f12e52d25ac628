/* Convolution blocks (kernels/block.h) with AVX2 and FMA, or with AVX-512 (its foundation, F). Both
 * give the same bytes. */
#ifndef KERNELS_X86_BLOCK_H
#define KERNELS_X86_BLOCK_H

#include "kernels/block.h"

extern const BlockKernels block_avx2, block_avx512;

#endif
