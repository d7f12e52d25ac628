/* NPZ, a zip archive of NPY arrays, as Keras's mnist.npz: x_train, y_train, x_test, y_test. */
#ifndef DATA_NPZ_H
#define DATA_NPZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"
#include "scrawl/status.h"

/* Bytes in, data set out; no I/O. `split` TRAIN reads x_train and y_train, TEST the others.
 * Pictures: bytes, [N,H,W] or [N,H,W,1]; labels: integers, [N] or [N,1], from 0; classes as
 * csv_parse names them. `name` begins the sentences. NOT_FOUND for a missing array, FORMAT,
 * MISMATCH, UNSUPPORTED, LIMIT, NO_MEMORY. USAGE for ALL. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus npz_parse(ScrawlDataset **dataset, const char *name,
                                         const void *bytes, size_t size, ScrawlSplit split,
                                         ScrawlError *error);

/* The same for a file. */
SCRAWL_MUST_CHECK ScrawlStatus npz_read(ScrawlDataset **dataset, const char *path,
                                        ScrawlSplit split, ScrawlError *error);

/* NPY, NumPy's format of one array: magic, version, a Python dictionary as text, the values.
 * "NEP 1: A Simple File Format for NumPy Arrays" (R. Kern, 2007). No I/O, takes no memory. */

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
