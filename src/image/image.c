/* Pictures in memory: made, loaded, saved, freed. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/decode.h"

ScrawlStatus
scrawl_image_create(ScrawlImage *image, int width, int height, uint8_t grey, ScrawlError *error)
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

ScrawlStatus scrawl_image_load(ScrawlImage *image, const char *path, ScrawlError *error)
{
    *image = (ScrawlImage){0};
    Buffer bytes;
    buffer_init(&bytes, SCRAWL_IMAGE_MAX_FILE);
    const char *name = strcmp(path, "-") ? path : "standard input";
    ScrawlStatus status = file_read(path, &bytes, error);
    if (!status)
        status = scrawl_image_decode(image, name, bytes.data, bytes.size, error);
    buffer_deinit(&bytes);
    return status;
}

ScrawlStatus scrawl_image_save(const ScrawlImage *image, const char *path, ScrawlError *error)
{
    Buffer bytes;
    buffer_init(&bytes, SCRAWL_IMAGE_MAX_FILE);
    ScrawlStatus status = image_encode_png(image, &bytes, error);
    if (!status)
        status = file_write(path, bytes.data, bytes.size, error);
    buffer_deinit(&bytes);
    return status;
}
