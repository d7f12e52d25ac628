/* Many runs of one recipe: with several seeds, over a grid of values, or both.
 *
 *     ScrawlSweepOptions options = {
 *         .folder = "runs/rates", .axes = (const char *[]){"train.learning_rate=0.1,0.01"},
 *         .n_axes = 1, .first_seed = 1, .n_seeds = 3};
 *     if (scrawl_sweep_create(&sweep, recipe, &options, &error) ||
 *         scrawl_sweep_train(sweep, &(ScrawlTrainOptions){0}, NULL, NULL, &error)) ...
 *     best = scrawl_sweep_row(sweep, 0);
 *
 * A point of the grid is one combination of values; it is trained once a seed, each time in a run
 * folder of its own. The sweep's folder holds
 *
 *     base.yaml        the recipe that the values are set in
 *     results.json     the plan, and every finished run's result: what a resume goes on from
 *     results.tsv      a line a point, sorted by validation: for people and plots
 *     3-batch=32,optimizer=adam/        the run of point 3, where there is one seed
 *     3-batch=32,optimizer=adam/seed-1/ its first run, where there are several
 *     seed-1/                           the first run, where there is no grid
 *
 * Points are compared by their accuracy on the validation split; the test set, which is used once a
 * run as in scrawl_train, chooses nothing. One thread at a time. */
#ifndef SCRAWL_SWEEP_H
#define SCRAWL_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/recipe.h"
#include "scrawl/status.h"
#include "scrawl/train.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRAWL_SWEEP_MAX_RUNS 10000
#define SCRAWL_SWEEP_MAX_AXES 16

typedef struct ScrawlSweep ScrawlSweep;

/* Borrowed for the call. */
typedef struct ScrawlSweepOptions {
    const char *folder; /* made with its parents where it is missing */
    bool force;         /* a sweep that is in the folder is replaced, run by run */
    /* Each a key of the recipe and its values as YAML: "train.batch=32,64". A comma inside brackets
     * or quotes belongs to a value: "augmentation.scale=[0.9,1.1],[0.8,1.2]". */
    const char *const *axes;
    size_t n_axes;
    int first_seed, n_seeds; /* train.seed; n_seeds 0: the recipe's alone */
    const char *init;        /* of every run, as in ScrawlTrainOptions; kept for a resume */
} ScrawlSweepOptions;

typedef struct ScrawlSweepInfo {
    const char *folder, *name; /* name: the recipe's */
    size_t n_axes, n_points, n_runs;
    size_t n_finished; /* runs */
    int first_seed, n_seeds;
} ScrawlSweepInfo;

typedef struct ScrawlSweepRun {
    size_t point; /* of the grid, from 0; the last axis changes first */
    int seed;
    const char *folder;
    bool finished;
    ScrawlStatus status; /* of a finished run: OK or DIVERGED */
    ScrawlTrainResult result;
} ScrawlSweepRun;

/* Over the runs that finished well; sd is that of a sample (n - 1), NAN for fewer than two. */
typedef struct ScrawlSpread {
    double mean, sd;
} ScrawlSpread;

/* A point over its seeds. */
typedef struct ScrawlSweepRow {
    size_t point;
    size_t n_runs, n_diverged;                                      /* finished well, and not */
    ScrawlSpread valid_accuracy, test_accuracy, test_loss, seconds; /* NAN where nothing is known */
} ScrawlSweepRow;

/* Checks the options and the recipe of every point; nothing is written yet. The recipe is copied.
 * *sweep is NULL after a failure. USAGE: an axis that is none, twice the same key or value, seeds
 * out of range, more than SCRAWL_SWEEP_MAX_RUNS runs; RECIPE: the sentence names the point; EXISTS:
 * the folder holds a sweep or a run and force is not set; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_sweep_create(ScrawlSweep **sweep,
                                                              const ScrawlRecipe *recipe,
                                                              const ScrawlSweepOptions *options,
                                                              ScrawlError *error);

/* True where the folder holds a sweep that scrawl_sweep_load may read. */
SCRAWL_API bool scrawl_sweep_exists(const char *folder);

/* A sweep that was begun, with the results that it has: to look at, or to go on with. NOT_FOUND;
 * FORMAT: its results.json is none of ours; MISMATCH: its base.yaml has changed since; IO, LIMIT,
 * RECIPE, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_sweep_load(ScrawlSweep **sweep, const char *folder,
                                                            ScrawlError *error);

/* Trains what is not finished, one run after the other; a run that was interrupted goes on from its
 * checkpoint. Of `options`, folder, force, resume and init must not be set; the rest holds for all
 * runs, and progress says which one it is. The results are written after every run, whose end
 * `finished` (unless NULL) is told. A run that diverges is a result, too; any other failure ends
 * the sweep, which a scrawl_sweep_load goes on with later. INTERRUPTED: the sentence says how. What
 * scrawl_train returns. DIVERGED only where every run did. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus
scrawl_sweep_train(ScrawlSweep *sweep, const ScrawlTrainOptions *options,
                   void (*finished)(void *context, const ScrawlSweep *sweep, size_t run),
                   void *context, ScrawlError *error);

/* All that is returned below is valid until the sweep is trained or freed. */
SCRAWL_API const ScrawlSweepInfo *scrawl_sweep_info(const ScrawlSweep *sweep);
/* Run i, from 0: by points, and then by seeds. NULL past the end. */
SCRAWL_API const ScrawlSweepRun *scrawl_sweep_run(const ScrawlSweep *sweep, size_t i);
/* Point by rank: that of the best mean validation accuracy is 0. Equal ones stand in the grid's
 * order, and so do those without, at the end. NULL past the end. */
SCRAWL_API const ScrawlSweepRow *scrawl_sweep_row(const ScrawlSweep *sweep, size_t rank);
/* "train.batch"; NULL past the end. */
SCRAWL_API const char *scrawl_sweep_key(const ScrawlSweep *sweep, size_t axis);
/* "32", as it was given. NULL past the end. */
SCRAWL_API const char *scrawl_sweep_value(const ScrawlSweep *sweep, size_t point, size_t axis);

SCRAWL_API void scrawl_sweep_free(ScrawlSweep *sweep); /* NULL-safe */

#ifdef __cplusplus
}
#endif
#endif
