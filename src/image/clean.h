/* The steps that clean a picture, on pixels in memory. What users ask for is in scrawl/clean.h.
 * Plain C without libraries. Any thread. */
#ifndef IMAGE_CLEAN_H
#define IMAGE_CLEAN_H

#include "base/words.h"
#include "scrawl/clean.h"

/* USAGE, as scrawl_clean_check. */
SCRAWL_MUST_CHECK ScrawlStatus clean_read(Words *steps, const char *spec, ScrawlError *error);

/* Cleans pixels[height][width] in place. light: the ink is lighter than the paper. Takes no memory:
 * work holds clean_work bytes, aligned as mem_alloc's. */
void clean_apply(const Words *steps, int width, int height, bool light, uint8_t *pixels,
                 void *work);
size_t clean_work(const Words *steps, int width, int height);

#endif
