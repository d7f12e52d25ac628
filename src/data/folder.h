/* A folder with one folder of pictures per class, named after the class; or two such folders,
 * train/ and test/. Without these, of each class a fixed random fifth is the test split
 * (split_cut).
 *
 * Every picture becomes a 28x28 glyph as preprocess_image's defaults make it, so that pictures of
 * any size may stand side by side. Classes are in byte order of their names. Files whose names do
 * not end as a picture's (.png, .jpg, ...) are passed over; a picture that cannot be read is an
 * error that names it, not a gap. */
#ifndef DATA_FOLDER_H
#define DATA_FOLDER_H

#include "data/dataset.h"

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

#endif
