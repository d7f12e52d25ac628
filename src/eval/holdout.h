/* The images that models held out from the training data which they have in common: none of them
 * has learned from these. */
#ifndef EVAL_HOLDOUT_H
#define EVAL_HOLDOUT_H

#include "data/split.h"
#include "model/model.h"

typedef struct Holdout {
    ScrawlDataset *dataset; /* the training data whole; their classes may be in another order */
    Split split;
    DatasetView view; /* what was held out of it */
} Holdout;

/* Opens the training data of the models' recipes, and of their members', checks by the models' list
 * of data that they are the same to the byte, and cuts them as training did. Of the options
 * data_folder, no_download and log count. RECIPE: a model has no recipe in it; MISMATCH: they held
 * back different images, or none, or the data have changed, or a model started from weights that
 * were trained on the same data or related of them; what scrawl_dataset_open returns. *part is then
 * empty. */
SCRAWL_MUST_CHECK ScrawlStatus holdout_open(Holdout *part, const ScrawlModel *const *models,
                                            int n_models, const ScrawlDataOptions *options,
                                            ScrawlError *error);
void holdout_close(Holdout *part); /* NULL-safe */

/* True where `text` is what the model's recipe calls its training data. */
bool holdout_names(const ScrawlModel *model, const char *text);

#endif
