/* Files, folders and their names. A file of ours appears whole or not at all; a failed write leaves
 * what was there before. Every sentence begins with the path. Any thread. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "scrawl/status.h"

/* Appends the whole file to `out` (initialised by the caller, whose max_size is the limit). "-" is
 * standard input. NOT_FOUND, IO, LIMIT (the sentence names both sizes), NO_MEMORY; `out` then holds
 * what it held before. A folder is refused as such. */
SCRAWL_MUST_CHECK ScrawlStatus file_read(const char *path, Buffer *out, ScrawlError *error);
/* The same for what must be a file: a pipe or a device, which might be waited for without end, is
 * refused, and "-" is a name. */
SCRAWL_MUST_CHECK ScrawlStatus file_read_regular(const char *path, Buffer *out, ScrawlError *error);

/* Temporary file beside `path`, write, fsync, rename over `path`, fsync of the folder. An existing
 * file keeps its permissions, a link keeps pointing where it did; a device or pipe is written in
 * place; "-" is standard output. NOT_FOUND where the folder is missing, IO. */
SCRAWL_MUST_CHECK ScrawlStatus file_write(const char *path, const void *data, size_t size,
                                          ScrawlError *error);

/* Adds to the end of a log and has the kernel send it to the disk; creates the file. For logs only:
 * readers may see a part. A failed write is cut off again. NOT_FOUND, IO. */
SCRAWL_MUST_CHECK ScrawlStatus file_append(const char *path, const void *data, size_t size,
                                           ScrawlError *error);

/* The two last steps of file_write, for a file that the caller writes piece by piece; false and
 * errno where one fails. Pipes and some file systems know no fsync: what they cannot do is no
 * failure of ours. */
bool file_sync(int fd);
/* Renames, with an fsync of the folder so that the new name lasts through a power failure. */
bool file_rename(const char *from, const char *to);

bool file_exists(const char *path);   /* anything at all is there */
bool folder_exists(const char *path); /* a folder, or a link to one */
/* And its parents; fine where it exists. IO. */
SCRAWL_MUST_CHECK ScrawlStatus folder_create(const char *path, ScrawlError *error);

/* How many characters of the path name what is there already, with the '/' after it: of "/tmp/a/b/"
 * 5 where /tmp is all there is; 0 where nothing is. All of a path that is too long for a file. */
size_t folder_existing(const char *path);
/* Removes the folder and its parents as long as they are empty, and never the first `kept`
 * characters of the path: takes folder_create back, with what folder_existing said before it. The
 * path is cut. */
void folder_remove_empty(char *path, size_t kept);

/* The names in a folder but those that begin with ".", sorted by byte value, and a NULL after them.
 * *names is one block of pointers followed by their text: free with mem_free. NOT_FOUND, IO, LIMIT
 * (64 MiB of names), NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus folder_list(const char *path, char ***names, size_t *n_names,
                                           ScrawlError *error);

/* "folder/name", or name itself where it is absolute or folder is "" or NULL. Free with mem_free;
 * NULL: no memory. */
SCRAWL_MUST_CHECK char *path_join(const char *folder, const char *name);
/* The part after the last '/'. Points into path. */
const char *path_name(const char *path);
/* True where path ends with the suffix, letters' case aside (".png"). */
bool path_has_suffix(const char *path, const char *suffix);

#endif
