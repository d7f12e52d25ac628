/* Training one epoch: batches, validation, metrics, checkpoint. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "train/events.h"
#include "train/metrics.h"
#include "train/optimizer.h"
#include "train/trainer.h"

static bool all_finite(const real *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}

static ScrawlStatus diverged(const Trainer *trainer, const char *what, ScrawlError *error)
{
    const TrainState *state = &trainer->state;
    return error_set(error, SCRAWL_STATUS_DIVERGED,
                     "the training diverged: %s in epoch %d, batch %d of %zu, is no longer a "
                     "number; lower train.learning_rate (%g in the recipe, %g there)",
                     what, (int)state->epoch + 1, (int)state->batch, trainer->n_batches,
                     trainer->recipe->train.learning_rate, state->learning_rate);
}

/* The last step of a stretch may spoil the weights without a loss that tells. */
static ScrawlStatus check_weights(const Trainer *trainer, ScrawlError *error)
{
    const TrainState *state = &trainer->state;
    if (all_finite(trainer_parameters(trainer), state->n_parameters) &&
        all_finite(state->parameters, state->n_parameters) &&
        all_finite(state->state, state->n_state))
        return SCRAWL_STATUS_OK;
    return diverged(trainer, "a weight", error);
}

static double mean(double sum, uint64_t n)
{
    return n > 0 ? sum / (double)n : NAN;
}

/* Of the images that have a class. */
static double train_accuracy(const Trainer *trainer)
{
    const TrainState *state = &trainer->state;
    return mean((double)state->n_correct, batcher_known(trainer->batcher, state->n_seen));
}

static bool report_training(Trainer *trainer)
{
    const TrainState *state = &trainer->state;
    char what[64];
    snprintf(what, sizeof what, "epoch %d/%d", (int)state->epoch + 1,
             trainer->recipe->train.epochs);
    ScrawlProgress progress = {
        .what = what,
        .unit = "images",
        .done = state->n_seen,
        .total = train_data_size(&trainer->data),
        .seconds = state->epoch_seconds,
        .loss = mean(state->loss_sum, state->n_seen),
        .accuracy = train_accuracy(trainer),
        .learning_rate = state->learning_rate,
    };
    return trainer_report(trainer, &progress);
}

static ScrawlStatus train_batch(Trainer *trainer, ScrawlError *error)
{
    TrainState *state = &trainer->state;
    const TrainSection *train = &trainer->recipe->train;
    double start = clock_seconds();
    size_t first = (size_t)state->n_seen;
    size_t n = trainer_images(trainer, state->batch + 1) - first;
    uint64_t first_image = state->epoch * train_data_size(&trainer->data) + first;

    state->learning_rate = schedule_rate(train, &state->plateau, (int)state->epoch,
                                         (size_t)state->batch, trainer->n_batches);
    RunnerLoss loss = train_step_run(&trainer->step, first, n, first_image, state->learning_rate);
    state->batch++;
    if (!isfinite(loss.loss))
        return diverged(trainer, "the loss", error);
    state->n_seen += n;
    state->n_correct += loss.n_correct;
    state->loss_sum += loss.loss * (double)n;
    state->epoch_seconds += clock_seconds() - start;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus interrupted(Trainer *trainer, ScrawlError *error)
{
    const TrainState *state = &trainer->state;
    ScrawlStatus status = check_weights(trainer, error);
    if (!status)
        status = trainer_save(trainer, error);
    if (status)
        return status;
    return error_set(error, SCRAWL_STATUS_INTERRUPTED,
                     "interrupted in epoch %d of %d, after batch %d of %zu, and saved; go on with: "
                     "scrawl train --resume %s",
                     (int)state->epoch + 1, trainer->recipe->train.epochs, (int)state->batch,
                     trainer->n_batches, trainer->folder->path);
}

static ScrawlStatus validate(Trainer *trainer, ScrawlError *error)
{
    const DatasetView *view = &trainer->data.valid_view;
    Score valid;
    if (view->n == 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = trainer_score(trainer, "validation", view, NULL, &valid, error);
    if (status == SCRAWL_STATUS_INTERRUPTED)
        return interrupted(trainer, error);
    if (!status && !isfinite(valid.loss))
        return diverged(trainer, "the validation loss", error);
    if (!status)
        trainer->state.valid = valid;
    return status;
}

static ScrawlEpoch summarize(const Trainer *trainer)
{
    const TrainState *state = &trainer->state;
    const Score *valid = &state->valid;
    int patience = trainer->recipe->train.early_stop;
    return (ScrawlEpoch){
        .epoch = (int)state->epoch + 1,
        .n_epochs = trainer->recipe->train.epochs,
        .train_loss = mean(state->loss_sum, state->n_seen),
        .train_accuracy = train_accuracy(trainer),
        .valid_loss = valid->n > 0 ? valid->loss : NAN,
        .valid_accuracy = mean((double)valid->n_correct, valid->n),
        .learning_rate = state->learning_rate,
        .images_per_second = (double)state->n_seen / fmax(state->epoch_seconds, 1e-9),
        .seconds = state->epoch_seconds,
        .best_epoch = (int)state->best_epoch,
        .best_valid_loss = state->best_epoch > 0 ? state->best_valid_loss : NAN,
        .patience_left =
            patience > 0 ? patience - ((int)state->epoch + 1 - (int)state->best_epoch) : -1,
    };
}

/* After swa_start of the run, each epoch's weights count the same. P. Izmailov and others,
 * "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018, algorithm 1; the
 * running statistics are averaged, too. */
static void average_epoch(Trainer *trainer)
{
    TrainState *state = &trainer->state;
    const TrainSection *train = &trainer->recipe->train;
    uint64_t first = (uint64_t)ceil(train->swa_start * train->epochs);
    /* Counted already where validation was interrupted and the run goes on from there. */
    if (train->swa_start >= 1 || state->epoch < first || state->n_averaged > state->epoch - first)
        return;
    double fraction = 1.0 / (double)++state->n_averaged;
    optimizer_blend(trainer->kernels, state->n_parameters, fraction, state->parameters,
                    state->average);
    optimizer_blend(trainer->kernels, state->n_state, fraction, state->state, state->average_state);
}

static void note_best(TrainState *state)
{
    bool better = state->best_epoch == 0 || state->valid.loss < state->best_valid_loss;
    if (state->valid.n == 0 || !better)
        return;
    state->best_epoch = state->epoch + 1;
    state->best_valid_loss = state->valid.loss;
}

/* The logs go first: a crash between the two leaves a line too many, cut by trainer_resume. */
static ScrawlStatus finish_epoch(Trainer *trainer, ScrawlError *error)
{
    TrainState *state = &trainer->state;
    note_best(state);
    ScrawlEpoch epoch = summarize(trainer);
    ScrawlStatus status = metrics_append(trainer->folder->metrics, &epoch, error);
    if (!status)
        status = events_append(trainer->folder->events, &epoch, error);
    if (status)
        return status;
    schedule_epoch(&trainer->recipe->train, &state->plateau,
                   state->valid.n > 0 ? epoch.valid_loss : epoch.train_loss);
    state->epoch++;
    state->batch = state->n_seen = state->n_correct = 0;
    state->loss_sum = state->epoch_seconds = 0;
    status = trainer_save(trainer, error);
    if (!status && trainer->options->epoch)
        trainer->options->epoch(trainer->options->epoch_context, &epoch);
    return status;
}

ScrawlStatus trainer_epoch(Trainer *trainer, ScrawlError *error)
{
    TrainState *state = &trainer->state;
    batcher_start(trainer->batcher, state->epoch);
    while (state->batch < trainer->n_batches) {
        ScrawlStatus status = train_batch(trainer, error);
        if (status)
            return status;
        if (!report_training(trainer))
            return interrupted(trainer, error);
    }
    average_epoch(trainer);
    ScrawlStatus status = check_weights(trainer, error);
    if (!status)
        status = validate(trainer, error);
    return status ? status : finish_epoch(trainer, error);
}
