/* One row a corruption: how it is asked for, its five strengths, and its function. */
#include "data/corruption.h"

#include "base/error.h"
#include "data/augment.h"
#include "data/dataset.h"
#include "image/denoise.h"

#define KINDS_BITS 8 /* of a stream's name: the row; what is above counts its repetitions */

/* A row's place names its random numbers: add at the end. The strengths were chosen by eye on
 * sheets of MNIST's training images: the first hardly hurts a person, the last is hard and can
 * mostly be read. No model was asked. */
static const struct {
    ScrawlCorruption row;
    void (*apply)(const CorruptionJob *job);
} kinds[] = {
    /* clang-format off */
    /* name, unit, what it does,
     * strengths, min, max, whole numbers only, one of the fifteen; function */
    {{"shot-noise", "sd at full ink", "grain in the ink, as of a faint light",
      {0.15, 0.25, 0.4, 0.6, 0.85}, 0.05, 1, false, true}, corruption_shot},
    {{"impulse-noise", "share of pixels", "pixels become black or white",
      {0.03, 0.06, 0.1, 0.17, 0.25}, 0, 1, false, true}, corruption_impulse},
    {{"glass-blur", "28ths that light strays", "seen through frosted glass",
      {0.4, 0.7, 1, 1.4, 1.8}, 0, 10, false, true}, corruption_glass},
    {{"motion-blur", "28ths that the camera moves", "moved while it was photographed",
      {2, 3.5, 5, 6.5, 8}, 0, 28, false, true}, corruption_motion},
    {{"shear", "degrees", "slanted to the left or right",
      {10, 18, 26, 34, 42}, 0, 60, false, true}, corruption_shear},
    {{"scale", "share of the size that is lost", "smaller",
      {0.15, 0.25, 0.35, 0.45, 0.55}, 0, 0.9, false, true}, corruption_scale},
    {{"rotate", "degrees", "turned to the left or right",
      {10, 20, 30, 40, 50}, 0, 180, false, true}, corruption_rotate},
    {{"brightness", "added to 0..1", "paper becomes as bright as ink",
      {0.15, 0.3, 0.45, 0.6, 0.75}, 0, 1, false, true}, corruption_brightness},
    {{"translate", "parts of the side", "moved in any direction",
      {0.06, 0.1, 0.14, 0.18, 0.22}, 0, 1, false, true}, corruption_translate},
    {{"stripe", "parts of the width", "the left and the right margin inverted",
      {0.07, 0.11, 0.15, 0.2, 0.25}, 0, 0.5, false, true}, corruption_stripe},
    {{"fog", "light that is lost where it is thickest", "uneven haze",
      {0.3, 0.45, 0.6, 0.75, 0.9}, 0, 1, false, true}, corruption_fog},
    {{"spatter", "drops", "drops of ink",
      {4, 8, 13, 19, 26}, 0, 500, true, true}, corruption_spatter},
    {{"dotted-line", "lines", "dotted lines across",
      {1, 2, 3, 4, 5}, 0, 20, true, true}, corruption_dotted_line},
    {{"zigzag", "lines", "zigzag lines across",
      {1, 2, 3, 4, 5}, 0, 20, true, true}, corruption_zigzag},
    {{"canny-edges", "share of the picture", "edges in the place of strokes",
      {0.2, 0.4, 0.6, 0.8, 1}, 0, 1, false, true}, corruption_canny},
    {{"gaussian", "sd, of 0..1", "Gaussian noise",
      {0.1, 0.2, 0.3, 0.4, 0.5}, 0, 2, false, false}, corruption_gaussian},
    {{"salt", "share of pixels", "as impulse-noise",
      {0.03, 0.06, 0.1, 0.17, 0.25}, 0, 1, false, false}, corruption_impulse},
    {{"blur", "sd in pixels", "out of focus",
      {0.5, 0.8, 1.2, 1.6, 2}, 0, 20, false, false}, corruption_blur},
    {{"lines", "lines", "a form's ruled lines",
      {1, 2, 3, 4, 5}, 0, 50, true, false}, corruption_lines},
    /* clang-format on */
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

const ScrawlCorruption *scrawl_corruption(size_t i)
{
    return i < N_KINDS ? &kinds[i].row : NULL;
}

static bool corruption_kind(size_t i, WordKind *kind)
{
    const ScrawlCorruption *row = scrawl_corruption(i);
    if (row)
        *kind = (WordKind){row->name, row->unit,  row->min,
                           row->max,  row->whole, row->strengths[SCRAWL_CORRUPTION_STRENGTHS / 2]};
    return row;
}

ScrawlStatus corruption_read(Words *corruptions, const char *spec, ScrawlError *error)
{
    return words_read(corruptions, "corruption", spec, corruption_kind, error);
}

ScrawlStatus scrawl_corruption_check(const char *spec, ScrawlError *error)
{
    Words corruptions;
    return corruption_read(&corruptions, spec, error);
}

/* The picture, up to five more of its size (what Canny's algorithm needs), and the kernels' own. */
size_t corruption_work(int height, int width)
{
    size_t count = (size_t)height * (size_t)width;
    size_t warp = kernels_warp_work(height, width), blur = kernels_blur_work(height, width);
    return count + kernels_max(5 * count + kernels_max(warp, blur), augment_work(height, width));
}

/* How often the corruption stood in the text before: each time it draws anew. */
static uint64_t repetition(const Words *corruptions, int place)
{
    uint64_t n = 0;
    for (int i = 0; i < place; i++)
        n += corruptions->words[i].kind == corruptions->words[place].kind;
    return n;
}

static void hold(size_t count, real *pixels)
{
    for (size_t i = 0; i < count; i++) {
        real value = pixels[i] < 0 ? 0 : pixels[i];
        pixels[i] = value > 1 ? 1 : value;
    }
}

void corruption_apply(const Words *corruptions, int height, int width, uint64_t seed,
                      uint64_t sample, uint8_t *pixels, real *work)
{
    int smaller = height < width ? height : width;
    CorruptionJob job = {.height = height,
                         .width = width,
                         .unit = smaller / 28.0,
                         .seed = seed,
                         .count = (size_t)height * (size_t)width};
    job.pixels = work;
    job.work = work + job.count;
    kernels_c.pixels_to_real(job.count, pixels, 0, 1, job.pixels);
    for (int i = 0; i < corruptions->n; i++) {
        size_t kind = corruptions->words[i].kind;
        job.strength = corruptions->words[i].value;
        job.stream =
            rng_stream(RNG_PURPOSE_NOISE, repetition(corruptions, i) << KINDS_BITS | kind, sample);
        kinds[kind].apply(&job);
        hold(job.count, job.pixels);
    }
    change_to_pixels(job.count, job.pixels, pixels);
}

typedef struct Corrupting {
    Words corruptions;
    uint64_t seed;
} Corrupting;

static void corrupt_image(const void *context, const ScrawlDatasetInfo *info, size_t i,
                          uint8_t *pixels, void *work)
{
    const Corrupting *corrupting = context;
    corruption_apply(&corrupting->corruptions, info->height, info->width, corrupting->seed, i,
                     pixels, work);
}

ScrawlStatus scrawl_dataset_corrupt(ScrawlDataset **corrupted, const ScrawlDataset *dataset,
                                    const char *spec, const ScrawlCorruptionOptions *options,
                                    ScrawlError *error)
{
    static const ScrawlCorruptionOptions defaults = {0};
    Corrupting corrupting;
    *corrupted = NULL;
    if (!options)
        options = &defaults;
    corrupting.seed = options->seed;
    ScrawlStatus status = corruption_read(&corrupting.corruptions, spec, error);
    if (status)
        return status;
    Change change = {.apply = corrupt_image,
                     .context = &corrupting,
                     .what = "corrupting a data set",
                     .work_size =
                         corruption_work(dataset->info.height, dataset->info.width) * sizeof(real)};
    return dataset_changed(corrupted, dataset, "with", spec, &change, options->n_threads, error);
}

/* Denoising every picture of a data set, whose ink is 255 on 0. */

static void denoise_image(const void *context, const ScrawlDatasetInfo *info, size_t i,
                          uint8_t *pixels, void *work)
{
    (void)i;
    denoise_apply(context, info->width, info->height, true, pixels, work);
}

ScrawlStatus scrawl_dataset_denoise(ScrawlDataset **denoised, const ScrawlDataset *dataset,
                                    const char *spec, int n_threads, ScrawlError *error)
{
    Words steps;
    *denoised = NULL;
    ScrawlStatus status = denoise_read(&steps, spec, error);
    if (status)
        return status;
    Change change = {.apply = denoise_image,
                     .context = &steps,
                     .what = "denoising a data set",
                     .work_size = denoise_work(&steps, dataset->info.width, dataset->info.height)};
    return dataset_changed(denoised, dataset, "denoised by", spec, &change, n_threads, error);
}
