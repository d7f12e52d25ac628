/* 16-bit floats (IEEE 754 binary16), which weights may be stored in. */
#ifndef FORMATS_HALF_H
#define FORMATS_HALF_H

#include <stddef.h>
#include <stdint.h>

/* src is count little-endian halves at any address. Exact: every half is a float; infinities and
 * NaN stay such. */
void half_to_float(size_t count, const void *src, float *dst);

/* To the nearest half, of two equally near the one with an even last digit; subnormal where it is
 * small, down to a zero of the same sign. Stops at the first value that is no number or rounds to
 * more than 65504; returns how many were converted. */
size_t half_from_float(size_t count, const float *src, uint16_t *dst);

#endif
