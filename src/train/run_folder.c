#include "train/run_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
    };
    const char *files[N_FILES];
    list_files(folder, files);
    bool complete = folder->checkpoint_folder;
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
    *folder = (RunFolder){0};
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

ScrawlStatus run_folder_begin(const RunFolder *folder, const char *recipe, ScrawlError *error)
{
    ScrawlStatus status = folder_create(folder->checkpoint_folder, error);
    if (!status)
        status = remove_files(folder, error);
    if (!status)
        status = file_write(folder->recipe, recipe, strlen(recipe), error);
    return status;
}
