/* Where every activation lies: one arena, planned from lifetimes, so that memory is reused as soon
 * as nobody reads it any more.
 *
 * Time is counted in layers: layer i runs forward at i, the loss at n_layers, and layer i backward
 * at 2 n_layers - i; weight gradients over the whole batch come at the end. A buffer lives from the
 * time that writes it to the last that reads it; two buffers whose times meet do not overlap. What
 * a layer computes in place, and what a flatten renames, shares one buffer.
 *
 * Greedy by size, first fit: Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net
 * Inference", 2020, section 5.2. */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "nn/graph.h"

#define PLAN_NONE ((size_t)-1)
#define PLAN_ALIGNMENT 16 /* offsets and image_size are multiples of it: a cache line of floats */

/* Offsets are in reals an image. */
typedef struct PlanLayer {
    size_t output;   /* PLAN_NONE where it is the graph's input, renamed by a flatten */
    size_t gradient; /* of the output; PLAN_NONE where nothing before it can be trained, and in
                        inference: such a layer does not run backward */
    size_t stash;    /* PLAN_NONE where it has none */
    /* For each input: another reader of it has written its gradient before (backward, later
     * layers come first; of one layer's inputs, lower slots), so that this one is added. */
    bool accumulates[LAYER_MAX_INPUTS];
} PlanLayer;

typedef struct Plan {
    PlanLayer *layers; /* [n_layers] */
    size_t image_size; /* reals of arena an image: the planned peak */
    size_t naive_size; /* the same without reuse, for the record */
} Plan;

/* input_gradient: the gradient of the graph's input is wanted, too; it lies outside the arena.
 * NO_MEMORY; *plan is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus plan_create(Plan *plan, const Graph *graph, bool training,
                                           bool input_gradient, ScrawlError *error);
void plan_deinit(Plan *plan); /* harmless on an empty plan */

#endif
