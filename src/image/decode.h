/* Where untrusted picture bytes become grey pixels. What users call is in scrawl/image.h.
 *
 * scrawl_image_decode finds the format and reads the size in the header before anything is decoded;
 * then the format's own decoder runs: jpeg.c through libjpeg, the others through leptonica, PNG
 * after png_essentials has checked its chunks. Any thread. */
#ifndef IMAGE_DECODE_H
#define IMAGE_DECODE_H

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

#endif
