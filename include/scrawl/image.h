/* Grey pictures in memory, and their way in from and out to files. */
#ifndef SCRAWL_IMAGE_H
#define SCRAWL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* width x height of a picture, checked in the file's header before anything is decoded. */
#define SCRAWL_IMAGE_MAX_PIXELS ((size_t)64 * 1000 * 1000)

/* Bytes of a picture's file, packed. */
#define SCRAWL_IMAGE_MAX_FILE ((size_t)256 << 20)

/* The endings of the files that are read, for a sentence. */
#define SCRAWL_IMAGE_ENDINGS \
    ".png, .jpg, .jpeg, .tif, .tiff, .webp, .bmp, .gif, .pnm, .pgm, .ppm, .pbm"

/* True where a file's name ends as a picture's, letters' case aside: what a walk through a folder
 * takes for one. Also true of ".heic": reading it says what to do, where passing it over would say
 * nothing. Any thread. */
SCRAWL_API bool scrawl_image_has_ending(const char *path);

/* Held by the caller: `{0}` is an empty one. pixels is height rows of width bytes, 0 black to
 * 255 white, owned by the library: freed by scrawl_image_deinit. Any thread; one at a time a
 * picture. */
typedef struct ScrawlImage {
    int width, height;
    uint8_t *pixels;
} ScrawlImage;

/* Reads a PNG, JPEG, TIFF (first page), PNM, WebP, BMP or GIF (first frame) file as grey: colour is
 * weighed, alpha laid over white, a photo's EXIF orientation applied, 16 bit cut to 8. A JPEG of
 * more than 16 megapixels is read at 1/2, 1/4 or 1/8 of its size. "-" is standard input.
 *
 * Whatever *image held is overwritten, not freed; after a failure it is {0}. The sentence begins
 * with the file's name. NOT_FOUND; IO; FORMAT: no picture, or a corrupted one; LIMIT: more than
 * SCRAWL_IMAGE_MAX_PIXELS or SCRAWL_IMAGE_MAX_FILE; UNSUPPORTED: HEIC, AVIF, PDF and others that
 * are known by name; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_load(ScrawlImage *image, const char *path,
                                                            ScrawlError *error);

/* The same from bytes in memory (borrowed for the call); `name` is what messages call them. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_decode(ScrawlImage *image, const char *name,
                                                              const void *bytes, size_t size,
                                                              ScrawlError *error);

/* A picture of one grey value. USAGE for a side below 1, LIMIT, NO_MEMORY; *image is then {0}. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_create(ScrawlImage *image, int width,
                                                              int height, uint8_t grey,
                                                              ScrawlError *error);

/* Writes a grey PNG, whole or not at all. "-" is standard output. USAGE for an empty picture, IO,
 * NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_save(const ScrawlImage *image,
                                                            const char *path, ScrawlError *error);

SCRAWL_API void scrawl_image_deinit(ScrawlImage *image); /* NULL-safe; leaves {0} */

#ifdef __cplusplus
}
#endif
#endif
