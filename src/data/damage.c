/* One row a damage: how it is asked for, its five strengths, and its function. */
#include "data/damage.h"

#include "base/error.h"
#include "data/augment.h"
#include "data/change.h"
#include "data/damage_step.h"

#define KINDS_BITS 8 /* of a stream's name: the row; what is above counts its repetitions */

/* A row's place names its random numbers: add at the end. The strengths were chosen by eye on
 * sheets of MNIST's training images: the first hardly hurts a person, the last is hard and can
 * mostly be read. No model was asked. */
static const struct {
    ScrawlDamage row;
    void (*apply)(const DamageJob *job);
} kinds[] = {
    /* name, unit, what it does, strengths, min, max, whole numbers only, one of the fifteen */
    {{"shot-noise", "sd at full ink", "grain in the ink, as of a faint light",
      {0.15, 0.25, 0.4, 0.6, 0.85}, 0.05, 1, false, true}, damage_shot},
    {{"impulse-noise", "share of pixels", "pixels become black or white",
      {0.03, 0.06, 0.1, 0.17, 0.25}, 0, 1, false, true}, damage_impulse},
    {{"glass-blur", "28ths that light strays", "seen through frosted glass",
      {0.4, 0.7, 1, 1.4, 1.8}, 0, 10, false, true}, damage_glass},
    {{"motion-blur", "28ths that the camera moves", "moved while it was photographed",
      {2, 3.5, 5, 6.5, 8}, 0, 28, false, true}, damage_motion},
    {{"shear", "degrees", "slanted to the left or right",
      {10, 18, 26, 34, 42}, 0, 60, false, true}, damage_shear},
    {{"scale", "share of the size that is lost", "smaller",
      {0.15, 0.25, 0.35, 0.45, 0.55}, 0, 0.9, false, true}, damage_scale},
    {{"rotate", "degrees", "turned to the left or right",
      {10, 20, 30, 40, 50}, 0, 180, false, true}, damage_rotate},
    {{"brightness", "added to 0..1", "paper becomes as bright as ink",
      {0.15, 0.3, 0.45, 0.6, 0.75}, 0, 1, false, true}, damage_brightness},
    {{"translate", "parts of the side", "moved in any direction",
      {0.06, 0.1, 0.14, 0.18, 0.22}, 0, 1, false, true}, damage_translate},
    {{"stripe", "parts of the width", "the left and the right margin inverted",
      {0.07, 0.11, 0.15, 0.2, 0.25}, 0, 0.5, false, true}, damage_stripe},
    {{"fog", "light that is lost where it is thickest", "uneven haze",
      {0.3, 0.45, 0.6, 0.75, 0.9}, 0, 1, false, true}, damage_fog},
    {{"spatter", "drops", "drops of ink", {4, 8, 13, 19, 26}, 0, 500, true, true},
     damage_spatter},
    {{"dotted-line", "lines", "dotted lines across", {1, 2, 3, 4, 5}, 0, 20, true, true},
     damage_dotted_line},
    {{"zigzag", "lines", "zigzag lines across", {1, 2, 3, 4, 5}, 0, 20, true, true},
     damage_zigzag},
    {{"canny-edges", "share of the picture", "edges in the place of strokes",
      {0.2, 0.4, 0.6, 0.8, 1}, 0, 1, false, true}, damage_canny},
    {{"gaussian", "sd, of 0..1", "Gaussian noise", {0.1, 0.2, 0.3, 0.4, 0.5}, 0, 2, false, false},
     damage_gaussian},
    {{"salt", "share of pixels", "as impulse-noise",
      {0.03, 0.06, 0.1, 0.17, 0.25}, 0, 1, false, false}, damage_impulse},
    {{"blur", "sd in pixels", "out of focus", {0.5, 0.8, 1.2, 1.6, 2}, 0, 20, false, false},
     damage_blur},
    {{"lines", "lines", "a form's ruled lines", {1, 2, 3, 4, 5}, 0, 50, true, false},
     damage_lines},
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

const ScrawlDamage *scrawl_damage(size_t i)
{
    return i < N_KINDS ? &kinds[i].row : NULL;
}

static bool damage_kind(size_t i, WordKind *kind)
{
    const ScrawlDamage *row = scrawl_damage(i);
    if (row)
        *kind = (WordKind){row->name,  row->unit,
                           row->min,   row->max,
                           row->whole, row->strengths[SCRAWL_DAMAGE_STRENGTHS / 2]};
    return row != NULL;
}

ScrawlStatus damage_read(Words *damages, const char *spec, ScrawlError *error)
{
    return words_read(damages, "damage", spec, damage_kind, error);
}

ScrawlStatus scrawl_damage_check(const char *spec, ScrawlError *error)
{
    Words damages;
    return damage_read(&damages, spec, error);
}

/* The picture, up to five more of its size (what Canny's algorithm needs), and the kernels' own. */
size_t damage_work(int height, int width)
{
    size_t count = (size_t)height * (size_t)width;
    size_t warp = kernels_warp_work(height, width), blur = kernels_blur_work(height, width);
    return count + kernels_max(5 * count + kernels_max(warp, blur), augment_work(height, width));
}

/* How often the damage stood in the text before: each time it draws anew. */
static uint64_t repetition(const Words *damages, int place)
{
    uint64_t n = 0;
    for (int i = 0; i < place; i++)
        n += damages->words[i].kind == damages->words[place].kind;
    return n;
}

static void hold(size_t count, real *pixels)
{
    for (size_t i = 0; i < count; i++) {
        real value = pixels[i] < 0 ? 0 : pixels[i];
        pixels[i] = value > 1 ? 1 : value;
    }
}

void damage_apply(const Words *damages, int height, int width, uint64_t seed, uint64_t sample,
                  uint8_t *pixels, real *work)
{
    int smaller = height < width ? height : width;
    DamageJob job = {.height = height, .width = width, .unit = smaller / 28.0, .seed = seed,
                     .count = (size_t)height * (size_t)width};
    job.pixels = work;
    job.work = work + job.count;
    kernels_c.pixels_to_real(job.count, pixels, 0, 1, job.pixels);
    for (int i = 0; i < damages->n; i++) {
        size_t kind = damages->words[i].kind;
        job.strength = damages->words[i].value;
        job.stream = rng_stream(RNG_PURPOSE_NOISE, repetition(damages, i) << KINDS_BITS | kind,
                                sample);
        kinds[kind].apply(&job);
        hold(job.count, job.pixels);
    }
    change_to_pixels(job.count, job.pixels, pixels);
}

typedef struct Damaging {
    Words damages;
    uint64_t seed;
} Damaging;

static void damage_image(const void *context, const ScrawlDatasetInfo *info, size_t i,
                         uint8_t *pixels, void *work)
{
    const Damaging *damaging = context;
    damage_apply(&damaging->damages, info->height, info->width, damaging->seed, i, pixels, work);
}

ScrawlStatus scrawl_dataset_damage(ScrawlDataset **damaged, const ScrawlDataset *dataset,
                                   const char *spec, const ScrawlDamageOptions *options,
                                   ScrawlError *error)
{
    static const ScrawlDamageOptions defaults = {0};
    Damaging damaging;
    *damaged = NULL;
    if (!options)
        options = &defaults;
    damaging.seed = options->seed;
    ScrawlStatus status = damage_read(&damaging.damages, spec, error);
    if (status)
        return status;
    Change change = {.apply = damage_image, .context = &damaging, .what = "damaging a data set",
                     .work_size = damage_work(dataset->info.height, dataset->info.width) *
                                  sizeof(real)};
    return dataset_changed(damaged, dataset, "with", spec, &change, options->n_threads, error);
}
