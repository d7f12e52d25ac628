/* Files, folders and their names. A file that we write appears complete or not at all; if writing
 * fails, the old file stays. Every sentence begins with the path. Any thread. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "scrawl/status.h"

/* Appends the whole file to `out`, which the caller initialised and whose max_size is the limit.
 * "-" is standard input. NOT_FOUND, IO, LIMIT (the sentence gives both sizes), NO_MEMORY; `out` is
 * then unchanged. A folder is refused. */
SCRAWL_MUST_CHECK ScrawlStatus file_read(const char *path, Buffer *out, ScrawlError *error);
/* The same for regular files only. A pipe or a device, which might block for ever, is refused, and
 * "-" is an ordinary name. */
SCRAWL_MUST_CHECK ScrawlStatus file_read_regular(const char *path, Buffer *out, ScrawlError *error);

/* Writes a temporary file beside `path`, calls fsync, renames it over `path` and calls fsync on the
 * folder. An existing file keeps its permissions, and a link keeps pointing to the same target.
 * Devices and pipes are written in place; "-" is standard output. NOT_FOUND where the folder is
 * missing, IO. */
SCRAWL_MUST_CHECK ScrawlStatus file_write(const char *path, const void *data, size_t size,
                                          ScrawlError *error);

/* Appends to a log file, which is created if missing, and calls fsync. For logs only: a reader may
 * see part of a write. A failed write is truncated away. NOT_FOUND, IO. */
SCRAWL_MUST_CHECK ScrawlStatus file_append(const char *path, const void *data, size_t size,
                                           ScrawlError *error);

/* The last two steps of file_write, for a caller that writes a file piece by piece; false, with
 * errno set, on failure. Pipes and some file systems do not support fsync: that is not counted as a
 * failure. */
bool file_sync(int fd);
/* Renames, and calls fsync on the folder so that the new name survives a power failure. */
bool file_rename(const char *from, const char *to);

bool file_exists(const char *path);   /* anything at all is there */
bool folder_exists(const char *path); /* a folder, or a link to one */
/* Creates the folder and its parents; OK if it exists. IO. */
SCRAWL_MUST_CHECK ScrawlStatus folder_create(const char *path, ScrawlError *error);

/* The length of the part of the path that exists, including the '/' after it: 5 of "/tmp/a/b/"
 * where only /tmp exists; 0 where nothing does. The whole length where the path is too long for a
 * file. */
size_t folder_existing(const char *path);
/* Removes the folder and its parents while they are empty, but never the first `kept` characters of
 * the path: this undoes folder_create, with what folder_existing returned before it. Truncates the
 * string `path`. */
void folder_remove_empty(char *path, size_t kept);

/* The names in a folder, except those that begin with ".", sorted by byte value, followed by a
 * NULL. *names is one block that holds the pointers and their text: free it with mem_free.
 * NOT_FOUND, IO, LIMIT (64 MiB of names), NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus folder_list(const char *path, char ***names, size_t *n_names,
                                           ScrawlError *error);

/* "folder/name", or name itself where it is absolute or folder is "" or NULL. Free with mem_free;
 * NULL: no memory. */
SCRAWL_MUST_CHECK char *path_join(const char *folder, const char *name);
/* The part after the last '/'. Points into path. */
const char *path_name(const char *path);
/* Whether path ends with the suffix (".png"), ignoring case. */
bool path_has_suffix(const char *path, const char *suffix);

#endif
