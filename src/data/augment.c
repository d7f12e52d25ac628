/* The section of a recipe, and the steps in their order. */
#include "data/augment.h"

#include <string.h>

#include "base/embedded.h"
#include "base/error.h"
#include "base/file.h"
#include "scrawl/status.h"

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

void augment_apply(const Augment *augment, const Kernels *kernels, const AugmentImage *image,
                   real *work)
{
    AugmentJob job = {.augment = augment,
                      .kernels = kernels,
                      .height = image->height,
                      .width = image->width,
                      .count = (size_t)image->height * (size_t)image->width,
                      .seed = image->seed,
                      .stream = rng_stream(RNG_PURPOSE_AUGMENT, image->epoch, image->sample),
                      .pixels = image->pixels,
                      .work = work};
    for (size_t i = 0; i < N_STEPS; i++)
        if (steps[i].wanted(augment))
            steps[i].apply(&job);
}

/* Augmentations that have a name: our own, and those of recipes. A recipe's other sections belong
 * to folders above this one; to read the one that is ours, its text as a tree is enough. */

#define RECIPES "recipes/"
#define MAX_NAMES 100 /* among which a wrong one's nearest is sought */

static const struct {
    const char *name;
    Augment augment;
} named[] = {
    {"distort",
     {.rotation = {-10, 10},
      .shift = {-0.1, 0.1},
      .scale = {0.9, 1.1},
      .contrast = {1, 1},
      .noise = 0.1}},
};

#define N_NAMED (sizeof named / sizeof named[0])

const Augment *augment_find(const char *name)
{
    for (size_t i = 0; i < N_NAMED; i++)
        if (strcmp(named[i].name, name) == 0)
            return &named[i].augment;
    return NULL;
}

const char *const *augment_names(void)
{
    static const char *const names[N_NAMED + 1] = {"distort", NULL};
    return names;
}

static bool is_recipe(const EmbeddedFile *file)
{
    return strncmp(file->path, RECIPES, strlen(RECIPES)) == 0;
}

static const EmbeddedFile *find_embedded(const char *name)
{
    const EmbeddedFile *file;
    for (size_t i = 0; (file = embedded_get(i)); i++)
        if (is_recipe(file) && strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static ScrawlStatus error_unknown(const char *name, ScrawlError *error)
{
    const char *names[MAX_NAMES + 1] = {0};
    const EmbeddedFile *file;
    size_t n = 0;
    for (; n < N_NAMED; n++)
        names[n] = named[n].name;
    for (size_t i = 0; n < MAX_NAMES && (file = embedded_get(i)); i++)
        if (is_recipe(file))
            names[n++] = file->name;
    const char *near = scrawl_nearest(name, names);
    if (near)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "there is no augmentation '%s': did you mean '@%s'?", name, near);
    return error_set(error, SCRAWL_STATUS_USAGE,
                     "there is no augmentation '%s': expected 'distort', a built-in recipe or a "
                     "recipe file",
                     name);
}

static ScrawlStatus read_recipe(Augment *augment, const char *name, const char *text, size_t size,
                                ScrawlError *error)
{
    Tree tree;
    ScrawlStatus status = yaml_parse(&tree, name, text, size, error);
    if (!status)
        status = augment_read(augment, &tree, tree_get(tree.root, "augmentation"), error);
    tree_deinit(&tree);
    return status;
}

static ScrawlStatus read_file(Augment *augment, const char *path, ScrawlError *error)
{
    Buffer text;
    buffer_init(&text, TREE_MAX_TEXT);
    ScrawlStatus status = file_read(path, &text, error);
    if (!status)
        status = read_recipe(augment, path, buffer_text(&text), text.size, error);
    buffer_deinit(&text);
    return status;
}

ScrawlStatus augment_load(Augment *augment, const char *name, ScrawlError *error)
{
    const Augment *own = augment_find(name);
    const EmbeddedFile *file = find_embedded(name);
    *augment = own ? *own : AUGMENT_NONE;
    if (own)
        return SCRAWL_STATUS_OK;
    if (file)
        return read_recipe(augment, file->path, (const char *)file->data, file->size, error);
    return file_exists(name) ? read_file(augment, name, error) : error_unknown(name, error);
}
