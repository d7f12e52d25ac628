/* A data set in memory: how the parsers of this folder fill one. See scrawl/dataset.h for what
 * users ask for. */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "base/buffer.h"
#include "base/checksum.h"
#include "data/augment.h"
#include "kernels/kernels.h"
#include "scrawl/dataset.h"

#define DATASET_MAX_FILE ((size_t)4 << 30) /* bytes of one file, unpacked */
#define DATASET_MAX_IMAGES ((size_t)20 << 20)
#define DATASET_MAX_SIDE 1024  /* pixels of a picture's width and height */
#define DATASET_MIN_CLASSES 10 /* "0" to "9", of files whose classes have no names */

struct ScrawlDataset {
    ScrawlDatasetInfo info; /* its pointers point to the fields below */
    uint8_t *pixels;        /* [n][height][width], ink 255 on 0, upright */
    uint16_t *labels;       /* [n], 0..n_classes-1 */
    char *name;
    char **class_names; /* [n_classes], one block */
    char sha256[CHECKSUM_TEXT_SIZE];
};

/* Part of a data set, in a certain order. indices NULL: all of it. */
typedef struct DatasetView {
    const ScrawlDataset *dataset;
    const uint32_t *indices;
    size_t n;
} DatasetView;

/* What must be known to make room for a data set. */
typedef struct DatasetPlan {
    const char *name; /* copied; `what` of the messages */
    ScrawlSplit split;
    size_t n;                       /* 1..DATASET_MAX_IMAGES */
    int width, height;              /* 1..DATASET_MAX_SIDE */
    const char *const *class_names; /* [n_classes], copied; NULL: "0", "1", "2", ... */
    int n_classes;                  /* 1..SCRAWL_DATASET_MAX_CLASSES */
} DatasetPlan;

/* Makes a data set whose pixels and labels the caller then writes, and which ends with
 * dataset_seal. `pixels` is a block from mem_alloc with at least n * height * width bytes, taken on
 * success and left to the caller on failure; NULL: taken here, not initialised. Freed by
 * scrawl_dataset_free. FORMAT for an empty or zero-sized plan, LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_create(ScrawlDataset **dataset, const DatasetPlan *plan,
                                              uint8_t *pixels, ScrawlError *error);

/* Computes the checksum of the pixels and labels (little-endian): the last step of making one. */
void dataset_seal(ScrawlDataset *dataset);

/* A data set of the same pictures, labels, classes and split under another name, to be changed and
 * sealed. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_copy(ScrawlDataset **copy, const ScrawlDataset *dataset,
                                            const char *name, ScrawlError *error);

/* Brings all pictures to width x height, if they are not. Replaces the pixels; the checksum stays
 * that of the source. LIMIT, NO_MEMORY: the data set is then as it was. One thread. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_resize(ScrawlDataset *dataset, int width, int height,
                                              ScrawlError *error);

/* Appends b to a: classes are matched by name, those that only b has follow a's. Both are taken and
 * freed, whatever comes out; *sum is sealed. MISMATCH where the picture sizes differ, LIMIT for too
 * many classes or images, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_join(ScrawlDataset **sum, ScrawlDataset *a, ScrawlDataset *b,
                                            ScrawlError *error);

/* Keeps what `split` is of a source that is not divided (see split_cut), and seals it. NO_MEMORY,
 * MISMATCH where too few images are left. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_cut(ScrawlDataset *dataset, ScrawlSplit split,
                                           ScrawlError *error);

/* Forgets the last classes that have no image, but keeps `n_at_least`. */
void dataset_drop_classes(ScrawlDataset *dataset, int n_at_least);

/* Index of the class of that name among class_names[n_classes], or -1. */
int dataset_find_class(const char *const *class_names, int n_classes, const char *name);

/* The images of classes that are not among class_names[n_classes]: (*indices)[*n], ascending; free
 * with mem_free. `who` begins the
 * message: "model m knows". MISMATCH where all are known,
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_find_unknown(const ScrawlDataset *dataset,
                                                    const char *const *class_names, int n_classes,
                                                    const char *who, uint32_t **indices, size_t *n,
                                                    ScrawlError *error);

/* "train", "test" or "all". Static text. */
const char *split_name(ScrawlSplit split);

/* Every picture of a data set changed in place, by a team of threads. */

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
