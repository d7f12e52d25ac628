#include "data/download.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <threads.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define MAX_ATTEMPTS 5 /* a mirror: each but the first takes up where the last broke off */
#define MAX_REDIRECTS 5L
#define CONNECT_SECONDS 20L
#define STALL_SECONDS 30L /* slower than STALL_BYTES a second for so long: try elsewhere */
#define STALL_BYTES 100L
#define REPORT_SECONDS 0.1 /* between two calls of the log */
#define MAX_REASONS 400    /* characters of a failure's sentence */
#define LOOPBACK "http://127.0.0.1"

typedef struct Transfer {
    const Download *download;
    const ScrawlLog *log;
    const CurlLibrary *curl;
    CURL *handle;
    char *part; /* path of the .part file */
    int fd;
    uint64_t size;  /* bytes in the .part file */
    uint64_t limit; /* no more are taken */
    double start, reported;
    int write_error; /* errno; 0: none */
    bool too_long, interrupted;
    char reason[CURL_ERROR_SIZE];
} Transfer;

const char *download_library(void)
{
    const CurlLibrary *curl = curl_library();

    return curl ? curl->version() : NULL;
}

/* The checksums that are wanted, of the whole file. */
static ScrawlStatus hash_file(const char *path, bool md5, char text[CHECKSUM_TEXT_SIZE],
                              uint64_t *size, ScrawlError *error)
{
    struct sha256_ctx sha256;
    struct md5_ctx md5_context;
    uint8_t block[65536], digest[SHA256_DIGEST_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is empty, not waited for */
    ssize_t n;

    if (fd < 0)
        return error_set(error, errno == ENOENT ? SCRAWL_STATUS_NOT_FOUND : SCRAWL_STATUS_IO,
                         "%s: cannot be opened: %m", path);
    *size = 0;
    sha256_init(&sha256);
    md5_init(&md5_context);
    while ((n = read(fd, block, sizeof block)) > 0) {
        if (md5)
            md5_update(&md5_context, (size_t)n, block);
        else
            sha256_update(&sha256, (size_t)n, block);
        *size += (uint64_t)n;
    }
    if (n < 0)
        error_set(error, SCRAWL_STATUS_IO, "%s: cannot be read: %m", path);
    close(fd);
    if (n < 0)
        return SCRAWL_STATUS_IO;
    if (md5)
        md5_digest(&md5_context, MD5_DIGEST_SIZE, digest);
    else
        sha256_digest(&sha256, SHA256_DIGEST_SIZE, digest);
    checksum_text(digest, md5 ? MD5_DIGEST_SIZE : SHA256_DIGEST_SIZE, text);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus download_verify(const Download *download, const char *path, ScrawlError *error)
{
    bool md5 = !download->sha256;
    const char *wanted = md5 ? download->md5 : download->sha256;
    char found[CHECKSUM_TEXT_SIZE];
    uint64_t size;
    ScrawlStatus status = hash_file(path, md5, found, &size, error);

    if (status)
        return status;
    if (download->size && size != download->size)
        return error_set(error, SCRAWL_STATUS_CHECKSUM, "%s: %llu bytes, expected %llu", path,
                         (unsigned long long)size, (unsigned long long)download->size);
    if (strcmp(found, wanted) != 0)
        return error_set(error, SCRAWL_STATUS_CHECKSUM, "%s: its %s is %.16s..., expected %.16s...",
                         path, md5 ? "MD5" : "SHA-256", found, wanted);
    return SCRAWL_STATUS_OK;
}

/* http://127.0.0.1[:PORT]/...; whatever else stands before the path (a user's name, a longer host)
 * is refused. */
static bool is_loopback(const char *url)
{
    if (strncmp(url, LOOPBACK, strlen(LOOPBACK)) != 0)
        return false;
    url += strlen(LOOPBACK);
    if (*url == ':')
        url += 1 + strspn(url + 1, "0123456789");
    return *url == '/';
}

static size_t write_body(char *bytes, size_t one, size_t size, void *context)
{
    Transfer *transfer = context;
    size_t left = size;

    (void)one;
    if (size > transfer->limit - transfer->size) {
        transfer->too_long = true;
        return 0;
    }
    while (left > 0) {
        ssize_t n = write(transfer->fd, bytes + (size - left), left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            transfer->write_error = errno;
            return 0;
        }
        left -= (size_t)n;
        transfer->size += (uint64_t)n;
    }
    return size;
}

static int report(void *context, curl_off_t total, curl_off_t done, curl_off_t up_total,
                  curl_off_t up)
{
    Transfer *transfer = context;
    double now = clock_seconds();
    ScrawlProgress progress = {.what = path_name(transfer->download->path),
                               .unit = "bytes",
                               .done = transfer->size,
                               .total = transfer->download->size,
                               .seconds = now - transfer->start};

    (void)total, (void)done, (void)up_total, (void)up;
    if (now - transfer->reported < REPORT_SECONDS)
        return 0;
    transfer->reported = now;
    transfer->interrupted = !log_progress(transfer->log, &progress);
    return transfer->interrupted;
}

#define SET(option, value) ok = ok && !set(transfer->handle, option, value)

static bool configure(Transfer *transfer, const char *url)
{
    CURLcode (*set)(CURL *, CURLoption, ...) = transfer->curl->easy_setopt;
    bool loopback = is_loopback(url), ok = true;

    SET(CURLOPT_URL, url);
    SET(CURLOPT_USERAGENT, "scrawl/" SCRAWL_VERSION);
    SET(CURLOPT_PROTOCOLS_STR, loopback ? "http" : "https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, loopback ? 0L : 1L);
    SET(CURLOPT_MAXREDIRS, MAX_REDIRECTS);
    if (loopback)
        SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_FAILONERROR, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    SET(CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
    SET(CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
    SET(CURLOPT_RESUME_FROM_LARGE, (curl_off_t)transfer->size);
    SET(CURLOPT_WRITEFUNCTION, write_body);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, report);
    SET(CURLOPT_XFERINFODATA, transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->reason);
    return ok;
}

#undef SET

static ScrawlStatus start_over(Transfer *transfer, ScrawlError *error)
{
    transfer->size = 0;
    if (ftruncate(transfer->fd, 0) == 0 && lseek(transfer->fd, 0, SEEK_SET) == 0)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_IO, "%s: cannot be emptied: %m", transfer->part);
}

/* What libcurl says of a failed transfer: "HTTP status 404", "Could not resolve host: ...". */
static ScrawlStatus transfer_error(Transfer *transfer, CURLcode code, ScrawlError *error)
{
    long http = 0;

    if (code == CURLE_HTTP_RETURNED_ERROR &&
        !transfer->curl->easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &http))
        return error_set(error, SCRAWL_STATUS_NETWORK, "HTTP status %ld", http);
    return error_set(error, SCRAWL_STATUS_NETWORK, "%s",
                     transfer->reason[0] ? transfer->reason : transfer->curl->easy_strerror(code));
}

/* One request, from where the .part file ends. */
static ScrawlStatus attempt(Transfer *transfer, const char *url, bool *start_again,
                            ScrawlError *error)
{
    CURLcode code;

    *start_again = transfer->too_long = false;
    transfer->reason[0] = 0;
    if (!configure(transfer, url))
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "this libcurl is too old: expected 7.85 or newer, found %s",
                         transfer->curl->version());
    code = transfer->curl->easy_perform(transfer->handle);
    if (transfer->interrupted)
        return error_set(error, SCRAWL_STATUS_INTERRUPTED,
                         "the download was interrupted; the next one goes on from byte %llu",
                         (unsigned long long)transfer->size);
    if (transfer->write_error)
        return error_set(error, SCRAWL_STATUS_IO, "%s: cannot be written: %s", transfer->part,
                         strerror(transfer->write_error));
    if (transfer->too_long) {
        *start_again = true;
        return error_set(error, SCRAWL_STATUS_CHECKSUM, "more than the %llu bytes expected",
                         (unsigned long long)transfer->limit);
    }
    if (code == CURLE_OK) {
        *start_again = true;
        return download_verify(transfer->download, transfer->part, error);
    }
    *start_again = code == CURLE_RANGE_ERROR;
    return transfer_error(transfer, code, error);
}

static bool is_final(ScrawlStatus status)
{
    return status != SCRAWL_STATUS_NETWORK && status != SCRAWL_STATUS_CHECKSUM;
}

/* Goes on where a connection broke while bytes still come; begins anew where what an earlier try
 * left does not fit. */
static ScrawlStatus try_mirror(Transfer *transfer, const char *url, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_NETWORK;

    for (int i = 0; i < MAX_ATTEMPTS; i++) {
        uint64_t before = transfer->size;
        bool start_again;

        status = attempt(transfer, url, &start_again, error);
        if (is_final(status))
            return status;
        if (start_again) {
            ScrawlStatus emptied = start_over(transfer, error);

            if (emptied)
                return emptied;
            if (before == 0)
                return status;
        } else if (transfer->size == before) {
            return status;
        }
    }
    return status;
}

static ScrawlStatus try_mirrors(Transfer *transfer, ScrawlError *error)
{
    const Download *download = transfer->download;
    ScrawlStatus status = SCRAWL_STATUS_NETWORK, overall = SCRAWL_STATUS_CHECKSUM;
    Buffer reasons;

    buffer_init(&reasons, MAX_REASONS);
    for (int i = 0; i < download->n_urls; i++) {
        ScrawlError reason = {0};

        log_message(transfer->log, SCRAWL_LOG_LEVEL_DEBUG, "asking %s", download->urls[i]);
        status = try_mirror(transfer, download->urls[i], &reason);
        if (is_final(status)) {
            if (status)
                error_set(error, status, "%s", reason.message);
            goto out;
        }
        if (status == SCRAWL_STATUS_NETWORK)
            overall = SCRAWL_STATUS_NETWORK;
        log_message(transfer->log, SCRAWL_LOG_LEVEL_WARNING, "%s: %s", download->urls[i],
                    reason.message);
        if (buffer_print(&reasons, "%s%s: %s", i > 0 ? "; " : "", download->urls[i],
                         reason.message))
            continue; /* the sentence is long enough */
    }
    status = error_set(error, overall, "cannot download %s: %s", path_name(download->path),
                       buffer_text(&reasons));
out:
    buffer_deinit(&reasons);
    return status;
}

/* False where another process has put the opened file in its place, or removed it, before we had
 * the lock. */
static bool is_named(const Transfer *transfer, int fd)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 && stat(transfer->part, &named) == 0 &&
           named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/* Only one process at a time may add to a .part file. The descriptor is kept only where the lock is
 * ours: without it nothing may be written, nor removed. */
static ScrawlStatus open_part(Transfer *transfer, ScrawlError *error)
{
    int fd = open(transfer->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    ScrawlStatus status;
    struct stat info;

    if (fd < 0)
        return error_set(error, SCRAWL_STATUS_IO, "%s: cannot be written: %m", transfer->part);
    if (!locked && errno != EWOULDBLOCK) {
        status = error_set(error, SCRAWL_STATUS_IO, "%s: cannot be locked: %m", transfer->part);
    } else if (!locked || !is_named(transfer, fd)) {
        status = error_set(error, SCRAWL_STATUS_EXISTS, "%s: another process is downloading it",
                           transfer->part);
    } else if (fstat(fd, &info) < 0 || lseek(fd, 0, SEEK_END) < 0) {
        status = error_set(error, SCRAWL_STATUS_IO, "%s: cannot be read: %m", transfer->part);
    } else {
        transfer->fd = fd;
        transfer->size = (uint64_t)info.st_size;
        return SCRAWL_STATUS_OK;
    }
    close(fd);
    return status;
}

/* An earlier process may have ended between the last byte and the rename. */
static bool is_complete(const Transfer *transfer)
{
    return transfer->size > 0 && transfer->size == transfer->download->size &&
           !download_verify(transfer->download, transfer->part, NULL);
}

static ScrawlStatus receive(Transfer *transfer, ScrawlError *error)
{
    ScrawlStatus status;

    if (is_complete(transfer))
        return SCRAWL_STATUS_OK;
    if (transfer->size >= transfer->limit) {
        status = start_over(transfer, error);
        if (status)
            return status;
    }
    transfer->handle = transfer->curl->easy_init();
    if (!transfer->handle)
        return error_no_memory(error, "a download");
    status = try_mirrors(transfer, error);
    transfer->curl->easy_cleanup(transfer->handle);
    return status;
}

static ScrawlStatus check_request(const Download *download, ScrawlError *error)
{
    for (int i = 0; i < download->n_urls; i++)
        if (strncmp(download->urls[i], "https://", 8) != 0 && !is_loopback(download->urls[i]))
            return error_set(error, SCRAWL_STATUS_USAGE,
                             "%s: expected an address that begins with https:// (or " LOOPBACK
                             ":PORT/)",
                             download->urls[i]);
    if (!curl_library())
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "cannot download %s: libcurl (libcurl.so.4) is not installed",
                         path_name(download->path));
    return SCRAWL_STATUS_OK;
}

ScrawlStatus download_file(const Download *download, const ScrawlLog *log, ScrawlError *error)
{
    Transfer transfer = {.download = download,
                         .log = log,
                         .curl = NULL,
                         .fd = -1,
                         .limit = download->size ? download->size : DOWNLOAD_MAX_SIZE,
                         .start = clock_seconds()};
    char *folder = NULL;
    size_t kept = SIZE_MAX; /* of the folder's path: no more than what was there before */
    ScrawlStatus status = check_request(download, error);

    if (status)
        return status;
    transfer.curl = curl_library();
    transfer.part = mem_format("%s.part", download->path);
    folder = mem_format("%.*s", (int)(path_name(download->path) - download->path), download->path);
    if (!transfer.part || !folder) {
        status = error_no_memory(error, "a path");
        goto out;
    }
    if (folder[0]) {
        kept = folder_existing(folder);
        status = folder_create(folder, error);
    }
    if (!status)
        status = open_part(&transfer, error);
    if (!status)
        status = receive(&transfer, error);
    if (!status && (!file_sync(transfer.fd) || !file_rename(transfer.part, download->path)))
        status =
            error_set(error, SCRAWL_STATUS_IO, "%s: cannot be put in place: %m", download->path);
out:
    if (status && transfer.fd >= 0 && transfer.size == 0)
        unlink(transfer.part); /* nothing came: leave no trace */
    if (transfer.fd >= 0)
        close(transfer.fd);
    if (status && folder)
        folder_remove_empty(folder, kept);
    mem_free(transfer.part);
    mem_free(folder);
    return status;
}

static CurlLibrary library;
static bool loaded;
static once_flag once = ONCE_FLAG_INIT;

static const char *const file_names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib",
                                         NULL};

static void *open_library(void)
{
    void *handle = NULL;

    for (int i = 0; !handle && file_names[i]; i++)
        handle = dlopen(file_names[i], RTLD_NOW | RTLD_LOCAL);
    return handle;
}

static void load(void)
{
    struct {
        const char *name;
        void *slot;
    } functions[] = {
        {"curl_global_init", &library.global_init},
        {"curl_version", &library.version},
        {"curl_easy_init", &library.easy_init},
        {"curl_easy_setopt", &library.easy_setopt},
        {"curl_easy_perform", &library.easy_perform},
        {"curl_easy_getinfo", &library.easy_getinfo},
        {"curl_easy_strerror", &library.easy_strerror},
        {"curl_easy_cleanup", &library.easy_cleanup},
    };
    void *handle = open_library();

    if (!handle)
        return;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *symbol = dlsym(handle, functions[i].name);

        if (!symbol)
            return;
        *(void **)functions[i].slot = symbol; /* as POSIX has it for dlsym */
    }
    loaded = library.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const CurlLibrary *curl_library(void)
{
    call_once(&once, load);
    return loaded ? &library : NULL;
}
