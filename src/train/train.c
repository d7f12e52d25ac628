/* scrawl_train: the steps of trainer.h in their order. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/file.h"
#include "base/team.h"
#include "scrawl/train.h"
#include "train/trainer.h"
#include "train/warm_start.h"

static ScrawlStatus check_options(const ScrawlRecipe *recipe, const ScrawlTrainOptions *options,
                                  ScrawlError *error)
{
    if (!options->folder || !options->folder[0])
        return error_set(error, SCRAWL_STATUS_USAGE, "expected a folder for the run, found none");
    if (options->resume && (recipe || options->force || options->init))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "a resumed run has its own recipe and weights in %s: neither others nor "
                         "force go with it",
                         options->folder);
    if (!options->resume && !recipe)
        return error_set(error, SCRAWL_STATUS_USAGE, "expected a recipe to train, found none");
    if (options->n_threads < 0 || options->n_threads > TEAM_MAX_THREADS)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "expected 1 to %d threads, or 0 for all cores, found %d", TEAM_MAX_THREADS,
                         options->n_threads);
    return SCRAWL_STATUS_OK;
}

static void fill_result(const Trainer *trainer, ScrawlTrainResult *result)
{
    const TrainState *state = &trainer->state;
    const Score *valid = &state->valid, *test = &trainer->test;
    result->n_epochs = (int)state->epoch;
    result->stopped_early =
        state->epoch < (uint64_t)trainer->recipe->train.epochs && trainer_is_done(trainer);
    result->n_train = trainer->data.train_view.n;
    result->n_validation = trainer->data.valid_view.n;
    result->n_test = trainer->data.test_view.n;
    if (valid->n > 0)
        result->valid_accuracy = (double)valid->n_correct / (double)valid->n;
    if (test->n > 0) {
        result->test_errors = test->n - test->n_correct;
        result->test_accuracy = (double)test->n_correct / (double)test->n;
        result->test_loss = test->loss;
    }
    result->seconds = state->total_seconds + clock_seconds() - trainer->clock;
}

static void report_stop(const Trainer *trainer)
{
    const TrainState *state = &trainer->state;
    const TrainSection *train = &trainer->recipe->train;
    double accuracy = (double)state->valid.n_correct / (double)state->valid.n;
    if (state->epoch >= (uint64_t)train->epochs)
        return;
    if (train->until_accuracy > 0 && accuracy >= train->until_accuracy)
        log_message(trainer->options->log, SCRAWL_LOG_LEVEL_INFO,
                    "stopped after epoch %d: %.2f %% of the validation images are right, "
                    "train.until_accuracy is %g",
                    (int)state->epoch, 100 * accuracy, train->until_accuracy);
    else
        log_message(trainer->options->log, SCRAWL_LOG_LEVEL_INFO,
                    "stopped after epoch %d: no validation loss was lower than epoch %d's, %.4f, "
                    "for %d epochs",
                    (int)state->epoch, (int)state->best_epoch, state->best_valid_loss,
                    train->early_stop);
}

/* From the state that the trainer is in to the end of the run. */
static ScrawlStatus run(Trainer *trainer, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    while (!status && !trainer_is_done(trainer))
        status = trainer_epoch(trainer, error);
    if (!status)
        report_stop(trainer);
    if (!status)
        status = trainer_evaluate(trainer, error);
    return status ? status : trainer_save_model(trainer, error);
}

/* The first checkpoint is saved before the first batch: a run can be resumed from the start on. */
static ScrawlStatus begin(Trainer *trainer, ScrawlError *error)
{
    ScrawlStatus status;
    if (trainer->options->resume) {
        status = init_restore(trainer, error);
        return status ? status : trainer_resume(trainer, error);
    }
    status = init_weights(trainer, error);
    if (!status)
        status =
            run_folder_begin(trainer->folder, trainer->options->force, trainer->recipe_text, error);
    if (!status)
        status = init_save(trainer, error);
    return status ? status : trainer_save(trainer, error);
}

static ScrawlStatus train_in(RunFolder *folder, const ScrawlRecipe *recipe,
                             const ScrawlTrainOptions *options, ScrawlTrainResult *result,
                             ScrawlError *error)
{
    Trainer trainer;
    ScrawlStatus status = trainer_create(&trainer, recipe, options, folder, error);
    if (status)
        return status;
    char outliers[64] = "";
    if (trainer.data.outlier_view.n > 0)
        snprintf(outliers, sizeof outliers, ", %zu of no class", trainer.data.outlier_view.n);
    log_message(options->log, SCRAWL_LOG_LEVEL_INFO,
                "%s: %zu images to train on%s, %zu to validate, %zu to test; %zu parameters; "
                "%d threads, kernels %s",
                recipe->name, trainer.data.train_view.n, outliers, trainer.data.valid_view.n,
                trainer.data.test_view.n, trainer.graph->n_parameters, trainer.n_threads,
                trainer.kernels->name);
    status = begin(&trainer, error);
    if (!status)
        status = run(&trainer, error);
    fill_result(&trainer, result);
    trainer_deinit(&trainer);
    return status;
}

/* Only a folder that holds a run can be gone on with. */
static ScrawlStatus load_own_recipe(const RunFolder *folder, ScrawlRecipe **recipe,
                                    ScrawlError *error)
{
    ScrawlStatus status = scrawl_recipe_load(recipe, folder->recipe, error);
    if (status == SCRAWL_STATUS_NOT_FOUND)
        return error_set(error, status, "%s: holds no run to go on with (no recipe.yaml)",
                         folder->path);
    return status;
}

ScrawlStatus scrawl_train(ScrawlRecipe *recipe, const ScrawlTrainOptions *options,
                          ScrawlTrainResult *result, ScrawlError *error)
{
    *result = (ScrawlTrainResult){.valid_accuracy = NAN, .test_accuracy = NAN, .test_loss = NAN};
    ScrawlStatus status = check_options(recipe, options, error);
    if (status)
        return status;
    RunFolder folder;
    status = run_folder_init(&folder, options->folder, error);
    if (status)
        return status;
    ScrawlRecipe *own = NULL;
    /* A folder that is there is held before it is looked into; run_folder_begin makes the others,
     * when all that may be refused has been. */
    if (folder_exists(folder.path))
        status = run_folder_lock(&folder, error);
    if (!status && options->resume) {
        status = load_own_recipe(&folder, &own, error);
        recipe = own;
    }
    if (!status)
        status = scrawl_recipe_check(recipe, error);
    if (!status && !options->resume)
        status = run_folder_check(&folder, options->force, error);
    if (!status) {
        snprintf(result->name, sizeof result->name, "%s", recipe->name);
        status = train_in(&folder, recipe, options, result, error);
    }
    scrawl_recipe_free(own);
    run_folder_deinit(&folder);
    return status;
}
