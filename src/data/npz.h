/* NPZ, a zip archive of NPY arrays, as Keras's mnist.npz: x_train, y_train, x_test, y_test. */
#ifndef DATA_NPZ_H
#define DATA_NPZ_H

#include "data/dataset.h"

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

#endif
