/* How the page lies before the camera, and how bright it is: an augmentation that leaves nothing to
 * chance but its direction. */
#include <math.h>

#include "data/augment.h"
#include "data/corruption_step.h"

#define TURN 6.28318530717958647692

static void apply(const CorruptionJob *job, const Augment *augment)
{
    augment_apply(augment, &kernels_c, job->height, job->width, 0, 0, 0, job->pixels, job->work);
}

/* strength or -strength */
static double either_way(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    return rng_uniform(&rng) < 0.5 ? -job->strength : job->strength;
}

void corruption_shear(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.shear[0] = augment.shear[1] = either_way(job);
    apply(job, &augment);
}

void corruption_scale(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.scale[0] = augment.scale[1] = 1 - job->strength;
    apply(job, &augment);
}

void corruption_rotate(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.rotation[0] = augment.rotation[1] = either_way(job);
    apply(job, &augment);
}

void corruption_brightness(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.brightness[0] = augment.brightness[1] = job->strength;
    apply(job, &augment);
}

/* Always as far, in any direction. */
void corruption_translate(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    double angle = TURN * rng_uniform(&rng);
    real dx = (real)(job->strength * job->width * cos(angle));
    real dy = (real)(job->strength * job->height * sin(angle));
    real matrix[6] = {1, 0, dx, 0, 1, dy};
    kernels_c.warp_affine(job->height, job->width, job->pixels, matrix, 0, job->pixels, job->work);
}

/* The page's left and right margins are those of a negative. */
void corruption_stripe(const CorruptionJob *job)
{
    int margin = (int)lrint(job->strength * job->width);
    for (int y = 0; y < job->height; y++) {
        real *row = job->pixels + (size_t)y * (size_t)job->width;
        for (int x = 0; x < job->width; x++)
            if (x < margin || x >= job->width - margin)
                row[x] = 1 - row[x];
    }
}
