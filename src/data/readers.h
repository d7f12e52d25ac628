/* Files and folders that become data sets, a section for each format. Parsers take bytes and do no
 * I/O, so that they can be fuzzed; readers take a path. All may be called from any thread. */
#ifndef DATA_READERS_H
#define DATA_READERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"
#include "scrawl/status.h"

/* IDX, the format of MNIST's files: two zero bytes, a type, the number of dimensions, each
 * dimension as 32 bits and the values, all big-endian. Y. LeCun, C. Cortes, C. Burges, "The MNIST
 * database of handwritten digits". Parsing does no I/O and takes no memory. */

/* Points into the parsed bytes. */
typedef struct IdxImages {
    size_t n;
    int height, width;
    const uint8_t *pixels; /* [n][height][width] */
} IdxImages;

/* Points into the parsed bytes. A row is one label, or, in QMNIST's extended form, 8 numbers of
 * which the first is the label. */
typedef struct IdxLabels {
    size_t n;
    size_t row_size;  /* bytes */
    size_t item_size; /* 1 or 4 bytes */
    const uint8_t *rows;
} IdxLabels;

/* Images: bytes, 3 dimensions. FORMAT: too short, not IDX, another type, truncated, longer than its
 * header says, no images; LIMIT: more than dataset.h's limits. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus idx_parse_images(IdxImages *images, const void *bytes, size_t size,
                                                ScrawlError *error);

/* Labels: bytes or 32-bit integers, 1 or 2 dimensions. Fails like idx_parse_images. */
SCRAWL_MUST_CHECK ScrawlStatus idx_parse_labels(IdxLabels *labels, const void *bytes, size_t size,
                                                ScrawlError *error);

/* Label i < n as it stands in the file. */
int64_t idx_label(const IdxLabels *labels, size_t i);

/* What the two files do not say themselves. All borrowed. */
typedef struct IdxMeaning {
    const char *name;
    ScrawlSplit split;
    const char *const *class_names; /* [n_classes] */
    int n_classes;
    int label_offset;        /* the label of class 0: 1 for EMNIST Letters */
    bool transposed;         /* pictures are stored column by column: EMNIST */
    const char *images_name; /* for messages */
    const char *labels_name;
} IdxMeaning;

/* The contents of two files, unpacked, become a data set. *images is emptied: its block becomes the
 * pixels, so that they are never held twice. Adds MISMATCH (counts that differ, a label out of
 * range) and NO_MEMORY to the statuses above. */
SCRAWL_MUST_CHECK ScrawlStatus idx_dataset(ScrawlDataset **dataset, const IdxMeaning *meaning,
                                           Buffer *images, const Buffer *labels,
                                           ScrawlError *error);

/* The same for two files, plain or gzip'd, at meaning's images_name and labels_name. */
SCRAWL_MUST_CHECK ScrawlStatus idx_read(ScrawlDataset **dataset, const IdxMeaning *meaning,
                                        ScrawlError *error);

/* CSV as Kaggle's digit competition has it: a label, then the pixels row by row, one picture a
 * line; the first line may name the columns. Any square picture. */

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

/* NPZ, a zip archive of NPY arrays, as Keras's mnist.npz: x_train, y_train, x_test, y_test. */

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

/* A folder with one folder of pictures per class, named after the class; or two such folders,
 * train/ and test/. Without these, of each class a fixed random fifth is the test split
 * (split_cut).
 *
 * Every picture becomes a 28x28 glyph as preprocess_image's defaults make it, so that pictures of
 * any size may stand side by side. Classes are in byte order of their names. Files whose names do
 * not end as a picture's (.png, .jpg, ...) are passed over; a picture that cannot be read is an
 * error that names it, not a gap. */

#define FOLDER_SIDE 28

/* True where the folder is divided into train/ and test/ (or holds one of the two). */
bool folder_divided(const char *path);

/* split ALL: everything of a folder that is not divided; USAGE for one that is. NOT_FOUND (no such
 * folder or split), FORMAT (fewer than two classes, a class without pictures, an unreadable
 * picture), NO_INK (a blank one), LIMIT, MISMATCH, IO, INTERRUPTED, NO_MEMORY. Uses as many threads
 * as there are cores; log is called from the caller's only. */
SCRAWL_MUST_CHECK ScrawlStatus folder_read(ScrawlDataset **dataset, const char *path,
                                           ScrawlSplit split, const ScrawlLog *log,
                                           ScrawlError *error);

/* A folder whose dataset.yaml says what its IDX files mean:
 *
 *     name: photos
 *     classes: ["0", "1", "2"]
 *     orientation: upright              # or transposed: stored column by column, as EMNIST is
 *     label_offset: 0                   # the label of the first class
 *     train: {images: FILE, labels: FILE}
 *     test: {images: FILE, labels: FILE}
 *
 * Files are plain or gzip'd; relative paths start from the folder and may leave it (../emnist/...).
 * One of train and test may be missing; orientation and label_offset have the defaults shown. */

#define DESCRIBED_FILE "dataset.yaml"

/* True where the folder holds a dataset.yaml. */
bool described_known(const char *folder);

/* Which splits the description has and whose files exist; false where it cannot be read. */
bool described_splits(const char *folder, bool *has_train, bool *has_test);

/* NOT_FOUND where the description has no such split or a file is missing, RECIPE for a wrong key or
 * value (file, line and what was expected), USAGE for ALL, and what idx_read gives. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus described_read(ScrawlDataset **dataset, const char *folder,
                                              ScrawlSplit split, ScrawlError *error);

#endif
