/* The names under which data can be asked for: the registry, then the described folders. */
#ifndef DATA_LIST_H
#define DATA_LIST_H

#include "base/arena.h"
#include "data/locate.h"

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
