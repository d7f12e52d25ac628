/* What the measurements share: images made in memory, and medians. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/bench.h"
#include "data/dataset.h"
#include "kernels/kernels.h"

/* n images of noise with as much paper (zeros) as handwriting has, labels in turn. NO_MEMORY. Free
 * with scrawl_dataset_free. */
SCRAWL_MUST_CHECK ScrawlStatus measure_images(ScrawlDataset **dataset, size_t n, int width,
                                              int height, int n_classes, ScrawlError *error);

/* Of n > 0 values, which it sorts. */
double measure_median(double *values, size_t n);

#define MEASURE_MAX_CALLS 4096

/* Seconds of one call: the median of as many as `seconds` allow, at least 3 and at most
 * MEASURE_MAX_CALLS, after one to warm up. */
double measure_call(double seconds, void (*call)(void *context), void *context);

#endif
