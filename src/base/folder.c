#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define MAX_NAMES_SIZE ((size_t)64 << 20) /* text of one folder's names: about a million files */

bool file_exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

bool folder_exists(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static ScrawlStatus create_one(const char *path, ScrawlError *error)
{
    int reason =
        mkdir(path, 0777) == 0 ? 0 : errno; /* errno, before the calls below overwrite it */

    if (!reason || folder_exists(path))
        return SCRAWL_STATUS_OK;
    if (file_exists(path))
        return error_set(error, SCRAWL_STATUS_IO, "%s: expected a folder, found a file", path);
    return error_set(error, SCRAWL_STATUS_IO, "%s: cannot create this folder: %s", path,
                     strerror(reason));
}

ScrawlStatus folder_create(const char *path, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    char *copy = mem_string(path);

    if (!copy)
        return error_no_memory(error, "a folder's name");
    for (char *slash = strchr(copy, '/'); slash && !status; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (slash > copy) /* not the root itself */
            status = create_one(copy, error);
        *slash = '/';
    }
    if (!status)
        status = create_one(copy, error);
    mem_free(copy);
    return status;
}

/* The length of a path without its last name: "/a/b/" and "/a/b" become "/a/". */
static size_t parent_length(const char *path, size_t length)
{
    while (length > 0 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    return length;
}

size_t folder_existing(const char *path)
{
    char part[PATH_MAX];
    size_t length = strlen(path);

    if (length >= sizeof part)
        return length;
    memcpy(part, path, length + 1);
    while (length > 0 && !file_exists(part)) {
        length = parent_length(part, length);
        part[length] = '\0';
    }
    return length;
}

void folder_remove_empty(char *path, size_t kept)
{
    size_t length = strlen(path);

    while (length > kept && rmdir(path) == 0) {
        length = parent_length(path, length);
        path[length] = '\0';
    }
}

/* The names one after another, each with its terminating zero. */
static ScrawlStatus read_names(DIR *folder, const char *path, Buffer *text, size_t *n_names,
                               ScrawlError *error)
{
    const struct dirent *entry;

    for (errno = 0; (entry = readdir(folder)); errno = 0) {
        ScrawlStatus status;

        if (entry->d_name[0] == '.')
            continue;
        status = buffer_append(text, entry->d_name, strlen(entry->d_name) + 1);
        if (status == SCRAWL_STATUS_LIMIT)
            return error_set(error, status, "%s: too many files: over %zu MiB of names", path,
                             MAX_NAMES_SIZE >> 20);
        if (status)
            return error_no_memory(error, "the names in a folder");
        ++*n_names;
    }
    if (errno != 0)
        return error_set(error, SCRAWL_STATUS_IO, "%s: cannot read this folder: %m", path);
    return SCRAWL_STATUS_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One block: the pointers, a NULL, the text. NULL: no memory. */
static char **sorted_names(const Buffer *text, size_t n_names)
{
    size_t pointers_size, total;
    char **names = NULL;
    char *name;

    if (size_multiply(n_names + 1, sizeof *names, &pointers_size) &&
        size_add(pointers_size, text->size, &total))
        names = mem_alloc(total, 1);
    if (!names)
        return NULL;
    name = (char *)(names + n_names + 1);
    if (text->size > 0)
        memcpy(name, text->data, text->size);
    for (size_t i = 0; i < n_names; i++, name += strlen(name) + 1)
        names[i] = name;
    names[n_names] = NULL;
    qsort(names, n_names, sizeof *names, compare_names);
    return names;
}

ScrawlStatus folder_list(const char *path, char ***names, size_t *n_names, ScrawlError *error)
{
    DIR *folder = opendir(path);
    ScrawlStatus status;
    Buffer text;

    *names = NULL;
    *n_names = 0;
    if (!folder && errno == ENOENT)
        return error_set(error, SCRAWL_STATUS_NOT_FOUND, "%s: no such folder", path);
    if (!folder)
        return error_set(error, SCRAWL_STATUS_IO, "%s: cannot read this folder: %m", path);
    buffer_init(&text, MAX_NAMES_SIZE);
    status = read_names(folder, path, &text, n_names, error);
    if (!status) {
        *names = sorted_names(&text, *n_names);
        if (!*names)
            status = error_no_memory(error, "the names in a folder");
    }
    if (status)
        *n_names = 0;
    buffer_deinit(&text);
    closedir(folder);
    return status;
}

char *path_join(const char *folder, const char *name)
{
    size_t length = folder ? strlen(folder) : 0;

    if (length == 0 || name[0] == '/')
        return mem_string(name);
    return mem_format("%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool path_has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), suffix_length = strlen(suffix);

    return length >= suffix_length && strcasecmp(path + length - suffix_length, suffix) == 0;
}
