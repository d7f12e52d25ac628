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
#ifndef DATA_DESCRIBED_H
#define DATA_DESCRIBED_H

#include "data/dataset.h"

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
