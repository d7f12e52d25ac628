/* Training a recipe into a run folder:
 *
 *     model.safetensors  the last epoch's model, complete (see scrawl/model.h)
 *     recipe.yaml        the recipe as it was run
 *     metrics.jsonl      one JSON object an epoch
 *     events.out...      the same for TensorBoard
 *     checkpoint/        what --resume goes on from
 *     report/            what scrawl_report makes of it (see scrawl/report.h) */
#ifndef SCRAWL_TRAIN_H
#define SCRAWL_TRAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/log.h"
#include "scrawl/recipe.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One finished epoch: one line of metrics.jsonl. */
typedef struct ScrawlEpoch {
    int epoch, n_epochs; /* from 1 */
    /* Means over the epoch's images as they were trained: with augmentation, dropout and label
     * smoothing, each under the weights of its moment. Accuracy 0..1. Pictures of no class
     * (data.outliers) count in the loss and not in the accuracy. */
    double train_loss, train_accuracy;
    double valid_loss, valid_accuracy; /* after the epoch; NAN without a validation split */
    double learning_rate;              /* of the last batch */
    double images_per_second, seconds; /* of the training part of this epoch */
    int best_epoch;         /* of the lowest validation loss so far; 0 without a validation split */
    double best_valid_loss; /* that loss; NAN without */
    int patience_left;      /* epochs that may still pass without a better one; -1: any number */
} ScrawlEpoch;

/* Held by the caller, borrowed for the call. {0} is the default but for `folder`. */
typedef struct ScrawlTrainOptions {
    const char *folder; /* the run folder; made with its parents where it is missing */
    bool force;         /* the files of a run that is in the folder are replaced */
    bool resume;        /* go on from the folder's checkpoint, by the folder's own recipe */
    /* A model to start from (as scrawl_model_load takes it), NULL: fresh weights. Layers of the
     * same name, kind and shape get its weights and running statistics; the last layer is fresh
     * where the classes are others, and the log says so. The run's model names it among its
     * data. */
    const char *init;
    int n_threads;           /* 0: all cores. Does not change the result */
    const char *cpu;         /* see ScrawlSessionOptions */
    const char *data_folder; /* see ScrawlDataOptions */
    /* Progress of training, validation and test. Where it returns false, the batch is finished,
     * everything is saved, and scrawl_train returns INTERRUPTED. */
    const ScrawlLog *log;
    double progress_seconds; /* between two calls of log->progress, at least; 0: 0.1 */
    void (*epoch)(void *context, const ScrawlEpoch *epoch); /* after every epoch, unless NULL */
    void *epoch_context;
} ScrawlTrainOptions;

typedef struct ScrawlTrainResult {
    char name[64];                        /* of the recipe */
    int n_epochs;                         /* finished */
    bool stopped_early;                   /* by the recipe's early_stop or until_accuracy */
    size_t n_train, n_validation, n_test; /* images; n_test 0: no test set */
    size_t test_errors;
    double test_accuracy, test_loss; /* NAN without a test set; loss: as calibrated */
    double valid_accuracy;           /* of the last epoch; NAN without a validation split */
    double seconds; /* wall time of the call and of the parts of the run before it */
} ScrawlTrainResult;

/* Trains, fills the run folder, and evaluates the last epoch's model once on the test set, which
 * has no part in anything before. `recipe` must be NULL with `resume` and is checked otherwise.
 *
 * Same recipe, seed, data and kernels give the same bytes of model.safetensors for any number of
 * threads and across interruption (in the middle of an epoch too) and resume. A checkpoint is saved
 * at the start, after every epoch and when interrupted; a killed run goes on from its last one.
 *
 * *result says how far it came, also after a failure. USAGE: options that contradict each other;
 * EXISTS: the folder holds a run and neither force nor resume is set; BUSY: a run is under way in
 * it; NOT_FOUND: no such data set, or nothing to resume; MISMATCH: the data do not fit the network,
 * or recipe or data changed since the checkpoint, or a layer of `init` does not fit; CHECKSUM: the
 * checkpoint is corrupted; INTERRUPTED: saved, the sentence says how to resume; DIVERGED: the loss
 * is no longer a number, the last good checkpoint stays; RECIPE, IO, NETWORK, FORMAT, NO_MEMORY,
 * and what opening a data set returns. An unwritable folder is found before training begins. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_train(ScrawlRecipe *recipe,
                                                       const ScrawlTrainOptions *options,
                                                       ScrawlTrainResult *result,
                                                       ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
