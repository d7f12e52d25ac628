/* Everything that changes while a run trains, in memory and as one file, so that a resumed run goes
 * on with the very bits that it stopped with. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "base/checksum.h"
#include "model/score.h"
#include "train/optimizer.h"
#include "train/schedule.h"

typedef struct TrainState {
    /* The next batch: epochs finished, and batches done of the one begun. */
    uint64_t epoch, batch;
    /* Sums over the epoch begun. */
    uint64_t n_seen, n_correct;
    double loss_sum;      /* of n_seen images */
    double epoch_seconds; /* spent training in it */
    double learning_rate; /* of the last batch */
    double total_seconds; /* of the run so far, validation included */
    Score valid;          /* of the last finished epoch; n 0: none */
    PlateauState plateau;
    uint64_t best_epoch;    /* whose validation loss is the lowest so far, from 1; 0: none */
    double best_valid_loss; /* that loss */
    uint64_t n_averaged;    /* epochs in the average of swa_start */
    OptimizerState optimizer;
    size_t n_parameters, n_state;
    real *parameters; /* [n_parameters] */
    real *state;      /* [n_state] */
    /* Their averages, where the recipe wants ema or swa_start, else NULL. */
    real *average, *average_state;
} TrainState;

/* What a checkpoint belongs to. */
typedef struct CheckpointKey {
    char recipe[CHECKSUM_TEXT_SIZE]; /* of the recipe's text */
    char data[CHECKSUM_TEXT_SIZE];   /* of the training set */
} CheckpointKey;

/* A fresh state: initial weights by the recipe's seed. NO_MEMORY; *state is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus train_state_create(TrainState *state, const TrainSection *train,
                                                  const Graph *graph, ScrawlError *error);
void train_state_deinit(TrainState *state); /* NULL-safe */

/* One safetensors file, whole or not at all. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus checkpoint_write(const char *path, const TrainState *state,
                                                const CheckpointKey *key, ScrawlError *error);
/* Into a state of the same recipe, from train_state_create. NOT_FOUND: no such file. MISMATCH: of
 * another recipe or other data. FORMAT: no checkpoint, or one that is not whole; CHECKSUM: one that
 * is corrupted; the state is then of no more use. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus checkpoint_read(const char *path, TrainState *state,
                                               const CheckpointKey *key, ScrawlError *error);

#endif
