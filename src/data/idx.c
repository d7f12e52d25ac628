#include "data/readers.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/archive.h"

#define TYPE_BYTE 0x08
#define TYPE_INT 0x0c
#define MAX_DIMENSIONS 3

typedef struct Header {
    int type;
    int n_dimensions;
    uint32_t dimensions[MAX_DIMENSIONS];
    size_t size; /* bytes of the header itself */
} Header;

static ScrawlStatus short_error(size_t size, ScrawlError *error)
{
    if (size == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "the file is empty: expected IDX data");
    return error_set(error, SCRAWL_STATUS_FORMAT, "%zu bytes are too short for an IDX header",
                     size);
}

static ScrawlStatus read_header(Header *header, const void *bytes, size_t size, ScrawlError *error)
{
    ByteReader reader;
    uint32_t magic;

    memset(header, 0, sizeof *header);
    reader_init(&reader, bytes, size);
    if (!reader_u32be(&reader, &magic))
        return short_error(size, error);
    header->type = (int)(magic >> 8);
    header->n_dimensions = (int)(magic & 0xff);
    if (header->type != TYPE_BYTE && header->type != TYPE_INT)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "not IDX data of bytes or 32-bit integers: the first four bytes are "
                         "%08x, expected 0000080n or 00000c0n",
                         (unsigned)magic);
    if (header->n_dimensions < 1 || header->n_dimensions > MAX_DIMENSIONS)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the IDX header says %d dimensions, expected 1 to %d",
                         header->n_dimensions, MAX_DIMENSIONS);
    for (int i = 0; i < header->n_dimensions; i++)
        if (!reader_u32be(&reader, &header->dimensions[i]))
            return short_error(size, error);
    header->size = reader.position;
    return SCRAWL_STATUS_OK;
}

/* The limits are checked before this multiplies, so the product fits. */
static ScrawlStatus check_size(const Header *header, size_t item_size, const char *what,
                               size_t size, ScrawlError *error)
{
    uint64_t expected = header->size, values = item_size;

    for (int i = 0; i < header->n_dimensions; i++)
        values *= header->dimensions[i];
    expected += values;
    if (size < expected)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "truncated: its header says %u %s, which take %llu bytes, but there are "
                         "%zu",
                         (unsigned)header->dimensions[0], what, (unsigned long long)expected, size);
    if (size > expected)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "too long: its header says %u %s, which take %llu bytes, but there are "
                         "%zu",
                         (unsigned)header->dimensions[0], what, (unsigned long long)expected, size);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_count(const Header *header, const char *what, ScrawlError *error)
{
    if (header->dimensions[0] == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "it holds no %s", what);
    if (header->dimensions[0] > DATASET_MAX_IMAGES)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%u %s are more than the limit of %zu",
                         (unsigned)header->dimensions[0], what, DATASET_MAX_IMAGES);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus idx_parse_images(IdxImages *images, const void *bytes, size_t size, ScrawlError *error)
{
    Header header;
    uint32_t height, width;
    ScrawlStatus status = read_header(&header, bytes, size, error);

    memset(images, 0, sizeof *images);
    if (status)
        return status;
    if (header.type != TYPE_BYTE || header.n_dimensions != 3)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "expected images (3 dimensions of bytes), found %d dimension%s of %s",
                         header.n_dimensions, header.n_dimensions == 1 ? "" : "s",
                         header.type == TYPE_BYTE ? "bytes: labels?" : "integers");
    status = check_count(&header, "images", error);
    if (status)
        return status;
    height = header.dimensions[1];
    width = header.dimensions[2];
    if (height == 0 || width == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "its images have no size: %ux%u pixels",
                         (unsigned)width, (unsigned)height);
    if (height > DATASET_MAX_SIDE || width > DATASET_MAX_SIDE)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "images of %ux%u pixels are larger than the limit of %dx%d",
                         (unsigned)width, (unsigned)height, DATASET_MAX_SIDE, DATASET_MAX_SIDE);
    status = check_size(&header, 1, "images", size, error);
    if (status)
        return status;
    *images = (IdxImages){header.dimensions[0], (int)height, (int)width,
                          (const uint8_t *)bytes + header.size};
    return SCRAWL_STATUS_OK;
}

ScrawlStatus idx_parse_labels(IdxLabels *labels, const void *bytes, size_t size, ScrawlError *error)
{
    Header header;
    size_t item_size, n_columns;
    ScrawlStatus status = read_header(&header, bytes, size, error);

    memset(labels, 0, sizeof *labels);
    if (status)
        return status;
    if (header.n_dimensions > 2)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "expected labels (1 dimension), found %d dimensions: images?",
                         header.n_dimensions);
    status = check_count(&header, "labels", error);
    if (status)
        return status;
    n_columns = header.n_dimensions == 2 ? header.dimensions[1] : 1;
    if (n_columns == 0 || n_columns > 64)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%zu numbers a label, expected 1 to 64",
                         n_columns);
    item_size = header.type == TYPE_INT ? 4 : 1;
    status = check_size(&header, item_size, "labels", size, error);
    if (status)
        return status;
    *labels = (IdxLabels){header.dimensions[0], n_columns * item_size, item_size,
                          (const uint8_t *)bytes + header.size};
    return SCRAWL_STATUS_OK;
}

int64_t idx_label(const IdxLabels *labels, size_t i)
{
    const uint8_t *row = labels->rows + i * labels->row_size;

    if (labels->item_size == 1)
        return row[0];
    return (int32_t)((uint32_t)row[0] << 24 | (uint32_t)row[1] << 16 | (uint32_t)row[2] << 8 |
                     row[3]);
}

static ScrawlStatus copy_labels(ScrawlDataset *dataset, const IdxLabels *labels,
                                const IdxMeaning *meaning, ScrawlError *error)
{
    for (size_t i = 0; i < labels->n; i++) {
        int64_t label = idx_label(labels, i) - meaning->label_offset;

        if (label < 0 || label >= meaning->n_classes)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: label %lld of image %zu is out of range: expected %d..%d",
                             meaning->labels_name, (long long)(label + meaning->label_offset), i,
                             meaning->label_offset, meaning->label_offset + meaning->n_classes - 1);
        dataset->labels[i] = (uint16_t)label;
    }
    return SCRAWL_STATUS_OK;
}

/* Stored [n][width][height], wanted [n][height][width]: `height` and `width` are the wanted
 * ones. */
static ScrawlStatus transpose(ScrawlDataset *dataset, ScrawlError *error)
{
    size_t height = (size_t)dataset->info.height, width = (size_t)dataset->info.width;
    size_t size = height * width;
    uint8_t *stored = mem_alloc(size, 1);

    if (!stored)
        return error_no_memory(error, "one image");
    for (size_t i = 0; i < dataset->info.n; i++) {
        uint8_t *image = dataset->pixels + i * size;

        memcpy(stored, image, size);
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                image[y * width + x] = stored[x * height + y];
    }
    mem_free(stored);
    return SCRAWL_STATUS_OK;
}

/* Turns the file's block into the pixels' block by moving the pixels over the header. */
static uint8_t *take_pixels(Buffer *buffer, const IdxImages *images)
{
    uint8_t *block = buffer->data;
    size_t max_size = buffer->max_size;

    memmove(block, images->pixels, images->n * (size_t)images->height * (size_t)images->width);
    buffer_init(buffer, max_size);
    return block;
}

static ScrawlStatus check_counts(const IdxImages *images, const IdxLabels *labels,
                                 const IdxMeaning *meaning, ScrawlError *error)
{
    if (images->n == labels->n)
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_MISMATCH, "%s has %zu images, but %s has %zu labels",
                     meaning->images_name, images->n, meaning->labels_name, labels->n);
}

ScrawlStatus idx_dataset(ScrawlDataset **dataset, const IdxMeaning *meaning, Buffer *images_file,
                         const Buffer *labels_file, ScrawlError *error)
{
    IdxImages images;
    IdxLabels labels;
    DatasetPlan plan = {.name = meaning->name,
                        .split = meaning->split,
                        .class_names = meaning->class_names,
                        .n_classes = meaning->n_classes};
    uint8_t *pixels;
    ScrawlStatus status;

    *dataset = NULL;
    status = idx_parse_images(&images, images_file->data, images_file->size, error);
    if (status)
        return error_prefix(error, status, "%s", meaning->images_name);
    status = idx_parse_labels(&labels, labels_file->data, labels_file->size, error);
    if (status)
        return error_prefix(error, status, "%s", meaning->labels_name);
    status = check_counts(&images, &labels, meaning, error);
    if (status)
        return status;
    plan.n = images.n;
    plan.height = meaning->transposed ? images.width : images.height;
    plan.width = meaning->transposed ? images.height : images.width;
    pixels = take_pixels(images_file, &images);
    status = dataset_create(dataset, &plan, pixels, error);
    if (status) {
        mem_free(pixels);
        return status;
    }
    status = copy_labels(*dataset, &labels, meaning, error);
    if (!status && meaning->transposed)
        status = transpose(*dataset, error);
    if (status) {
        scrawl_dataset_free(*dataset);
        *dataset = NULL;
        return status;
    }
    dataset_seal(*dataset);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus idx_read(ScrawlDataset **dataset, const IdxMeaning *meaning, ScrawlError *error)
{
    Buffer images, labels;
    ScrawlStatus status;

    *dataset = NULL;
    buffer_init(&images, DATASET_MAX_FILE);
    buffer_init(&labels, DATASET_MAX_FILE);
    status = gzip_read_file(meaning->images_name, &images, error);
    if (!status)
        status = gzip_read_file(meaning->labels_name, &labels, error);
    if (!status)
        status = idx_dataset(dataset, meaning, &images, &labels, error);
    buffer_deinit(&images);
    buffer_deinit(&labels);
    return status;
}
