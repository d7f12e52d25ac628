/* Whether data are new to a model: neither trained on nor its test set, by their names and
 * checksums in the list of data that it carries. */
#ifndef EVAL_LEAKAGE_CHECK_H
#define EVAL_LEAKAGE_CHECK_H

#include "data/spec.h"
#include "model/model.h"

/* `spec` is what was asked for and `sha256` the checksum of what was opened. MISMATCH, with a
 * sentence that ends in `purpose` ("so it cannot choose"), where the model has seen it: the same
 * bytes, or a data set of the same name in a split of the same name; or where it was trained on
 * related of it (see ScrawlLeakage). NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus leakage_check(const ScrawlModel *model, const DataSpec *spec,
                                             const char *sha256, const char *purpose,
                                             ScrawlError *error);

#endif
