/* The data of one run: opened, brought to the network's size, matched to its classes and split. */
#ifndef TRAIN_TRAIN_DATA_H
#define TRAIN_TRAIN_DATA_H

#include "data/dataset.h"
#include "data/split.h"
#include "model/provenance.h"
#include "scrawl/train.h"
#include "train/recipe.h"

typedef struct TrainData {
    ScrawlDataset *train;    /* validation is a part of it */
    ScrawlDataset *test;     /* NULL: none. Its labels are the training set's */
    ScrawlDataset *outliers; /* NULL: none. Its classes are none of the training set's */
    uint32_t *outlier_indices;
    Split split;
    DatasetView train_view, valid_view, test_view, outlier_view; /* n 0: none */
} TrainData;

/* MISMATCH where the data do not fit the network or each other, or nothing is left to train on;
 * what scrawl_dataset_open returns; NO_MEMORY. *data is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus train_data_open(TrainData *data, const ScrawlRecipe *recipe,
                                               const Graph *graph,
                                               const ScrawlTrainOptions *options,
                                               ScrawlError *error);
void train_data_close(TrainData *data); /* NULL-safe */

/* Tells these images from others: the training set's checksum or, with outliers, of both. */
void train_data_key(const TrainData *data, char key[CHECKSUM_TEXT_SIZE]);

/* The images of an epoch: those of train_view and of outlier_view. */
size_t train_data_size(const TrainData *data);

/* Appends what the model will say of its data: training and validation, which are parts of one set,
 * test and outliers. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus train_data_describe(const TrainData *data, Provenance *provenance,
                                                   ScrawlError *error);

#endif
