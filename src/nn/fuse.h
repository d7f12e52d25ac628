/* From the graph of a recipe to the graph that runs. Where the kernels compute whole convolution
 * blocks, conv2d and what follows it and is read by nobody else, in this order and each but the
 * first left out at will,
 *     conv2d, batchnorm, relu, maxpool of size 2 and stride 2
 * become one layer. Between two blocks that are alone with each other the value stays in the
 * kernels' blocked layout; a block that reads anything else gets it through a to_blocks layer.
 * All other layers stay as they are. */
#ifndef NN_FUSE_H
#define NN_FUSE_H

#include "nn/graph.h"

/* A graph of its own, with the same input, output, and places of all tensors in the flat arrays of
 * parameters and state; it has no json, and its names are not unique. `training`: blocks keep what
 * backward needs. NO_MEMORY; *fused is then NULL. */
SCRAWL_MUST_CHECK ScrawlStatus fuse_graph(Graph **fused, const Graph *graph, const Kernels *kernels,
                                          bool training, ScrawlError *error);

#endif
