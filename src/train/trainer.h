/* One run, step by step: what scrawl_train is made of. Each step is a few lines to read:
 *
 *     trainer_create      data, network, memory: all that a run needs
 *     trainer_resume      the state of the checkpoint instead of the fresh one
 *     trainer_epoch       train what is left of an epoch, validate, log, save
 *     trainer_evaluate       once, at the end: temperature by validation, then the test set
 *     trainer_save_model  the last epoch's model, as a file
 *
 * One thread at a time. */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "train/checkpoint.h"
#include "train/run_folder.h"
#include "train/train_data.h"

#define TRAINER_LEAST_CALIBRATION 1000 /* validation images */

typedef struct Trainer {
    const ScrawlRecipe *recipe; /* checked; borrowed, as are the next two */
    const ScrawlTrainOptions *options;
    RunFolder *folder;

    const Kernels *kernels;
    int n_threads;
    Graph *graph;
    TrainData data;
    CheckpointKey key;
    char *recipe_text;
    Provenance initial; /* the model that it started from, and its data; empty: none */
    size_t n_batches;   /* an epoch; the last one may be smaller */

    Batcher *batcher;
    TrainState state;
    TrainStep step; /* changes `state` */
    Runner *scorer; /* for validation and test */

    /* Of the last epoch's model, with its temperature. */
    double temperature;
    Score valid, test; /* n 0: not evaluated */

    double clock;         /* up to which state.total_seconds counts */
    double last_progress; /* the clock then */
    const char *what;     /* what the scorer's progress is called; NULL while training */
    ScrawlLog relay;      /* passes the scorer's progress on, as often as ours */
} Trainer;

/* Everything but the run folder is made ready; nothing is written. UNSUPPORTED: no such kernels;
 * what opening the data returns; MISMATCH, NO_MEMORY. *trainer is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus trainer_create(Trainer *trainer, const ScrawlRecipe *recipe,
                                              const ScrawlTrainOptions *options, RunFolder *folder,
                                              ScrawlError *error);
void trainer_deinit(Trainer *trainer); /* NULL-safe */

/* Reads the folder's checkpoint and cuts its metrics to match. What checkpoint_read returns. */
SCRAWL_MUST_CHECK ScrawlStatus trainer_resume(Trainer *trainer, ScrawlError *error);
/* Writes the checkpoint: the old one stays where that fails. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus trainer_save(Trainer *trainer, ScrawlError *error);

/* The rest of the epoch that state.epoch and state.batch stand in. INTERRUPTED: saved; DIVERGED;
 * IO; NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus trainer_epoch(Trainer *trainer, ScrawlError *error);
/* Fills trainer->temperature, valid and test, as far as there are such images. Where at least
 * TRAINER_LEAST_CALIBRATION are held out, the temperature is fitted on them (see
 * model/temperature.h); else it is 1. INTERRUPTED, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus trainer_evaluate(Trainer *trainer, ScrawlError *error);
/* Nothing in the file depends on time, machine, threads or the run folder. IO, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus trainer_save_model(const Trainer *trainer, ScrawlError *error);

/* Shared by the steps. */

/* Images in the epoch's first n_batches batches. */
size_t trainer_images(const Trainer *trainer, uint64_t n_batches);
/* Calls back, but not twice in options->progress_seconds; true to go on. */
bool trainer_report(Trainer *trainer, const ScrawlProgress *progress);
/* All epochs are done, or the recipe's early_stop or until_accuracy ends the run before. */
bool trainer_is_done(const Trainer *trainer);
/* The weights and running statistics that count: averages where there are some. */
const real *trainer_parameters(const Trainer *trainer);
const real *trainer_running(const Trainer *trainer);
/* The network's answers on a view; progress is called `what`. logits as in score_view, which says
 * what is returned. */
SCRAWL_MUST_CHECK ScrawlStatus trainer_score(Trainer *trainer, const char *what,
                                             const DatasetView *view, float *logits, Score *score,
                                             ScrawlError *error);

#endif
