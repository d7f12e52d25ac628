#include "data/archive.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define END_SIZE 22 /* of the record that ends an archive, but for its comment */
#define MAX_COMMENT 65535

struct Archive {
    zip_t *zip;
    char *name;
    uint64_t size; /* bytes of the whole archive */
};

void archive_close(Archive *archive)
{
    if (!archive)
        return;
    if (archive->zip)
        zip_discard(archive->zip);
    mem_free(archive->name);
    mem_free(archive);
}

static ScrawlStatus open_error(const char *name, zip_error_t *reason, ScrawlError *error)
{
    ScrawlStatus status = zip_error_code_zip(reason) == ZIP_ER_MEMORY ? SCRAWL_STATUS_NO_MEMORY
                                                                      : SCRAWL_STATUS_FORMAT;

    return error_set(error, status, "%s: cannot be read as a zip archive: %s", name,
                     zip_error_strerror(reason));
}

/* The last bytes of a source. */
static ScrawlStatus read_tail(const char *name, zip_source_t *source, Buffer *tail,
                              ScrawlError *error)
{
    zip_int64_t n = -1;

    if (buffer_reserve(tail, tail->max_size))
        return error_no_memory(error, "a zip archive");
    if (zip_source_open(source) == 0) {
        if (zip_source_seek(source, -(zip_int64_t)tail->max_size, SEEK_END) == 0)
            n = zip_source_read(source, tail->data, tail->max_size);
        zip_source_close(source);
    }
    if (n != (zip_int64_t)tail->max_size)
        return error_set(error, SCRAWL_STATUS_IO, "%s: cannot be read: %s", name,
                         zip_error_strerror(zip_source_error(source)));
    tail->size = tail->max_size;
    return SCRAWL_STATUS_OK;
}

/* libzip looks for the record that ends an archive, and at nothing behind it. A comment may look
 * like such a record: one of them must end where the file does. Where there is none, libzip says
 * what is wrong. */
static ScrawlStatus check_end(const char *name, zip_source_t *source, uint64_t size,
                              ScrawlError *error)
{
    size_t behind = 0;
    bool found = false, whole = false;
    Buffer tail;
    ScrawlStatus status;

    if (size < END_SIZE)
        return SCRAWL_STATUS_OK;
    buffer_init(&tail, size < END_SIZE + MAX_COMMENT ? (size_t)size : END_SIZE + MAX_COMMENT);
    status = read_tail(name, source, &tail, error);
    for (size_t left = END_SIZE; !status && !whole && left <= tail.size; left++) {
        const uint8_t *record = tail.data + tail.size - left;
        size_t length = END_SIZE + record[20] + ((size_t)record[21] << 8);

        if (memcmp(record, "PK\5\6", 4) != 0)
            continue;
        whole = length >= left; /* a comment that is cut is libzip's to refuse */
        if (!found)
            behind = left - length;
        found = true;
    }
    buffer_deinit(&tail);
    if (!status && found && !whole)
        status = error_set(error, SCRAWL_STATUS_FORMAT,
                           "%s: %zu bytes follow the end of the zip archive", name, behind);
    return status;
}

/* The source is libzip's afterwards, whatever comes out. */
static ScrawlStatus open_source(Archive **archive, const char *name, uint64_t size,
                                zip_source_t *source, zip_error_t *reason, ScrawlError *error)
{
    Archive *a = NULL;
    ScrawlStatus status = SCRAWL_STATUS_OK;

    if (!source)
        return open_error(name, reason, error);
    a = mem_alloc_zero(1, sizeof *a);
    if (a)
        a->name = mem_string(name);
    if (!a || !a->name)
        status = error_no_memory(error, "a zip archive");
    else
        status = check_end(name, source, size, error);
    if (!status) {
        a->size = size;
        a->zip = zip_open_from_source(source, ZIP_RDONLY, reason);
        if (!a->zip)
            status = open_error(name, reason, error);
    }
    if (!status) {
        *archive = a;
        return SCRAWL_STATUS_OK;
    }
    zip_source_free(source);
    archive_close(a);
    return status;
}

ScrawlStatus archive_open_bytes(Archive **archive, const char *name, const void *bytes, size_t size,
                                ScrawlError *error)
{
    zip_error_t reason;
    ScrawlStatus status;

    *archive = NULL;
    if (size == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: the file is empty: expected a zip "
                         "archive",
                         name);
    zip_error_init(&reason);
    status = open_source(archive, name, size, zip_source_buffer_create(bytes, size, 0, &reason),
                         &reason, error);
    zip_error_fini(&reason);
    return status;
}

ScrawlStatus archive_open_file(Archive **archive, const char *path, ScrawlError *error)
{
    zip_error_t reason;
    struct stat info;
    ScrawlStatus status;

    *archive = NULL;
    if (stat(path, &info) < 0)
        return error_set(error, errno == ENOENT ? SCRAWL_STATUS_NOT_FOUND : SCRAWL_STATUS_IO,
                         "%s: cannot be opened: %m", path);
    if (!S_ISREG(info.st_mode))
        return error_set(error, SCRAWL_STATUS_IO, "%s: expected a file", path);
    zip_error_init(&reason);
    status = open_source(archive, path, (uint64_t)info.st_size,
                         zip_source_file_create(path, 0, -1, &reason), &reason, error);
    zip_error_fini(&reason);
    return status;
}

/* Reads to the end and one byte beyond what is bounded: the size in a directory may lie. */
static ScrawlStatus read_stream(zip_file_t *file, size_t expected, Buffer *out, ScrawlError *error)
{
    size_t left = expected;
    uint8_t beyond;
    ScrawlStatus status = buffer_reserve(out, expected);

    if (status)
        return error_no_memory(error, "unpacked bytes");
    while (left > 0) {
        zip_int64_t n = zip_fread(file, out->data + out->size, left);

        if (n < 0)
            return error_set(error, SCRAWL_STATUS_FORMAT, "corrupted (%s)",
                             zip_file_strerror(file));
        if (n == 0)
            return error_set(error, SCRAWL_STATUS_FORMAT, "truncated: %zu bytes of %zu are missing",
                             left, expected);
        out->size += (size_t)n;
        left -= (size_t)n;
    }
    switch (zip_fread(file, &beyond, 1)) {
    case 0:
        return SCRAWL_STATUS_OK;
    case 1:
        return error_set(error, SCRAWL_STATUS_FORMAT, "longer than the %zu bytes bounded",
                         expected);
    default:
        return error_set(error, SCRAWL_STATUS_FORMAT, "corrupted (%s)", zip_file_strerror(file));
    }
}

/* A directory may say anything; no memory is taken for what the archive is too small to hold. */
static ScrawlStatus check_member(const Archive *archive, const zip_stat_t *info, size_t max_size,
                                 ScrawlError *error)
{
    if (!(info->valid & ZIP_STAT_SIZE) || !(info->valid & ZIP_STAT_COMP_METHOD))
        return error_set(error, SCRAWL_STATUS_FORMAT, "its size is not known");
    if (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "it is packed by method %u, expected stored or deflated",
                         (unsigned)info->comp_method);
    if (info->size / DEFLATE_MAX_RATIO > archive->size)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "its size is said to be %llu bytes, more than the archive can hold",
                         (unsigned long long)info->size);
    if (info->size > max_size)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%llu bytes, more than the %zu allowed",
                         (unsigned long long)info->size, max_size);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_member(const Archive *archive, const char *member, Buffer *out,
                                ScrawlError *error)
{
    zip_stat_t info;
    zip_file_t *file;
    ScrawlStatus status;

    if (zip_stat(archive->zip, member, 0, &info) < 0)
        return error_set(error, SCRAWL_STATUS_NOT_FOUND, "there is no such member");
    status = check_member(archive, &info, out->max_size - out->size, error);
    if (status)
        return status;
    file = zip_fopen(archive->zip, member, 0);
    if (!file)
        return error_set(error, SCRAWL_STATUS_FORMAT, "cannot be unpacked (%s)",
                         zip_strerror(archive->zip));
    status = read_stream(file, (size_t)info.size, out, error);
    zip_fclose(file);
    return status;
}

ScrawlStatus archive_read(const Archive *archive, const char *member, Buffer *out,
                          ScrawlError *error)
{
    size_t before = out->size;
    ScrawlStatus status = read_member(archive, member, out, error);

    if (status)
        out->size = before;
    if (out->data)
        out->data[out->size] = 0;
    if (status)
        return error_prefix(error, status, "%s: %s", archive->name, member);
    return SCRAWL_STATUS_OK;
}

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
