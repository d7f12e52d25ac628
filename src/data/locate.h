/* Where data sets lie: $SCRAWL_DATA, then $XDG_CACHE_HOME/scrawl or ~/.cache/scrawl. */
#ifndef DATA_LOCATE_H
#define DATA_LOCATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "scrawl/status.h"

#define LOCATE_MAX_FOLDERS 2

typedef struct DataFolders {
    char *paths[LOCATE_MAX_FOLDERS]; /* in the order in which to look; they may not exist yet */
    int n;
    bool no_variable; /* SCRAWL_DATA would have been looked at, and is not set */
} DataFolders;

/* data_folder: only this one; NULL: as above. Without HOME or any other variable there may be none.
 * NO_MEMORY. Freed by locate_deinit. Reads the environment: not while another thread changes it. */
SCRAWL_MUST_CHECK ScrawlStatus locate_folders(DataFolders *folders, const char *data_folder,
                                              ScrawlError *error);
void locate_deinit(DataFolders *folders); /* NULL-safe */

/* The first folder that may be written, or made: it is not made here. NULL where there is none. One
 * without any write bit in its mode is left alone, by root too. Borrowed. */
const char *locate_writable(const DataFolders *folders);

/* "A or B", for sentences; "(no data folder: set SCRAWL_DATA)" where there is none. `out` is
 * returned. */
const char *locate_text(const DataFolders *folders, char *out, size_t out_size);

/* True, with its path, for the first FOLDER/name that holds a dataset.yaml. A name with a '/' in it
 * is a path, not a name. */
bool locate_described(const DataFolders *folders, const char *name, char path[PATH_MAX]);

#endif
