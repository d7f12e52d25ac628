#include "data/npz.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/archive.h"
#include "data/npy.h"

/* One member: its bytes and what they mean. */
typedef struct Member {
    const char *name;
    Buffer bytes;
    NpyArray array;
} Member;

static ScrawlStatus read_member(Member *member, const Archive *archive, const char *name,
                                const char *file, ScrawlError *error)
{
    ScrawlStatus status;

    member->name = name;
    buffer_init(&member->bytes, DATASET_MAX_FILE);
    status = archive_read(archive, name, &member->bytes, error);
    if (status)
        return status;
    status = npy_parse(&member->array, member->bytes.data, member->bytes.size, error);
    return status ? error_prefix(error, status, "%s: %s", file, name) : SCRAWL_STATUS_OK;
}

static ScrawlStatus check_images(const Member *x, const char *file, DatasetPlan *plan,
                                 ScrawlError *error)
{
    const NpyArray *a = &x->array;
    bool shaped = a->n_dimensions == 3 || (a->n_dimensions == 4 && a->dimensions[3] == 1);

    if (a->kind != 'u' || a->item_size != 1)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: %s: pixels of type %c%zu, expected bytes (u1)", file, x->name,
                         a->kind, a->item_size);
    if (!shaped)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: %s: %d dimensions, expected [N,H,W] or [N,H,W,1]", file, x->name,
                         a->n_dimensions);
    if (a->dimensions[1] > DATASET_MAX_SIDE || a->dimensions[2] > DATASET_MAX_SIDE)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s: %s: images of %zux%zu pixels, at most %dx%d", file, x->name,
                         a->dimensions[2], a->dimensions[1], DATASET_MAX_SIDE, DATASET_MAX_SIDE);
    plan->n = a->dimensions[0];
    plan->height = (int)a->dimensions[1];
    plan->width = (int)a->dimensions[2];
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_labels(const Member *y, const Member *x, const char *file,
                                 ScrawlError *error)
{
    const NpyArray *a = &y->array;
    bool shaped = a->n_dimensions == 1 || (a->n_dimensions == 2 && a->dimensions[1] == 1);

    if ((a->kind != 'u' && a->kind != 'i') || !shaped)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: %s: labels of type %c%zu in %d dimensions, expected one integer "
                         "each",
                         file, y->name, a->kind, a->item_size, a->n_dimensions);
    if (a->n != x->array.dimensions[0])
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: %s has %zu images, but %s has %zu "
                         "labels",
                         file, x->name, x->array.dimensions[0], y->name, a->n);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus copy_labels(ScrawlDataset *dataset, const Member *y, const char *file,
                                ScrawlError *error)
{
    for (size_t i = 0; i < dataset->info.n; i++) {
        int64_t label = npy_integer(&y->array, i);

        if (label < 0 || label >= SCRAWL_DATASET_MAX_CLASSES)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: %s: label %lld of image %zu is out of range: expected 0..%d",
                             file, y->name, (long long)label, i, SCRAWL_DATASET_MAX_CLASSES - 1);
        dataset->labels[i] = (uint16_t)label;
    }
    return SCRAWL_STATUS_OK;
}

/* x's block becomes the pixels, as in idx_dataset. */
static uint8_t *take_pixels(Member *x)
{
    uint8_t *block = x->bytes.data;

    memmove(block, x->array.values, x->array.n);
    buffer_init(&x->bytes, DATASET_MAX_FILE);
    return block;
}

static ScrawlStatus build(ScrawlDataset **dataset, const char *file, Member *x, const Member *y,
                          ScrawlSplit split, ScrawlError *error)
{
    DatasetPlan plan = {.name = file, .split = split, .n_classes = SCRAWL_DATASET_MAX_CLASSES};
    uint8_t *pixels;
    ScrawlStatus status = check_images(x, file, &plan, error);

    if (!status)
        status = check_labels(y, x, file, error);
    if (status)
        return status;
    pixels = take_pixels(x);
    status = dataset_create(dataset, &plan, pixels, error);
    if (status) {
        mem_free(pixels);
        return status;
    }
    status = copy_labels(*dataset, y, file, error);
    if (status) {
        scrawl_dataset_free(*dataset);
        *dataset = NULL;
        return status;
    }
    dataset_drop_classes(*dataset, DATASET_MIN_CLASSES);
    dataset_seal(*dataset);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_split(ScrawlDataset **dataset, const char *name, const Archive *archive,
                               ScrawlSplit split, ScrawlError *error)
{
    bool test = split == SCRAWL_SPLIT_TEST;
    Member x = {0}, y = {0};
    ScrawlStatus status;

    if (split == SCRAWL_SPLIT_ALL)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s: one split at a time", name);
    status = read_member(&x, archive, test ? "x_test.npy" : "x_train.npy", name, error);
    if (!status)
        status = read_member(&y, archive, test ? "y_test.npy" : "y_train.npy", name, error);
    if (!status)
        status = build(dataset, name, &x, &y, split, error);
    buffer_deinit(&x.bytes);
    buffer_deinit(&y.bytes);
    return status;
}

ScrawlStatus npz_parse(ScrawlDataset **dataset, const char *name, const void *bytes, size_t size,
                       ScrawlSplit split, ScrawlError *error)
{
    Archive *archive;
    ScrawlStatus status = archive_open_bytes(&archive, name, bytes, size, error);

    *dataset = NULL;
    if (!status)
        status = read_split(dataset, name, archive, split, error);
    archive_close(archive);
    return status;
}

ScrawlStatus npz_read(ScrawlDataset **dataset, const char *path, ScrawlSplit split,
                      ScrawlError *error)
{
    Archive *archive;
    ScrawlStatus status = archive_open_file(&archive, path, error);

    *dataset = NULL;
    if (!status)
        status = read_split(dataset, path, archive, split, error);
    archive_close(archive);
    return status;
}
