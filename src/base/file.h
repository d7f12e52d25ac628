/* Files and folders. A file of ours appears whole or not at all; a failed write leaves what was there before. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "scrawl/status.h"

/* Appends the whole file to `out` (initialised by the caller, whose max_size is the limit). "-" is standard input.
 * NOT_FOUND, IO, LIMIT (the sentence names both sizes), NO_MEMORY. A folder is refused as such. */
SCRAWL_MUST_CHECK ScrawlStatus file_read(const char *path, Buffer *out, ScrawlError *error);

/* Temporary file beside `path`, write, fsync, rename over `path`, fsync of the folder. "-" writes standard output. */
SCRAWL_MUST_CHECK ScrawlStatus file_write(const char *path, const void *data, size_t size, ScrawlError *error);

/* Adds to the end of a log and flushes it to the disk's queue; creates the file. For logs only: not atomic beyond one write(2). */
SCRAWL_MUST_CHECK ScrawlStatus file_append(const char *path, const void *data, size_t size, ScrawlError *error);

bool file_exists(const char *path);  /* anything at all is there */
bool folder_exists(const char *path);
SCRAWL_MUST_CHECK ScrawlStatus folder_create(const char *path, ScrawlError *error); /* and its parents; fine where it exists */

/* The names in a folder but "." files, sorted by byte value. *names is one block of pointers followed by their text: free with mem_free. */
SCRAWL_MUST_CHECK ScrawlStatus folder_list(const char *path, char ***names, size_t *n_names, ScrawlError *error);

/* "folder/name", or name itself where it is absolute or folder is "" or NULL. Free with mem_free; NULL: no memory. */
SCRAWL_MUST_CHECK char *path_join(const char *folder, const char *name);
/* The part after the last '/'. Points into path. */
const char *path_name(const char *path);
/* True where path ends with the suffix, letters' case aside (".png"). */
bool path_has_suffix(const char *path, const char *suffix);

#endif
