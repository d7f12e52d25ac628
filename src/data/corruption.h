/* Corruptions to pictures in memory. What users ask for is in scrawl/corruption.h. */
#ifndef DATA_CORRUPTION_H
#define DATA_CORRUPTION_H

#include "base/words.h"
#include "kernels/kernels.h"
#include "scrawl/corruption.h"

/* USAGE, as scrawl_corruption_check. */
SCRAWL_MUST_CHECK ScrawlStatus corruption_read(Words *corruptions, const char *spec,
                                               ScrawlError *error);

/* Corruptions pixels[height][width], ink 255 on 0, in place: a function of (corruptions, pixels,
 * seed, sample) alone, sample < 2^36. Plain C kernels: the same on every machine. Takes no memory:
 * work holds corruption_work reals. Any thread. */
void corruption_apply(const Words *corruptions, int height, int width, uint64_t seed,
                      uint64_t sample, uint8_t *pixels, real *work);
size_t corruption_work(int height, int width);

#endif
