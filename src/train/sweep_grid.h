/* The plan of a sweep: axes of values, seeds, and what each run is called. */
#ifndef TRAIN_SWEEP_GRID_H
#define TRAIN_SWEEP_GRID_H

#include "base/arena.h"
#include "base/buffer.h"
#include "scrawl/sweep.h"

typedef struct SweepAxis {
    const char *text; /* as given: "train.batch=32,64" */
    const char *key;
    const char **values;
    size_t n_values;
} SweepAxis;

typedef struct SweepGrid {
    SweepAxis axes[SCRAWL_SWEEP_MAX_AXES];
    size_t n_axes, n_points;
    int first_seed, n_seeds; /* n_seeds 0: the recipe's seed */
    size_t n_runs;
    Arena arena; /* of all texts */
} SweepGrid;

/* USAGE, NO_MEMORY; *grid is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus sweep_grid_init(SweepGrid *grid, const ScrawlSweepOptions *options,
                                               ScrawlError *error);
void sweep_grid_deinit(SweepGrid *grid); /* NULL-safe */

/* The point's value on an axis. */
const char *sweep_grid_value(const SweepGrid *grid, size_t point, size_t axis);
/* Sets the point's values in a recipe. What scrawl_recipe_set returns. */
SCRAWL_MUST_CHECK ScrawlStatus sweep_grid_apply(const SweepGrid *grid, size_t point,
                                                ScrawlRecipe *recipe, ScrawlError *error);
/* "train.batch=32 train.optimizer=adam" at the buffer's end. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus sweep_grid_describe(const SweepGrid *grid, size_t point,
                                                   Buffer *out);
/* A run's folder below the sweep's, which its path begins with; from the arena. NULL: no memory. */
SCRAWL_MUST_CHECK const char *sweep_grid_folder(SweepGrid *grid, const char *sweep_folder,
                                                size_t point, int seed);

#endif
