#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define READ_SIZE ((size_t)64 << 10) /* to read a pipe, whose length is not known */

/* Says which file, what could not be done and why, from errno. */
static ScrawlStatus fail(ScrawlError *error, const char *path, const char *action)
{
    ScrawlStatus status = errno == ENOENT ? SCRAWL_STATUS_NOT_FOUND : SCRAWL_STATUS_IO;

    return error_set(error, status, "%s: cannot %s: %m", path, action);
}

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* open(2), repeated where a signal interrupts it. */
static int open_file(const char *path, int flags)
{
    int fd;

    do
        fd = open(path, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static ScrawlStatus too_large(const char *path, size_t size, size_t max_size, ScrawlError *error)
{
    return error_set(error, SCRAWL_STATUS_LIMIT, "%s: %zu bytes or more, and the limit is %zu",
                     path, size, max_size);
}

/* Reads to the end of the file and appends to `out`. */
static ScrawlStatus read_all(int fd, const char *path, size_t expected, Buffer *out,
                             ScrawlError *error)
{
    size_t start = out->size, max_size = out->max_size - start;

    for (;;) {
        size_t left = out->max_size - out->size;
        size_t wanted = expected > READ_SIZE ? expected : READ_SIZE;
        uint8_t beyond;
        ssize_t n;

        if (wanted > left)
            wanted = left;
        if (buffer_reserve(out, wanted))
            return error_no_memory(error, path);
        /* A full buffer may hold the whole file: one more byte tells. */
        n = left > 0 ? read(fd, out->data + out->size, wanted) : read(fd, &beyond, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(error, path, "read");
        if (n == 0)
            return SCRAWL_STATUS_OK;
        if (left == 0)
            return too_large(path, max_size + 1, max_size, error);
        out->size += (size_t)n;
        out->data[out->size] = 0;
        expected -= (size_t)n < expected ? (size_t)n : expected;
    }
}

/* Reads from fd; refuses anything but a regular file where `regular` is set. */
static ScrawlStatus read_opened(int fd, const char *path, bool regular, Buffer *out,
                                ScrawlError *error)
{
    size_t max_size = out->max_size - out->size, expected = 0;
    struct stat info;

    if (fstat(fd, &info) < 0)
        return fail(error, path, "read");
    if (S_ISDIR(info.st_mode))
        return error_set(error, SCRAWL_STATUS_IO, "%s: is a folder, not a file", path);
    if (regular && !S_ISREG(info.st_mode))
        return error_set(error, SCRAWL_STATUS_IO, "%s: is a pipe or a device, not a file", path);
    if (S_ISREG(info.st_mode) && (uint64_t)info.st_size > max_size)
        return too_large(path, (size_t)info.st_size, max_size, error);
    if (S_ISREG(info.st_mode))
        expected = (size_t)info.st_size;
    return read_all(fd, path, expected, out, error);
}

/* Closes fd, except standard input. fd may be negative: open failed. */
static ScrawlStatus read_and_close(int fd, const char *path, bool regular, Buffer *out,
                                   ScrawlError *error)
{
    size_t start = out->size;
    ScrawlStatus status;

    if (fd < 0 && errno == ENOENT)
        return error_set(error, SCRAWL_STATUS_NOT_FOUND, "%s: no such file", path);
    if (fd < 0)
        return fail(error, path, "open");
    status = read_opened(fd, path, regular, out, error);
    if (status && out->data) {
        out->size = start;
        out->data[start] = 0;
    }
    if (fd != STDIN_FILENO)
        close(fd);
    return status;
}

ScrawlStatus file_read(const char *path, Buffer *out, ScrawlError *error)
{
    int fd = is_standard(path) ? STDIN_FILENO : open_file(path, O_RDONLY);

    return read_and_close(fd, path, false, out, error);
}

ScrawlStatus file_read_regular(const char *path, Buffer *out, ScrawlError *error)
{
    /* Opening a pipe waits until it has a writer; O_NONBLOCK does not. */
    return read_and_close(open_file(path, O_RDONLY | O_NONBLOCK), path, true, out, error);
}

/* Writes everything; false, with errno set, on failure. */
static bool write_all(int fd, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

bool file_sync(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
}

/* For standard output, devices and pipes, which cannot be replaced by a new file. */
static ScrawlStatus write_in_place(const char *path, const void *data, size_t size,
                                   ScrawlError *error)
{
    int fd = is_standard(path) ? STDOUT_FILENO : open_file(path, O_WRONLY);
    ScrawlStatus status = SCRAWL_STATUS_OK;

    if (fd < 0)
        return fail(error, path, "open");
    if (!write_all(fd, data, size))
        status = fail(error, path, "write");
    if (!is_standard(path) && close(fd) < 0 && !status)
        status = fail(error, path, "write");
    return status;
}

/* The folder of `path` with its '/', "" for the current one; false where it is too long. */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
    size_t length = (size_t)(path_name(path) - path);

    if (length >= PATH_MAX)
        return false;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return true;
}

/* Creates a temporary file in the folder. Its name is unique to this process and thread and begins
 * with ".", so folder_list skips it. */
static int open_temporary(const char *folder, char name[PATH_MAX])
{
    static atomic_uint counter;
    int fd;

    do {
        unsigned number = atomic_fetch_add(&counter, 1);
        int length =
            snprintf(name, PATH_MAX, "%s.scrawl-%ld-%u.tmp", folder, (long)getpid(), number);
        if (length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open_file(name, O_WRONLY | O_CREAT | O_EXCL);
    } while (fd < 0 && errno == EEXIST);
    return fd;
}

bool file_rename(const char *from, const char *to)
{
    char folder[PATH_MAX];
    bool ok;
    int fd;

    if (!folder_of(to, folder)) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (rename(from, to) < 0)
        return false;
    fd = open_file(folder[0] != '\0' ? folder : ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return errno == EACCES; /* a folder may be writable but not readable */
    ok = file_sync(fd);
    close(fd);
    return ok;
}

/* `target` is a regular file or nothing; `mode` is that of the file that it replaces, 0 for none.
 * `path` is what messages call it. */
static ScrawlStatus replace(const char *target, mode_t mode, const char *path, const void *data,
                            size_t size, ScrawlError *error)
{
    char folder[PATH_MAX], temporary[PATH_MAX];
    int fd = -1;
    bool ok;

    if (!folder_of(target, folder))
        return error_set(error, SCRAWL_STATUS_IO, "%.80s...: the name is too long", path);
    fd = open_temporary(folder, temporary);
    if (fd < 0)
        return fail(error, path, "create");
    ok = (mode == 0 || fchmod(fd, mode & 07777) == 0) && write_all(fd, data, size) && file_sync(fd);
    if (close(fd) < 0)
        ok = false;
    if (ok && file_rename(temporary, target))
        return SCRAWL_STATUS_OK;
    fail(error, path, "write");
    unlink(temporary);
    return SCRAWL_STATUS_IO;
}

ScrawlStatus file_write(const char *path, const void *data, size_t size, ScrawlError *error)
{
    char target[PATH_MAX];
    struct stat info;

    if (is_standard(path))
        return write_in_place(path, data, size, error);
    if (stat(path, &info) < 0)
        return replace(path, 0, path, data, size, error);
    if (S_ISDIR(info.st_mode))
        return error_set(error, SCRAWL_STATUS_IO, "%s: is a folder, not a file", path);
    if (!S_ISREG(info.st_mode))
        return write_in_place(path, data, size, error);
    if (!realpath(path, target)) /* replaces the link's target, so that the link stays */
        return fail(error, path, "find");
    return replace(target, info.st_mode, path, data, size, error);
}

ScrawlStatus file_append(const char *path, const void *data, size_t size, ScrawlError *error)
{
    int fd = open_file(path, O_WRONLY | O_APPEND | O_CREAT);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    off_t end;

    if (fd < 0)
        return fail(error, path, "open");
    end = lseek(fd, 0, SEEK_END);
    if (!write_all(fd, data, size) || !file_sync(fd)) {
        status = fail(error, path, "write");
        /* Truncates the file so that a log ends with a complete line. If this fails too, nothing
         * more can be done. */
        if (end >= 0 && ftruncate(fd, end) < 0)
            status = SCRAWL_STATUS_IO;
    }
    if (close(fd) < 0 && !status)
        status = fail(error, path, "write");
    return status;
}
