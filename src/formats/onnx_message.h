/* An ONNX model while it is being put together: the protocol-buffer structs that protoc-c made
 * from onnx.proto, with room for all that a network can need. That room is taken once, so that
 * nothing but onnx_message_init can fail for lack of memory. One thread at a time. */
#ifndef FORMATS_ONNX_MESSAGE_H
#define FORMATS_ONNX_MESSAGE_H

#include <onnx.pb-c.h>

#include "nn/graph.h"

#define ONNX_MAX_INPUTS 5
#define ONNX_MAX_ATTRIBUTES 4
#define ONNX_MAX_INTS 4
#define ONNX_MAX_METADATA 8
#define ONNX_NAME_SIZE (LAYER_MAX_NAME + 32)

typedef struct OnnxAttribute {
    Onnx__AttributeProto proto;
    int64_t ints[ONNX_MAX_INTS];
} OnnxAttribute;

/* One operator. Its one output is called "NAME.output" until it is renamed: readers point to the
 * text and see that too. */
typedef struct OnnxNode {
    Onnx__NodeProto proto;
    char name[ONNX_NAME_SIZE], output_name[ONNX_NAME_SIZE];
    char *inputs[ONNX_MAX_INPUTS], *output;
    OnnxAttribute attributes[ONNX_MAX_ATTRIBUTES];
    Onnx__AttributeProto *attribute_list[ONNX_MAX_ATTRIBUTES];
} OnnxNode;

typedef struct OnnxTensor {
    Onnx__TensorProto proto;
    char name[ONNX_NAME_SIZE];
    int64_t dims[4];
} OnnxTensor;

/* A picture or its logits: float32 [N, ...]. */
typedef struct OnnxPort {
    Onnx__ValueInfoProto proto, *list;
    Onnx__TypeProto type;
    Onnx__TypeProto__Tensor tensor;
    Onnx__TensorShapeProto shape;
    Onnx__TensorShapeProto__Dimension dims[4], *dim_list[4];
} OnnxPort;

/* The caller sets the model's and graph's texts itself; all texts and data are borrowed. */
typedef struct OnnxMessage {
    Onnx__ModelProto model;
    Onnx__GraphProto graph;
    OnnxPort input, output;
    Onnx__OperatorSetIdProto opset, *opset_list;
    Onnx__StringStringEntryProto metadata[ONNX_MAX_METADATA], *metadata_list[ONNX_MAX_METADATA];
    OnnxNode *nodes;
    Onnx__NodeProto **node_list;
    OnnxTensor *tensors;
    Onnx__TensorProto **tensor_list;
} OnnxMessage;

/* Room for n nodes and n initializers; it must stay where it is. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus onnx_message_init(OnnxMessage *message, size_t max_nodes,
                                                 size_t max_tensors, ScrawlError *error);
void onnx_message_deinit(OnnxMessage *message); /* of zeros, too */

/* Makes one of the message's two ports: float32 [N, dims...], N being free; at most 3 dims. */
void onnx_port_set(OnnxPort *port, char *name, int n_dims, const int *dims);

void onnx_add_metadata(OnnxMessage *message, char *key, char *value);

/* A node called LAYER or LAYER.PART (part NULL: the former), behind the ones that are there. */
OnnxNode *onnx_add_node(OnnxMessage *message, char *operation, const char *layer, const char *part);
void onnx_node_input(OnnxNode *node, char *value);
void onnx_node_int(OnnxNode *node, char *name, int64_t value);
void onnx_node_float(OnnxNode *node, char *name, float value);
void onnx_node_ints(OnnxNode *node, char *name, size_t n, const int64_t *values);

/* An initializer called LAYER.TENSOR; data is borrowed. Returns its name. */
char *onnx_add_tensor(OnnxMessage *message, const Layer *layer, const ParameterTensor *tensor,
                      real *data);

#endif
