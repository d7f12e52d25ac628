/* Judging a part of a data set. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "model/score.h"
#include "scrawl/judge.h"

/* As scrawl_judge, of a part: the evaluation's logits and labels are in its order. */
SCRAWL_MUST_CHECK ScrawlStatus judge_part(ScrawlEvaluation **evaluation, const ScrawlModel *model,
                                          const DatasetView *part,
                                          const ScrawlJudgeOptions *options,
                                          ScrawlError *error);

#endif
