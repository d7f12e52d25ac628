/* A sweep in memory, and its results as rows and as files. */
#ifndef TRAIN_SWEEP_STATE_H
#define TRAIN_SWEEP_STATE_H

#include "base/checksum.h"
#include "base/tree.h"
#include "train/sweep_grid.h"

#define SWEEP_RECIPE_FILE "base.yaml"
#define SWEEP_RESULTS_FILE "results.json"
#define SWEEP_TABLE_FILE "results.tsv"

struct ScrawlSweep {
    ScrawlSweepInfo info;
    char *folder;
    char *init;           /* NULL: none */
    bool begun;           /* the folder holds this sweep's files; false: nothing is written */
    ScrawlRecipe *recipe; /* that the values are set in */
    char *recipe_text;
    char checksum[CHECKSUM_TEXT_SIZE]; /* of recipe_text */
    SweepGrid grid;
    ScrawlSweepRun *runs; /* [n_runs]: by points, and then by seeds */
    ScrawlSweepRow *rows; /* [n_points]: by rank */
};

/* sweep.c: the checked recipe of one run. Free with scrawl_recipe_free; *recipe is NULL after a
 * failure. What scrawl_recipe_set and scrawl_recipe_check return. */
SCRAWL_MUST_CHECK ScrawlStatus sweep_recipe(const ScrawlSweep *sweep, size_t point, int seed,
                                            ScrawlRecipe **recipe, ScrawlError *error);

/* sweep_rows.c: fills the rows and info.n_finished from the runs. */
void sweep_rows_update(ScrawlSweep *sweep);

/* sweep_results.c */

/* The plan and what is finished, as results.json and results.tsv. IO, LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus sweep_results_write(const ScrawlSweep *sweep, ScrawlError *error);

/* The plan that a results.json holds. */
typedef struct SweepPlan {
    Tree tree;
    const char *axes[SCRAWL_SWEEP_MAX_AXES]; /* in the tree */
    ScrawlSweepOptions options;              /* all but the folder */
    const char *checksum;                    /* of base.yaml's recipe; in the tree */
} SweepPlan;

/* NOT_FOUND, FORMAT, LIMIT, IO, NO_MEMORY; *plan is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus sweep_plan_read(SweepPlan *plan, const char *path,
                                               ScrawlError *error);
void sweep_plan_deinit(SweepPlan *plan); /* NULL-safe */
/* Takes the results over into a sweep of that plan. FORMAT. */
SCRAWL_MUST_CHECK ScrawlStatus sweep_results_take(ScrawlSweep *sweep, const SweepPlan *plan,
                                                  ScrawlError *error);

#endif
