#include "data/batch.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/team.h"

/* Images a task: enough to be worth a thread's while, few enough to balance. */
#define BATCH_CHUNK 8

struct Batcher {
    BatcherOptions options;
    int height, width;
    bool augments;
    uint64_t epoch;
    size_t n;        /* view.n + outliers.n */
    uint32_t *order; /* [n] places in the view and, behind it, among the outliers */
    real *work;      /* [n_threads][work_size] */
    size_t work_size;
};

/* What one batcher_get call was given. */
typedef struct Request {
    const Batcher *batcher;
    size_t first, n;
    real *x;
    uint16_t *labels;
} Request;

ScrawlStatus batcher_create(Batcher **batcher, const BatcherOptions *options, ScrawlError *error)
{
    const ScrawlDatasetInfo *info = scrawl_dataset_info(options->view.dataset);
    *batcher = NULL;
    Batcher *made = mem_alloc_zero(1, sizeof *made);
    if (!made)
        return error_no_memory(error, "a batcher");
    made->options = *options;
    made->height = info->height;
    made->width = info->width;
    made->augments = !augment_is_none(&options->augment);
    made->work_size = made->augments ? augment_work(info->height, info->width) : 0;
    made->n = options->view.n + options->outliers.n;
    made->order = mem_alloc(made->n, sizeof *made->order);
    made->work = mem_alloc((size_t)options->n_threads * made->work_size, sizeof *made->work);
    if (!made->order || !made->work) {
        batcher_free(made);
        return error_no_memory(error, "the order of an epoch's images");
    }
    batcher_start(made, 0);
    *batcher = made;
    return SCRAWL_STATUS_OK;
}

void batcher_free(Batcher *batcher)
{
    if (!batcher)
        return;
    mem_free(batcher->order);
    mem_free(batcher->work);
    mem_free(batcher);
}

void batcher_start(Batcher *batcher, uint64_t epoch)
{
    batcher->epoch = epoch;
    for (size_t i = 0; i < batcher->n; i++)
        batcher->order[i] = (uint32_t)i;
    if (batcher->options.shuffle) {
        Rng rng;
        rng_init(&rng, batcher->options.seed, rng_stream(RNG_PURPOSE_SHUFFLE, epoch, 0));
        rng_shuffle(&rng, batcher->order, batcher->n);
    }
}

size_t batcher_known(const Batcher *batcher, size_t n)
{
    size_t n_known = 0;
    if (batcher->options.outliers.n == 0)
        return n;
    for (size_t i = 0; i < n; i++)
        n_known += batcher->order[i] < batcher->options.view.n;
    return n_known;
}

/* An image of an epoch. */
typedef struct Place {
    const uint8_t *pixels;
    uint16_t label;
    uint64_t sample; /* names its augmentation */
} Place;

static size_t index_of(const DatasetView *view, size_t i)
{
    return view->indices ? view->indices[i] : i;
}

static Place find_place(const Batcher *batcher, size_t at)
{
    const DatasetView *view = &batcher->options.view, *outliers = &batcher->options.outliers;
    size_t i = batcher->order[at];
    if (i < view->n) {
        size_t index = index_of(view, i);
        return (Place){scrawl_dataset_pixels(view->dataset, index),
                       (uint16_t)scrawl_dataset_label(view->dataset, index), index};
    }
    size_t index = index_of(outliers, i - view->n);
    return (Place){scrawl_dataset_pixels(outliers->dataset, index),
                   (uint16_t)view->dataset->info.n_classes, view->dataset->info.n + index};
}

static void fill_image(const Batcher *batcher, const Place *place, real *work, real *x)
{
    const BatcherOptions *options = &batcher->options;
    const uint8_t *pixels = place->pixels;
    size_t count = (size_t)batcher->height * (size_t)batcher->width;
    real mean = (real)options->mean, sd = (real)options->sd;
    if (!batcher->augments) {
        options->kernels->pixels_to_real(count, pixels, mean, sd, x);
        return;
    }
    options->kernels->pixels_to_real(count, pixels, 0, 1, x);
    AugmentImage image = {.pixels = x,
                          .height = batcher->height,
                          .width = batcher->width,
                          .seed = options->seed,
                          .epoch = batcher->epoch,
                          .sample = place->sample};
    augment_apply(&options->augment, options->kernels, &image, work);
    for (size_t i = 0; i < count; i++)
        x[i] = (x[i] - mean) / sd;
}

void batcher_fill(const Batcher *batcher, size_t first, size_t n, int thread, real *x,
                  uint16_t *labels)
{
    size_t count = (size_t)batcher->height * (size_t)batcher->width;
    real *work = batcher->work + (size_t)thread * batcher->work_size;
    for (size_t i = 0; i < n; i++) {
        Place place = find_place(batcher, first + i);
        labels[i] = place.label;
        fill_image(batcher, &place, work, x + i * count);
    }
}

static void fill_chunk(void *context, size_t chunk, int thread)
{
    const Request *request = context;
    const Batcher *batcher = request->batcher;
    size_t count = (size_t)batcher->height * (size_t)batcher->width;
    size_t first = chunk * BATCH_CHUNK, left = request->n - first;
    batcher_fill(batcher, request->first + first, left < BATCH_CHUNK ? left : BATCH_CHUNK, thread,
                 request->x + first * count, request->labels + first);
}

void batcher_get(const Batcher *batcher, size_t first, size_t n, real *x, uint16_t *labels)
{
    Request request = {batcher, first, n, x, labels};
    size_t n_chunks = (n + BATCH_CHUNK - 1) / BATCH_CHUNK;
    team_run(batcher->options.n_threads, n_chunks, fill_chunk, &request);
}
