/* Corruptions to pictures in memory. What users ask for is in scrawl/corruption.h. */
#ifndef DATA_CORRUPTION_H
#define DATA_CORRUPTION_H

#include "base/rng.h"
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

/* The corruptions: each draws for itself and changes the picture in place. */

/* A picture on its way. */
typedef struct CorruptionJob {
    int height, width;
    size_t count;          /* pixels */
    double strength;       /* in the corruption's own unit */
    double unit;           /* a 28th of the smaller side, in pixels */
    uint64_t seed, stream; /* of this corruption to this picture */
    real *pixels;          /* 0..1, 0 is paper; may leave that range */
    real *work;            /* corruption_work reals */
} CorruptionJob;

/* Random numbers by the array begin where none are drawn one by one. */
#define CORRUPTION_FIELD_X (UINT64_C(1) << 32)
#define CORRUPTION_FIELD_Y (UINT64_C(2) << 32)

static inline Rng corruption_rng(const CorruptionJob *job)
{
    Rng rng;
    rng_init(&rng, job->seed, job->stream);
    return rng;
}

/* Grain. */
void corruption_gaussian(const CorruptionJob *job);
void corruption_shot(const CorruptionJob *job);
void corruption_impulse(const CorruptionJob *job);
/* What stands between the page and the eye. */
void corruption_blur(const CorruptionJob *job);
void corruption_glass(const CorruptionJob *job);
void corruption_motion(const CorruptionJob *job);
void corruption_fog(const CorruptionJob *job);
/* How the page lies, and how bright it is. */
void corruption_shear(const CorruptionJob *job);
void corruption_scale(const CorruptionJob *job);
void corruption_rotate(const CorruptionJob *job);
void corruption_translate(const CorruptionJob *job);
void corruption_brightness(const CorruptionJob *job);
void corruption_stripe(const CorruptionJob *job);
/* Ink that does not belong to the writing. */
void corruption_spatter(const CorruptionJob *job);
void corruption_dotted_line(const CorruptionJob *job);
void corruption_zigzag(const CorruptionJob *job);
void corruption_lines(const CorruptionJob *job);
/* Edges in the place of strokes. */
void corruption_canny(const CorruptionJob *job);

#endif
