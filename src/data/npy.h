/* NPY, NumPy's format of one array: magic, version, a Python dictionary as text, the values.
 * "NEP 1: A Simple File Format for NumPy Arrays" (R. Kern, 2007). No I/O, takes no memory. */
#ifndef DATA_NPY_H
#define DATA_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/status.h"

#define NPY_MAX_DIMENSIONS 8

/* Points into the parsed bytes; the values are in C order and may be unaligned. */
typedef struct NpyArray {
    char kind;        /* 'u', 'i', 'f' or 'b' (bool), as NumPy writes it */
    size_t item_size; /* bytes: 1, 2, 4, 8 */
    bool big_endian;
    int n_dimensions;
    size_t dimensions[NPY_MAX_DIMENSIONS];
    size_t n; /* values: the product of the dimensions */
    const uint8_t *values;
} NpyArray;

/* FORMAT: not NPY, truncated, longer than its shape, not understood; UNSUPPORTED: Fortran order and
 * types that are not plain numbers. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus npy_parse(NpyArray *array, const void *bytes, size_t size,
                                         ScrawlError *error);

/* Value i < n of an array of kind 'u' or 'i'. A 64-bit one above INT64_MAX comes out negative. */
int64_t npy_integer(const NpyArray *array, size_t i);

#endif
