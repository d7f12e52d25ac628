/* The number that networks compute with: float. The gradient checks build kernels/ and nn/ a
 * second time with double, so that central differences can be trusted to 1e-6: same source, other
 * precision. */
#ifndef KERNELS_REAL_H
#define KERNELS_REAL_H

#include <stddef.h>

#ifdef SCRAWL_REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif

/* Index of the largest of n > 0 values, the first of equals: a network's answer by its logits. NaN
 * is never larger, nor is anything larger than a NaN at the start. */
static inline size_t real_argmax(size_t n, const real *values)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}

#endif
