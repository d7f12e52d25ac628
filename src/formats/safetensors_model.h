/* What reading and writing a model as safetensors share: its words and the names of its tensors. */
#ifndef FORMATS_SAFETENSORS_MODEL_H
#define FORMATS_SAFETENSORS_MODEL_H

#include "formats/safetensors.h"
#include "model/model.h"

#define MODEL_FORMAT "scrawl"
#define MODEL_VERSION "1"
#define MODEL_VERSION_ENSEMBLE "2" /* members or shifts */
#define MODEL_MAX_PREFIX 32
#define MODEL_MAX_TENSOR_NAME (MODEL_MAX_PREFIX + LAYER_MAX_NAME + 32)

/* Of all layers. */
size_t model_count_tensors(const Graph *graph);

/* "member.3."; returns its length. */
int model_tensor_prefix(int member, char prefix[MODEL_MAX_PREFIX]);

/* "conv1.weight", or with member 0 or more "member.0.conv1.weight". Returns name. */
const char *model_tensor_name(int member, const Layer *layer, const ParameterTensor *parameter,
                              char name[MODEL_MAX_TENSOR_NAME]);

/* The parts of a model's file while it is read: metadata first, then tensors, then the model. */

#endif
