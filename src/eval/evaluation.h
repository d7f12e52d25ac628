/* From logits and true labels to every number of an evaluation: no model, no files. */
#ifndef EVAL_EVALUATION_H
#define EVAL_EVALUATION_H

#include <stdbool.h>

#include "scrawl/evaluate.h"

/* Room for n images; all numbers 0. class_names is borrowed. NO_MEMORY. Free with
 * scrawl_evaluation_free. */
SCRAWL_MUST_CHECK ScrawlStatus evaluation_create(ScrawlEvaluation **evaluation, size_t n,
                                                 int n_classes, const char *const *class_names,
                                                 ScrawlError *error);

/* Fills everything but `seconds` from the evaluation's logits, labels, each below n_classes,
 * temperature and threshold, which evaluation_create sets to 1 and 0. */
void evaluation_finish(ScrawlEvaluation *evaluation);

/* Of that, what the probabilities alone say: loss, Brier score, reliability and its error, what is
 * accepted. */
void measure_probabilities(ScrawlEvaluation *evaluation);

/* Measures them anew with another calibration. */
void evaluation_calibrate(ScrawlEvaluation *evaluation, double temperature, double threshold);

/* How sure the answer on image i is, the same number that a session gives; and the answer. */
double evaluation_confidence(const ScrawlEvaluation *evaluation, size_t i, size_t *answer);

/* Classes that a person could not tell apart without the word around them. */

/* Of one group, or the same. */
bool confusable(const char *a, const char *b);

#endif
