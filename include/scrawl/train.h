/* Training a recipe into a run folder. */
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

struct ScrawlEpoch;

/* {0} is the default but for `folder`. */
typedef struct ScrawlTrainOptions {
    const char *folder;      /* the run folder to make: model.safetensors, recipe.yaml, metrics.jsonl, checkpoint/ */
    bool force;              /* an existing run folder's files are replaced */
    bool resume;             /* go on from folder's checkpoint; the recipe is the folder's own, `recipe` must be NULL */
    int n_threads;           /* 0: all cores. Does not change the result */
    const char *cpu;         /* see ScrawlSessionOptions */
    const char *data_folder; /* see ScrawlDataOptions */
    const ScrawlLog *log;    /* progress once a few batches: returning false finishes the batch, saves and returns INTERRUPTED */
    /* Called after every epoch, if not NULL. */
    void (*epoch)(void *context, const struct ScrawlEpoch *epoch);
    void *epoch_context;
} ScrawlTrainOptions;

/* One line of metrics.jsonl. */
typedef struct ScrawlEpoch {
    int epoch, n_epochs; /* from 1 */
    double train_loss, train_accuracy; /* mean over the epoch's batches, as trained (with augmentation and dropout) */
    double valid_loss, valid_accuracy; /* NAN without a validation split */
    double learning_rate;              /* of the last batch */
    double images_per_second, seconds; /* training part of this epoch */
} ScrawlEpoch;

typedef struct ScrawlTrainResult {
    char name[64];          /* of the recipe */
    int n_epochs;           /* finished */
    size_t n_train, n_validation, n_test; /* n_test 0: no test set */
    size_t test_errors;
    double test_accuracy, test_loss;
    double valid_accuracy;  /* of the last epoch; NAN without */
    double seconds;         /* wall time of the whole call, earlier parts of a resumed run included */
} ScrawlTrainResult;

/* Trains, writes the run folder, and judges the last epoch's model once on the test set. EXISTS without force or resume; INTERRUPTED: saved, resumable;
 * DIVERGED: the loss is no longer a number; RECIPE, NOT_FOUND, IO, NO_MEMORY, ... Same recipe and seed give the same model bytes for any number of threads, across interruption and resume. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_train(ScrawlRecipe *recipe, const ScrawlTrainOptions *options, ScrawlTrainResult *result, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
