/* Pictures in memory: made, turned upright, freed. */
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/decode.h"

ScrawlStatus image_check_size(const char *format, uint64_t width, uint64_t height,
                              ScrawlError *error)
{
    if (width == 0 || height == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s of %llu x %llu pixels is empty", format,
                         (unsigned long long)width, (unsigned long long)height);
    if (width > SCRAWL_IMAGE_MAX_PIXELS || height > SCRAWL_IMAGE_MAX_PIXELS / width)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s of %llu x %llu pixels is larger than the limit of %zu megapixels",
                         format, (unsigned long long)width, (unsigned long long)height,
                         SCRAWL_IMAGE_MAX_PIXELS / 1000000);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus scrawl_image_create(ScrawlImage *image, int width, int height, uint8_t grey,
                                 ScrawlError *error)
{
    *image = (ScrawlImage){0};
    if (width < 1 || height < 1)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "a picture of %d x %d pixels was asked for: both sides must be at least 1",
                         width, height);
    ScrawlStatus status = image_check_size("picture", (uint64_t)width, (uint64_t)height, error);
    if (status)
        return status;
    size_t n = (size_t)width * (size_t)height;
    image->pixels = mem_alloc(n, 1);
    if (!image->pixels)
        return error_no_memory(error, "a picture");
    memset(image->pixels, grey, n);
    image->width = width;
    image->height = height;
    return SCRAWL_STATUS_OK;
}

void scrawl_image_deinit(ScrawlImage *image)
{
    if (!image)
        return;
    mem_free(image->pixels);
    *image = (ScrawlImage){0};
}

/* EXIF orientation: found in an APP1 segment, undone on the pixels. */

#define EXIF_ORIENTATION 0x0112
#define EXIF_SHORT 3

/* A TIFF structure in memory, in its own byte order. */
typedef struct Tiff {
    const uint8_t *data;
    size_t size;
    bool big_endian;
} Tiff;

/* `count` bytes at `at` as a number; false beyond the end. */
static bool tiff_number(const Tiff *tiff, size_t at, size_t count, uint32_t *value)
{
    *value = 0;
    if (at > tiff->size || tiff->size - at < count)
        return false;
    for (size_t i = 0; i < count; i++)
        *value = *value << 8 | tiff->data[at + (tiff->big_endian ? i : count - 1 - i)];
    return true;
}

int exif_orientation(const uint8_t *segment, size_t size)
{
    if (size < 14 || memcmp(segment, "Exif\0\0", 6) != 0)
        return 1;
    Tiff tiff = {segment + 6, size - 6, segment[6] == 'M'};
    uint32_t magic, ifd, n_entries, tag, type, value;
    if (!tiff_number(&tiff, 2, 2, &magic) || magic != 42 || !tiff_number(&tiff, 4, 4, &ifd) ||
        !tiff_number(&tiff, ifd, 2, &n_entries))
        return 1;
    for (size_t i = 0; i < n_entries; i++) {
        size_t entry = (size_t)ifd + 2 + 12 * i;
        if (!tiff_number(&tiff, entry, 2, &tag) || !tiff_number(&tiff, entry + 2, 2, &type) ||
            !tiff_number(&tiff, entry + 8, 2, &value))
            return 1;
        if (tag == EXIF_ORIENTATION)
            return type == EXIF_SHORT && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

/* The eight orientations are three switches: mirror the columns, mirror the rows, swap the axes. */
static const struct {
    bool mirror_x, mirror_y, swap; /* of the stored picture, from which the upright one is read */
} orientations[9] = {
    [1] = {0},       [2] = {1, 0, 0}, [3] = {1, 1, 0}, [4] = {0, 1, 0},
    [5] = {0, 0, 1}, [6] = {0, 1, 1}, [7] = {1, 1, 1}, [8] = {1, 0, 1},
};

ScrawlStatus image_orient(ScrawlImage *image, int orientation, ScrawlError *error)
{
    if (orientation <= 1 || orientation > 8)
        return SCRAWL_STATUS_OK;
    bool swap = orientations[orientation].swap;
    ScrawlImage upright;
    ScrawlStatus status = scrawl_image_create(&upright, swap ? image->height : image->width,
                                              swap ? image->width : image->height, 0, error);
    if (status)
        return status;
    uint8_t *out = upright.pixels;
    for (int y = 0; y < upright.height; y++)
        for (int x = 0; x < upright.width; x++) {
            int from_x = swap ? y : x, from_y = swap ? x : y;
            if (orientations[orientation].mirror_x)
                from_x = image->width - 1 - from_x;
            if (orientations[orientation].mirror_y)
                from_y = image->height - 1 - from_y;
            *out++ = image->pixels[(size_t)from_y * (size_t)image->width + (size_t)from_x];
        }
    scrawl_image_deinit(image);
    *image = upright;
    return SCRAWL_STATUS_OK;
}
