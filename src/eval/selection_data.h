/* The images that choose an ensemble's members: none that a model has learned from, no test set. */
#ifndef EVAL_SELECTION_DATA_H
#define EVAL_SELECTION_DATA_H

#include "eval/holdout.h"
#include "scrawl/ensemble.h"

typedef struct SelectionData {
    const ScrawlModel *const *models; /* borrowed, as are the options */
    int n_models;
    const ScrawlSelectOptions *options;
    Holdout holdout; /* one of the two */
    ScrawlDataset *dataset;
    DatasetView view;
    const char *split_name; /* "validation", "train" */
} SelectionData;

/* Opens options->data, or what the models held out. See scrawl_ensemble_select for what is
 * refused; *data is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus selection_data_open(SelectionData *data,
                                                   const ScrawlModel *const *models, int n_models,
                                                   const ScrawlSelectOptions *options,
                                                   ScrawlError *error);
void selection_data_close(SelectionData *data); /* NULL-safe */

#endif
