/* The runs of a sweep, one scrawl_train after the other. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "train/recipe.h"
#include "train/run_folder.h"
#include "train/sweep_state.h"

/* Passes on what a run says, with its number. */
typedef struct Relay {
    ScrawlLog log; /* what the run is given */
    const ScrawlLog *to;
    size_t run, n_runs; /* run: from 1 */
} Relay;

static void relay_message(void *context, ScrawlLogLevel level, const char *text)
{
    const Relay *relay = context;
    log_message(relay->to, level, "%s", text);
}

static bool relay_progress(void *context, const ScrawlProgress *progress)
{
    const Relay *relay = context;
    ScrawlProgress numbered = *progress;
    char what[96];
    snprintf(what, sizeof what, "run %zu/%zu, %s", relay->run, relay->n_runs, progress->what);
    numbered.what = what;
    return log_progress(relay->to, &numbered);
}

/* Every run would say the same of its data and network: only warnings come through from `first`'s
 * successors. */
static void relay_init(Relay *relay, const ScrawlLog *to, size_t run, size_t n_runs, bool first)
{
    ScrawlLogLevel level = to ? to->level : SCRAWL_LOG_LEVEL_ERROR;
    if (!first && level > SCRAWL_LOG_LEVEL_WARNING)
        level = SCRAWL_LOG_LEVEL_WARNING;
    *relay = (Relay){.log = {.level = level,
                             .context = relay,
                             .message = relay_message,
                             .progress = relay_progress},
                     .to = to,
                     .run = run,
                     .n_runs = n_runs};
}

/* True where the folder holds a checkpoint of this very recipe: somebody may have trained another
 * one there since. */
static bool can_resume(const RunFolder *folder, const ScrawlRecipe *recipe)
{
    char *text = NULL;
    Buffer found;
    buffer_init(&found, TREE_MAX_TEXT);
    bool same = file_exists(folder->checkpoint) &&
                !file_read_regular(folder->recipe, &found, NULL) &&
                !scrawl_recipe_text(recipe, &text, NULL) && strcmp(buffer_text(&found), text) == 0;
    buffer_deinit(&found);
    mem_free(text);
    return same;
}

/* Fresh, or from where it was interrupted. */
static ScrawlStatus train_one(const ScrawlSweep *sweep, ScrawlSweepRun *run,
                              const ScrawlTrainOptions *options, ScrawlError *error)
{
    RunFolder folder;
    ScrawlRecipe *recipe = NULL;
    ScrawlTrainOptions own = *options;
    ScrawlStatus status = run_folder_init(&folder, run->folder, error);
    if (!status)
        status = sweep_recipe(sweep, run->point, run->seed, &recipe, error);
    if (!status) {
        own.folder = run->folder;
        own.resume = can_resume(&folder, recipe);
        own.force = !own.resume;
        own.init = own.resume ? NULL : sweep->init; /* the checkpoint has it */
        status = scrawl_train(own.resume ? NULL : recipe, &own, &run->result, error);
    }
    scrawl_recipe_free(recipe);
    run_folder_deinit(&folder);
    return status;
}

/* An earlier sweep's checkpoints must not be gone on with. */
static ScrawlStatus remove_checkpoints(const ScrawlSweep *sweep, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; !status && i < sweep->info.n_runs; i++) {
        RunFolder folder;
        status = run_folder_init(&folder, sweep->runs[i].folder, error);
        if (!status && file_exists(folder.checkpoint) && remove(folder.checkpoint))
            status = error_set(error, SCRAWL_STATUS_IO, "%s: cannot be removed: %s",
                               folder.checkpoint, strerror(errno));
        run_folder_deinit(&folder);
    }
    return status;
}

/* The folder, the recipe and a plan without results: from here on the sweep can be resumed. */
static ScrawlStatus begin(ScrawlSweep *sweep, ScrawlError *error)
{
    char *path = path_join(sweep->folder, SWEEP_RECIPE_FILE);
    ScrawlStatus status = path ? folder_create(sweep->folder, error)
                               : error_no_memory(error, "the name of a sweep's recipe");
    if (!status)
        status = remove_checkpoints(sweep, error);
    if (!status)
        status = file_write(path, sweep->recipe_text, strlen(sweep->recipe_text), error);
    if (!status)
        status = sweep_results_write(sweep, error);
    sweep->begun = !status;
    mem_free(path);
    return status;
}

static ScrawlStatus interrupted(const ScrawlSweep *sweep, size_t i, ScrawlError *error)
{
    return error_set(error, SCRAWL_STATUS_INTERRUPTED,
                     "interrupted in run %zu of %zu, and saved; go on with: scrawl train --resume "
                     "%s",
                     i + 1, sweep->info.n_runs, sweep->folder);
}

static ScrawlStatus check_options(const ScrawlTrainOptions *options, ScrawlError *error)
{
    if (options->folder || options->force || options->resume || options->init)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "a sweep has its own: expected no folder, force, resume or init among "
                         "the options of training");
    return SCRAWL_STATUS_OK;
}

/* Where nothing but divergence came of it, there is nothing to compare. */
static ScrawlStatus check_results(const ScrawlSweep *sweep, ScrawlError *error)
{
    for (size_t i = 0; i < sweep->info.n_runs; i++) {
        if (!sweep->runs[i].status)
            return SCRAWL_STATUS_OK;
    }
    return error_set(error, SCRAWL_STATUS_DIVERGED,
                     "%s: every run diverged; lower train.learning_rate", sweep->folder);
}

static ScrawlStatus train_all(ScrawlSweep *sweep, const ScrawlTrainOptions *options,
                              void (*finished)(void *context, const ScrawlSweep *sweep, size_t run),
                              void *context, ScrawlError *error)
{
    ScrawlStatus status = sweep->begun ? SCRAWL_STATUS_OK : begin(sweep, error);
    bool first = true;
    for (size_t i = 0; !status && i < sweep->info.n_runs; i++) {
        ScrawlSweepRun *run = &sweep->runs[i];
        ScrawlTrainOptions own = *options;
        Relay relay;
        if (run->finished)
            continue;
        relay_init(&relay, options->log, i + 1, sweep->info.n_runs, first);
        own.log = &relay.log;
        first = false;
        status = train_one(sweep, run, &own, error);
        if (status == SCRAWL_STATUS_INTERRUPTED)
            return interrupted(sweep, i, error);
        if (status && status != SCRAWL_STATUS_DIVERGED)
            return status;
        run->finished = true;
        run->status = status;
        sweep_rows_update(sweep);
        status = sweep_results_write(sweep, error);
        if (!status && finished)
            finished(context, sweep, i);
    }
    return status ? status : check_results(sweep, error);
}

ScrawlStatus scrawl_sweep_train(ScrawlSweep *sweep, const ScrawlTrainOptions *options,
                                void (*finished)(void *context, const ScrawlSweep *sweep,
                                                 size_t run),
                                void *context, ScrawlError *error)
{
    RunFolder folder;
    ScrawlStatus status = check_options(options, error);
    if (!status)
        status = run_folder_init(&folder, sweep->folder, error);
    if (status)
        return status;
    status = run_folder_lock(&folder, error);
    if (!status)
        status = train_all(sweep, options, finished, context, error);
    run_folder_deinit(&folder);
    return status;
}
