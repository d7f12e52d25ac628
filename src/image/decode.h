/* Where untrusted picture bytes become grey pixels. What users call is in scrawl/image.h.
 *
 * scrawl_image_decode finds the format and reads the size in the header before anything is decoded;
 * then the format's own decoder runs: jpeg.c through libjpeg, the others through leptonica, PNG
 * after png_essentials has checked its chunks. Any thread. */
#ifndef IMAGE_DECODE_H
#define IMAGE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "scrawl/image.h"

/* A grey PNG appended to `out`, whose max_size bounds it. */
SCRAWL_MUST_CHECK ScrawlStatus image_encode_png(const ScrawlImage *image, Buffer *out,
                                                ScrawlError *error);

/* The same in colour: rgb[height][width][3], both sides at least 1. */
SCRAWL_MUST_CHECK ScrawlStatus image_encode_png_rgb(const uint8_t *rgb, int width, int height,
                                                    Buffer *out, ScrawlError *error);

/* OK where a picture of width x height may be decoded; FORMAT for an empty one, LIMIT for a large
 * one. `format` is the format's name in the sentence. */
SCRAWL_MUST_CHECK ScrawlStatus image_check_size(const char *format, uint64_t width, uint64_t height,
                                                ScrawlError *error);

/* What the first bytes of a picture say: its format and, where leptonica would have to decode the
 * whole to know, its size. Nothing here takes memory or reads beyond `size`. */

bool header_is_png(const uint8_t *bytes, size_t size);
bool header_is_jpeg(const uint8_t *bytes, size_t size);
bool header_is_tiff(const uint8_t *bytes, size_t size);
bool header_is_pnm(const uint8_t *bytes, size_t size);
bool header_is_webp(const uint8_t *bytes, size_t size);
bool header_is_bmp(const uint8_t *bytes, size_t size);
bool header_is_gif(const uint8_t *bytes, size_t size);

/* True where the beginning is printable text. */
bool header_is_text(const uint8_t *bytes, size_t size);

/* A sentence of advice for a format that is known by name but not read, or NULL. Static text. */
const char *header_refusal(const uint8_t *bytes, size_t size);

/* The pixels that decoding takes memory for; false where the header is cut off or makes no sense.
 * GIF: the first frame's width, with all frames' areas added up in `height`, since giflib decodes
 * them all at once. */
bool header_size_png(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height);
bool header_size_bmp(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height);
bool header_size_gif(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height);

/* Turning a photo upright, as its camera noted in EXIF (CIPA DC-008, tag 0x0112). */

/* The orientation 1..8 that an APP1 segment's content ("Exif\0\0", then a TIFF header and IFD 0)
 * names; 1 where it names none or makes no sense. Reads nothing beyond `size`. */
int exif_orientation(const uint8_t *segment, size_t size);

/* Turns and mirrors the picture so that it is upright; 1 changes nothing. NO_MEMORY: unchanged. */
SCRAWL_MUST_CHECK ScrawlStatus image_orient(ScrawlImage *image, int orientation,
                                            ScrawlError *error);

#endif
