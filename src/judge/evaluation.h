/* From logits and true labels to every number of an evaluation: no model, no files. */
#ifndef JUDGE_EVALUATION_H
#define JUDGE_EVALUATION_H

#include "scrawl/judge.h"

/* Room for n images; all numbers 0. class_names is borrowed. NO_MEMORY. Free with
 * scrawl_evaluation_free. */
SCRAWL_MUST_CHECK ScrawlStatus evaluation_create(ScrawlEvaluation **evaluation, size_t n,
                                                 int n_classes, const char *const *class_names,
                                                 ScrawlError *error);

/* Fills everything but `seconds` from the evaluation's logits, labels, each below n_classes, and
 * temperature, which evaluation_create sets to 1. */
void evaluation_finish(ScrawlEvaluation *evaluation);

/* Of that, what the probabilities alone say: loss, Brier score, reliability and its error. */
void measure_probabilities(ScrawlEvaluation *evaluation);

#endif
