#include "data/augment.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

#define DEGREES (3.14159265358979323846 / 180)

/* `elastic: {alpha: A, sigma: S}` stands in a map of its own. */
typedef struct AugmentSection {
    Augment augment;
    const TreeNode *elastic;
} AugmentSection;

#define AT(member) offsetof(AugmentSection, augment.member)

static const SchemaField section_fields[] = {
    {"rotation", SCHEMA_TYPE_RANGE, AT(rotation), -180, 180, .what = "degrees"},
    {"shift", SCHEMA_TYPE_RANGE, AT(shift), -1, 1, .what = "parts of the image's side"},
    {"scale", SCHEMA_TYPE_RANGE, AT(scale), 0.1, 10, .what = "factor"},
    {"shear", SCHEMA_TYPE_RANGE, AT(shear), -60, 60, .what = "degrees"},
    {"noise", SCHEMA_TYPE_DOUBLE, AT(noise), 0, 1, .what = "sd of Gaussian noise, of 0..1"},
    {"elastic", SCHEMA_TYPE_NODE, offsetof(AugmentSection, elastic), .what = "{alpha, sigma}"},
    {0},
};

static const SchemaField elastic_fields[] = {
    {"alpha", SCHEMA_TYPE_DOUBLE, offsetof(Augment, elastic_alpha), 0, 1000, .required = true,
     .what = "strength in pixels"},
    {"sigma", SCHEMA_TYPE_DOUBLE, offsetof(Augment, elastic_sigma), 0.5, 20, .required = true,
     .what = "smoothness in pixels"},
    {0},
};

ScrawlStatus augment_read(Augment *augment, const Tree *tree, const TreeNode *node,
                          ScrawlError *error)
{
    AugmentSection section = {.augment = AUGMENT_NONE};
    *augment = AUGMENT_NONE;
    ScrawlStatus status = schema_read(tree, node, section_fields, &section, error);
    if (!status && section.elastic)
        status = schema_read(tree, section.elastic, elastic_fields, &section.augment, error);
    if (!status)
        *augment = section.augment;
    return status;
}

static bool is_affine(const Augment *a)
{
    return a->rotation[0] != 0 || a->rotation[1] != 0 || a->shift[0] != 0 || a->shift[1] != 0 ||
           a->scale[0] != 1 || a->scale[1] != 1 || a->shear[0] != 0 || a->shear[1] != 0;
}

bool augment_is_none(const Augment *augment)
{
    return !is_affine(augment) && augment->noise == 0 && augment->elastic_alpha == 0;
}

/* Named augmentations: one row each. */
static const struct {
    const char *name;
    Augment augment;
} named[] = {
    {"judge", {.rotation = {-10, 10}, .shift = {-0.1, 0.1}, .scale = {0.9, 1.1}, .noise = 0.1}},
};

#define N_NAMED (sizeof named / sizeof named[0])

const Augment *augment_find(const char *name)
{
    for (size_t i = 0; i < N_NAMED; i++)
        if (!strcmp(named[i].name, name))
            return &named[i].augment;
    return NULL;
}

const char *const *augment_names(void)
{
    static const char *const names[N_NAMED + 1] = {"judge", NULL};
    return names;
}

/* Where each kind of change begins to draw in an image's stream. The parameters of the affine warp
 * are first; a field or the noise takes a position for four pixels, and never reaches the next. So
 * what one kind draws does not depend on whether another is wanted. */
#define POSITION_FIELD_X (UINT64_C(1) << 32)
#define POSITION_FIELD_Y (UINT64_C(2) << 32)
#define POSITION_NOISE (UINT64_C(3) << 32)

/* The two fields of the elastic distortion, and the kernels' own. */
size_t augment_work(int height, int width)
{
    return 2 * (size_t)height * (size_t)width +
           kernels_max(kernels_warp_work(height, width), kernels_blur_work(height, width));
}

/* The map from a pixel of the result to its place in the source: the inverse of shear, scale and
 * rotation about the centre, then the shift. y points down, so a positive angle turns
 * counter-clockwise as seen. */
static void draw_affine(const Augment *a, int height, int width, Rng *rng, real m[6])
{
    double angle = rng_range(rng, a->rotation[0], a->rotation[1]) * DEGREES;
    double shift_x = rng_range(rng, a->shift[0], a->shift[1]) * width;
    double shift_y = rng_range(rng, a->shift[0], a->shift[1]) * height;
    double scale = rng_range(rng, a->scale[0], a->scale[1]);
    double shear = tan(rng_range(rng, a->shear[0], a->shear[1]) * DEGREES);
    double cx = (width - 1) / 2.0, cy = (height - 1) / 2.0;
    double c = cos(angle) / scale, s = sin(angle) / scale;
    double m00 = c + shear * s, m01 = -s + shear * c; /* [1 shear; 0 1] after [c -s; s c] */
    m[0] = (real)m00;
    m[1] = (real)m01;
    m[2] = (real)(cx - m00 * (cx + shift_x) - m01 * (cy + shift_y));
    m[3] = (real)s;
    m[4] = (real)c;
    m[5] = (real)(cy - s * (cx + shift_x) - c * (cy + shift_y));
}

/* Two smooth random fields: uniform noise in [-1, 1], times alpha, blurred. */
static void warp_elastic(const Augment *a, const Kernels *kernels, int height, int width,
                         const Rng *rng, real *image, real *work)
{
    size_t count = (size_t)height * (size_t)width;
    real *dx = work, *dy = dx + count, *kernel_work = dy + count;
    real alpha = (real)a->elastic_alpha, sigma = (real)a->elastic_sigma;
    kernels->uniform(count, rng->seed, rng->stream, POSITION_FIELD_X, -alpha, alpha, dx);
    kernels->uniform(count, rng->seed, rng->stream, POSITION_FIELD_Y, -alpha, alpha, dy);
    kernels->blur(height, width, dx, sigma, dx, kernel_work);
    kernels->blur(height, width, dy, sigma, dy, kernel_work);
    kernels->warp_field(height, width, image, dx, dy, 0, image, kernel_work);
}

void augment_apply(const Augment *augment, const Kernels *kernels, int height, int width,
                   uint64_t seed, uint64_t epoch, uint64_t sample, real *image, real *work)
{
    Rng rng;
    rng_init(&rng, seed, rng_stream(RNG_PURPOSE_AUGMENT, epoch, sample));
    if (is_affine(augment)) {
        real matrix[6];
        draw_affine(augment, height, width, &rng, matrix);
        kernels->warp_affine(height, width, image, matrix, 0, image, work);
    }
    if (augment->elastic_alpha > 0)
        warp_elastic(augment, kernels, height, width, &rng, image, work);
    if (augment->noise > 0)
        kernels->noise((size_t)height * (size_t)width, rng.seed, rng.stream, POSITION_NOISE,
                       (real)augment->noise, 0, 1, image);
}
