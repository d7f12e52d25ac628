/* JPEG to grey pixels, through libjpeg itself: leptonica's reader lets libjpeg print to stderr, and
 * makes 32-bit colour where the file's own luminance is what we want. */
#ifndef IMAGE_JPEG_H
#define IMAGE_JPEG_H

#include "scrawl/image.h"

#define JPEG_FULL_PIXELS ((size_t)16 * 1000 * 1000) /* more are read at 1/2, 1/4 or 1/8 */

/* *image is {0} on entry; upright by EXIF on return. FORMAT, LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus jpeg_decode(ScrawlImage *image, const uint8_t *bytes, size_t size,
                                           ScrawlError *error);

#endif
