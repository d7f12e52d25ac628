/* A sweep as a thing: planned, loaded, looked at. sweep_train.c trains it. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "train/recipe.h"
#include "train/run_folder.h"
#include "train/sweep_state.h"

ScrawlStatus sweep_recipe(const ScrawlSweep *sweep, size_t point, int seed, ScrawlRecipe **recipe,
                          ScrawlError *error)
{
    char text[32];
    snprintf(text, sizeof text, "train.seed=%d", seed);
    ScrawlStatus status = recipe_copy(recipe, sweep->recipe, error);
    if (!status)
        status = sweep_grid_apply(&sweep->grid, point, *recipe, error);
    if (!status && sweep->grid.n_seeds > 0)
        status = scrawl_recipe_set(*recipe, text, error);
    if (!status)
        status = scrawl_recipe_check(*recipe, error);
    if (status) {
        scrawl_recipe_free(*recipe);
        *recipe = NULL;
    }
    return status;
}

/* Puts the values of a point before the sentence. */
static ScrawlStatus at_point(const ScrawlSweep *sweep, size_t point, ScrawlStatus status,
                             ScrawlError *error)
{
    Buffer text;
    buffer_init(&text, 100);
    if (sweep->grid.n_axes > 0 && !sweep_grid_describe(&sweep->grid, point, &text))
        status = error_prefix(error, status, "%s", buffer_text(&text));
    buffer_deinit(&text);
    return status;
}

/* Every point's recipe, so that a wrong value is told before the first run, and their seeds. */
static ScrawlStatus check_points(ScrawlSweep *sweep, ScrawlError *error)
{
    size_t n_seeds = sweep->info.n_runs / sweep->info.n_points;
    for (size_t point = 0; point < sweep->info.n_points; point++) {
        ScrawlRecipe *recipe;
        ScrawlStatus status = sweep_recipe(sweep, point, sweep->grid.first_seed, &recipe, error);
        if (status)
            return at_point(sweep, point, status, error);
        for (size_t i = 0; i < n_seeds; i++) {
            ScrawlSweepRun *run = &sweep->runs[point * n_seeds + i];
            run->point = point;
            run->seed = scrawl_recipe_seed(recipe) + (int)i;
            run->folder = sweep_grid_folder(&sweep->grid, sweep->folder, point, run->seed);
            if (!run->folder)
                status = error_no_memory(error, "the names of a sweep's folders");
        }
        scrawl_recipe_free(recipe);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus take_recipe(ScrawlSweep *sweep, const ScrawlRecipe *recipe, ScrawlError *error)
{
    ScrawlStatus status = recipe_copy(&sweep->recipe, recipe, error);
    if (!status)
        status = scrawl_recipe_text(recipe, &sweep->recipe_text, error);
    if (!status)
        checksum_sha256(sweep->recipe_text, strlen(sweep->recipe_text), sweep->checksum);
    return status;
}

/* All but the results. */
static ScrawlStatus create(ScrawlSweep **out, const ScrawlRecipe *recipe, const char *folder,
                           const ScrawlSweepOptions *options, ScrawlError *error)
{
    *out = NULL;
    ScrawlSweep *sweep = mem_alloc_zero(1, sizeof *sweep);
    if (!sweep)
        return error_no_memory(error, "a sweep");
    ScrawlStatus status = sweep_grid_init(&sweep->grid, options, error);
    if (!status)
        status = take_recipe(sweep, recipe, error);
    if (status)
        goto out;
    SweepGrid *grid = &sweep->grid;
    sweep->folder = mem_string(folder);
    sweep->init = options->init ? mem_string(options->init) : NULL;
    sweep->runs = mem_alloc_zero(grid->n_runs, sizeof *sweep->runs);
    sweep->rows = mem_alloc_zero(grid->n_points, sizeof *sweep->rows);
    sweep->info = (ScrawlSweepInfo){.folder = sweep->folder,
                                    .name = sweep->recipe->name,
                                    .n_axes = grid->n_axes,
                                    .n_points = grid->n_points,
                                    .n_runs = grid->n_runs,
                                    .first_seed = grid->first_seed,
                                    .n_seeds = grid->n_seeds};
    status = sweep->folder && !sweep->init == !options->init && sweep->runs && sweep->rows
                 ? check_points(sweep, error)
                 : error_no_memory(error, "a sweep's runs");
out:
    if (status)
        scrawl_sweep_free(sweep);
    else
        *out = sweep;
    return status;
}

/* EXISTS where a file of a sweep or of a run is in the folder. */
static ScrawlStatus check_folder(const char *folder, bool force, ScrawlError *error)
{
    RunFolder run;
    ScrawlStatus status = run_folder_init(&run, folder, error);
    if (!status)
        status = run_folder_check(&run, force, error);
    if (!status && !force && scrawl_sweep_exists(folder))
        status = error_set(error, SCRAWL_STATUS_EXISTS,
                           "%s: holds a sweep already; --resume %s goes on with it, --force "
                           "replaces it, -o names another folder",
                           folder, folder);
    run_folder_deinit(&run);
    return status;
}

ScrawlStatus scrawl_sweep_create(ScrawlSweep **sweep, const ScrawlRecipe *recipe,
                                 const ScrawlSweepOptions *options, ScrawlError *error)
{
    *sweep = NULL;
    if (!options->folder || !options->folder[0])
        return error_set(error, SCRAWL_STATUS_USAGE, "expected a folder for the sweep, found none");
    ScrawlStatus status = create(sweep, recipe, options->folder, options, error);
    if (!status)
        status = check_folder(options->folder, options->force, error);
    if (!status) {
        sweep_rows_update(*sweep);
        return status;
    }
    scrawl_sweep_free(*sweep);
    *sweep = NULL;
    return status;
}

bool scrawl_sweep_exists(const char *folder)
{
    char *path = path_join(folder, SWEEP_RESULTS_FILE);
    bool exists = path && file_exists(path);
    mem_free(path);
    return exists;
}

static ScrawlStatus load(ScrawlSweep **sweep, const char *folder, const char *recipe_path,
                         const SweepPlan *plan, ScrawlError *error)
{
    ScrawlRecipe *recipe;
    ScrawlStatus status = scrawl_recipe_load(&recipe, recipe_path, error);
    if (status)
        return status;
    status = create(sweep, recipe, folder, &plan->options, error);
    if (!status && strcmp((*sweep)->checksum, plan->checksum) != 0)
        status = error_set(error, SCRAWL_STATUS_MISMATCH,
                           "%s: has changed since the sweep began; restore it, or begin anew with "
                           "--force",
                           recipe_path);
    if (!status)
        status = sweep_results_take(*sweep, plan, error);
    scrawl_recipe_free(recipe);
    return status;
}

ScrawlStatus scrawl_sweep_load(ScrawlSweep **sweep, const char *folder, ScrawlError *error)
{
    *sweep = NULL;
    SweepPlan plan = {0};
    char *results = path_join(folder, SWEEP_RESULTS_FILE);
    char *recipe = path_join(folder, SWEEP_RECIPE_FILE);
    ScrawlStatus status = results && recipe
                              ? sweep_plan_read(&plan, results, error)
                              : error_no_memory(error, "the names of a sweep's files");
    if (!status)
        status = load(sweep, folder, recipe, &plan, error);
    sweep_plan_deinit(&plan);
    mem_free(results);
    mem_free(recipe);
    if (status) {
        scrawl_sweep_free(*sweep);
        *sweep = NULL;
        return status;
    }
    (*sweep)->begun = true;
    sweep_rows_update(*sweep);
    return SCRAWL_STATUS_OK;
}

void scrawl_sweep_free(ScrawlSweep *sweep)
{
    if (!sweep)
        return;
    scrawl_recipe_free(sweep->recipe);
    mem_free(sweep->recipe_text);
    mem_free(sweep->folder);
    mem_free(sweep->init);
    mem_free(sweep->runs);
    mem_free(sweep->rows);
    sweep_grid_deinit(&sweep->grid);
    mem_free(sweep);
}

const ScrawlSweepInfo *scrawl_sweep_info(const ScrawlSweep *sweep)
{
    return &sweep->info;
}

const ScrawlSweepRun *scrawl_sweep_run(const ScrawlSweep *sweep, size_t i)
{
    return i < sweep->info.n_runs ? &sweep->runs[i] : NULL;
}

const ScrawlSweepRow *scrawl_sweep_row(const ScrawlSweep *sweep, size_t rank)
{
    return rank < sweep->info.n_points ? &sweep->rows[rank] : NULL;
}

const char *scrawl_sweep_key(const ScrawlSweep *sweep, size_t axis)
{
    return axis < sweep->grid.n_axes ? sweep->grid.axes[axis].key : NULL;
}

const char *scrawl_sweep_value(const ScrawlSweep *sweep, size_t point, size_t axis)
{
    return point < sweep->info.n_points && axis < sweep->grid.n_axes
               ? sweep_grid_value(&sweep->grid, point, axis)
               : NULL;
}
