#include "train/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "train/events.h"

#define N_FILES 6

static void list_files(const RunFolder *folder, const char *files[N_FILES])
{
    files[0] = folder->model;
    files[1] = folder->checkpoint;
    files[2] = folder->metrics;
    files[3] = folder->events;
    files[4] = folder->recipe;
    files[5] = folder->init;
}

ScrawlStatus run_folder_init(RunFolder *folder, const char *path, ScrawlError *error)
{
    *folder = (RunFolder){
        .path = path,
        .model = path_join(path, "model.safetensors"),
        .recipe = path_join(path, "recipe.yaml"),
        .metrics = path_join(path, "metrics.jsonl"),
        .events = path_join(path, EVENTS_FILE),
        .checkpoint_folder = path_join(path, "checkpoint"),
        .checkpoint = path_join(path, "checkpoint/state.safetensors"),
        .init = path_join(path, "checkpoint/init.json"),
        .lock_path = path_join(path, ".lock"),
        .lock = -1,
    };
    const char *files[N_FILES];
    list_files(folder, files);
    bool complete = folder->checkpoint_folder && folder->lock_path;
    for (int i = 0; i < N_FILES; i++)
        complete = complete && files[i];
    if (complete)
        return SCRAWL_STATUS_OK;
    run_folder_deinit(folder);
    return error_no_memory(error, "the names of the run's files");
}

void run_folder_deinit(RunFolder *folder)
{
    if (!folder)
        return;
    mem_free(folder->model);
    mem_free(folder->recipe);
    mem_free(folder->metrics);
    mem_free(folder->events);
    mem_free(folder->checkpoint_folder);
    mem_free(folder->checkpoint);
    mem_free(folder->init);
    /* Removed while it is still held: see lock_once. */
    if (folder->lock_path && folder->lock >= 0) {
        unlink(folder->lock_path);
        close(folder->lock);
    }
    mem_free(folder->lock_path);
    *folder = (RunFolder){.lock = -1};
}

/* The number that the holder has written. */
static ScrawlStatus tell_holder(const RunFolder *folder, int lock, ScrawlError *error)
{
    char text[24] = "";
    ssize_t n = pread(lock, text, sizeof text - 1, 0);
    return error_set(error, SCRAWL_STATUS_BUSY, "%s: in use by process %d, which trains in it",
                     folder->path, n > 0 ? atoi(text) : 0);
}

/* *lock is -1 where the holder of just now has let go and removed the file under our hands. */
static ScrawlStatus lock_once(const RunFolder *folder, int *lock, ScrawlError *error)
{
    struct stat ours, there;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    *lock = open(folder->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return error_set(error, SCRAWL_STATUS_IO, "%s: cannot be written: %s", folder->lock_path,
                         strerror(errno));
    bool held = flock(*lock, LOCK_EX | LOCK_NB) == 0;
    if (!held && errno == EWOULDBLOCK)
        status = tell_holder(folder, *lock, error);
    else if (!held || (fstat(*lock, &ours) == 0 && stat(folder->lock_path, &there) == 0 &&
                       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev))
        return SCRAWL_STATUS_OK;
    close(*lock);
    *lock = -1;
    return status;
}

ScrawlStatus run_folder_lock(RunFolder *folder, ScrawlError *error)
{
    if (folder->lock >= 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = folder_create(folder->path, error);
    while (!status && folder->lock < 0)
        status = lock_once(folder, &folder->lock, error);
    if (status)
        return status;
    char text[24];
    size_t n = (size_t)snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (ftruncate(folder->lock, 0) || pwrite(folder->lock, text, n, 0) != (ssize_t)n)
        return error_set(error, SCRAWL_STATUS_IO, "%s: cannot be written: %s", folder->lock_path,
                         strerror(errno));
    return SCRAWL_STATUS_OK;
}

ScrawlStatus run_folder_check(const RunFolder *folder, bool force, ScrawlError *error)
{
    if (file_exists(folder->path) && !folder_exists(folder->path))
        return error_set(error, SCRAWL_STATUS_EXISTS,
                         "%s: expected a folder for the run, found a file", folder->path);
    const char *files[N_FILES];
    list_files(folder, files);
    for (int i = 0; i < N_FILES && !force; i++) {
        if (file_exists(files[i]))
            return error_set(error, SCRAWL_STATUS_EXISTS,
                             "%s: holds a run already (%s); --resume %s goes on with it, --force "
                             "replaces it, -o names another folder",
                             folder->path, path_name(files[i]), folder->path);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus remove_files(const RunFolder *folder, ScrawlError *error)
{
    const char *files[N_FILES];
    list_files(folder, files);
    for (int i = 0; i < N_FILES; i++) {
        if (remove(files[i]) && errno != ENOENT)
            return error_set(error, SCRAWL_STATUS_IO, "%s: cannot be removed: %s", files[i],
                             strerror(errno));
    }
    return SCRAWL_STATUS_OK;
}

ScrawlStatus run_folder_begin(RunFolder *folder, bool force, const char *recipe, ScrawlError *error)
{
    ScrawlStatus status = run_folder_lock(folder, error);
    if (!status)
        status = run_folder_check(folder, force, error);
    if (!status)
        status = folder_create(folder->checkpoint_folder, error);
    if (!status)
        status = remove_files(folder, error);
    if (!status)
        status = file_write(folder->recipe, recipe, strlen(recipe), error);
    return status;
}
