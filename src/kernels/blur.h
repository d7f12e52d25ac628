/* What the versions of blur share. */
#ifndef KERNELS_BLUR_H
#define KERNELS_BLUR_H

#include "kernels/kernels.h"

/* The right half of the Gaussian of sd sigma > 0: weight[0] in the middle; the whole sums to 1. Its
 * radius. */
int blur_weights(real sigma, real weight[BLUR_MAX_RADIUS + 1]);

#endif
