/* Grey pictures in memory, and their way in from and out to files. */
#ifndef SCRAWL_IMAGE_H
#define SCRAWL_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRAWL_IMAGE_MAX_PIXELS ((size_t)64 * 1000 * 1000) /* width x height, checked before decoding */

/* Held by the caller: `{0}` is an empty one. pixels is height rows of width bytes, 0 black to 255 white, owned by the library: freed by scrawl_image_deinit. */
typedef struct ScrawlImage {
    int width, height;
    uint8_t *pixels;
} ScrawlImage;

/* Reads a PNG, JPEG, TIFF, PNM, WebP, BMP or GIF file as grey: colour is weighed, alpha laid over white, EXIF orientation applied, 16 bit cut to 8. "-" is
 * standard input. HEIC is refused with a sentence that says how to convert it. Any thread. NOT_FOUND, IO, FORMAT, LIMIT, UNSUPPORTED, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_load(ScrawlImage *image, const char *path, ScrawlError *error);

/* The same from bytes in memory; `name` is what messages call them. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_decode(ScrawlImage *image, const char *name, const void *bytes, size_t size, ScrawlError *error);

/* A picture of one grey value. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_create(ScrawlImage *image, int width, int height, uint8_t grey, ScrawlError *error);

/* Writes a grey PNG, whole or not at all. "-" is standard output. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_save(const ScrawlImage *image, const char *path, ScrawlError *error);

SCRAWL_API void scrawl_image_deinit(ScrawlImage *image); /* NULL-safe; leaves {0} */

/* Draws one character with the synthetic pen: dark ink on white paper, size x size (8..1024), a different hand for every seed.
 * `label` is one of the pen's classes: "0".."9", "A".."Z", "a".."z". NOT_FOUND for others. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_draw(ScrawlImage *image, const char *label, int size, uint64_t seed, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
