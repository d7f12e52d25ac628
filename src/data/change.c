#include "data/change.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"

#define IMAGES_PER_CHUNK 64

typedef struct Work {
    ScrawlDataset *dataset;
    const Change *change;
    uint8_t *memory; /* [n_threads][size] */
    size_t size;     /* the change's, in whole cache lines */
} Work;

static void change_chunk(void *context, size_t chunk, int thread)
{
    const Work *work = context;
    const ScrawlDatasetInfo *info = &work->dataset->info;
    size_t first = chunk * IMAGES_PER_CHUNK, end = first + IMAGES_PER_CHUNK;
    size_t area = (size_t)info->width * (size_t)info->height;
    for (size_t i = first; i < end && i < info->n; i++)
        work->change->apply(work->change->context, info, i, work->dataset->pixels + i * area,
                            work->memory + (size_t)thread * work->size);
}

ScrawlStatus dataset_change(ScrawlDataset *dataset, const Change *change, int n_threads,
                            ScrawlError *error)
{
    Work work = {.dataset = dataset, .change = change};
    if (n_threads < 0 || n_threads > TEAM_MAX_THREADS)
        return error_set(error, SCRAWL_STATUS_USAGE, "threads: expected 1 to %d, found %d",
                         TEAM_MAX_THREADS, n_threads);
    if (n_threads == 0)
        n_threads = team_default_threads();
    work.size = (change->work_size + MEM_ALIGNMENT - 1) / MEM_ALIGNMENT * MEM_ALIGNMENT;
    work.memory = mem_alloc((size_t)n_threads, work.size);
    if (!work.memory)
        return error_no_memory(error, change->what);
    team_run(n_threads, (dataset->info.n + IMAGES_PER_CHUNK - 1) / IMAGES_PER_CHUNK, change_chunk,
             &work);
    mem_free(work.memory);
    dataset_seal(dataset);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus dataset_changed(ScrawlDataset **changed, const ScrawlDataset *dataset,
                             const char *words, const char *spec, const Change *change,
                             int n_threads, ScrawlError *error)
{
    *changed = NULL;
    char *name = mem_format("%s %s %s", dataset->info.name, words, spec);
    if (!name)
        return error_no_memory(error, "a data set's name");
    ScrawlStatus status = dataset_copy(changed, dataset, name, error);
    mem_free(name);
    if (!status)
        status = dataset_change(*changed, change, n_threads, error);
    if (status) {
        scrawl_dataset_free(*changed);
        *changed = NULL;
    }
    return status;
}

void change_to_pixels(size_t count, const real *values, uint8_t *pixels)
{
    for (size_t i = 0; i < count; i++)
        pixels[i] = (uint8_t)lrint((double)values[i] * 255);
}
