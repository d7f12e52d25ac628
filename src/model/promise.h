/* What a model promises of its answers stands in its list of data, in the row of what calibrated it
 * ("max_error", "confidence"). Whatever makes other answers has to drop it. */
#ifndef MODEL_PROMISE_H
#define MODEL_PROMISE_H

#include "base/buffer.h"
#include "base/tree.h"

/* Appends one row of the list, less its promise, as JSON. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus promise_drop(const TreeNode *row, Buffer *out);

/* Appends the whole list `data`, less its promise. LIMIT, NO_MEMORY; FORMAT where it is no JSON. */
SCRAWL_MUST_CHECK ScrawlStatus promise_drop_all(const char *data, Buffer *out,
                                                ScrawlError *error);

#endif
