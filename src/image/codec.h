/* JPEG to grey pixels, through libjpeg itself: leptonica's reader lets libjpeg print to stderr, and
 * makes 32-bit colour where the file's own luminance is what we want. */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include "base/buffer.h"
#include "scrawl/image.h"

#define JPEG_FULL_PIXELS ((size_t)16 * 1000 * 1000) /* more are read at 1/2, 1/4 or 1/8 */

/* *image is {0} on entry; upright by EXIF on return. FORMAT, LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus jpeg_decode(ScrawlImage *image, const uint8_t *bytes, size_t size,
                                           ScrawlError *error);

/* The chunks of a PNG, checked by ourselves (PNG specification, third edition, section 5). */

/* Appends to `out` a PNG of the chunks alone that pixels need (IHDR, PLTE, tRNS, IDAT, IEND) after
 * checking every chunk's length and CRC, and that nothing follows IEND. What is left out (colour
 * profiles, text, times) is what makes libpng warn on stderr, or take memory. FORMAT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus png_essentials(const uint8_t *bytes, size_t size, Buffer *out,
                                              ScrawlError *error);

#endif
