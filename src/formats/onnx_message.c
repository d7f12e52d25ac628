#include "formats/onnx_message.h"

#include <assert.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"

_Static_assert(sizeof(real) == 4, "the file's numbers are float32");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw_data is little-endian");

static void init_protos(OnnxMessage *message)
{
    onnx__model_proto__init(&message->model);
    onnx__graph_proto__init(&message->graph);
    onnx__operator_set_id_proto__init(&message->opset);
    for (size_t i = 0; i < ONNX_MAX_METADATA; i++) {
        onnx__string_string_entry_proto__init(&message->metadata[i]);
        message->metadata_list[i] = &message->metadata[i];
    }
    message->opset_list = &message->opset;
    message->model.n_opset_import = 1;
    message->model.opset_import = &message->opset_list;
    message->model.metadata_props = message->metadata_list;
    message->model.graph = &message->graph;
    message->graph.n_input = message->graph.n_output = 1;
    message->graph.input = &message->input.list;
    message->graph.output = &message->output.list;
    message->graph.node = message->node_list;
    message->graph.initializer = message->tensor_list;
}

ScrawlStatus onnx_message_init(OnnxMessage *message, size_t max_nodes, size_t max_tensors,
                               ScrawlError *error)
{
    *message = (OnnxMessage){
        .nodes = mem_alloc_zero(max_nodes, sizeof *message->nodes),
        .node_list = mem_alloc_zero(max_nodes, sizeof *message->node_list),
        .tensors = mem_alloc_zero(max_tensors, sizeof *message->tensors),
        .tensor_list = mem_alloc_zero(max_tensors, sizeof *message->tensor_list),
    };
    if (!message->nodes || !message->node_list || !message->tensors || !message->tensor_list) {
        onnx_message_deinit(message);
        return error_no_memory(error, "an ONNX graph");
    }
    init_protos(message);
    return SCRAWL_STATUS_OK;
}

void onnx_message_deinit(OnnxMessage *message)
{
    mem_free(message->nodes);
    mem_free(message->node_list);
    mem_free(message->tensors);
    mem_free(message->tensor_list);
    *message = (OnnxMessage){0};
}

static void set_dim(OnnxPort *port, size_t i, char *name, int64_t value)
{
    Onnx__TensorShapeProto__Dimension *dim = &port->dims[i];
    onnx__tensor_shape_proto__dimension__init(dim);
    if (name) {
        dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        dim->dim_param = name;
    } else {
        dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        dim->dim_value = value;
    }
    port->dim_list[i] = dim;
}

void onnx_port_set(OnnxPort *port, char *name, int n_dims, const int *dims)
{
    assert(n_dims <= 3);
    onnx__value_info_proto__init(&port->proto);
    onnx__type_proto__init(&port->type);
    onnx__type_proto__tensor__init(&port->tensor);
    onnx__tensor_shape_proto__init(&port->shape);
    set_dim(port, 0, "N", 0);
    for (int i = 0; i < n_dims; i++)
        set_dim(port, (size_t)i + 1, NULL, dims[i]);
    port->shape.n_dim = (size_t)n_dims + 1;
    port->shape.dim = port->dim_list;
    port->tensor.has_elem_type = true;
    port->tensor.elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    port->tensor.shape = &port->shape;
    port->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    port->type.tensor_type = &port->tensor;
    port->proto.name = name;
    port->proto.type = &port->type;
    port->list = &port->proto;
}

void onnx_add_metadata(OnnxMessage *message, char *key, char *value)
{
    assert(message->model.n_metadata_props < ONNX_MAX_METADATA);
    Onnx__StringStringEntryProto *entry = &message->metadata[message->model.n_metadata_props++];
    entry->key = key;
    entry->value = value;
}

OnnxNode *onnx_add_node(OnnxMessage *message, char *operation, const char *layer, const char *part)
{
    size_t i = message->graph.n_node++;
    OnnxNode *node = &message->nodes[i];
    onnx__node_proto__init(&node->proto);
    snprintf(node->name, sizeof node->name, "%.*s%s%s", LAYER_MAX_NAME, layer, part ? "." : "",
             part ? part : "");
    snprintf(node->output_name, sizeof node->output_name, "%.*s.output",
             ONNX_NAME_SIZE - (int)sizeof(".output"), node->name);
    node->output = node->output_name;
    node->proto.name = node->name;
    node->proto.op_type = operation;
    node->proto.input = node->inputs;
    node->proto.output = &node->output;
    node->proto.n_output = 1;
    node->proto.attribute = node->attribute_list;
    message->node_list[i] = &node->proto;
    return node;
}

void onnx_node_input(OnnxNode *node, char *value)
{
    assert(node->proto.n_input < ONNX_MAX_INPUTS);
    node->inputs[node->proto.n_input++] = value;
}

static OnnxAttribute *add_attribute(OnnxNode *node, char *name,
                                    Onnx__AttributeProto__AttributeType type)
{
    assert(node->proto.n_attribute < ONNX_MAX_ATTRIBUTES);
    size_t i = node->proto.n_attribute++;
    OnnxAttribute *attribute = &node->attributes[i];
    onnx__attribute_proto__init(&attribute->proto);
    attribute->proto.name = name;
    attribute->proto.has_type = true;
    attribute->proto.type = type;
    node->attribute_list[i] = &attribute->proto;
    return attribute;
}

void onnx_node_int(OnnxNode *node, char *name, int64_t value)
{
    OnnxAttribute *attribute =
        add_attribute(node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    attribute->proto.has_i = true;
    attribute->proto.i = value;
}

void onnx_node_float(OnnxNode *node, char *name, float value)
{
    OnnxAttribute *attribute =
        add_attribute(node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    attribute->proto.has_f = true;
    attribute->proto.f = value;
}

void onnx_node_ints(OnnxNode *node, char *name, size_t n, const int64_t *values)
{
    OnnxAttribute *attribute =
        add_attribute(node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    assert(n <= ONNX_MAX_INTS);
    for (size_t i = 0; i < n; i++)
        attribute->ints[i] = values[i];
    attribute->proto.n_ints = n;
    attribute->proto.ints = attribute->ints;
}

char *onnx_add_tensor(OnnxMessage *message, const Layer *layer, const ParameterTensor *tensor,
                      real *data)
{
    size_t i = message->graph.n_initializer++;
    OnnxTensor *made = &message->tensors[i];
    onnx__tensor_proto__init(&made->proto);
    snprintf(made->name, sizeof made->name, "%s.%s", layer->name, tensor->name);
    for (int k = 0; k < tensor->n_dims; k++)
        made->dims[k] = tensor->dims[k];
    made->proto.name = made->name;
    made->proto.has_data_type = true;
    made->proto.data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    made->proto.n_dims = (size_t)tensor->n_dims;
    made->proto.dims = made->dims;
    made->proto.has_raw_data = true;
    made->proto.raw_data.len = tensor->count * sizeof(real);
    made->proto.raw_data.data = (uint8_t *)data;
    message->tensor_list[i] = &made->proto;
    return made->name;
}
