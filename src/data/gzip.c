#include "data/gzip.h"

#include <libdeflate.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

#define SMALLEST_FILE 18 /* header and trailer */
#define FIRST_ROOM ((size_t)1 << 20)

bool gzip_known(const void *bytes, size_t size)
{
    const uint8_t *b = bytes;

    return size >= 2 && b[0] == 0x1f && b[1] == 0x8b;
}

/* The trailer's size is only a hint (it may lie, and counts modulo 2^32), but a true one lets the
 * bytes be unpacked into a block that never grows. */
static size_t expected_size(const uint8_t *bytes, size_t size)
{
    size_t hint;

    if (size < SMALLEST_FILE)
        return 0;
    bytes += size - 4;
    hint =
        (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
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

static ScrawlStatus format_error(size_t at, size_t size, ScrawlError *error)
{
    if (at > 0)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the gzip data are corrupted or truncated in the member at byte %zu", at);
    return error_set(error, SCRAWL_STATUS_FORMAT,
                     "the gzip data are corrupted or truncated (%zu bytes)", size);
}

/* Unpacks the member that begins at *position, and moves that to its end. What does not fit is
 * unpacked again, into twice the room or all that is left, which only several members and a trailer
 * that lies make necessary. */
static ScrawlStatus inflate_member(struct libdeflate_decompressor *decompressor,
                                   const uint8_t *bytes, size_t size, size_t *position, Buffer *out,
                                   ScrawlError *error)
{
    size_t left = out->max_size - out->size, used, made;
    ScrawlStatus status = reserve(out, 0, error);

    while (!status) {
        size_t room = out->capacity - out->size - 1;
        enum libdeflate_result result =
            libdeflate_gzip_decompress_ex(decompressor, bytes + *position, size - *position,
                                          out->data + out->size, room, &used, &made);

        if (result == LIBDEFLATE_SUCCESS) {
            *position += used;
            out->size += made;
            return SCRAWL_STATUS_OK;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE)
            return format_error(*position, size - *position, error);
        if (room >= left)
            return limit_error(out, error);
        room = room < FIRST_ROOM / 2 ? FIRST_ROOM : 2 * room;
        status = reserve(out, room < left ? room : left, error);
    }
    return status;
}

static ScrawlStatus inflate_members(struct libdeflate_decompressor *decompressor,
                                    const uint8_t *bytes, size_t size, Buffer *out,
                                    ScrawlError *error)
{
    size_t position = 0;

    for (;;) {
        ScrawlStatus status = inflate_member(decompressor, bytes, size, &position, out, error);

        if (status || position == size)
            return status;
        if (!gzip_known(bytes + position, size - position))
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "the gzip data end at byte %zu, but %zu bytes follow", position,
                             size - position);
    }
}

ScrawlStatus gzip_inflate(const void *bytes, size_t size, Buffer *out, ScrawlError *error)
{
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    size_t before = out->size, hint = expected_size(bytes, size);
    ScrawlStatus status = SCRAWL_STATUS_OK;

    if (!decompressor)
        return error_no_memory(error, "unpacking gzip data");
    if (hint > 0 && hint <= out->max_size - out->size)
        status = reserve(out, hint, error);
    if (!status)
        status = inflate_members(decompressor, bytes, size, out, error);
    libdeflate_free_decompressor(decompressor);
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
