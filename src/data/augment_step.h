/* The steps of an augmentation: each draws for itself and changes the picture in place. */
#ifndef DATA_AUGMENT_STEP_H
#define DATA_AUGMENT_STEP_H

#include "base/rng.h"
#include "data/augment.h"

/* A picture on its way. */
typedef struct AugmentJob {
    const Augment *augment;
    const Kernels *kernels;
    int height, width;
    size_t count;          /* pixels */
    uint64_t seed, stream; /* of its random numbers */
    real *pixels, *work;
} AugmentJob;

/* Where each kind of change begins to draw in a picture's stream; a field or the noise takes a
 * position for four pixels, and none reaches the next. So what one draws does not depend on whether
 * another is wanted. Add at the end: a place that changes, changes every result. */
enum {
    AUGMENT_PLACE_AFFINE,
    AUGMENT_PLACE_FIELD_X,
    AUGMENT_PLACE_FIELD_Y,
    AUGMENT_PLACE_NOISE,
    AUGMENT_PLACE_PERSPECTIVE,
    AUGMENT_PLACE_THICKNESS,
    AUGMENT_PLACE_BLUR,
    AUGMENT_PLACE_LIGHT,
    AUGMENT_PLACE_CUTOUT,
    AUGMENT_PLACE_CLUTTER,
};

static inline uint64_t augment_position(int place)
{
    return (uint64_t)place << 32;
}

static inline Rng augment_rng(const AugmentJob *job, int place)
{
    Rng rng;
    rng_init(&rng, job->seed, job->stream);
    rng.position = augment_position(place);
    return rng;
}

/* Warps. The first is rotation, scale, shear, shift and perspective. */
void augment_warp(const AugmentJob *job);
void augment_elastic(const AugmentJob *job);
/* augment_ink.c */
void augment_thickness(const AugmentJob *job);
void augment_blur(const AugmentJob *job);
void augment_light(const AugmentJob *job);
void augment_noise(const AugmentJob *job);
void augment_cutout(const AugmentJob *job);
/* augment_clutter.c */
void augment_clutter(const AugmentJob *job);

#endif
