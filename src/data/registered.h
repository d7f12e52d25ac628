/* The files of a registered data set: where they lie, reading them, fetching them. */
#ifndef DATA_REGISTERED_H
#define DATA_REGISTERED_H

#include "data/locate.h"
#include "data/registry.h"

/* True where both files of a split are in FOLDER/row->folder, plain, gzip'd or in the archive.
 * split: TRAIN or TEST. Looks only at names. */
bool registered_has(const RegistryRow *row, const char *folder, ScrawlSplit split);

/* Reads a split from the first folder that has it; downloads it first where none has, unless
 * options forbid. A pen is drawn. options not NULL; split TRAIN or TEST. A count of images other
 * than the official one is a warning. NOT_FOUND, and what idx_dataset and download_file give. */
SCRAWL_MUST_CHECK ScrawlStatus registered_open(ScrawlDataset **dataset, const RegistryRow *row,
                                               ScrawlSplit split, const DataFolders *folders,
                                               const ScrawlDataOptions *options,
                                               ScrawlError *error);

/* Makes the files of a split (ALL: of both) present and intact. A file is intact where its checksum
 * is the official one, or where it is IDX data with the official number of images, packed anew. */
SCRAWL_MUST_CHECK ScrawlStatus registered_fetch(const RegistryRow *row, ScrawlSplit split,
                                                const DataFolders *folders, const ScrawlLog *log,
                                                ScrawlError *error);

#endif
