/* CSV as Kaggle's digit competition has it: a label, then the pixels row by row, one picture a
 * line; the first line may name the columns. Any square picture. */
#ifndef DATA_CSV_H
#define DATA_CSV_H

#include "data/dataset.h"

/* Text in, data set out; no I/O. Labels are numbers from 0; the classes are named "0", "1", ... up
 * to the largest label, and at least to "9". The text is one whole, of which `split` is cut
 * (split_cut). `name` is what messages call the text; they also name the line. FORMAT, MISMATCH,
 * LIMIT, NO_MEMORY. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus csv_parse(ScrawlDataset **dataset, const char *name,
                                         const void *text, size_t size, ScrawlSplit split,
                                         ScrawlError *error);

/* The same for a file, plain or gzip'd. */
SCRAWL_MUST_CHECK ScrawlStatus csv_read(ScrawlDataset **dataset, const char *path,
                                        ScrawlSplit split, ScrawlError *error);

#endif
