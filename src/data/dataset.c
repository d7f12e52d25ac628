#include "data/dataset.h"

#include <math.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "data/split.h"
#include "image/glyph.h"

void scrawl_dataset_free(ScrawlDataset *dataset)
{
    if (!dataset)
        return;
    mem_free(dataset->pixels);
    mem_free(dataset->labels);
    mem_free(dataset->name);
    mem_free(dataset->class_names);
    mem_free(dataset);
}

const ScrawlDatasetInfo *scrawl_dataset_info(const ScrawlDataset *dataset)
{
    return &dataset->info;
}

static size_t image_size(const ScrawlDataset *dataset)
{
    return (size_t)dataset->info.width * (size_t)dataset->info.height;
}

const uint8_t *scrawl_dataset_pixels(const ScrawlDataset *dataset, size_t i)
{
    return dataset->pixels + i * image_size(dataset);
}

int scrawl_dataset_label(const ScrawlDataset *dataset, size_t i)
{
    return dataset->labels[i];
}

/* "0", "1", "2", ... */
static char **number_classes(int n)
{
    char numbers[SCRAWL_DATASET_MAX_CLASSES][16];
    const char *names[SCRAWL_DATASET_MAX_CLASSES];

    for (int i = 0; i < n; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%d", i);
        names[i] = numbers[i];
    }
    return mem_strings(names, (size_t)n);
}

static ScrawlStatus check_plan(const DatasetPlan *plan, ScrawlError *error)
{
    if (plan->n == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s holds no images", plan->name);
    if (plan->n > DATASET_MAX_IMAGES)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s: %zu images are more than the limit of %zu", plan->name, plan->n,
                         DATASET_MAX_IMAGES);
    if (plan->width < 1 || plan->height < 1)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s: images of %dx%d pixels have no size",
                         plan->name, plan->width, plan->height);
    if (plan->width > DATASET_MAX_SIDE || plan->height > DATASET_MAX_SIDE)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s: images of %dx%d pixels are larger than the limit of %dx%d",
                         plan->name, plan->width, plan->height, DATASET_MAX_SIDE, DATASET_MAX_SIDE);
    if (plan->n_classes < 1)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s has no classes", plan->name);
    if (plan->n_classes > SCRAWL_DATASET_MAX_CLASSES)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%s: %d classes are more than the limit of %d",
                         plan->name, plan->n_classes, SCRAWL_DATASET_MAX_CLASSES);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus dataset_create(ScrawlDataset **dataset, const DatasetPlan *plan, uint8_t *pixels,
                            ScrawlError *error)
{
    ScrawlDataset *d;
    size_t size = (size_t)plan->width * (size_t)plan->height;
    ScrawlStatus status = check_plan(plan, error);

    *dataset = NULL;
    if (status)
        return status;
    d = mem_alloc_zero(1, sizeof *d);
    if (!d)
        return error_no_memory(error, plan->name);
    d->name = mem_string(plan->name);
    d->class_names = plan->class_names ? mem_strings(plan->class_names, (size_t)plan->n_classes)
                                       : number_classes(plan->n_classes);
    d->labels = mem_alloc_zero(plan->n, sizeof *d->labels);
    if (!pixels)
        d->pixels = mem_alloc(plan->n, size);
    if (!d->name || !d->class_names || !d->labels || (!pixels && !d->pixels)) {
        scrawl_dataset_free(d);
        return error_set(error, SCRAWL_STATUS_NO_MEMORY,
                         "out of memory for %s: %zu images of %dx%d", plan->name, plan->n,
                         plan->width, plan->height);
    }
    if (pixels)
        d->pixels = pixels;
    d->info = (ScrawlDatasetInfo){.name = d->name,
                                  .split = split_name(plan->split),
                                  .n = plan->n,
                                  .width = plan->width,
                                  .height = plan->height,
                                  .n_classes = plan->n_classes,
                                  .class_names = (const char *const *)d->class_names,
                                  .sha256 = d->sha256};
    *dataset = d;
    return SCRAWL_STATUS_OK;
}

static void hash_labels(struct sha256_ctx *context, const uint16_t *labels, size_t n)
{
    uint8_t bytes[1024];
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        bytes[used++] = (uint8_t)labels[i];
        bytes[used++] = (uint8_t)(labels[i] >> 8);
        if (used == sizeof bytes || i + 1 == n) {
            sha256_update(context, used, bytes);
            used = 0;
        }
    }
}

void dataset_seal(ScrawlDataset *dataset)
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_init(&context);
    sha256_update(&context, dataset->info.n * image_size(dataset), dataset->pixels);
    hash_labels(&context, dataset->labels, dataset->info.n);
    sha256_digest(&context, sizeof digest, digest);
    checksum_text(digest, sizeof digest, dataset->sha256);
}

ScrawlStatus dataset_copy(ScrawlDataset **copy, const ScrawlDataset *dataset, const char *name,
                          ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &dataset->info;
    DatasetPlan plan = {.name = name,
                        .n = info->n,
                        .width = info->width,
                        .height = info->height,
                        .class_names = info->class_names,
                        .n_classes = info->n_classes};
    ScrawlStatus status = dataset_create(copy, &plan, NULL, error);

    if (status)
        return status;
    memcpy((*copy)->pixels, dataset->pixels, info->n * image_size(dataset));
    memcpy((*copy)->labels, dataset->labels, info->n * sizeof *dataset->labels);
    (*copy)->info.split = info->split;
    return SCRAWL_STATUS_OK;
}

void dataset_drop_classes(ScrawlDataset *dataset, int n_at_least)
{
    int n_used = n_at_least;

    for (size_t i = 0; i < dataset->info.n; i++)
        if (dataset->labels[i] >= n_used)
            n_used = dataset->labels[i] + 1;
    if (n_used < dataset->info.n_classes)
        dataset->info.n_classes = n_used;
}

ScrawlStatus dataset_cut(ScrawlDataset *dataset, ScrawlSplit split, ScrawlError *error)
{
    uint32_t *kept;
    size_t n_kept, size = image_size(dataset);
    ScrawlStatus status = split_cut(&kept, &n_kept, dataset->labels, dataset->info.n,
                                    dataset->info.n_classes, split, error);

    if (status)
        return error_prefix(error, status, "%s", dataset->name);
    for (size_t i = 0; i < n_kept; i++) { /* kept ascends: nothing is overwritten before its turn */
        memmove(dataset->pixels + i * size, dataset->pixels + kept[i] * size, size);
        dataset->labels[i] = dataset->labels[kept[i]];
    }
    mem_free(kept);
    dataset->info.n = n_kept;
    dataset->info.split = split_name(split);
    dataset_seal(dataset);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus dataset_resize(ScrawlDataset *dataset, int width, int height, ScrawlError *error)
{
    size_t n = dataset->info.n, from = image_size(dataset), to = (size_t)width * (size_t)height;
    uint8_t *pixels;

    if (width == dataset->info.width && height == dataset->info.height)
        return SCRAWL_STATUS_OK;
    if (width < 1 || height < 1 || width > DATASET_MAX_SIDE || height > DATASET_MAX_SIDE)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s: cannot be resized to %dx%d pixels: expected 1..%d", dataset->name,
                         width, height, DATASET_MAX_SIDE);
    pixels = mem_alloc(n, to);
    if (!pixels)
        return error_set(error, SCRAWL_STATUS_NO_MEMORY,
                         "out of memory for %s: %zu images of %dx%d", dataset->name, n, width,
                         height);
    for (size_t i = 0; i < n; i++) {
        ScrawlStatus status =
            image_resize(dataset->pixels + i * from, dataset->info.width, dataset->info.height,
                         pixels + i * to, width, height, error);
        if (status) {
            mem_free(pixels);
            return status;
        }
    }
    mem_free(dataset->pixels);
    dataset->pixels = pixels;
    dataset->info.width = width;
    dataset->info.height = height;
    return SCRAWL_STATUS_OK;
}

int dataset_find_class(const char *const *class_names, int n_classes, const char *name)
{
    for (int i = 0; i < n_classes; i++)
        if (strcmp(class_names[i], name) == 0)
            return i;
    return -1;
}

ScrawlStatus dataset_find_unknown(const ScrawlDataset *dataset, const char *const *class_names,
                                  int n_classes, const char *who, uint32_t **indices, size_t *n,
                                  ScrawlError *error)
{
    const ScrawlDatasetInfo *data = &dataset->info;
    *n = 0;
    *indices = mem_alloc(data->n, sizeof **indices);
    if (!*indices)
        return error_no_memory(error, "the list of images");
    for (size_t i = 0; i < data->n; i++) {
        const char *name = data->class_names[dataset->labels[i]];
        if (dataset_find_class(class_names, n_classes, name) < 0)
            (*indices)[(*n)++] = (uint32_t)i;
    }
    if (*n > 0)
        return SCRAWL_STATUS_OK;
    mem_free(*indices);
    *indices = NULL;
    return error_set(error, SCRAWL_STATUS_MISMATCH, "%s: %s all of its classes: expected others",
                     data->name, who);
}

/* The classes of a, then those of b that a lacks; map[b's class] is the class in the sum. */
static int match_classes(const ScrawlDataset *a, const ScrawlDataset *b, const char **names,
                         uint16_t *map)
{
    int n = a->info.n_classes;

    for (int i = 0; i < n; i++)
        names[i] = a->class_names[i];
    for (int i = 0; i < b->info.n_classes; i++) {
        int found = dataset_find_class(names, n, b->class_names[i]);

        if (found < 0) {
            found = n++;
            names[found] = b->class_names[i];
        }
        map[i] = (uint16_t)found;
    }
    return n;
}

static ScrawlStatus check_join(const ScrawlDataset *a, const ScrawlDataset *b, ScrawlError *error)
{
    if (a->info.width == b->info.width && a->info.height == b->info.height)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH,
                     "%s has images of %dx%d pixels and %s of %dx%d: they cannot be joined",
                     a->name, a->info.width, a->info.height, b->name, b->info.width,
                     b->info.height);
}

static void append(ScrawlDataset *sum, const ScrawlDataset *a, const ScrawlDataset *b,
                   const uint16_t *map)
{
    memcpy(sum->pixels + a->info.n * image_size(a), b->pixels, b->info.n * image_size(b));
    memcpy(sum->labels, a->labels, a->info.n * sizeof *a->labels);
    for (size_t i = 0; i < b->info.n; i++)
        sum->labels[a->info.n + i] = map[b->labels[i]];
}

/* Grows a's block of pixels rather than take a third one: a and b are never held twice at once. */
static ScrawlStatus join(ScrawlDataset **sum, ScrawlDataset *a, const ScrawlDataset *b,
                         const DatasetPlan *plan, const uint16_t *map, ScrawlError *error)
{
    uint8_t *pixels = mem_grow(a->pixels, a->info.n, plan->n, image_size(a));
    ScrawlStatus status;

    if (!pixels)
        return error_set(error, SCRAWL_STATUS_NO_MEMORY, "out of memory for %s: %zu images",
                         plan->name, plan->n);
    a->pixels = pixels;
    status = dataset_create(sum, plan, pixels, error);
    if (status)
        return status;
    a->pixels = NULL;
    append(*sum, a, b, map);
    dataset_seal(*sum);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus dataset_join(ScrawlDataset **sum, ScrawlDataset *a, ScrawlDataset *b,
                          ScrawlError *error)
{
    const char *names[2 * SCRAWL_DATASET_MAX_CLASSES];
    uint16_t map[SCRAWL_DATASET_MAX_CLASSES];
    ScrawlStatus status = check_join(a, b, error);
    char *name = NULL;

    *sum = NULL;
    if (!status) {
        bool same = strcmp(a->name, b->name) == 0; /* two splits of one */
        DatasetPlan plan = {.n = a->info.n + b->info.n,
                            .width = a->info.width,
                            .height = a->info.height,
                            .class_names = names};

        name = same ? mem_string(a->name) : mem_format("%s+%s", a->name, b->name);
        plan.name = name;
        plan.split = strcmp(a->info.split, b->info.split) != 0 ? SCRAWL_SPLIT_ALL
                     : strcmp(a->info.split, "test") == 0      ? SCRAWL_SPLIT_TEST
                     : strcmp(a->info.split, "train") == 0     ? SCRAWL_SPLIT_TRAIN
                                                               : SCRAWL_SPLIT_ALL;
        plan.n_classes = match_classes(a, b, names, map);
        status =
            name ? join(sum, a, b, &plan, map, error) : error_no_memory(error, "a data set's name");
    }
    mem_free(name);
    scrawl_dataset_free(a);
    scrawl_dataset_free(b);
    return status;
}

#define IMAGES_PER_CHUNK 64

typedef struct Work {
    ScrawlDataset *dataset;
    const Change *change;
    uint8_t *memory; /* [n_threads][size] */
    size_t size;     /* the change's, in whole cache lines */
} Work;

static void change_chunk(void *context, size_t chunk, int thread)
{
    const Work *work = context;
    const ScrawlDatasetInfo *info = &work->dataset->info;
    size_t first = chunk * IMAGES_PER_CHUNK, end = first + IMAGES_PER_CHUNK;
    size_t area = (size_t)info->width * (size_t)info->height;
    for (size_t i = first; i < end && i < info->n; i++)
        work->change->apply(work->change->context, info, i, work->dataset->pixels + i * area,
                            work->memory + (size_t)thread * work->size);
}

ScrawlStatus dataset_change(ScrawlDataset *dataset, const Change *change, int n_threads,
                            ScrawlError *error)
{
    Work work = {.dataset = dataset, .change = change};
    if (n_threads < 0 || n_threads > TEAM_MAX_THREADS)
        return error_set(error, SCRAWL_STATUS_USAGE, "threads: expected 1 to %d, found %d",
                         TEAM_MAX_THREADS, n_threads);
    if (n_threads == 0)
        n_threads = team_default_threads();
    work.size = (change->work_size + MEM_ALIGNMENT - 1) / MEM_ALIGNMENT * MEM_ALIGNMENT;
    work.memory = mem_alloc((size_t)n_threads, work.size);
    if (!work.memory)
        return error_no_memory(error, change->what);
    team_run(n_threads, (dataset->info.n + IMAGES_PER_CHUNK - 1) / IMAGES_PER_CHUNK, change_chunk,
             &work);
    mem_free(work.memory);
    dataset_seal(dataset);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus dataset_changed(ScrawlDataset **changed, const ScrawlDataset *dataset,
                             const char *words, const char *spec, const Change *change,
                             int n_threads, ScrawlError *error)
{
    *changed = NULL;
    char *name = mem_format("%s %s %s", dataset->info.name, words, spec);
    if (!name)
        return error_no_memory(error, "a data set's name");
    ScrawlStatus status = dataset_copy(changed, dataset, name, error);
    mem_free(name);
    if (!status)
        status = dataset_change(*changed, change, n_threads, error);
    if (status) {
        scrawl_dataset_free(*changed);
        *changed = NULL;
    }
    return status;
}

void change_to_pixels(size_t count, const real *values, uint8_t *pixels)
{
    for (size_t i = 0; i < count; i++)
        pixels[i] = (uint8_t)lrint((double)values[i] * 255);
}
