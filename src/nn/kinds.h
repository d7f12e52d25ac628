/* The kinds of layers, each defined in its family's file; graph.c lists them. */
#ifndef NN_KINDS_H
#define NN_KINDS_H

#include "nn/layer.h"

extern const LayerKind kind_conv2d, kind_depthwise_conv2d;                /* conv2d.c */
extern const LayerKind kind_dense;                                        /* dense.c */
extern const LayerKind kind_batchnorm;                                    /* batchnorm.c */
extern const LayerKind kind_relu, kind_silu, kind_sigmoid;                /* activation.c */
extern const LayerKind kind_maxpool, kind_avgpool, kind_adaptive_avgpool; /* pool.c */
extern const LayerKind kind_flatten;                                      /* flatten.c */
extern const LayerKind kind_dropout;                                      /* dropout.c */
extern const LayerKind kind_add;                                          /* add.c */
extern const LayerKind kind_squeeze_excite;                               /* squeeze_excite.c */

/* No recipe has these: fuse.c makes them from layers of the kinds above. */
extern const LayerKind kind_block, kind_norm_block; /* block.c */
extern const LayerKind kind_to_blocks;              /* to_blocks.c */

/* Complete a layer of these kinds whose shapes, options, tensors and block are set: the sizes that
 * it asks for. */
void block_measure(Layer *layer, const BlockKernels *kernels, bool training);
void to_blocks_measure(Layer *layer);

#endif
