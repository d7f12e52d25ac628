/* Judging a part of a data set. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "model/score.h"
#include "scrawl/judge.h"

/* As scrawl_judge, of a part whose indices, where there are any, ascend. The evaluation's logits
 * are in the order of the part, as is labels[part->n], the truth by the model's classes; NULL: not
 * wanted. */
SCRAWL_MUST_CHECK ScrawlStatus judge_part(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                                          const DatasetView *part,
                                          const ScrawlJudgeOptions *options, uint16_t *labels,
                                          ScrawlError *error);

#endif
