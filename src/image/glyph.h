/* Ink brought to MNIST's form: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of
 * handwritten digits": "size normalized to fit in a 20x20 pixel box while preserving their
 * aspect ratio [...] centered in a 28x28 image by computing the center of mass of the pixels".
 * Measured on its 10,000 test images: the longer side is 20 in all but three, and the centre of
 * mass, in pixel indices, lies in [13.5, 14.5) on both axes in every one. Plain C without
 * libraries. */
#ifndef IMAGE_GLYPH_H
#define IMAGE_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/status.h"

typedef struct GlyphBox {
    int x, y, width, height;
} GlyphBox;

/* The size of the box that ink is fitted into: 20 of 28, in proportion for other sizes. */
int glyph_inner(int size);

/* The smallest box round all ink of at least `threshold`; false where there is none. */
bool glyph_box(const uint8_t *ink, int width, int height, int threshold, GlyphBox *box);

/* Moves the box's sides inwards to where the ink's blurred edge is at half its strength, looking as
 * far in as one pixel of a glyph `inner` pixels long. A picture that was enlarged smoothly has
 * fringes that a box round all ink would count. One of about the glyph's own size is left as it is,
 * and so is one too narrow to tell. */
void glyph_tighten(const uint8_t *ink, int width, int inner, GlyphBox *box);

/* Copies src[height][width] (ink on 0) into dst[dst_height][dst_width], whole-pixel shifted so that
 * its centre of mass lies in the centre, but never over the edge. src is no larger than dst. */
void glyph_centre(const uint8_t *src, int width, int height, uint8_t *dst, int dst_width,
                  int dst_height);

/* The part `box` of ink[...][width], fitted and centred, in dst[dst_height][dst_width].
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus glyph_fit(const uint8_t *ink, int width, const GlyphBox *box,
                                         uint8_t *dst, int dst_width, int dst_height,
                                         ScrawlError *error);

/* Changing a picture's size in plain C: area average where it shrinks, bilinear where it grows,
 * each axis by itself. */

/* src[src_height][src_width] -> dst[dst_height][dst_width], all sizes at least 1. The same size
 * is a copy. Edges are replicated. Takes work memory of 4 * src_height * dst_width bytes:
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus image_resize(const uint8_t *src, int src_width, int src_height,
                                            uint8_t *dst, int dst_width, int dst_height,
                                            ScrawlError *error);

#endif
