/* What the measurements share: images made in memory, and medians. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/bench.h"
#include "data/dataset.h"
#include "kernels/kernels.h"
#include "nn/graph.h"

/* n images of noise with as much paper (zeros) as handwriting has, labels in turn. NO_MEMORY. Free
 * with scrawl_dataset_free. */
SCRAWL_MUST_CHECK ScrawlStatus measure_images(ScrawlDataset **dataset, size_t n, int width,
                                              int height, int n_classes, ScrawlError *error);

/* Of n > 0 values, which it sorts. */
double measure_median(double *values, size_t n);

#define MEASURE_MAX_CALLS 4096
#define MEASURE_MAX_TOGETHER 2

/* Seconds of one call: the median of as many as `seconds` allow, at least 3 and at most
 * MEASURE_MAX_CALLS, after one to warm up. */
double measure_call(double seconds, void (*call)(void *context), void *context);

/* One of several that are measured together. */
typedef struct Measured {
    void (*call)(void *context);
    void *context;
    double seconds; /* the result: of one call, the median */
} Measured;

/* Lets each have its turn, again and again, so that what changes meanwhile changes for all: at
 * least 3 times, and for `seconds` in all. A turn is as many calls as the clock needs. In the time
 * of this thread alone, so that other programs do not count. */
void measure_in_turn(Measured *measured, size_t n, double seconds);

/* GFLOP/s of the kernels' peak: on this thread in its own time, as measure_in_turn; on a team of
 * n_threads by the clock on the wall, as whole networks are measured. */
double measure_peak_alone(const Kernels *kernels, double seconds);
double measure_peak(const Kernels *kernels, int n_threads, double seconds);

/* Floating-point operations of one image: two a multiply-add of a direct convolution or a dense
 * layer; in training for the layer's output, its weights' gradient and its input's gradient, but
 * for layers that read the image itself without the last. */
double measure_flops(const Graph *graph, bool training);

#endif
