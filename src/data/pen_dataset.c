/* A data set from the pen: picture i of a split is a function of (seed, split, i) alone, so that it
 * does not matter which thread draws it. */
#include "base/error.h"
#include "base/rng.h"
#include "base/team.h"
#include "data/pen.h"
#include "data/registry.h"

#define PICTURES_A_CHUNK 256
#define SIDE 28

typedef struct Drawing {
    ScrawlDataset *dataset;
    const RegistryRow *row;
    uint64_t seed, split;
} Drawing;

/* What a picture of a class shows: for a capital whose small letter is no class of its own, every
 * other one is small, and that is put into `letter`. */
static const char *choose_label(const RegistryRow *row, int label, size_t round, char letter[2])
{
    const char *name = row->class_names[label];
    if (name[0] < 'A' || name[0] > 'Z' || round % 2 == 0)
        return name;
    letter[0] = (char)(name[0] - 'A' + 'a');
    letter[1] = '\0';
    for (int i = 0; i < row->n_classes; i++)
        if (row->class_names[i][0] == letter[0])
            return name;
    return letter;
}

static void draw_chunk(void *context, size_t chunk, int thread)
{
    const Drawing *drawing = context;
    ScrawlDataset *dataset = drawing->dataset;
    size_t n_labels = (size_t)drawing->row->n_classes, end = (chunk + 1) * PICTURES_A_CHUNK;
    (void)thread;
    for (size_t i = chunk * PICTURES_A_CHUNK; i < end && i < dataset->info.n; i++) {
        char letter[2];
        const RegistryRow *row = drawing->row;
        dataset->labels[i] = (uint16_t)(i % n_labels);
        row->draw(choose_label(row, (int)(i % n_labels), i / n_labels, letter), SIDE, drawing->seed,
                  rng_stream(RNG_PURPOSE_PEN, drawing->split, i),
                  dataset->pixels + i * SIDE * SIDE);
    }
}

ScrawlStatus pen_dataset(ScrawlDataset **dataset, const char *name, ScrawlSplit split, size_t n,
                         uint64_t seed, ScrawlError *error)
{
    const RegistryRow *row = registry_find(name);
    *dataset = NULL;
    if (!row || !row->draw)
        return error_set(error, SCRAWL_STATUS_NOT_FOUND,
                         "\"%s\" is no data set of the pen: expected pen or pen-chars", name);
    DatasetPlan plan = {.name = name,
                        .split = split,
                        .n = n,
                        .width = SIDE,
                        .height = SIDE,
                        .class_names = row->class_names,
                        .n_classes = row->n_classes};
    ScrawlStatus status = dataset_create(dataset, &plan, NULL, error);
    if (status)
        return status;
    Drawing drawing = {*dataset, row, seed, (uint64_t)split};
    team_run(team_default_threads(), (n + PICTURES_A_CHUNK - 1) / PICTURES_A_CHUNK, draw_chunk,
             &drawing);
    dataset_seal(*dataset);
    return SCRAWL_STATUS_OK;
}
