/* Members of a zip archive, read in memory through libzip; nothing is ever extracted to a path. */
#ifndef DATA_ARCHIVE_H
#define DATA_ARCHIVE_H

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

#endif
