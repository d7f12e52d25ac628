/* What training changes, and one step of it. */
#ifndef TRAIN_STEP_H
#define TRAIN_STEP_H

#include "data/batch.h"
#include "model/score.h"
#include "nn/runner.h"
#include "train/schedule.h"

/* Everything that changes while a run trains: a checkpoint holds all of it. */
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
    uint64_t n_steps;       /* of the optimiser */
    size_t n_parameters, n_state;
    real *parameters; /* [n_parameters] */
    real *state;      /* [n_state]: running statistics */
    /* Their averages, where the recipe wants ema or swa_start, else NULL. */
    real *average, *average_state;
    /* The optimiser's arrays, 0 at first. sgd: velocity; the others: m (velocity) and v. Lookahead
     * adds the slow weights. */
    int n_slots;
    real *slots; /* [n_slots][n_parameters] */
} TrainState;

/* A fresh state: initial weights by the recipe's seed. NO_MEMORY; *state is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus train_state_create(TrainState *state, const TrainSection *train,
                                                  const Graph *graph, ScrawlError *error);
void train_state_deinit(TrainState *state); /* NULL-safe */

/* Takes a batch from images to new weights in as few jobs for the team as possible: the images of a
 * chunk are made by the thread that trains on them, and a part of the gradient is applied by the
 * thread that sums it. */
typedef struct TrainStep {
    /* Set by the caller, and borrowed. */
    const TrainSection *train;
    const Graph *graph;
    const Kernels *kernels;
    int n_threads;
    size_t max_batch; /* images in a step at most */
    Batcher *batcher;
    TrainState *state;

    /* Made by train_step_init. */
    Runner *runner;
    real *x;          /* [max_batch,C,H,W] */
    uint16_t *labels; /* [max_batch] */
    real *gradients;  /* [n_parameters] */
    real *average;    /* the state's, where each step moves it; else NULL */
    real *slow;       /* Lookahead's slow weights, in the state's slots; else NULL */
    real *work;       /* [n_threads][work_size]: Muon's */
    size_t work_size;
    double *squares; /* of the gradient, a block: for clipping; else NULL */

    /* Of the step under way. */
    size_t first;                    /* its first image in the epoch */
    double rate;                     /* the learning rate */
    double correction1, correction2; /* AdamStep's */
    double average_fraction;         /* of the new weights in the average */
    real clip;                       /* factor of the gradients */
} TrainStep;

/* UNSUPPORTED, LIMIT, NO_MEMORY; what was made is then freed. */
SCRAWL_MUST_CHECK ScrawlStatus train_step_init(TrainStep *step, ScrawlError *error);
void train_step_deinit(TrainStep *step); /* NULL-safe */

/* Trains on images first..first+n-1 of the batcher's epoch; n is at most max_batch. first_image:
 * how many images were trained on before. If the loss is not finite, the parameters stay as they
 * were. Allocates nothing. */
RunnerLoss train_step_run(TrainStep *step, size_t first, size_t n, uint64_t first_image,
                          double rate);

#endif
