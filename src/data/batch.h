/* Images of a data set, shuffled, augmented and normalised, become the network's input. Takes its
 * memory at creation and none afterwards. One thread at a time, but for batcher_fill. */
#ifndef DATA_BATCH_H
#define DATA_BATCH_H

#include "data/dataset.h"
#include "image/preprocess.h"

typedef struct Batcher Batcher;

typedef struct BatcherOptions {
    DatasetView view;     /* borrowed; its pictures have preprocess's size */
    DatasetView outliers; /* ... and these, of the same size and of no class: their label
                             * is the number of classes of `view`; n 0: none */
    double mean, sd;      /* input = (pixel / 255 - mean) / sd */
    Augment augment;      /* AUGMENT_NONE: none */
    bool shuffle;         /* each epoch anew, by (seed, epoch); false: the view's own order */
    uint64_t seed;
    int n_threads;
    const Kernels *kernels;
} BatcherOptions;

SCRAWL_MUST_CHECK ScrawlStatus batcher_create(Batcher **batcher, const BatcherOptions *options,
                                              ScrawlError *error);
void batcher_free(Batcher *batcher);

void batcher_start(Batcher *batcher, uint64_t epoch); /* lays out the epoch's order */
/* Of the first n images of the epoch's order those that have a class: n less the outliers. */
size_t batcher_known(const Batcher *batcher, size_t n);
/* Images first..first+n-1 of the epoch's order: x[n,1,H,W], labels[n]; first + n is at most view.n
 * + outliers.n. An image's augmentation is named by its index in the data set, not by its place in
 * the order; a outlier's index follows those of view's data set.
 * batcher_fill: on the caller's thread; several may call it at once for different images, each with
 * a `thread` of its own, 0..n_threads-1. batcher_get: by the team. */
void batcher_fill(const Batcher *batcher, size_t first, size_t n, int thread, real *x,
                  uint16_t *labels);
void batcher_get(const Batcher *batcher, size_t first, size_t n, real *x, uint16_t *labels);

#endif
