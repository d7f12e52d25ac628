/* Where every activation lies: one arena, planned from lifetimes, so that memory is reused as soon as nobody reads it any more.
 * Offsets are in reals an image: the runner multiplies them by its batch. Greedy by size, first fit:
 * Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5.2. */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "nn/graph.h"

#define PLAN_NONE ((size_t)-1)

typedef struct Plan {
    size_t *output;   /* [n_layers] offset of each layer's output */
    size_t *gradient; /* [n_layers] offset of the gradient of each layer's output; PLAN_NONE when not training */
    size_t *stash;    /* [n_layers] offset of each layer's stash; PLAN_NONE where it has none */
    size_t image_size; /* reals of arena an image: the planned peak */
    size_t naive_size; /* without reuse, for the record */
} Plan;

SCRAWL_MUST_CHECK ScrawlStatus plan_create(Plan *plan, const Graph *graph, bool training, ScrawlError *error);
void plan_deinit(Plan *plan);

#endif
