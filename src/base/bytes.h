/* Reading and writing numbers in a run of bytes whose end is always known. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "scrawl/status.h"

/* Borrows data. Each read returns false, and gives 0 or NULL, where fewer bytes are left than it
 * needs; the position then stays. "be" is big-endian, "le" little-endian. */
typedef struct ByteReader {
    const uint8_t *data;
    size_t size, position;
} ByteReader;

void reader_init(ByteReader *reader, const void *data, size_t size);
size_t reader_left(const ByteReader *reader);
SCRAWL_MUST_CHECK bool reader_u8(ByteReader *reader, uint8_t *value);
SCRAWL_MUST_CHECK bool reader_u32be(ByteReader *reader, uint32_t *value);
SCRAWL_MUST_CHECK bool reader_u16le(ByteReader *reader, uint16_t *value);
SCRAWL_MUST_CHECK bool reader_u32le(ByteReader *reader, uint32_t *value);
SCRAWL_MUST_CHECK bool reader_u64le(ByteReader *reader, uint64_t *value);
/* *bytes points into the reader's data: valid while that is. */
SCRAWL_MUST_CHECK bool reader_bytes(ByteReader *reader, size_t size, const uint8_t **bytes);

/* Each adds at the buffer's end and fails as buffer_append does. */
SCRAWL_MUST_CHECK ScrawlStatus writer_u32be(Buffer *buffer, uint32_t value);
SCRAWL_MUST_CHECK ScrawlStatus writer_u32le(Buffer *buffer, uint32_t value);
SCRAWL_MUST_CHECK ScrawlStatus writer_u64le(Buffer *buffer, uint64_t value);

#endif
