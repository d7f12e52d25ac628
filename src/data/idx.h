/* IDX, the format of MNIST's files: two zero bytes, a type, the number of dimensions, each
 * dimension as 32 bits and the values, all big-endian. Y. LeCun, C. Cortes, C. Burges, "The MNIST
 * database of handwritten digits". Parsing does no I/O and takes no memory. */
#ifndef DATA_IDX_H
#define DATA_IDX_H

#include "data/dataset.h"

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

#endif
