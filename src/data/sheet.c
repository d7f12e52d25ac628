/* A labelled sheet of samples: a row a class, its name before it, dark ink on white paper. */
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "data/label.h"

#define MARGIN 8         /* pixels round the sheet */
#define GAP 4            /* between two pictures */
#define TEXT_SIZE 14     /* height of the names' capitals */
#define LEAST_SIDE 40    /* small pictures are enlarged by a whole factor to at least this */
#define LONGEST_NAME 156 /* pixels */

typedef struct Layout {
    int n_rows, n_columns;
    int zoom; /* pixels of the sheet to one of a picture, a side */
    int cell_width, cell_height;
    int label_width;
} Layout;

static Layout lay_out(const ScrawlDatasetInfo *info, int max_rows, int columns)
{
    Layout layout = {.n_columns = columns, .zoom = 1};
    int smaller = info->width < info->height ? info->width : info->height;
    layout.n_rows = max_rows > 0 && max_rows < info->n_classes ? max_rows : info->n_classes;
    while (layout.zoom * smaller < LEAST_SIDE)
        layout.zoom++;
    layout.cell_width = layout.zoom * info->width + GAP;
    layout.cell_height = layout.zoom * info->height + GAP;
    for (int i = 0; i < layout.n_rows; i++) {
        int width = label_width(info->class_names[i], TEXT_SIZE, LONGEST_NAME) + GAP;
        layout.label_width = width > layout.label_width ? width : layout.label_width;
    }
    return layout;
}

static void paste(const ScrawlDataset *dataset, size_t index, int zoom, int left, int top,
                  ScrawlImage *sheet)
{
    const uint8_t *pixels = scrawl_dataset_pixels(dataset, index);
    int width = dataset->info.width, height = dataset->info.height;
    for (int y = 0; y < zoom * height; y++) {
        uint8_t *row = sheet->pixels + (size_t)(top + y) * (size_t)sheet->width + (size_t)left;
        for (int x = 0; x < zoom * width; x++)
            row[x] = pixels[y / zoom * width + x / zoom];
    }
}

/* The pictures of a class, in a random order: the first `most` of it in `chosen`. One pass over
 * the labels by reservoir sampling (J. Vitter, "Random sampling with a reservoir", 1985,
 * algorithm R). */
static int choose(const ScrawlDataset *dataset, int label, uint64_t seed, int most, size_t *chosen)
{
    Rng rng;
    uint32_t seen = 0;
    rng_init(&rng, seed, rng_stream(RNG_PURPOSE_SAMPLE, (uint64_t)label, 0));
    for (size_t i = 0; i < dataset->info.n; i++) {
        if (scrawl_dataset_label(dataset, i) != label)
            continue;
        uint32_t at = seen < (uint32_t)most ? seen : rng_below(&rng, seen + 1);
        if (at < (uint32_t)most)
            chosen[at] = i;
        seen++;
    }
    return seen < (uint32_t)most ? (int)seen : most;
}

static void draw_row(const ScrawlDataset *dataset, const Layout *layout, int label, uint64_t seed,
                     size_t *chosen, ScrawlImage *sheet)
{
    int top = MARGIN + label * layout->cell_height, left = MARGIN + layout->label_width;
    int n = choose(dataset, label, seed, layout->n_columns, chosen);
    label_print(dataset->info.class_names[label], TEXT_SIZE, MARGIN,
                top + (layout->cell_height - GAP - TEXT_SIZE) / 2, layout->label_width - GAP,
                sheet);
    for (int i = 0; i < n; i++)
        paste(dataset, chosen[i], layout->zoom, left + i * layout->cell_width, top, sheet);
}

ScrawlStatus scrawl_dataset_sheet(const ScrawlDataset *dataset, int max_rows, int columns,
                                  uint64_t seed, ScrawlImage *sheet, const ScrawlLog *log,
                                  ScrawlError *error)
{
    *sheet = (ScrawlImage){0};
    if (columns < 1 || columns > 1000)
        return error_set(error, SCRAWL_STATUS_USAGE, "a sheet has 1 to 1000 columns, not %d",
                         columns);
    label_find_font(log);
    Layout layout = lay_out(&dataset->info, max_rows, columns);
    size_t *chosen = mem_alloc((size_t)columns, sizeof *chosen);
    if (!chosen)
        return error_no_memory(error, "a sheet");
    int width = 2 * MARGIN + layout.label_width + columns * layout.cell_width - GAP;
    int height = 2 * MARGIN + layout.n_rows * layout.cell_height - GAP;
    ScrawlStatus status = scrawl_image_create(sheet, width, height, 0, error);
    for (int label = 0; label < layout.n_rows && !status; label++)
        draw_row(dataset, &layout, label, seed, chosen, sheet);
    for (size_t i = 0; !status && i < (size_t)width * (size_t)height; i++)
        sheet->pixels[i] = (uint8_t)(255 - sheet->pixels[i]);
    mem_free(chosen);
    return status;
}
