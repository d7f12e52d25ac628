/* How well a score tells two kinds apart. */
#ifndef EVAL_AUROC_H
#define EVAL_AUROC_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ScoredSample {
    double score; /* no NaN */
    bool positive;
} ScoredSample;

/* The probability that a positive sample scores higher than a negative one, where equals count
 * half: the area under the receiver operating characteristic. Sorts the samples; 0.5 where one kind
 * is missing.
 * J. A. Hanley & B. J. McNeil, "The meaning and use of the area under a receiver operating
 * characteristic (ROC) curve", Radiology 143, 1982, by ranks. */
double auroc(ScoredSample *samples, size_t n);

#endif
