/* Labelled pictures: named data sets, folders of images, CSV and NPZ files.
 *
 * A data set is asked for by a text D = NAME[+NAME]...[:SPLIT][@AUGMENT]:
 *   NAME     a registered name ("mnist", "emnist-balanced", "pen"); or a folder of $SCRAWL_DATA with a dataset.yaml; or a path: a folder with one folder of images per
 *            class, a folder with a dataset.yaml, a .csv (label, then the pixels), a .npz (x_train, y_train, x_test, y_test)
 *   a+b      both, one after the other; same picture size; classes are matched by name
 *   :SPLIT   train or test; without it, what the caller asks for
 *   @AUGMENT a named augmentation, drawn once for each image ("judge") */
#ifndef SCRAWL_DATASET_H
#define SCRAWL_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/image.h"
#include "scrawl/log.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRAWL_DATASET_MAX_CLASSES 1000

/* Immutable once open: any thread may read it. */
typedef struct ScrawlDataset ScrawlDataset;

typedef enum ScrawlSplit { SCRAWL_SPLIT_TRAIN, SCRAWL_SPLIT_TEST } ScrawlSplit;

/* {0} is the default. */
typedef struct ScrawlDataOptions {
    ScrawlSplit split;      /* where the text names none */
    const char *data_folder; /* NULL: $SCRAWL_DATA, then the user's cache folder */
    bool no_download;       /* fail rather than fetch */
    uint64_t seed;          /* of @AUGMENT and of the synthetic pen */
    const ScrawlLog *log;   /* borrowed for the call */
} ScrawlDataOptions;

typedef struct ScrawlDatasetInfo {
    const char *name;       /* as asked for, without the split: "mnist+photos" */
    const char *split;      /* "train", "test" */
    size_t n;
    int width, height;
    int n_classes;
    const char *const *class_names; /* [n_classes] */
    const char *sha256;     /* of pixels, then labels, as held here */
} ScrawlDatasetInfo;

/* One row of the registry. */
typedef struct ScrawlDatasetEntry {
    const char *name;
    const char *summary;  /* one line */
    size_t n_train, n_test;
    int n_classes;
    bool synthetic;       /* needs no files */
    bool present;         /* found in the data folder or the cache */
    const char *folder;   /* where it was found; NULL if not. Valid until the next call of the same thread */
} ScrawlDatasetEntry;

/* options NULL: defaults. Borrowed for the call only. NOT_FOUND (with the nearest name), FORMAT, MISMATCH, CHECKSUM, NETWORK, LIMIT, NO_MEMORY, ... */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_open(ScrawlDataset **dataset, const char *text, const ScrawlDataOptions *options, ScrawlError *error);
SCRAWL_API void scrawl_dataset_free(ScrawlDataset *dataset); /* NULL-safe */

/* Lives as long as the data set. */
SCRAWL_API const ScrawlDatasetInfo *scrawl_dataset_info(const ScrawlDataset *dataset);
/* Picture i < n: height * width bytes, ink 255 on 0, upright. Lives as long as the data set. */
SCRAWL_API const uint8_t *scrawl_dataset_pixels(const ScrawlDataset *dataset, size_t i);
SCRAWL_API int scrawl_dataset_label(const ScrawlDataset *dataset, size_t i); /* 0..n_classes-1 */

/* Row i of the registry; false past the end. */
SCRAWL_API bool scrawl_dataset_entry(size_t i, const char *data_folder, ScrawlDatasetEntry *entry);

/* Downloads a registered data set's files into the data folder or the cache: resumes a broken download, checks size and SHA-256 before use, tries every mirror,
 * never replaces a good file by a bad one. Present and intact: does nothing. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_fetch(const char *name, const ScrawlDataOptions *options, ScrawlError *error);

/* A sheet of rows x columns labelled samples (columns: seeded choice within a class; rows: classes, at most max_rows, 0: all) as a picture. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_sheet(const ScrawlDataset *dataset, int max_rows, int columns, uint64_t seed, ScrawlImage *sheet, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
