/* Random changes to a training image, drawn from (seed, epoch, sample) alone.
 *
 *     augmentation: {rotation: 10, shift: 0.1, scale: [0.9, 1.1], shear: 5, noise: 0.1,
 *                    elastic: {alpha: 8, sigma: 4}}
 *
 * Rotation, scale, shear and shift are one affine warp about the centre. Elastic distortion is a
 * Gaussian-smoothed random field: P. Simard, D. Steinkraus, J. Platt, "Best Practices for
 * Convolutional Neural Networks Applied to Visual Document Analysis", ICDAR 2003, section 2. */
#ifndef DATA_AUGMENT_H
#define DATA_AUGMENT_H

#include "base/schema.h"
#include "kernels/kernels.h"

/* Pairs are [low, high], drawn evenly. */
typedef struct Augment {
    double rotation[2];   /* degrees, counter-clockwise */
    double shift[2];      /* of each axis, in parts of the image's side */
    double scale[2];      /* factor; {1, 1}: none */
    double shear[2];      /* degrees */
    double noise;         /* sd of Gaussian noise, of the range 0..1; the result is clamped to it */
    double elastic_alpha; /* largest displacement in pixels before smoothing; 0: none */
    double elastic_sigma; /* sd of the smoothing, in pixels */
} Augment;

#define AUGMENT_NONE ((Augment){.scale = {1, 1}})

/* The section of a recipe; node NULL: none. RECIPE, with file, line and key. */
SCRAWL_MUST_CHECK ScrawlStatus augment_read(Augment *augment, const Tree *tree,
                                            const TreeNode *node, ScrawlError *error);
bool augment_is_none(const Augment *augment);

/* A named augmentation, or NULL. "judge": rotation +-10 degrees, shift +-0.1, scale 0.9..1.1, noise
 * 0.1. Static. */
const Augment *augment_find(const char *name);
const char *const *augment_names(void); /* NULL-terminated */

/* Changes image[height][width] (values 0..1, 0 is paper) in place. Any thread; work holds
 * augment_work reals. */
void augment_apply(const Augment *augment, const Kernels *kernels, int height, int width,
                   uint64_t seed, uint64_t epoch, uint64_t sample, real *image, real *work);
size_t augment_work(int height, int width);

#endif
