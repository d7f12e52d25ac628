/* ONNX, the exchange format of networks (onnx.ai; the schema is Debian's onnx.proto), written from
 * a model: IR version 8, operator set 17.
 *
 * Input "input", float32 [N,1,H,W], N free: pixels that the model's preprocessing made, ink 255 on
 * 0, as (pixel / 255 - mean) / sd. Output "logits", float32 [N,classes], before temperature and
 * softmax. Layer "conv1" becomes the node "conv1", which reads the initializers "conv1.weight" and
 * "conv1.bias"; what has no effect on a trained network (dropout) is left out. metadata_props, all
 * texts:
 *   name           of the recipe
 *   classes        JSON: ["0", "1", ...]
 *   preprocessing  JSON, see image/preprocess.h
 *   mean, sd       of the formula above
 *   temperature    by which the logits are divided before softmax
 *   threshold      of confidence, below which an answer is rejected; 0: none */
#ifndef FORMATS_ONNX_H
#define FORMATS_ONNX_H

#include "model/model.h"

#define ONNX_IR_VERSION 8
#define ONNX_OPSET 17

/* Appends the file to `out`. Equal models give equal bytes. UNSUPPORTED names the layer that has no
 * counterpart here: squeeze_excite, an adaptive_avgpool whose bins differ in size, a convolution or
 * pooling of what is flat already. LIMIT where the file would be larger than out's limit,
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus onnx_write_model(const ScrawlModel *model, Buffer *out,
                                                ScrawlError *error);

#endif
