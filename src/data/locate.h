/* Where data sets lie: $SCRAWL_DATA, then $XDG_CACHE_HOME/scrawl or ~/.cache/scrawl. */
#ifndef DATA_LOCATE_H
#define DATA_LOCATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
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

/* The names under which data can be asked for: the registry, then the described folders. */

#define LIST_MAX_NAMES 1000

typedef struct NameList {
    Arena arena;
    const char *names[LIST_MAX_NAMES + 1];   /* [n], then NULL */
    const char *folders[LIST_MAX_NAMES + 1]; /* [n]: path of a described one, else NULL */
    int n, n_registered;
} NameList;

/* A described folder whose name another has already is left out, as scrawl_dataset_open never gets
 * to it. A data folder that cannot be listed counts as empty. NO_MEMORY. Freed by list_deinit. */
SCRAWL_MUST_CHECK ScrawlStatus list_names(NameList *list, const DataFolders *folders,
                                          ScrawlError *error);
void list_deinit(NameList *list); /* NULL-safe */

/* Sets the sentence for a name that nothing has: the nearest one, or those that there are. Returns
 * NOT_FOUND. */
ScrawlStatus list_unknown(const char *name, const DataFolders *folders, ScrawlError *error);

#endif
