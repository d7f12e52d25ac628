/* Convolution blocks (kernels/block.h) with AVX2 and FMA. */
#ifndef KERNELS_X86_BLOCK_H
#define KERNELS_X86_BLOCK_H

#include "kernels/block.h"

extern const BlockKernels block_avx2;

#endif
