/* Whether a model has learned from images that it is evaluated on. */
#ifndef EVAL_LEAKAGE_H
#define EVAL_LEAKAGE_H

#include "data/spec.h"
#include "model/model.h"
#include "scrawl/compare.h"

/* By the model's list of its data, against a data set that was opened by `spec`. What is in the
 * list and no data set's name is passed over. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus leakage_find(ScrawlLeakage *leakage, const ScrawlModel *model,
                                            const DataSpec *spec, const char *sha256,
                                            ScrawlError *error);

/* The same of one row of such a list, whatever its use. NO_MEMORY, without a sentence. */
SCRAWL_MUST_CHECK ScrawlStatus leakage_find_row(ScrawlLeakage *leakage, const ScrawlDataRow *row,
                                                const DataSpec *spec, const char *sha256);

/* Whether data are new to a model: neither trained on nor its test set, by their names and
 * checksums in the list of data that it carries. */

/* `spec` is what was asked for and `sha256` the checksum of what was opened. MISMATCH, with a
 * sentence that ends in `purpose` ("so it cannot choose"), where the model has seen it: the same
 * bytes, or a data set of the same name in a split of the same name; or where it was trained on
 * related of it (see ScrawlLeakage). NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus leakage_check(const ScrawlModel *model, const DataSpec *spec,
                                             const char *sha256, const char *purpose,
                                             ScrawlError *error);

#endif
