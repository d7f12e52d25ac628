/* Whether a model has learned from images that it is evaluated on. */
#ifndef EVAL_LEAKAGE_H
#define EVAL_LEAKAGE_H

#include "base/tree.h"
#include "data/spec.h"
#include "scrawl/compare.h"

/* By the model's list of its data, against a data set that was opened by `spec`. What is in the
 * list and no data set's name is passed over. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus leakage_find(ScrawlLeakage *leakage, const ScrawlModel *model,
                                            const DataSpec *spec, const char *sha256,
                                            ScrawlError *error);

/* The same of one row of such a list, whatever its use. NO_MEMORY, without a sentence. */
SCRAWL_MUST_CHECK ScrawlStatus leakage_find_row(ScrawlLeakage *leakage, const TreeNode *row,
                                                const DataSpec *spec, const char *sha256);

#endif
