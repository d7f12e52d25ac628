/* The section of a recipe, and the steps in their order. */
#include "data/augment.h"

#include "data/augment_step.h"

/* `elastic: {alpha: A, sigma: S}` stands in a map of its own. */
typedef struct AugmentSection {
    Augment augment;
    const TreeNode *elastic;
} AugmentSection;

#define AT(member) offsetof(AugmentSection, augment.member)

static const SchemaField section_fields[] = {
    {"thickness", SCHEMA_TYPE_RANGE, AT(thickness), -DILATE_MAX_RADIUS, DILATE_MAX_RADIUS,
     .what = "pixels on either side of a stroke"},
    {"rotation", SCHEMA_TYPE_RANGE, AT(rotation), -180, 180, .what = "degrees"},
    {"shift", SCHEMA_TYPE_RANGE, AT(shift), -1, 1, .what = "parts of the image's side"},
    {"scale", SCHEMA_TYPE_RANGE, AT(scale), 0.1, 10, .what = "factor"},
    {"shear", SCHEMA_TYPE_RANGE, AT(shear), -60, 60, .what = "degrees"},
    {"perspective", SCHEMA_TYPE_DOUBLE, AT(perspective), 0, 0.2,
     .what = "parts of the side that a corner moves"},
    {"elastic", SCHEMA_TYPE_NODE, offsetof(AugmentSection, elastic), .what = "{alpha, sigma}"},
    {"clutter", SCHEMA_TYPE_DOUBLE, AT(clutter), 0, 1, .what = "share of images"},
    {"blur", SCHEMA_TYPE_RANGE, AT(blur), 0, 5, .what = "sd in pixels"},
    {"contrast", SCHEMA_TYPE_RANGE, AT(contrast), 0.1, 10, .what = "factor about 0.5"},
    {"brightness", SCHEMA_TYPE_RANGE, AT(brightness), -1, 1, .what = "added to 0..1"},
    {"noise", SCHEMA_TYPE_DOUBLE, AT(noise), 0, 1, .what = "sd of Gaussian noise, of 0..1"},
    {"cutout", SCHEMA_TYPE_RANGE, AT(cutout), 0, 1024, .what = "side of a square in pixels"},
    {"cutout_share", SCHEMA_TYPE_DOUBLE, AT(cutout_share), 0, 1, .what = "share of images"},
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

static bool is_always(const double range[2], double value)
{
    return range[0] == value && range[1] == value;
}

static bool wants_thickness(const Augment *a)
{
    return !is_always(a->thickness, 0);
}
static bool wants_elastic(const Augment *a)
{
    return a->elastic_alpha > 0;
}
static bool wants_clutter(const Augment *a)
{
    return a->clutter > 0;
}
static bool wants_blur(const Augment *a)
{
    return !is_always(a->blur, 0);
}
static bool wants_noise(const Augment *a)
{
    return a->noise > 0;
}
static bool wants_cutout(const Augment *a)
{
    return a->cutout_share > 0 && a->cutout[1] > 0;
}

static bool wants_warp(const Augment *a)
{
    return !is_always(a->rotation, 0) || !is_always(a->shift, 0) || !is_always(a->scale, 1) ||
           !is_always(a->shear, 0) || a->perspective > 0;
}

static bool wants_light(const Augment *a)
{
    return !is_always(a->contrast, 1) || !is_always(a->brightness, 0);
}

/* In the order in which they are applied. */
static const struct {
    bool (*wanted)(const Augment *augment);
    void (*apply)(const AugmentJob *job);
} steps[] = {
    {wants_thickness, augment_thickness}, /* before the warp smears the strokes' edges */
    {wants_warp, augment_warp},           {wants_elastic, augment_elastic},
    {wants_clutter, augment_clutter},     {wants_blur, augment_blur},
    {wants_light, augment_light},         {wants_noise, augment_noise},
    {wants_cutout, augment_cutout}, /* last: its square is nothing but paper */
};

#define N_STEPS (sizeof steps / sizeof steps[0])

bool augment_is_none(const Augment *augment)
{
    for (size_t i = 0; i < N_STEPS; i++)
        if (steps[i].wanted(augment))
            return false;
    return true;
}

/* Two pictures (the fields of the elastic distortion, what thinning compares), and the kernels'
 * own. */
size_t augment_work(int height, int width)
{
    size_t warp = kernels_warp_work(height, width), blur = kernels_blur_work(height, width);
    size_t dilate = kernels_dilate_work(height, width);
    return 2 * (size_t)height * (size_t)width + kernels_max(warp, kernels_max(blur, dilate));
}

void augment_apply(const Augment *augment, const Kernels *kernels, int height, int width,
                   uint64_t seed, uint64_t epoch, uint64_t sample, real *image, real *work)
{
    AugmentJob job = {.augment = augment,
                      .kernels = kernels,
                      .height = height,
                      .width = width,
                      .count = (size_t)height * (size_t)width,
                      .seed = seed,
                      .stream = rng_stream(RNG_PURPOSE_AUGMENT, epoch, sample),
                      .pixels = image,
                      .work = work};
    for (size_t i = 0; i < N_STEPS; i++)
        if (steps[i].wanted(augment))
            steps[i].apply(&job);
}
