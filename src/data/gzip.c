#include "data/gzip.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define WINDOW_GZIP (MAX_WBITS + 16) /* zlib: expect a gzip header and verify its CRC */
#define SMALLEST_FILE 18             /* header and trailer */
#define CHUNK ((size_t)1 << 20)

bool gzip_known(const void *bytes, size_t size)
{
    const uint8_t *b = bytes;

    return size >= 2 && b[0] == 0x1f && b[1] == 0x8b;
}

static voidpf zlib_alloc(voidpf context, uInt count, uInt size)
{
    (void)context;
    return mem_alloc_zero(count, size);
}

static void zlib_free(voidpf context, voidpf block)
{
    (void)context;
    mem_free(block);
}

/* The trailer's size is only a hint (it may lie, and counts modulo 2^32), but a true one lets the
 * bytes be unpacked into a block that never grows. */
static size_t expected_size(const uint8_t *bytes, size_t size)
{
    size_t hint;

    if (size < SMALLEST_FILE)
        return 0;
    bytes += size - 4;
    hint = (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 |
           (size_t)bytes[3] << 24;
    return hint / DEFLATE_MAX_RATIO <= size ? hint : 0;
}

static ScrawlStatus limit_error(const Buffer *out, ScrawlError *error)
{
    return error_set(error, SCRAWL_STATUS_LIMIT,
                     "the gzip data unpack to more than the %zu bytes allowed", out->max_size);
}

static ScrawlStatus reserve(Buffer *out, size_t size, ScrawlError *error)
{
    ScrawlStatus status = buffer_reserve(out, size);

    if (status == SCRAWL_STATUS_LIMIT)
        return limit_error(out, error);
    if (status)
        return error_no_memory(error, "unpacked gzip data");
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus zlib_error(const z_stream *stream, int code, size_t at, ScrawlError *error)
{
    if (code == Z_MEM_ERROR)
        return error_no_memory(error, "unpacking gzip data");
    if (code == Z_BUF_ERROR)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the gzip data end too early: truncated after %zu bytes", at);
    return error_set(error, SCRAWL_STATUS_FORMAT, "the gzip data are damaged near byte %zu (%s)",
                     at, stream->msg ? stream->msg : "not gzip");
}

/* Gives zlib room for more output: what is reserved, or a chunk more, but never past max_size. */
static ScrawlStatus make_room(z_stream *stream, Buffer *out, ScrawlError *error)
{
    size_t room = out->capacity > out->size ? out->capacity - out->size - 1 : 0;

    if (room == 0) {
        size_t left = out->max_size - out->size;
        ScrawlStatus status;

        room = left < CHUNK ? left : CHUNK;
        if (room == 0)
            return limit_error(out, error);
        status = reserve(out, room, error);
        if (status)
            return status;
    }
    stream->next_out = out->data + out->size;
    stream->avail_out = room > UINT_MAX ? UINT_MAX : (uInt)room;
    return SCRAWL_STATUS_OK;
}

/* One call of inflate(), with *position and out->size moved along. *ended: a member is complete. */
static ScrawlStatus step(z_stream *stream, const uint8_t *bytes, size_t size, size_t *position,
                         Buffer *out, bool *ended, ScrawlError *error)
{
    size_t left = size - *position;
    uint8_t beyond; /* zlib wants some room even for the trailer of a block that is exactly full */
    bool full = out->size == out->max_size;
    ScrawlStatus status = full ? SCRAWL_STATUS_OK : make_room(stream, out, error);
    uInt in, room;
    int code;

    if (status)
        return status;
    if (full) {
        stream->next_out = &beyond;
        stream->avail_out = 1;
    }
    stream->next_in = (Bytef *)(uintptr_t)(bytes + *position);
    stream->avail_in = in = left > UINT_MAX ? UINT_MAX : (uInt)left;
    room = stream->avail_out;
    code = inflate(stream, Z_NO_FLUSH);
    *position += in - stream->avail_in;
    if (full && stream->avail_out == 0)
        return limit_error(out, error);
    if (!full)
        out->size += room - stream->avail_out;
    *ended = code == Z_STREAM_END;
    if (code == Z_OK || code == Z_STREAM_END)
        return SCRAWL_STATUS_OK;
    return zlib_error(stream, code, *position, error);
}

static ScrawlStatus inflate_members(z_stream *stream, const uint8_t *bytes, size_t size,
                                    Buffer *out, ScrawlError *error)
{
    size_t position = 0;

    for (;;) {
        bool ended = false;
        ScrawlStatus status = step(stream, bytes, size, &position, out, &ended, error);

        if (status)
            return status;
        if (!ended)
            continue;
        if (position == size)
            return SCRAWL_STATUS_OK;
        if (!gzip_known(bytes + position, size - position))
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "the gzip data end at byte %zu, but %zu bytes follow", position,
                             size - position);
        inflateReset(stream);
    }
}

ScrawlStatus gzip_inflate(const void *bytes, size_t size, Buffer *out, ScrawlError *error)
{
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free};
    size_t before = out->size, hint = expected_size(bytes, size);
    ScrawlStatus status = SCRAWL_STATUS_OK;

    if (inflateInit2(&stream, WINDOW_GZIP) != Z_OK)
        return error_no_memory(error, "unpacking gzip data");
    if (hint > 0 && hint <= out->max_size - out->size)
        status = reserve(out, hint, error);
    if (!status)
        status = inflate_members(&stream, bytes, size, out, error);
    inflateEnd(&stream);
    if (status)
        out->size = before;
    if (out->data)
        out->data[out->size] = 0;
    return status;
}

ScrawlStatus gzip_unpack(Buffer *buffer, const char *name, ScrawlError *error)
{
    Buffer unpacked;
    ScrawlStatus status;

    if (!gzip_known(buffer->data, buffer->size))
        return SCRAWL_STATUS_OK;
    buffer_init(&unpacked, buffer->max_size);
    status = gzip_inflate(buffer->data, buffer->size, &unpacked, error);
    if (status) {
        buffer_deinit(&unpacked);
        return error_prefix(error, status, "%s", name);
    }
    buffer_deinit(buffer);
    *buffer = unpacked;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus gzip_read_file(const char *path, Buffer *out, ScrawlError *error)
{
    ScrawlStatus status = file_read_regular(path, out, error);

    return status ? status : gzip_unpack(out, path, error);
}
