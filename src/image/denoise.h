/* The steps that clean a picture, on pixels in memory. What users ask for is in scrawl/denoise.h.
 * Plain C without libraries. Any thread. */
#ifndef IMAGE_DENOISE_H
#define IMAGE_DENOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/words.h"
#include "scrawl/denoise.h"

/* USAGE, as scrawl_denoise_check. */
SCRAWL_MUST_CHECK ScrawlStatus denoise_read(Words *steps, const char *spec, ScrawlError *error);

/* Cleans pixels[height][width] in place. light: the ink is lighter than the paper. Takes no memory:
 * work holds denoise_work bytes, aligned as mem_alloc's. */
void denoise_apply(const Words *steps, int width, int height, bool light, uint8_t *pixels,
                   void *work);
size_t denoise_work(const Words *steps, int width, int height);

/* From grey to black and white. Plain C without libraries; takes no memory. Any thread. */

/* Otsu's level: what is above it is the light side. The lowest of equals; false, and *level = 0,
 * where all n pixels are one grey. */
bool threshold_otsu(const uint8_t *grey, size_t n, uint8_t *level);

#define THRESHOLD_MAX_RADIUS 500

/* Sauvola's level for every pixel, from the window of `radius` pixels to each side as far as it is
 * in the picture: 0 < radius <= THRESHOLD_MAX_RADIUS. light: the ink is lighter than the paper.
 * grey[height][width] -> out[height][width], not the same array: ink 0 on 255, or 255 on 0 where it
 * is light. sums: 2 * width numbers of work memory. */
void threshold_sauvola(const uint8_t *grey, int width, int height, int radius, bool light,
                       uint8_t *out, uint32_t *sums);

/* Small pieces of ink that are none. Plain C without libraries; takes no memory. Any thread. */

/* Connected pieces of ink (8 neighbours) of fewer than `least` pixels take the mean grey of the
 * paper next to them; one that fills the picture stays. Ink is what is above `level` where it is
 * light, else what is not. work: `least` numbers (at most width * height are used) and, after them,
 * width * height bytes. */
void specks_remove(uint8_t *grey, int width, int height, uint8_t level, bool light, size_t least,
                   uint32_t *work);

#endif
