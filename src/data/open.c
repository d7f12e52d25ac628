/* From a text to a data set: scrawl_dataset_open, _fetch, and _list of what can be asked for. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/readers.h"
#include "data/registry.h"
#include "data/spec.h"
#include "scrawl/status.h"

#define MAX_NAMES 1000
#define MAX_ARENA ((size_t)16 << 20)

/* The names under which data can be asked for: the registry, then the described folders. One whose
 * name another has already is left out, as scrawl_dataset_open never gets to it. */
typedef struct NameList {
    Arena arena;
    const char *names[MAX_NAMES + 1];   /* [n], then NULL */
    const char *folders[MAX_NAMES + 1]; /* [n]: path of a described one, else NULL */
    int n;
} NameList;

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
    for (size_t i = 0; !status && i < n_names && list->n < MAX_NAMES; i++)
        if (!has_name(list, names[i]) &&
            snprintf(path, sizeof path, "%s/%s", folder, names[i]) < PATH_MAX &&
            described_known(path))
            status = add(list, names[i], path, error);
    mem_free(names);
    return status;
}

/* A data folder that cannot be listed counts as empty. */
static ScrawlStatus list_names(NameList *list, const DataFolders *folders, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;

    memset(list, 0, sizeof *list);
    arena_init(&list->arena, MAX_ARENA);
    while (registry_row((size_t)list->n)) {
        list->names[list->n] = registry_row((size_t)list->n)->name;
        list->n++;
    }
    for (int i = 0; !status && i < folders->n; i++)
        status = add_described(list, folders->paths[i], error);
    if (status)
        arena_deinit(&list->arena);
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

/* Sets the sentence for a name that nothing has: the nearest one, or those that there are. */
static ScrawlStatus list_unknown(const char *name, const DataFolders *folders, ScrawlError *error)
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
    arena_deinit(&list.arena);
    return status;
}

/* One name and what may be needed to open it. */
typedef struct Request {
    const char *name; /* a registered name, or a path */
    const DataFolders *folders;
    const ScrawlDataOptions *options;
} Request;

static ScrawlStatus open_registered(ScrawlDataset **dataset, const Request *request,
                                    ScrawlSplit split, ScrawlError *error)
{
    return registered_open(dataset, registry_find(request->name), split, request->folders,
                           request->options, error);
}

static ScrawlStatus open_described(ScrawlDataset **dataset, const Request *request,
                                   ScrawlSplit split, ScrawlError *error)
{
    return described_read(dataset, request->name, split, error);
}

static ScrawlStatus open_csv(ScrawlDataset **dataset, const Request *request, ScrawlSplit split,
                             ScrawlError *error)
{
    return csv_read(dataset, request->name, split, error);
}

static ScrawlStatus open_npz(ScrawlDataset **dataset, const Request *request, ScrawlSplit split,
                             ScrawlError *error)
{
    return npz_read(dataset, request->name, split, error);
}

static ScrawlStatus open_folder(ScrawlDataset **dataset, const Request *request, ScrawlSplit split,
                                ScrawlError *error)
{
    return folder_read(dataset, request->name, split, request->options->log, error);
}

static bool is_registered(const char *name)
{
    return registry_find(name);
}
static bool is_npz(const char *path)
{
    return path_has_suffix(path, ".npz");
}

static bool is_csv(const char *path)
{
    return path_has_suffix(path, ".csv") || path_has_suffix(path, ".csv.gz");
}

static bool always_divided(const char *name)
{
    (void)name;
    return true;
}

static bool never_divided(const char *name)
{
    (void)name;
    return false;
}

/* The kinds of sources; the first that knows a name opens it. One that is divided has splits of its
 * own, opened one at a time; another is asked for ALL as well. */
static const struct Kind {
    bool (*knows)(const char *name);
    bool (*is_divided)(const char *name);
    ScrawlStatus (*open)(ScrawlDataset **dataset, const Request *request, ScrawlSplit split,
                         ScrawlError *error);
} kinds[] = {
    {is_registered, always_divided, open_registered},
    {described_known, always_divided, open_described},
    {is_csv, never_divided, open_csv},
    {is_npz, always_divided, open_npz},
    {folder_exists, folder_divided, open_folder},
};

/* Both splits, or the one that there is. */
static ScrawlStatus open_both(ScrawlDataset **dataset, const struct Kind *kind,
                              const Request *request, ScrawlError *error)
{
    ScrawlDataset *train = NULL, *test = NULL;
    ScrawlError no_test = {0};
    ScrawlStatus status = kind->open(&train, request, SCRAWL_SPLIT_TRAIN, error);

    if (status && status != SCRAWL_STATUS_NOT_FOUND)
        return status;
    if (status)
        return kind->open(dataset, request, SCRAWL_SPLIT_TEST, error);
    status = kind->open(&test, request, SCRAWL_SPLIT_TEST, &no_test);
    if (!status)
        return dataset_join(dataset, train, test, error);
    if (status == SCRAWL_STATUS_NOT_FOUND) {
        *dataset = train;
        return SCRAWL_STATUS_OK;
    }
    scrawl_dataset_free(train);
    return error_set(error, status, "%s", no_test.message);
}

static ScrawlStatus open_known(ScrawlDataset **dataset, const Request *request, ScrawlSplit split,
                               ScrawlError *error)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct Kind *kind = &kinds[i];

        if (!kind->knows(request->name))
            continue;
        if (split == SCRAWL_SPLIT_ALL && kind->is_divided(request->name))
            return open_both(dataset, kind, request, error);
        return kind->open(dataset, request, split, error);
    }
    if (file_exists(request->name))
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s is no data set: expected a folder, a .csv or a .npz file",
                         request->name);
    return list_unknown(request->name, request->folders, error);
}

static ScrawlStatus open_name(ScrawlDataset **dataset, const char *name, ScrawlSplit split,
                              const DataFolders *folders, const ScrawlDataOptions *options,
                              ScrawlError *error)
{
    Request request = {name, folders, options};
    char path[PATH_MAX];

    *dataset = NULL;
    if (!is_registered(name) && locate_described(folders, name, path))
        request.name = path;
    return open_known(dataset, &request, split, error);
}

static ScrawlStatus open_names(ScrawlDataset **dataset, const DataSpec *spec,
                               const DataFolders *folders, const ScrawlDataOptions *options,
                               ScrawlError *error)
{
    ScrawlDataset *sum = NULL;

    for (int i = 0; i < spec->n_names; i++) {
        ScrawlDataset *next;
        ScrawlStatus status =
            open_name(&next, spec->names[i], spec->split, folders, options, error);

        if (!status && sum)
            status = dataset_join(&sum, sum, next, error);
        else if (!status)
            sum = next;
        else
            scrawl_dataset_free(sum);
        if (status)
            return status;
    }
    *dataset = sum;
    return SCRAWL_STATUS_OK;
}

/* @AUGMENT: every image is changed once, by its place. */
typedef struct Drawing {
    const Augment *augment;
    uint64_t seed;
} Drawing;

static void augment_image(const void *context, const ScrawlDatasetInfo *info, size_t i,
                          uint8_t *pixels, void *work)
{
    const Drawing *drawing = context;
    size_t size = (size_t)info->width * (size_t)info->height;
    AugmentImage image = {.pixels = work,
                          .height = info->height,
                          .width = info->width,
                          .seed = drawing->seed,
                          .sample = i};

    /* The plain kernels, on every machine: a data set has one checksum. */
    kernels_c.pixels_to_real(size, pixels, 0, 1, image.pixels);
    augment_apply(drawing->augment, &kernels_c, &image, image.pixels + size);
    change_to_pixels(size, image.pixels, pixels);
}

static ScrawlStatus apply_augment(ScrawlDataset *dataset, const Augment *augment, uint64_t seed,
                                  ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &dataset->info;
    size_t size = (size_t)info->width * (size_t)info->height;
    Drawing drawing = {augment, seed};
    Change change = {.apply = augment_image,
                     .context = &drawing,
                     .what = "augmenting a data set",
                     .work_size = (size + augment_work(info->height, info->width)) * sizeof(real)};

    return dataset_change(dataset, &change, 0, error);
}

/* The name and the split as they were asked for, instead of those of the parts. */
static void rename_dataset(ScrawlDataset *dataset, DataSpec *spec)
{
    mem_free(dataset->name);
    dataset->name = spec->title;
    spec->title = NULL;
    dataset->info.name = dataset->name;
    dataset->info.split = split_name(spec->split);
}

ScrawlStatus scrawl_dataset_open(ScrawlDataset **dataset, const char *text,
                                 const ScrawlDataOptions *options, ScrawlError *error)
{
    static const ScrawlDataOptions defaults;
    DataSpec spec = {0};
    DataFolders folders = {0};
    ScrawlDataset *opened = NULL;
    ScrawlStatus status;

    *dataset = NULL;
    if (!options)
        options = &defaults;
    status = spec_parse(&spec, text, options->split, error);
    if (!status)
        status = locate_folders(&folders, options->data_folder, error);
    if (!status)
        status = open_names(&opened, &spec, &folders, options, error);
    if (!status && !augment_is_none(&spec.augment))
        status = apply_augment(opened, &spec.augment, options->seed, error);
    if (!status) {
        rename_dataset(opened, &spec);
        *dataset = opened;
        opened = NULL;
    }
    scrawl_dataset_free(opened);
    locate_deinit(&folders);
    spec_deinit(&spec);
    return status;
}

static ScrawlStatus fetch_name(const char *name, ScrawlSplit split, const DataFolders *folders,
                               const ScrawlLog *log, ScrawlError *error)
{
    const RegistryRow *row = registry_find(name);
    char path[PATH_MAX];

    if (row)
        return registered_fetch(row, split, folders, log, error);
    if (locate_described(folders, name, path) || file_exists(name))
        return error_set(error, SCRAWL_STATUS_NOT_FOUND,
                         "%s is not a registered data set: there is nothing to download", name);
    return list_unknown(name, folders, error);
}

ScrawlStatus scrawl_dataset_fetch(const char *name, const ScrawlDataOptions *options,
                                  ScrawlError *error)
{
    static const ScrawlDataOptions defaults;
    DataSpec spec;
    DataFolders folders = {0};
    ScrawlStatus status;

    if (!options)
        options = &defaults;
    status = spec_parse(&spec, name, SCRAWL_SPLIT_ALL, error);
    if (status)
        return status;
    status = locate_folders(&folders, options->data_folder, error);
    for (int i = 0; !status && i < spec.n_names; i++)
        status = fetch_name(spec.names[i], spec.split, &folders, options->log, error);
    locate_deinit(&folders);
    spec_deinit(&spec);
    return status;
}

/* The list is the first member: whoever holds it holds all. */
typedef struct Listing {
    ScrawlDatasetList list;
    ScrawlDatasetEntry entries[MAX_NAMES];
    NameList names;
} Listing;

static ScrawlStatus describe_registered(Listing *listing, ScrawlDatasetEntry *entry,
                                        const DataFolders *folders, ScrawlError *error)
{
    const RegistryRow *row = registry_find(entry->name);

    entry->summary = row->summary;
    entry->n_train = row->n_train;
    entry->n_test = row->n_test;
    entry->n_classes = row->n_classes;
    entry->synthetic = row->draw;
    entry->has_train = entry->has_test = entry->synthetic;
    for (int i = 0; !row->draw && i < folders->n; i++) {
        bool train = registered_has(row, folders->paths[i], SCRAWL_SPLIT_TRAIN);
        bool test = registered_has(row, folders->paths[i], SCRAWL_SPLIT_TEST);
        char folder[PATH_MAX];

        entry->has_train = entry->has_train || train;
        entry->has_test = entry->has_test || test;
        if ((!train && !test) || entry->folder)
            continue;
        snprintf(folder, sizeof folder, "%s/%s", folders->paths[i], row->folder);
        entry->folder = arena_string(&listing->names.arena, folder, strlen(folder));
        if (!entry->folder)
            return error_no_memory(error, "the list of data sets");
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus describe_all(Listing *listing, const DataFolders *folders, ScrawlError *error)
{
    ScrawlStatus status = list_names(&listing->names, folders, error);

    for (int i = 0; !status && i < listing->names.n; i++) {
        ScrawlDatasetEntry *entry = &listing->entries[i];

        entry->name = listing->names.names[i];
        entry->folder = listing->names.folders[i];
        entry->summary = "a folder with a " DESCRIBED_FILE;
        if (entry->folder)
            described_splits(entry->folder, &entry->has_train, &entry->has_test);
        else
            status = describe_registered(listing, entry, folders, error);
        entry->present = entry->has_train || entry->has_test;
    }
    listing->list = (ScrawlDatasetList){listing->entries, (size_t)listing->names.n};
    return status;
}

ScrawlStatus scrawl_dataset_list(ScrawlDatasetList **list, const char *data_folder,
                                 ScrawlError *error)
{
    Listing *listing = mem_alloc_zero(1, sizeof *listing);
    DataFolders folders;
    ScrawlStatus status;

    *list = NULL;
    if (!listing)
        return error_no_memory(error, "the list of data sets");
    status = locate_folders(&folders, data_folder, error);
    if (!status) {
        status = describe_all(listing, &folders, error);
        locate_deinit(&folders);
    }
    if (status)
        scrawl_dataset_list_free(&listing->list);
    else
        *list = &listing->list;
    return status;
}

void scrawl_dataset_list_free(ScrawlDatasetList *list)
{
    Listing *listing = (Listing *)list;

    if (!listing)
        return;
    arena_deinit(&listing->names.arena);
    mem_free(listing);
}
