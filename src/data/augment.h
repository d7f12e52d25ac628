/* Random changes to a training image, drawn from (seed, epoch, sample) alone.
 *
 *     augmentation: {thickness: [-0.5, 1], rotation: 10, shift: 0.1, scale: [0.9, 1.1], shear: 5,
 *                    perspective: 0.1, elastic: {alpha: 8, sigma: 4}, clutter: 0.2,
 *                    blur: [0, 1], contrast: [0.8, 1.2], brightness: 0.1, noise: 0.1,
 *                    cutout: 8, cutout_share: 0.5}
 *
 * They are applied in this order, as a picture comes about: the pen is thick or thin; the page lies
 * askew, and other ink is on it; the camera is out of focus; the light is poor; the sensor adds
 * noise. Rotation, scale, shear, shift and perspective are one resampling.
 *
 * Elastic distortion is a Gaussian-smoothed random field: P. Simard, D. Steinkraus, J. Platt, "Best
 * Practices for Convolutional Neural Networks Applied to Visual Document Analysis", ICDAR 2003,
 * section 2. Cutout: T. DeVries, G. Taylor, "Improved Regularization of Convolutional Neural
 * Networks with Cutout", 2017 (arXiv 1708.04552), section 3.2. */
#ifndef DATA_AUGMENT_H
#define DATA_AUGMENT_H

#include "base/rng.h"
#include "base/schema.h"
#include "kernels/kernels.h"

/* Pairs are [low, high], drawn evenly. */
typedef struct Augment {
    double thickness[2];  /* pixels on either side of a stroke; below 0: thinner, see below */
    double rotation[2];   /* degrees, counter-clockwise */
    double shift[2];      /* of each axis, in parts of the image's side */
    double scale[2];      /* factor; {1, 1}: none */
    double shear[2];      /* degrees */
    double perspective;   /* each corner moves by at most this part of the side, along each axis */
    double elastic_alpha; /* largest displacement in pixels before smoothing; 0: none */
    double elastic_sigma; /* sd of the smoothing, in pixels */
    double clutter;       /* share of images that get marks of other ink along their edges */
    double blur[2];       /* sd of the Gaussian, in pixels */
    double contrast[2];   /* factor about 0.5; {1, 1}: none */
    double brightness[2]; /* added then */
    double noise;         /* sd of Gaussian noise, of the range 0..1 */
    double cutout[2];     /* whole pixels: the side of a square of paper */
    double cutout_share;  /* of images that get one */
} Augment;

#define AUGMENT_NONE ((Augment){.scale = {1, 1}, .contrast = {1, 1}, .cutout_share = 1})

/* The section of a recipe; node NULL: none. RECIPE, with file, line and key. */
SCRAWL_MUST_CHECK ScrawlStatus augment_read(Augment *augment, const Tree *tree,
                                            const TreeNode *node, ScrawlError *error);
bool augment_is_none(const Augment *augment);

/* A named augmentation, or NULL. "distort": rotation +-10 degrees, shift +-0.1, scale 0.9..1.1,
 * noise 0.1. Static. */
const Augment *augment_find(const char *name);
const char *const *augment_names(void); /* NULL-terminated */

/* A named augmentation, or else that of the embedded recipe or the recipe file of that name, which
 * may be none. Of a recipe only this section is looked at. USAGE where there is no such thing,
 * RECIPE, FORMAT, LIMIT, IO, NO_MEMORY; *augment is then AUGMENT_NONE. */
SCRAWL_MUST_CHECK ScrawlStatus augment_load(Augment *augment, const char *name, ScrawlError *error);

/* One image, and what its random numbers are a function of. */
typedef struct AugmentImage {
    real *pixels; /* [height][width], 0..1, 0 is paper */
    int height, width;
    uint64_t seed, epoch, sample;
} AugmentImage;

/* Changes the pixels in place; they stay in 0..1. What one kind of change draws does not depend on
 * which others are wanted.
 *   Thinning never takes more than half of an image's ink: where it would, so much of the change is
 * left out that half remains.
 *   Contrast and brightness give 0.5 + contrast (value - 0.5) + brightness, clamped to 0..1. Paper
 * moves with the ink: a contrast of 0.8 makes it 0.1, one above 1 leaves it 0.
 *   Any thread; work holds augment_work reals. */
void augment_apply(const Augment *augment, const Kernels *kernels, const AugmentImage *image,
                   real *work);
size_t augment_work(int height, int width);

/* The steps of an augmentation (augment_steps.c): each draws its own random numbers and changes the
 * picture in place. */

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

void augment_warp(const AugmentJob *job); /* rotation, scale, shear, shift, perspective */
void augment_elastic(const AugmentJob *job);
void augment_thickness(const AugmentJob *job);
void augment_blur(const AugmentJob *job);
void augment_light(const AugmentJob *job);
void augment_noise(const AugmentJob *job);
void augment_cutout(const AugmentJob *job);
void augment_clutter(const AugmentJob *job);

#endif
