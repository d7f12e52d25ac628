/* What a picture's grey levels become: the pen's thickness, the camera's focus, light and noise,
 * and a square of nothing. */
#include "data/augment_step.h"

#define LEAST_INK 0.5 /* the part that thinning leaves */

enum { LANES = 8 };

/* The sum of all pixels, in lanes that compilers make a vector. */
static real count_ink(size_t count, const real *pixels)
{
    real lane[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] += pixels[i + k];
    for (; i < count; i++)
        sum += pixels[i];
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

/* A thin pen's strokes would vanish: the change goes no further than to half of the ink. */
static void thin(const AugmentJob *job, real radius)
{
    real *thinner = job->work, *work = thinner + job->count;
    job->kernels->dilate(job->height, job->width, job->pixels, radius, thinner, work);
    real ink = count_ink(job->count, job->pixels), left = count_ink(job->count, thinner);
    real share = 1;
    if (left < (real)LEAST_INK * ink)
        share = (1 - (real)LEAST_INK) * ink / (ink - left);
    for (size_t i = 0; i < job->count; i++)
        job->pixels[i] += share * (thinner[i] - job->pixels[i]);
}

void augment_thickness(const AugmentJob *job)
{
    Rng rng = augment_rng(job, AUGMENT_PLACE_THICKNESS);
    const double *range = job->augment->thickness;
    real radius = (real)rng_range(&rng, range[0], range[1]);
    if (radius < 0)
        thin(job, radius);
    else
        job->kernels->dilate(job->height, job->width, job->pixels, radius, job->pixels, job->work);
}

void augment_blur(const AugmentJob *job)
{
    Rng rng = augment_rng(job, AUGMENT_PLACE_BLUR);
    real sigma = (real)rng_range(&rng, job->augment->blur[0], job->augment->blur[1]);
    job->kernels->blur(job->height, job->width, job->pixels, sigma, job->pixels, job->work);
}

void augment_light(const AugmentJob *job)
{
    const Augment *a = job->augment;
    Rng rng = augment_rng(job, AUGMENT_PLACE_LIGHT);
    real contrast = (real)rng_range(&rng, a->contrast[0], a->contrast[1]);
    real brightness = (real)rng_range(&rng, a->brightness[0], a->brightness[1]);
    real offset = (1 - contrast) / 2 + brightness;
    for (size_t i = 0; i < job->count; i++) {
        real value = contrast * job->pixels[i] + offset;
        value = value < 0 ? 0 : value;
        job->pixels[i] = value > 1 ? 1 : value;
    }
}

void augment_noise(const AugmentJob *job)
{
    job->kernels->noise(job->count, job->seed, job->stream, augment_position(AUGMENT_PLACE_NOISE),
                        (real)job->augment->noise, 0, 1, job->pixels);
}

static int at_least_0(int value)
{
    return value > 0 ? value : 0;
}

static int at_most(int value, int most)
{
    return value < most ? value : most;
}

/* The square's middle is anywhere in the picture, and what is beyond an edge is left out: as its
 * authors do, so that pixels near the edges are as often hidden as others. */
void augment_cutout(const AugmentJob *job)
{
    const Augment *a = job->augment;
    Rng rng = augment_rng(job, AUGMENT_PLACE_CUTOUT);
    bool wanted = rng_uniform(&rng) < a->cutout_share;
    int side = (int)rng_range(&rng, a->cutout[0], a->cutout[1] + 1);
    int left = (int)rng_range(&rng, 0, job->width) - side / 2;
    int top = (int)rng_range(&rng, 0, job->height) - side / 2;
    int right = at_most(left + side, job->width), bottom = at_most(top + side, job->height);
    left = at_least_0(left);
    for (int y = at_least_0(top); wanted && y < bottom; y++)
        for (int x = left; x < right; x++)
            job->pixels[y * job->width + x] = 0;
}
