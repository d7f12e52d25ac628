/* The images that choose an ensemble's members: none that a model has learned from, no test set. */
#ifndef JUDGE_CHOOSE_DATA_H
#define JUDGE_CHOOSE_DATA_H

#include "judge/held_back.h"
#include "scrawl/ensemble.h"

typedef struct ChooseData {
    const ScrawlModel *const *models; /* borrowed, as are the options */
    int n_models;
    const ScrawlChooseOptions *options;
    HeldBack held_back;     /* one of the two */
    ScrawlDataset *dataset;
    DatasetView view;
    const char *split_name; /* "validation", "train" */
} ChooseData;

/* Opens options->data, or what the models held back. See scrawl_ensemble_choose for what is
 * refused; *data is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus choose_data_open(ChooseData *data,
                                                const ScrawlModel *const *models, int n_models,
                                                const ScrawlChooseOptions *options,
                                                ScrawlError *error);
void choose_data_close(ChooseData *data); /* NULL-safe */

#endif
