/* Cutting a validation part off a training set, and a test part off a source that has none. */
#ifndef DATA_SPLIT_H
#define DATA_SPLIT_H

#include "data/dataset.h"

/* Two lists of image indices, both ascending, that have no image in common and together all. */
typedef struct Split {
    uint32_t *train, *validation;
    size_t n_train, n_validation;
} Split;

#define SPLIT_MAX_FRACTION 0.9
#define SPLIT_MAX_FOLD 999

/* Which images are held out. The seed brings each class into an order, which is cut into parts of
 * `fraction`; validation is the part number `fold`, so that other folds hold out other images. */
typedef struct SplitChoice {
    double fraction; /* 0..SPLIT_MAX_FRACTION; 0: no validation */
    int fold;        /* 0..split_last_fold */
    uint64_t seed;
} SplitChoice;

/* The largest fold of parts of that size: 9 of 0.1, 2 of 0.3333; 0 where there is no validation. A
 * last part may be short by a thousandth of the images. */
int split_last_fold(double fraction);

/* Stratified: of a class of n images, those from round(fold * fraction * n) to round((fold + 1) *
 * fraction * n) of its order go to validation. USAGE for another fraction or fold, MISMATCH where a
 * class is too small to leave one image for training, NO_MEMORY; *split is then empty. Freed by
 * split_deinit. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus split_create(Split *split, const ScrawlDataset *dataset,
                                            const SplitChoice *choice, ScrawlError *error);

/* The same for labels that belong to no data set yet: labels[n], 0..n_classes-1. */
SCRAWL_MUST_CHECK ScrawlStatus split_labels(Split *split, const uint16_t *labels, size_t n,
                                            int n_classes, const SplitChoice *choice,
                                            ScrawlError *error);

void split_deinit(Split *split); /* NULL-safe */

/* The indices of `which` when a source without splits of its own is cut: the fixed stratified fifth
 * for TEST, the rest for TRAIN, everything for ALL. *indices[*n_indices] ascends; free with
 * mem_free. MISMATCH where that leaves no image. */
SCRAWL_MUST_CHECK ScrawlStatus split_cut(uint32_t **indices, size_t *n_indices,
                                         const uint16_t *labels, size_t n, int n_classes,
                                         ScrawlSplit which, ScrawlError *error);

#endif
