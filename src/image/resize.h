/* Changing a picture's size in plain C: area average where it shrinks, bilinear where it grows,
 * each axis by itself. */
#ifndef IMAGE_RESIZE_H
#define IMAGE_RESIZE_H

#include <stdint.h>

#include "scrawl/status.h"

/* src[src_height][src_width] -> dst[dst_height][dst_width], all sizes at least 1. The same size
 * is a copy. Edges are replicated. Takes work memory of 4 * src_height * dst_width bytes:
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus image_resize(const uint8_t *src, int src_width, int src_height,
                                            uint8_t *dst, int dst_width, int dst_height,
                                            ScrawlError *error);

#endif
