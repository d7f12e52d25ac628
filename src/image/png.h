/* The chunks of a PNG, checked by ourselves (PNG specification, third edition, section 5). */
#ifndef IMAGE_PNG_H
#define IMAGE_PNG_H

#include "base/buffer.h"

/* Appends to `out` a PNG of the chunks alone that pixels need (IHDR, PLTE, tRNS, IDAT, IEND) after
 * checking every chunk's length and CRC, and that nothing follows IEND. What is left out (colour
 * profiles, text, times) is what makes libpng warn on stderr, or take memory. FORMAT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus png_essentials(const uint8_t *bytes, size_t size, Buffer *out,
                                              ScrawlError *error);

#endif
