/* Every picture of a data set changed in place, by a team of threads. */
#ifndef DATA_CHANGE_H
#define DATA_CHANGE_H

#include "data/dataset.h"
#include "kernels/kernels.h"

/* Changes picture i, of the size that `info` says. `work` is the thread's own, aligned as
 * mem_alloc's. What becomes of a picture may depend on nothing but these. */
typedef struct Change {
    void (*apply)(const void *context, const ScrawlDatasetInfo *info, size_t i, uint8_t *pixels,
                  void *work);
    const void *context;
    size_t work_size; /* bytes */
    const char *what; /* "augmenting a data set" */
} Change;

/* n_threads 0: all cores; any number gives the same bytes. Seals the data set. USAGE where
 * n_threads is out of range, NO_MEMORY: the data set is then as it was. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_change(ScrawlDataset *dataset, const Change *change,
                                              int n_threads, ScrawlError *error);

/* A copy of `dataset` under the name "OLD WORDS SPEC", changed. As dataset_change; *changed is NULL
 * after a failure. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_changed(ScrawlDataset **changed,
                                               const ScrawlDataset *dataset, const char *words,
                                               const char *spec, const Change *change,
                                               int n_threads, ScrawlError *error);

/* Values 0..1 to the nearest bytes. */
void change_to_pixels(size_t count, const real *values, uint8_t *pixels);

#endif
