/* Labelled pictures: named data sets, folders of images, CSV and NPZ files.
 *
 * A data set is asked for by a text D = NAME[+NAME]...[:SPLIT][@AUGMENT]:
 *   NAME      a registered name ("mnist", "emnist-balanced", "pen"), looked for in the data folder,
 *             then in the user's cache folder, then downloaded; or the name of a folder of the data
 *             folder that holds a dataset.yaml; or a path to one of
 *               - a folder with a dataset.yaml (name, classes, orientation, train, test);
 *               - a folder with one folder of pictures per class, or with two such folders, train/
 *                 and test/;
 *               - a .csv file: label, then the pixels, one picture a line;
 *               - a .npz file: x_train, y_train, x_test, y_test.
 *   a+b       both, one after the other; same picture size; classes are matched by name
 *   :SPLIT    train, test or all; without it, what the caller asks for
 *   @AUGMENT  random changes, drawn once for each image: a named augmentation ("distort"), or the
 *             section `augmentation` of an embedded recipe ("gap-cnn") or of a recipe file, whose
 *             path ends in .yaml or .yml where it has a folder
 * Where a file or folder of the whole text exists, it is that, whatever marks are in its name.
 *
 * A folder or CSV file that is not divided into train and test is cut here: of each class a fixed
 * random fifth is the test split and the rest is the training split, so that no picture is in both.
 * ":all" takes all of it.
 *
 * The data folder is $SCRAWL_DATA; the cache folder is $XDG_CACHE_HOME/scrawl or ~/.cache/scrawl.
 * $SCRAWL_MIRROR, an https address (or http://127.0.0.1:PORT/), is asked instead of the public
 * mirrors: FOLDER/FILE below it ("mnist/train-images-idx3-ubyte.gz", "emnist/gzip.zip"). */
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

typedef enum ScrawlSplit {
    SCRAWL_SPLIT_TRAIN,
    SCRAWL_SPLIT_TEST,
    SCRAWL_SPLIT_ALL, /* train, then test, as far as there are both */
} ScrawlSplit;

/* {0} is the default. */
typedef struct ScrawlDataOptions {
    ScrawlSplit split;       /* where the text names none */
    const char *data_folder; /* NULL: $SCRAWL_DATA, then the user's cache folder */
    bool no_download;        /* fail rather than fetch */
    uint64_t seed;           /* of @AUGMENT and of the synthetic pen */
    const ScrawlLog *log;    /* borrowed for the call */
} ScrawlDataOptions;

typedef struct ScrawlDatasetInfo {
    const char *name;  /* as asked for, without the split: "mnist+photos" */
    const char *split; /* "train", "test", "all" */
    size_t n;          /* pictures, at least 1 */
    int width, height;
    int n_classes;
    const char *const *class_names; /* [n_classes] */
    const char *sha256;             /* of pixels, then labels, as opened; 64 hex digits */
} ScrawlDatasetInfo;

/* What can be opened by name: one row of `scrawl data list`. */
typedef struct ScrawlDatasetEntry {
    const char *name;
    const char *summary;    /* one line */
    size_t n_train, n_test; /* 0: not known without opening it */
    int n_classes;          /* 0: likewise */
    bool synthetic;         /* needs no files */
    bool present;           /* one of its splits was found */
    bool has_train, has_test;
    const char *folder; /* where it was found; NULL if not */
} ScrawlDatasetEntry;

/* Owns its entries and their texts. */
typedef struct ScrawlDatasetList {
    const ScrawlDatasetEntry *entries; /* [n] */
    size_t n;
} ScrawlDatasetList;

/* Opens what `text` asks for. text and options are borrowed for the call; options NULL: defaults.
 * On failure *dataset is NULL. USAGE for a text that is not of the form above, NOT_FOUND (with the
 * nearest name), FORMAT, RECIPE (in @AUGMENT's), MISMATCH, CHECKSUM, NETWORK, LIMIT, IO,
 * INTERRUPTED (by the log's progress callback), NO_MEMORY. Any thread. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_open(ScrawlDataset **dataset,
                                                              const char *text,
                                                              const ScrawlDataOptions *options,
                                                              ScrawlError *error);
SCRAWL_API void scrawl_dataset_free(ScrawlDataset *dataset); /* NULL-safe */

/* Lives as long as the data set. */
SCRAWL_API const ScrawlDatasetInfo *scrawl_dataset_info(const ScrawlDataset *dataset);
/* Picture i < n: height * width bytes, ink 255 on 0, upright. Lives as long as the data set. */
SCRAWL_API const uint8_t *scrawl_dataset_pixels(const ScrawlDataset *dataset, size_t i);
/* Label of picture i < n: 0..n_classes-1. */
SCRAWL_API int scrawl_dataset_label(const ScrawlDataset *dataset, size_t i);

/* First the registered data sets, then the folders with a dataset.yaml in the data folder, which is
 * as in ScrawlDataOptions. *list is NULL after a failure: NO_MEMORY. Any thread. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_list(ScrawlDatasetList **list,
                                                              const char *data_folder,
                                                              ScrawlError *error);
SCRAWL_API void scrawl_dataset_list_free(ScrawlDatasetList *list); /* NULL-safe */

/* Downloads a registered data set's files into the data folder, or into the cache where that cannot
 * be written: resumes a broken download, checks size and checksum before use, tries every mirror,
 * never replaces a good file by a bad one. Present and intact: does nothing. `name` may be a+b.
 * options NULL: defaults. NOT_FOUND for a name that is not registered, NETWORK, CHECKSUM, IO,
 * UNSUPPORTED where libcurl is not installed, INTERRUPTED, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_fetch(const char *name,
                                                               const ScrawlDataOptions *options,
                                                               ScrawlError *error);

/* A sheet of labelled samples as a picture: a row for each class (at most max_rows, 0: all), its
 * columns (1 to 1000) a seeded choice within the class. Long names end in an ellipsis. The log,
 * which may be NULL, gets a warning where no font is installed. USAGE for another number of
 * columns, LIMIT, NO_MEMORY; *sheet is then {0}. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_sheet(const ScrawlDataset *dataset,
                                                               int max_rows, int columns,
                                                               uint64_t seed, ScrawlImage *sheet,
                                                               const ScrawlLog *log,
                                                               ScrawlError *error);

/* A new data set: the same labels, and every picture denoised as `spec` says (scrawl/denoise.h).
 * Its name is "NAME denoised by SPEC", its checksum its own. n_threads 0: all cores; 256 at most;
 * does not change the result. Borrows the data set for the call. Free with scrawl_dataset_free;
 * *denoised is NULL after a failure. USAGE as scrawl_denoise_check, and where n_threads is out of
 * range; NO_MEMORY. Any thread. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_dataset_denoise(ScrawlDataset **denoised,
                                                                 const ScrawlDataset *dataset,
                                                                 const char *spec, int n_threads,
                                                                 ScrawlError *error);

/* Draws one character with the synthetic pen: dark ink on white paper, size x size (8..1024), a
 * different hand for every seed. `label` is one of "0".."9", "A".."Z", "a".."z". NOT_FOUND for
 * other labels, USAGE for other sizes, NO_MEMORY; *image is then {0}. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_draw(ScrawlImage *image, const char *label,
                                                            int size, uint64_t seed,
                                                            ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
