/* Evaluating a part of a data set. */
#ifndef EVAL_EVALUATE_H
#define EVAL_EVALUATE_H

#include "model/score.h"
#include "scrawl/evaluate.h"

/* As scrawl_evaluate, of a part: the evaluation's logits and labels are in its order. */
SCRAWL_MUST_CHECK ScrawlStatus evaluate_view(ScrawlEvaluation **evaluation,
                                             const ScrawlModel *model, const DatasetView *part,
                                             const ScrawlEvaluateOptions *options,
                                             ScrawlError *error);

/* The same of an ensemble's member i alone, as it answers in the ensemble: with the ensemble's
 * shifts, and with them its own temperature. */
SCRAWL_MUST_CHECK ScrawlStatus evaluate_member(ScrawlEvaluation **evaluation,
                                               const ScrawlModel *model, int i,
                                               const DatasetView *part,
                                               const ScrawlEvaluateOptions *options,
                                               ScrawlError *error);

#endif
