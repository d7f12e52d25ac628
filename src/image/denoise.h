/* The steps that clean a picture, on pixels in memory. What users ask for is in scrawl/denoise.h.
 * Plain C without libraries. Any thread. */
#ifndef IMAGE_DENOISE_H
#define IMAGE_DENOISE_H

#include "base/words.h"
#include "scrawl/denoise.h"

/* USAGE, as scrawl_denoise_check. */
SCRAWL_MUST_CHECK ScrawlStatus denoise_read(Words *steps, const char *spec, ScrawlError *error);

/* Cleans pixels[height][width] in place. light: the ink is lighter than the paper. Takes no memory:
 * work holds denoise_work bytes, aligned as mem_alloc's. */
void denoise_apply(const Words *steps, int width, int height, bool light, uint8_t *pixels,
                   void *work);
size_t denoise_work(const Words *steps, int width, int height);

#endif
