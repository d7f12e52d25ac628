#include "data/locate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/described.h"

#define APPLICATION "scrawl"

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* XDG Base Directory Specification: a relative path in the variable is to be ignored. */
static bool cache_folder(char **folder)
{
    const char *cache = environment("XDG_CACHE_HOME"), *home = environment("HOME");

    *folder = NULL;
    if (cache && cache[0] == '/')
        *folder = path_join(cache, APPLICATION);
    else if (home)
        *folder = mem_format("%s/.cache/" APPLICATION, home);
    else
        return true;
    return *folder;
}

ScrawlStatus locate_folders(DataFolders *folders, const char *data_folder, ScrawlError *error)
{
    const char *first = data_folder ? data_folder : environment("SCRAWL_DATA");
    bool ok = true;

    memset(folders, 0, sizeof *folders);
    folders->no_variable = !first;
    if (first) {
        folders->paths[0] = mem_string(first);
        ok = folders->paths[0];
        folders->n = ok;
    }
    if (ok && !data_folder) {
        ok = cache_folder(&folders->paths[folders->n]);
        folders->n += folders->paths[folders->n] != NULL;
    }
    if (ok)
        return SCRAWL_STATUS_OK;
    locate_deinit(folders);
    return error_no_memory(error, "the paths of data folders");
}

void locate_deinit(DataFolders *folders)
{
    if (!folders)
        return;
    for (int i = 0; i < folders->n; i++)
        mem_free(folders->paths[i]);
    memset(folders, 0, sizeof *folders);
}

/* A folder without any write bit is meant to stay as it is; access() would let root write there. */
static bool may_write(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) &&
           (info.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) && access(path, W_OK | X_OK) == 0;
}

/* Whether the folder, or the nearest one above it that is there, may be written. */
static bool may_hold(const char *path)
{
    char folder[PATH_MAX];

    if (snprintf(folder, sizeof folder, "%s", path) >= PATH_MAX)
        return false;
    while (!file_exists(folder)) {
        char *slash = strrchr(folder, '/');

        if (!slash)
            return may_write(".");
        slash[slash == folder] = 0;
    }
    return may_write(folder);
}

const char *locate_writable(const DataFolders *folders)
{
    for (int i = 0; i < folders->n; i++)
        if (may_hold(folders->paths[i]))
            return folders->paths[i];
    return NULL;
}

const char *locate_text(const DataFolders *folders, char *out, size_t out_size)
{
    if (folders->n == 0)
        snprintf(out, out_size, "(no data folder: set SCRAWL_DATA)");
    else
        snprintf(out, out_size, "%s%s%s", folders->paths[0], folders->n > 1 ? " or " : "",
                 folders->n > 1 ? folders->paths[1] : "");
    return out;
}

bool locate_described(const DataFolders *folders, const char *name, char path[PATH_MAX])
{
    if (strchr(name, '/') || name[0] == '.')
        return false;
    for (int i = 0; i < folders->n; i++)
        if (snprintf(path, PATH_MAX, "%s/%s", folders->paths[i], name) < PATH_MAX &&
            described_known(path))
            return true;
    return false;
}
