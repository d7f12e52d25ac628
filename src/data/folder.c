#include "data/readers.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/team.h"
#include "base/text.h"
#include "data/split.h"
#include "image/preprocess.h"

#define BLOCK 256 /* pictures between two calls of the log; less are read by one thread */

/* The pictures of all classes, one after another. */
typedef struct Catalogue {
    char **classes; /* [n_classes], as folder_list gives them */
    size_t n_classes;
    char ***files;    /* [n_classes] lists of names */
    char **pictures;  /* [n] names, into files */
    uint16_t *labels; /* [n] */
    size_t n;
} Catalogue;

typedef struct Reading {
    const Catalogue *catalogue;
    const char *path;
    const uint32_t *chosen; /* [n] pictures to read, in order */
    size_t n;
    const ScrawlLog *log;
    ScrawlDataset *dataset; /* where they go */
    size_t first;           /* of the present block, in `chosen` */
    ScrawlStatus failures[BLOCK];
} Reading;

/* A file that cannot be looked at is kept: reading it says why. A pipe would be waited for. */
static bool is_regular(const char *folder, const char *name)
{
    char joined[PATH_MAX];
    int length = snprintf(joined, sizeof joined, "%s/%s", folder, name);
    struct stat info;

    return length >= PATH_MAX || stat(joined, &info) < 0 || S_ISREG(info.st_mode);
}

static bool has_folder(const char *path, const char *name)
{
    char joined[PATH_MAX]; /* not from the heap: no memory must not look like no folder */
    int length = snprintf(joined, sizeof joined, "%s/%s", path, name);

    return length < PATH_MAX && folder_exists(joined);
}

bool folder_divided(const char *path)
{
    return has_folder(path, "train") || has_folder(path, "test");
}

static void catalogue_deinit(Catalogue *catalogue)
{
    for (size_t i = 0; catalogue->files && i < catalogue->n_classes; i++)
        mem_free(catalogue->files[i]);
    mem_free(catalogue->files);
    mem_free(catalogue->classes);
    mem_free(catalogue->pictures);
    mem_free(catalogue->labels);
    memset(catalogue, 0, sizeof *catalogue);
}

/* Names of classes are matched and travel as JSON: better told now than after the training. */
static ScrawlStatus check_names(const Catalogue *catalogue, const char *path, ScrawlError *error)
{
    for (size_t i = 0; i < catalogue->n_classes; i++)
        if (!utf8_valid(catalogue->classes[i]))
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "%s/%s: the name of a class is expected in UTF-8, and this is not",
                             path, catalogue->classes[i]);
    return SCRAWL_STATUS_OK;
}

/* Drops what is no folder from the list of names. */
static ScrawlStatus list_classes(Catalogue *catalogue, const char *path, ScrawlError *error)
{
    size_t n_names, n = 0;
    ScrawlStatus status = folder_list(path, &catalogue->classes, &n_names, error);

    if (status)
        return status;
    for (size_t i = 0; i < n_names; i++)
        if (has_folder(path, catalogue->classes[i]))
            catalogue->classes[n++] = catalogue->classes[i];
    catalogue->n_classes = n;
    if (n < 2)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s holds %s: expected one folder of pictures for each of at least two "
                         "classes",
                         path, n == 0 ? "no folder" : "only one folder");
    if (n > SCRAWL_DATASET_MAX_CLASSES)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%s holds %zu folders: at most %d classes",
                         path, n, SCRAWL_DATASET_MAX_CLASSES);
    return check_names(catalogue, path, error);
}

/* Keeps the names of pictures; NULL ends the list. */
static ScrawlStatus list_pictures(Catalogue *catalogue, const char *path, size_t class,
                                  ScrawlError *error)
{
    char *folder = path_join(path, catalogue->classes[class]);
    char **names = NULL;
    size_t n_names, n = 0;
    ScrawlStatus status =
        folder ? folder_list(folder, &names, &n_names, error) : error_no_memory(error, "a path");

    if (!status) {
        for (size_t i = 0; i < n_names; i++)
            if (scrawl_image_has_ending(names[i]) && is_regular(folder, names[i]))
                names[n++] = names[i];
        if (n < n_names)
            names[n] = NULL;
        catalogue->n += n;
        if (n == 0)
            status = error_set(
                error, SCRAWL_STATUS_FORMAT,
                "%s holds no picture: expected files that end in one of " SCRAWL_IMAGE_ENDINGS,
                folder);
    }
    catalogue->files[class] = names;
    mem_free(folder);
    return status;
}

static ScrawlStatus number_pictures(Catalogue *catalogue, ScrawlError *error)
{
    size_t n = 0;

    catalogue->pictures = mem_alloc(catalogue->n, sizeof *catalogue->pictures);
    catalogue->labels = mem_alloc(catalogue->n, sizeof *catalogue->labels);
    if (!catalogue->pictures || !catalogue->labels)
        return error_no_memory(error, "the list of pictures");
    for (size_t class = 0; class < catalogue->n_classes; class ++) {
        for (char **name = catalogue->files[class]; *name; name++) {
            catalogue->pictures[n] = *name;
            catalogue->labels[n++] = (uint16_t) class;
        }
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus catalogue_create(Catalogue *catalogue, const char *path, ScrawlError *error)
{
    ScrawlStatus status;

    memset(catalogue, 0, sizeof *catalogue);
    status = list_classes(catalogue, path, error);
    if (!status) {
        catalogue->files = mem_alloc_zero(catalogue->n_classes, sizeof *catalogue->files);
        if (!catalogue->files)
            status = error_no_memory(error, "the list of pictures");
    }
    for (size_t i = 0; !status && i < catalogue->n_classes; i++)
        status = list_pictures(catalogue, path, i, error);
    if (!status)
        status = number_pictures(catalogue, error);
    if (status)
        catalogue_deinit(catalogue);
    return status;
}

static ScrawlStatus read_picture(const Reading *reading, size_t i, ScrawlError *error)
{
    const Catalogue *catalogue = reading->catalogue;
    uint32_t picture = reading->chosen[i];
    const char *class = catalogue->classes[catalogue->labels[picture]];
    char *path = mem_format("%s/%s/%s", reading->path, class, catalogue->pictures[picture]);
    ScrawlImage image = {0};
    ScrawlStatus status;

    if (!path)
        return error_no_memory(error, "a path");
    status = scrawl_image_load(&image, path, error);
    if (!status) {
        status = preprocess_image(&PREPROCESS_DEFAULT, &image,
                                  reading->dataset->pixels + i * FOLDER_SIDE * FOLDER_SIDE, error);
        if (status)
            error_prefix(error, status, "%s", path);
    }
    reading->dataset->labels[i] = catalogue->labels[picture];
    scrawl_image_deinit(&image);
    mem_free(path);
    return status;
}

static void read_chunk(void *context, size_t chunk, int thread)
{
    Reading *reading = context;

    (void)thread;
    reading->failures[chunk] = read_picture(reading, reading->first + chunk, NULL);
}

/* The first failure, by number, is repeated for its sentence: the same whoever met it first. */
static ScrawlStatus first_failure(const Reading *reading, size_t n, ScrawlError *error)
{
    for (size_t i = 0; i < n; i++) {
        ScrawlStatus status = SCRAWL_STATUS_OK;

        if (reading->failures[i])
            status = read_picture(reading, reading->first + i, error);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_pictures(Reading *reading, ScrawlError *error)
{
    size_t n = reading->n;
    int n_threads = n < BLOCK ? 1 : team_default_threads();
    ScrawlProgress progress = {.what = reading->path, .unit = "images", .total = n};
    double start = clock_seconds();

    for (size_t first = 0; first < n; first += BLOCK) {
        size_t n_block = n - first < BLOCK ? n - first : BLOCK;
        ScrawlStatus status;

        reading->first = first;
        team_run(n_threads, n_block, read_chunk, reading);
        status = first_failure(reading, n_block, error);
        if (status)
            return status;
        progress.done = first + n_block;
        progress.seconds = clock_seconds() - start;
        if (!log_progress(reading->log, &progress))
            return error_set(error, SCRAWL_STATUS_INTERRUPTED, "%s: interrupted", reading->path);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_chosen(ScrawlDataset **dataset, ScrawlSplit split, Reading *reading,
                                ScrawlError *error)
{
    const Catalogue *catalogue = reading->catalogue;
    DatasetPlan plan = {.name = reading->path,
                        .split = split,
                        .n = reading->n,
                        .width = FOLDER_SIDE,
                        .height = FOLDER_SIDE,
                        .n_classes = (int)catalogue->n_classes,
                        .class_names = (const char *const *)catalogue->classes};
    ScrawlStatus status = dataset_create(dataset, &plan, NULL, error);

    if (status)
        return status;
    reading->dataset = *dataset;
    status = read_pictures(reading, error);
    if (status) {
        scrawl_dataset_free(*dataset);
        *dataset = NULL;
        return status;
    }
    dataset_seal(*dataset);
    return SCRAWL_STATUS_OK;
}

/* The classes in `path` itself; `cut` is the part to take of them. */
static ScrawlStatus read_classes(ScrawlDataset **dataset, const char *path, ScrawlSplit cut,
                                 ScrawlSplit split, const ScrawlLog *log, ScrawlError *error)
{
    Catalogue catalogue;
    uint32_t *chosen = NULL;
    size_t n = 0;
    ScrawlStatus status = catalogue_create(&catalogue, path, error);

    if (status)
        return status;
    status =
        split_cut(&chosen, &n, catalogue.labels, catalogue.n, (int)catalogue.n_classes, cut, error);
    if (status)
        error_prefix(error, status, "%s", path);
    else {
        Reading reading = {
            .catalogue = &catalogue, .path = path, .chosen = chosen, .n = n, .log = log};
        status = read_chosen(dataset, split, &reading, error);
    }
    mem_free(chosen);
    catalogue_deinit(&catalogue);
    return status;
}

ScrawlStatus folder_read(ScrawlDataset **dataset, const char *path, ScrawlSplit split,
                         const ScrawlLog *log, ScrawlError *error)
{
    char *half;
    ScrawlStatus status;

    *dataset = NULL;
    if (!folder_exists(path))
        return error_set(error, SCRAWL_STATUS_NOT_FOUND, "%s: no such folder", path);
    if (!folder_divided(path))
        return read_classes(dataset, path, split, split, log, error);
    if (split == SCRAWL_SPLIT_ALL)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s: one split at a time", path);
    half = path_join(path, split_name(split));
    if (!half)
        return error_no_memory(error, "a path");
    if (folder_exists(half))
        status = read_classes(dataset, half, SCRAWL_SPLIT_ALL, split, log, error);
    else
        status = error_set(error, SCRAWL_STATUS_NOT_FOUND, "%s has no %s split: there is no %s",
                           path, split_name(split), half);
    mem_free(half);
    return status;
}
