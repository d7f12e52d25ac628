/* The number that networks compute with: float. The gradient checks build kernels/ and nn/ a
 * second time with double, so that central differences can be trusted to 1e-6: same source, other
 * precision. */
#ifndef KERNELS_REAL_H
#define KERNELS_REAL_H

#ifdef SCRAWL_REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#endif
