/* What the first bytes of a picture say: its format and, where leptonica would have to decode the
 * whole to know, its size. Nothing here takes memory or reads beyond `size`. */
#ifndef IMAGE_HEADER_H
#define IMAGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
