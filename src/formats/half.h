/* 16-bit floats (IEEE 754 binary16), which other programs store weights in. */
#ifndef FORMATS_HALF_H
#define FORMATS_HALF_H

#include <stddef.h>

/* src is count little-endian halves at any address. Exact: every half is a float; infinities and
 * NaN stay such. */
void half_to_float(size_t count, const void *src, float *dst);

#endif
