/* Members of a zip archive, read in memory through libzip; nothing is ever extracted to a path. */
#ifndef DATA_ARCHIVE_H
#define DATA_ARCHIVE_H

#include <stdbool.h>

#include "base/buffer.h"

typedef struct Archive Archive;

/* The bytes are borrowed until archive_close; `name` (copied) begins the sentences. FORMAT,
 * NO_MEMORY. An archive is used by one thread at a time. */
SCRAWL_MUST_CHECK ScrawlStatus archive_open_bytes(Archive **archive, const char *name,
                                                  const void *bytes, size_t size,
                                                  ScrawlError *error);
/* NOT_FOUND, IO, FORMAT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus archive_open_file(Archive **archive, const char *path,
                                                 ScrawlError *error);
void archive_close(Archive *archive); /* NULL-safe */

/* Appends a member to `out`, whose max_size bounds it; its CRC is verified. NOT_FOUND, FORMAT
 * (corrupted or encrypted), UNSUPPORTED (neither stored nor deflated), LIMIT, NO_MEMORY; `out` then
 * holds what it held before. */
SCRAWL_MUST_CHECK ScrawlStatus archive_read(const Archive *archive, const char *member, Buffer *out,
                                            ScrawlError *error);

/* gzip (RFC 1952) in memory, through libdeflate. */

#define DEFLATE_MAX_RATIO 1032 /* of unpacked to packed bytes; also in zip archives */

/* True where the bytes begin as a gzip file does. */
bool gzip_known(const void *bytes, size_t size);

/* Appends the unpacked bytes to `out`, whose max_size bounds them; all members of a file that has
 * several. The size and CRC of each are verified, but not the CRC that a header may have. FORMAT:
 * truncated, corrupted, or followed by other bytes; LIMIT, which corrupted data may have, too;
 * NO_MEMORY. `out` then holds what it held before. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus gzip_inflate(const void *bytes, size_t size, Buffer *out,
                                            ScrawlError *error);

/* Appends a whole file, unpacked if it is gzip'd; a pipe or device is refused. The sentence begins
 * with the path. */
SCRAWL_MUST_CHECK ScrawlStatus gzip_read_file(const char *path, Buffer *out, ScrawlError *error);

/* Unpacks what the buffer holds, if it is gzip'd; else leaves it. `name` begins the sentence. */
SCRAWL_MUST_CHECK ScrawlStatus gzip_unpack(Buffer *buffer, const char *name, ScrawlError *error);

#endif
