/* Damages to pictures in memory. What users ask for is in scrawl/damage.h. */
#ifndef DATA_DAMAGE_H
#define DATA_DAMAGE_H

#include "base/words.h"
#include "kernels/kernels.h"
#include "scrawl/damage.h"

/* USAGE, as scrawl_damage_check. */
SCRAWL_MUST_CHECK ScrawlStatus damage_read(Words *damages, const char *spec, ScrawlError *error);

/* Damages pixels[height][width], ink 255 on 0, in place: a function of (damages, pixels, seed,
 * sample) alone, sample < 2^36. Plain C kernels: the same on every machine. Takes no memory: work
 * holds damage_work reals. Any thread. */
void damage_apply(const Words *damages, int height, int width, uint64_t seed, uint64_t sample,
                  uint8_t *pixels, real *work);
size_t damage_work(int height, int width);

#endif
