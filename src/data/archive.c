#include "data/archive.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/gzip.h"

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
