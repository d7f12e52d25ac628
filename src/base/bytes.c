#include "base/bytes.h"

void reader_init(ByteReader *reader, const void *data, size_t size)
{
    *reader = (ByteReader){.data = data, .size = size};
}

size_t reader_left(const ByteReader *reader)
{
    return reader->size - reader->position;
}

bool reader_bytes(ByteReader *reader, size_t size, const uint8_t **bytes)
{
    *bytes = NULL;
    if (size > reader_left(reader))
        return false;
    /* An empty reader may hold NULL, and NULL + 0 is undefined in C17. */
    *bytes = reader->data ? reader->data + reader->position : (const uint8_t *)"";
    reader->position += size;
    return true;
}

/* The next `size` bytes as a number, the least significant first. */
static bool read_le(ByteReader *reader, size_t size, uint64_t *value)
{
    const uint8_t *bytes;

    *value = 0;
    if (!reader_bytes(reader, size, &bytes))
        return false;
    for (size_t i = 0; i < size; i++)
        *value |= (uint64_t)bytes[i] << (8 * i);
    return true;
}

bool reader_u8(ByteReader *reader, uint8_t *value)
{
    uint64_t wide;
    bool ok = read_le(reader, 1, &wide);

    *value = (uint8_t)wide;
    return ok;
}

bool reader_u16le(ByteReader *reader, uint16_t *value)
{
    uint64_t wide;
    bool ok = read_le(reader, 2, &wide);

    *value = (uint16_t)wide;
    return ok;
}

bool reader_u32le(ByteReader *reader, uint32_t *value)
{
    uint64_t wide;
    bool ok = read_le(reader, 4, &wide);

    *value = (uint32_t)wide;
    return ok;
}

bool reader_u64le(ByteReader *reader, uint64_t *value)
{
    return read_le(reader, 8, value);
}

bool reader_u32be(ByteReader *reader, uint32_t *value)
{
    bool ok = reader_u32le(reader, value);

    *value = __builtin_bswap32(*value);
    return ok;
}

static ScrawlStatus write_le(Buffer *buffer, size_t size, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    return buffer_append(buffer, bytes, size);
}

ScrawlStatus writer_u32le(Buffer *buffer, uint32_t value)
{
    return write_le(buffer, 4, value);
}

ScrawlStatus writer_u64le(Buffer *buffer, uint64_t value)
{
    return write_le(buffer, 8, value);
}

ScrawlStatus writer_u32be(Buffer *buffer, uint32_t value)
{
    return write_le(buffer, 4, __builtin_bswap32(value));
}
