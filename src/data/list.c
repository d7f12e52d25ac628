#include "data/list.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/described.h"
#include "data/registered.h"
#include "scrawl/system.h"

#define MAX_ARENA ((size_t)8 << 20)

void list_deinit(NameList *list)
{
    if (list)
        arena_deinit(&list->arena);
}

static bool has_name(const NameList *list, const char *name)
{
    for (int i = 0; i < list->n; i++)
        if (strcmp(list->names[i], name) == 0)
            return true;
    return false;
}

static ScrawlStatus add(NameList *list, const char *name, const char *path, ScrawlError *error)
{
    list->names[list->n] = arena_string(&list->arena, name, strlen(name));
    list->folders[list->n] = arena_string(&list->arena, path, strlen(path));
    if (!list->names[list->n] || !list->folders[list->n]) {
        list->names[list->n] = list->folders[list->n] = NULL;
        return error_no_memory(error, "the names of data sets");
    }
    list->n++;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus add_described(NameList *list, const char *folder, ScrawlError *error)
{
    char **names, path[PATH_MAX];
    size_t n_names;
    ScrawlStatus status = folder_list(folder, &names, &n_names, error);

    if (status)
        return status == SCRAWL_STATUS_NO_MEMORY ? status : SCRAWL_STATUS_OK;
    for (size_t i = 0; !status && i < n_names && list->n < LIST_MAX_NAMES; i++)
        if (!has_name(list, names[i]) &&
            snprintf(path, sizeof path, "%s/%s", folder, names[i]) < PATH_MAX &&
            described_known(path))
            status = add(list, names[i], path, error);
    mem_free(names);
    return status;
}

ScrawlStatus list_names(NameList *list, const DataFolders *folders, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;

    memset(list, 0, sizeof *list);
    arena_init(&list->arena, MAX_ARENA);
    while (registry_row((size_t)list->n)) {
        list->names[list->n] = registry_row((size_t)list->n)->name;
        list->n++;
    }
    list->n_registered = list->n;
    for (int i = 0; !status && i < folders->n; i++)
        status = add_described(list, folders->paths[i], error);
    if (status)
        list_deinit(list);
    return status;
}

/* "mnist, emnist-balanced, ...", as many as fit. */
static void join_names(const NameList *list, char *out, size_t out_size)
{
    size_t used = 0;

    out[0] = 0;
    for (int i = 0; i < list->n; i++) {
        int n = snprintf(out + used, out_size - used, "%s%s", i > 0 ? ", " : "", list->names[i]);

        if (n < 0 || (size_t)n >= out_size - used) {
            out[used] = 0;
            return;
        }
        used += (size_t)n;
    }
}

ScrawlStatus list_unknown(const char *name, const DataFolders *folders, ScrawlError *error)
{
    NameList list;
    char known[320];
    const char *near;
    ScrawlStatus status;

    if (strchr(name, '/'))
        return error_set(error, SCRAWL_STATUS_NOT_FOUND, "%s: no such file or folder", name);
    status = list_names(&list, folders, error);
    if (status)
        return status;
    join_names(&list, known, sizeof known);
    near = scrawl_nearest(name, list.names);
    status =
        error_set(error, SCRAWL_STATUS_NOT_FOUND,
                  "there is no data set, file or folder '%.80s'%s%s%s; known: %s%s", name,
                  near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "", known,
                  folders->no_variable ? "; SCRAWL_DATA, the folder of others, is not set" : "");
    list_deinit(&list);
    return status;
}

static void describe_registered(ScrawlDatasetEntry *entry, const RegistryRow *row,
                                const DataFolders *folders, char *folder, size_t folder_size)
{
    *entry = (ScrawlDatasetEntry){.name = row->name,
                                  .summary = row->summary,
                                  .n_train = row->n_train,
                                  .n_test = row->n_test,
                                  .n_classes = row->n_classes,
                                  .synthetic = row->draw};
    if (row->draw) {
        entry->present = entry->has_train = entry->has_test = true;
        return;
    }
    for (int i = 0; i < folders->n; i++) {
        bool train = registered_has(row, folders->paths[i], SCRAWL_SPLIT_TRAIN);
        bool test = registered_has(row, folders->paths[i], SCRAWL_SPLIT_TEST);

        entry->has_train = entry->has_train || train;
        entry->has_test = entry->has_test || test;
        if ((train || test) && !entry->folder) {
            snprintf(folder, folder_size, "%s/%s", folders->paths[i], row->folder);
            entry->folder = folder;
        }
    }
    entry->present = entry->has_train || entry->has_test;
}

static void describe_folder(ScrawlDatasetEntry *entry, const char *path, char *name,
                            size_t name_size, char *folder, size_t folder_size)
{
    snprintf(name, name_size, "%s", path_name(path));
    snprintf(folder, folder_size, "%s", path);
    *entry = (ScrawlDatasetEntry){
        .name = name, .folder = folder, .summary = "a folder with a " DESCRIBED_FILE};
    described_splits(path, &entry->has_train, &entry->has_test);
    entry->present = entry->has_train || entry->has_test;
}

bool scrawl_dataset_entry(size_t i, const char *data_folder, ScrawlDatasetEntry *entry)
{
    static _Thread_local char name[NAME_MAX + 1], folder[PATH_MAX];
    const RegistryRow *row = registry_row(i);
    DataFolders folders;
    NameList list;
    bool found = row;

    memset(entry, 0, sizeof *entry);
    if (locate_folders(&folders, data_folder, NULL))
        return false;
    if (row) {
        describe_registered(entry, row, &folders, folder, sizeof folder);
    } else if (!list_names(&list, &folders, NULL)) {
        found = i < (size_t)list.n;
        if (found)
            describe_folder(entry, list.folders[i], name, sizeof name, folder, sizeof folder);
        list_deinit(&list);
    }
    locate_deinit(&folders);
    return found;
}
