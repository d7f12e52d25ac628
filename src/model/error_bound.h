/* What a model error bounds of its answers stands in its list of data, in the row of what
 * calibrated it
 * ("max_error", "confidence"). Whatever makes other answers has to drop it. */
#ifndef MODEL_ERROR_BOUND_H
#define MODEL_ERROR_BOUND_H

#include "base/buffer.h"
#include "base/tree.h"

/* Appends one row of the list, less its error bound, as JSON. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus error_bound_drop(const TreeNode *row, Buffer *out);

/* Appends the whole list `data`, less its error_bound. LIMIT, NO_MEMORY; FORMAT where it is no
 * JSON. */
SCRAWL_MUST_CHECK ScrawlStatus error_bound_drop_all(const char *data, Buffer *out,
                                                    ScrawlError *error);

#endif
