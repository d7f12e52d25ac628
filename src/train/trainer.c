#include "train/trainer.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "train/events.h"
#include "train/metrics.h"

#define PROGRESS_SECONDS 0.1 /* where the options do not say */

static ScrawlStatus choose_machine(Trainer *trainer, ScrawlError *error)
{
    const ScrawlTrainOptions *options = trainer->options;
    trainer->n_threads = options->n_threads ? options->n_threads : team_default_threads();
    return kernels_require(&trainer->kernels, options->cpu, error);
}

/* What ties a checkpoint to its run. */
static ScrawlStatus make_key(Trainer *trainer, ScrawlError *error)
{
    ScrawlStatus status = scrawl_recipe_text(trainer->recipe, &trainer->recipe_text, error);
    if (status)
        return status;
    checksum_sha256(trainer->recipe_text, strlen(trainer->recipe_text), trainer->key.recipe);
    train_data_key(&trainer->data, trainer->key.data);
    return SCRAWL_STATUS_OK;
}

/* The largest batch that comes: a small data set may not fill one. */
static size_t max_batch(const Trainer *trainer)
{
    size_t batch = (size_t)trainer->recipe->train.batch, n = train_data_size(&trainer->data);
    return batch < n ? batch : n;
}

static ScrawlStatus create_batcher(Trainer *trainer, ScrawlError *error)
{
    const ScrawlRecipe *recipe = trainer->recipe;
    BatcherOptions options = {
        .view = trainer->data.train_view,
        .outliers = trainer->data.outlier_view,
        .mean = recipe->preprocess.mean,
        .sd = recipe->preprocess.sd,
        .augment = recipe->augment,
        .shuffle = true,
        .seed = (uint64_t)recipe->train.seed,
        .n_threads = trainer->n_threads,
        .kernels = trainer->kernels,
    };
    return batcher_create(&trainer->batcher, &options, error);
}

static ScrawlStatus create_step(Trainer *trainer, ScrawlError *error)
{
    trainer->step = (TrainStep){
        .train = &trainer->recipe->train,
        .graph = trainer->graph,
        .kernels = trainer->kernels,
        .n_threads = trainer->n_threads,
        .max_batch = max_batch(trainer),
        .batcher = trainer->batcher,
        .state = &trainer->state,
    };
    size_t batch = max_batch(trainer);
    trainer->n_batches = (train_data_size(&trainer->data) + batch - 1) / batch;
    ScrawlStatus status =
        train_state_create(&trainer->state, &trainer->recipe->train, trainer->graph, error);
    return status ? status : train_step_init(&trainer->step, error);
}

static ScrawlStatus create_scorer(Trainer *trainer, ScrawlError *error)
{
    RunnerOptions options = {
        .max_batch = SCORE_BATCH, .n_threads = trainer->n_threads, .kernels = trainer->kernels};
    return runner_create(&trainer->scorer, trainer->graph, &options, error);
}

bool trainer_report(Trainer *trainer, const ScrawlProgress *progress)
{
    double pause = trainer->options->progress_seconds, now = clock_seconds();
    if (now - trainer->last_progress < (pause > 0 ? pause : PROGRESS_SECONDS))
        return true;
    trainer->last_progress = now;
    return log_progress(trainer->options->log, progress);
}

static bool relay(void *context, const ScrawlProgress *progress)
{
    Trainer *trainer = context;
    ScrawlProgress named = *progress;
    named.what = trainer->what;
    return trainer_report(trainer, &named);
}

static bool has_average(const Trainer *trainer)
{
    const TrainState *state = &trainer->state;
    return trainer->recipe->train.ema > 0 ? state->n_steps > 0 : state->n_averaged > 0;
}

const real *trainer_parameters(const Trainer *trainer)
{
    return has_average(trainer) ? trainer->state.average : trainer->state.parameters;
}

const real *trainer_running(const Trainer *trainer)
{
    return has_average(trainer) ? trainer->state.average_state : trainer->state.state;
}

bool trainer_is_done(const Trainer *trainer)
{
    const TrainSection *train = &trainer->recipe->train;
    const TrainState *state = &trainer->state;
    const Score *valid = &state->valid;
    if (state->epoch >= (uint64_t)train->epochs)
        return true;
    if (state->batch > 0 || state->epoch == 0)
        return false;
    if (train->until_accuracy > 0 &&
        (double)valid->n_correct >= train->until_accuracy * (double)valid->n)
        return true;
    return train->early_stop > 0 && state->epoch - state->best_epoch >= (uint64_t)train->early_stop;
}

ScrawlStatus trainer_score(Trainer *trainer, const char *what, const DatasetView *view,
                           float *logits, Score *score, ScrawlError *error)
{
    const Scoring scoring = {.graph = trainer->graph,
                             .preprocess = &trainer->recipe->preprocess,
                             .runner = trainer->scorer,
                             .n_threads = trainer->n_threads,
                             .kernels = trainer->kernels,
                             .log = &trainer->relay};
    trainer->what = what;
    runner_load(trainer->scorer, trainer_parameters(trainer), trainer_running(trainer));
    return score_view(&scoring, view, logits, score, error);
}

ScrawlStatus trainer_create(Trainer *trainer, const ScrawlRecipe *recipe,
                            const ScrawlTrainOptions *options, RunFolder *folder,
                            ScrawlError *error)
{
    *trainer = (Trainer){
        .recipe = recipe,
        .options = options,
        .folder = folder,
        .clock = clock_seconds(),
        .relay = {.context = trainer, .progress = relay},
        .temperature = 1,
    };
    ScrawlStatus status = choose_machine(trainer, error);
    if (!status)
        status = recipe_graph(recipe, &trainer->graph, error);
    if (!status)
        status = train_data_open(&trainer->data, recipe, trainer->graph, options, error);
    if (!status)
        status = make_key(trainer, error);
    if (!status)
        status = create_batcher(trainer, error);
    if (!status)
        status = create_step(trainer, error);
    if (!status)
        status = create_scorer(trainer, error);
    if (status)
        trainer_deinit(trainer);
    return status;
}

void trainer_deinit(Trainer *trainer)
{
    if (!trainer)
        return;
    runner_free(trainer->scorer);
    train_step_deinit(&trainer->step);
    batcher_free(trainer->batcher);
    mem_free(trainer->recipe_text);
    provenance_deinit(&trainer->initial);
    train_state_deinit(&trainer->state);
    train_data_close(&trainer->data);
    graph_free(trainer->graph);
    *trainer = (Trainer){0};
}

size_t trainer_images(const Trainer *trainer, uint64_t n_batches)
{
    size_t n = train_data_size(&trainer->data);
    return n_batches < trainer->n_batches ? (size_t)n_batches * max_batch(trainer) : n;
}

/* A file with the right sums may still be a lie. */
static bool state_is_possible(const Trainer *trainer)
{
    const TrainState *state = &trainer->state;
    const DatasetView *valid = &trainer->data.valid_view;
    return state->epoch <= (uint64_t)trainer->recipe->train.epochs &&
           state->batch <= trainer->n_batches &&
           state->n_seen == trainer_images(trainer, state->batch) &&
           state->n_correct <= state->n_seen && state->n_correct <= trainer->data.train_view.n &&
           state->valid.n_correct <= state->valid.n &&
           state->valid.n == (state->epoch > 0 ? valid->n : 0) && state->plateau.bad_epochs >= 0 &&
           state->best_epoch <= state->epoch && state->n_averaged <= state->epoch + 1 &&
           state->n_steps == state->epoch * trainer->n_batches + state->batch;
}

ScrawlStatus trainer_resume(Trainer *trainer, ScrawlError *error)
{
    const RunFolder *folder = trainer->folder;
    ScrawlStatus status =
        checkpoint_read(folder->checkpoint, &trainer->state, &trainer->key, error);
    if (status)
        return status;
    if (!state_is_possible(trainer))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: its counters contradict the recipe; begin anew with --force",
                         folder->checkpoint);
    status = metrics_trim(folder->metrics, (int)trainer->state.epoch, error);
    return status ? status : events_trim(folder->events, (int)trainer->state.epoch, error);
}

/* Time that has passed since the last call belongs to the run. */
static void count_time(Trainer *trainer)
{
    double now = clock_seconds();
    trainer->state.total_seconds += now - trainer->clock;
    trainer->clock = now;
}

ScrawlStatus trainer_save(Trainer *trainer, ScrawlError *error)
{
    count_time(trainer);
    return checkpoint_write(trainer->folder->checkpoint, &trainer->state, &trainer->key, error);
}
