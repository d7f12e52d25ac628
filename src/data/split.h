/* Cutting a validation part off a training set. */
#ifndef DATA_SPLIT_H
#define DATA_SPLIT_H

#include "data/dataset.h"

/* Stratified: of each class, round(fraction * count) images, chosen by the seed, go to validation; both lists ascend. fraction 0..0.9; 0: no
 * validation. Frees: split_deinit. A class too small to leave one image for training is an error. */
typedef struct Split {
    uint32_t *train, *validation;
    size_t n_train, n_validation;
} Split;

SCRAWL_MUST_CHECK ScrawlStatus split_create(Split *split, const ScrawlDataset *dataset, double fraction, uint64_t seed, ScrawlError *error);
void split_deinit(Split *split);

#endif
