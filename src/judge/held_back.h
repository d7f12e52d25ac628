/* The images that models held back from the training data which they have in common: none of them
 * has learned from these. */
#ifndef JUDGE_HELD_BACK_H
#define JUDGE_HELD_BACK_H

#include "data/split.h"
#include "model/model.h"

typedef struct HeldBack {
    ScrawlDataset *dataset; /* the training data whole; their classes may be in another order */
    Split split;
    DatasetView view; /* what was held back of it */
} HeldBack;

/* Opens the training data of the models' recipes, and of their members', checks by the models' list
 * of data that they are the same to the byte, and cuts them as training did. Of the options
 * data_folder, no_download and log count. RECIPE: a model has no recipe in it; MISMATCH: they held
 * back different images, or none, or the data have changed, or a model started from weights that
 * were trained on the same data or kin of them; what scrawl_dataset_open returns. *part is then
 * empty. */
SCRAWL_MUST_CHECK ScrawlStatus held_back_open(HeldBack *part, const ScrawlModel *const *models,
                                              int n_models, const ScrawlDataOptions *options,
                                              ScrawlError *error);
void held_back_close(HeldBack *part); /* NULL-safe */

/* True where `text` is what the model's recipe calls its training data. */
bool held_back_names(const ScrawlModel *model, const char *text);

#endif
