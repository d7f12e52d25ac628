/* The damages: each draws for itself and changes the picture in place. */
#ifndef DATA_DAMAGE_STEP_H
#define DATA_DAMAGE_STEP_H

#include "base/rng.h"
#include "kernels/kernels.h"

/* A picture on its way. */
typedef struct DamageJob {
    int height, width;
    size_t count;          /* pixels */
    double strength;       /* in the damage's own unit */
    double unit;           /* a 28th of the smaller side, in pixels */
    uint64_t seed, stream; /* of this damage to this picture */
    real *pixels;          /* 0..1, 0 is paper; may leave that range */
    real *work;            /* damage_work reals */
} DamageJob;

/* Random numbers by the array begin where none are drawn one by one. */
#define DAMAGE_FIELD_X (UINT64_C(1) << 32)
#define DAMAGE_FIELD_Y (UINT64_C(2) << 32)

static inline Rng damage_rng(const DamageJob *job)
{
    Rng rng;
    rng_init(&rng, job->seed, job->stream);
    return rng;
}

/* damage_noise.c: grain. */
void damage_gaussian(const DamageJob *job);
void damage_shot(const DamageJob *job);
void damage_impulse(const DamageJob *job);
/* damage_lens.c: what stands between the page and the eye. */
void damage_blur(const DamageJob *job);
void damage_glass(const DamageJob *job);
void damage_motion(const DamageJob *job);
void damage_fog(const DamageJob *job);
/* damage_page.c: how the page lies, and how bright it is. */
void damage_shear(const DamageJob *job);
void damage_scale(const DamageJob *job);
void damage_rotate(const DamageJob *job);
void damage_translate(const DamageJob *job);
void damage_brightness(const DamageJob *job);
void damage_stripe(const DamageJob *job);
/* damage_marks.c: ink that is not the writing's. */
void damage_spatter(const DamageJob *job);
void damage_dotted_line(const DamageJob *job);
void damage_zigzag(const DamageJob *job);
void damage_lines(const DamageJob *job);
/* damage_canny.c */
void damage_canny(const DamageJob *job);

#endif
