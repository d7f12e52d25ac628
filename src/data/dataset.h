/* A data set in memory, and the parsers that fill one. See scrawl/dataset.h for what users ask for. */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "base/buffer.h"
#include "base/checksum.h"
#include "data/augment.h"
#include "scrawl/dataset.h"

#define DATASET_MAX_FILE ((size_t)4 << 30)   /* bytes of one file, unpacked */
#define DATASET_MAX_IMAGES ((size_t)20 << 20)

struct ScrawlDataset {
    ScrawlDatasetInfo info; /* its pointers point to the fields below */
    uint8_t *pixels;        /* [n][height][width], ink 255 on 0, upright */
    uint16_t *labels;       /* [n], 0..n_classes-1 */
    char *name;
    char **class_names;     /* [n_classes], one block */
    char sha256[CHECKSUM_TEXT_SIZE];
};

/* Part of a data set, in a certain order. indices NULL: all of it. */
typedef struct DatasetView {
    const ScrawlDataset *dataset;
    const uint32_t *indices;
    size_t n;
} DatasetView;

/* Pictures to height x width, where they differ. Replaces the pixels; the checksum stays that of the source. */
SCRAWL_MUST_CHECK ScrawlStatus dataset_resize(ScrawlDataset *dataset, int width, int height, ScrawlError *error);

/* A data set of a kind: one row of the table in dataset.c; parsers of file formats are in idx.h, csv.h, npz.h, folder.h, described.h, pen.h. */

#endif
