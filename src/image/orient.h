/* Turning a photo upright, as its camera noted in EXIF (CIPA DC-008, tag 0x0112). */
#ifndef IMAGE_ORIENT_H
#define IMAGE_ORIENT_H

#include "scrawl/image.h"

/* The orientation 1..8 that an APP1 segment's content ("Exif\0\0", then a TIFF header and IFD 0)
 * names; 1 where it names none or makes no sense. Reads nothing beyond `size`. */
int exif_orientation(const uint8_t *segment, size_t size);

/* Turns and mirrors the picture so that it is upright; 1 changes nothing. NO_MEMORY: unchanged. */
SCRAWL_MUST_CHECK ScrawlStatus image_orient(ScrawlImage *image, int orientation,
                                            ScrawlError *error);

#endif
