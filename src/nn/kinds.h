/* The kinds of layers, each defined in its family's file; layer.c lists them. */
#ifndef NN_KINDS_H
#define NN_KINDS_H

#include "nn/layer.h"

extern const LayerKind kind_conv2d, kind_depthwise_conv2d; /* conv2d.c */
extern const LayerKind kind_dense;                         /* dense.c */
extern const LayerKind kind_batchnorm;                     /* batchnorm.c */
extern const LayerKind kind_relu, kind_silu, kind_sigmoid; /* activation.c */
extern const LayerKind kind_maxpool, kind_avgpool, kind_adaptive_avgpool; /* pool.c */
extern const LayerKind kind_flatten;                                      /* flatten.c */
extern const LayerKind kind_dropout;                                      /* dropout.c */
extern const LayerKind kind_add;                                          /* add.c */
extern const LayerKind kind_squeeze_excite;                               /* squeeze_excite.c */

#endif
