#include "formats/onnx.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "formats/onnx_message.h"

#define MAX_NODES_A_LAYER 2
#define MAX_TEXT ((size_t)4 << 20)

/* What a layer's output is called, and whether it is [N,C] or [N,C,H,W]: ONNX tells them apart
 * where we say [C,1,1] for both. */
typedef struct Value {
    char *name;
    bool flat;
} Value;

typedef struct Writer {
    const ScrawlModel *model;
    OnnxMessage message;
    Value *values; /* [n_layers] */
    Buffer classes, about;
    char mean[NUMBER_TEXT_SIZE], sd[NUMBER_TEXT_SIZE];
    char temperature[NUMBER_TEXT_SIZE], threshold[NUMBER_TEXT_SIZE];
} Writer;

static ScrawlStatus unsupported(const Layer *layer, ScrawlError *error, const char *why)
{
    return error_set(error, SCRAWL_STATUS_UNSUPPORTED, "layer %s: ONNX export of %s %s",
                     layer->name, layer->kind->name, why);
}

static Value *value_of(Writer *writer, int index)
{
    static Value picture = {"input", false};
    return index < 0 ? &picture : &writer->values[index];
}

static Value *input_of(Writer *writer, const Layer *layer)
{
    return value_of(writer, layer->inputs[0]);
}

/* A node for the layer that reads the layer's first input. */
static OnnxNode *add_node(Writer *writer, const Layer *layer, char *operation)
{
    OnnxNode *node = onnx_add_node(&writer->message, operation, layer->name, NULL);
    onnx_node_input(node, input_of(writer, layer)->name);
    return node;
}

static char *add_tensor(Writer *writer, const Layer *layer, int which)
{
    const ParameterTensor *tensor = &layer->tensors[which];
    real *array = tensor->trainable ? writer->model->networks[0].parameters
                                    : writer->model->networks[0].state;
    return onnx_add_tensor(&writer->message, layer, tensor, array + tensor->offset);
}

static void set_value(Writer *writer, const Layer *layer, OnnxNode *node, bool flat)
{
    writer->values[layer->index] = (Value){node->output_name, flat};
}

/* The value as [N,C], by a Flatten on its way to the layer where it is not that yet. */
static char *flat_name(Writer *writer, const char *reader, const Value *value)
{
    if (value->flat)
        return value->name;
    OnnxNode *node = onnx_add_node(&writer->message, "Flatten", reader, "flatten");
    onnx_node_input(node, value->name);
    onnx_node_int(node, "axis", 1);
    return node->output_name;
}

static ScrawlStatus need_picture(Writer *writer, const Layer *layer, ScrawlError *error)
{
    if (input_of(writer, layer)->flat)
        return unsupported(layer, error, "expects a picture but would read what is flat already");
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_conv(Writer *writer, const Layer *layer, ScrawlError *error)
{
    const ConvShape *shape = &layer->conv;
    int64_t padding = shape->padding;
    ScrawlStatus status = need_picture(writer, layer, error);
    if (status)
        return status;
    OnnxNode *node = add_node(writer, layer, "Conv");
    for (int i = 0; i < layer->n_tensors; i++)
        onnx_node_input(node, add_tensor(writer, layer, i));
    onnx_node_int(node, "group", shape->groups);
    onnx_node_ints(node, "kernel_shape", 2, (int64_t[]){shape->kernel_height, shape->kernel_width});
    onnx_node_ints(node, "pads", 4, (int64_t[]){padding, padding, padding, padding});
    onnx_node_ints(node, "strides", 2, (int64_t[]){shape->stride, shape->stride});
    set_value(writer, layer, node, false);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_dense(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    char *x = flat_name(writer, layer->name, input_of(writer, layer));
    OnnxNode *node = onnx_add_node(&writer->message, "Gemm", layer->name, NULL);
    onnx_node_input(node, x);
    for (int i = 0; i < layer->n_tensors; i++)
        onnx_node_input(node, add_tensor(writer, layer, i));
    onnx_node_int(node, "transB", 1);
    set_value(writer, layer, node, true);
    return SCRAWL_STATUS_OK;
}

/* Our order of tensors is ONNX's: scale, B, mean, variance. */
static ScrawlStatus write_batchnorm(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    OnnxNode *node = add_node(writer, layer, "BatchNormalization");
    for (int i = 0; i < layer->n_tensors; i++)
        onnx_node_input(node, add_tensor(writer, layer, i));
    onnx_node_float(node, "epsilon", (float)layer->options.epsilon);
    set_value(writer, layer, node, input_of(writer, layer)->flat);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_relu(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    OnnxNode *node = add_node(writer, layer, "Relu");
    set_value(writer, layer, node, input_of(writer, layer)->flat);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_sigmoid(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    OnnxNode *node = add_node(writer, layer, "Sigmoid");
    set_value(writer, layer, node, input_of(writer, layer)->flat);
    return SCRAWL_STATUS_OK;
}

/* x sigmoid(x): operator set 17 has no word for it. */
static ScrawlStatus write_silu(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    Value *x = input_of(writer, layer);
    OnnxNode *gate = onnx_add_node(&writer->message, "Sigmoid", layer->name, "gate");
    onnx_node_input(gate, x->name);
    OnnxNode *node = add_node(writer, layer, "Mul");
    onnx_node_input(node, gate->output_name);
    set_value(writer, layer, node, x->flat);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_window(Writer *writer, const Layer *layer, char *operation, int height,
                                 int width, const int64_t strides[2], ScrawlError *error)
{
    ScrawlStatus status = need_picture(writer, layer, error);
    if (status)
        return status;
    OnnxNode *node = add_node(writer, layer, operation);
    onnx_node_ints(node, "kernel_shape", 2, (int64_t[]){height, width});
    onnx_node_ints(node, "strides", 2, strides);
    set_value(writer, layer, node, false);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_maxpool(Writer *writer, const Layer *layer, ScrawlError *error)
{
    int64_t stride = layer->pool.stride;
    return write_window(writer, layer, "MaxPool", layer->pool.kernel, layer->pool.kernel,
                        (int64_t[]){stride, stride}, error);
}

static ScrawlStatus write_avgpool(Writer *writer, const Layer *layer, ScrawlError *error)
{
    int64_t stride = layer->pool.stride;
    return write_window(writer, layer, "AveragePool", layer->pool.kernel, layer->pool.kernel,
                        (int64_t[]){stride, stride}, error);
}

/* Bins of one size are the windows of an average pooling. */
static ScrawlStatus write_adaptive(Writer *writer, const Layer *layer, ScrawlError *error)
{
    const PoolShape *shape = &layer->pool;
    int height = shape->height / shape->out_height, width = shape->width / shape->out_width;
    if (shape->out_height == 1 && shape->out_width == 1) {
        ScrawlStatus status = need_picture(writer, layer, error);
        if (!status)
            set_value(writer, layer, add_node(writer, layer, "GlobalAveragePool"), false);
        return status;
    }
    if (height * shape->out_height != shape->height || width * shape->out_width != shape->width)
        return unsupported(layer, error, "expects a size that divides its input's");
    return write_window(writer, layer, "AveragePool", height, width, (int64_t[]){height, width},
                        error);
}

static ScrawlStatus write_flatten(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    Value *x = input_of(writer, layer);
    if (x->flat) {
        writer->values[layer->index] = *x;
        return SCRAWL_STATUS_OK;
    }
    OnnxNode *node = add_node(writer, layer, "Flatten");
    onnx_node_int(node, "axis", 1);
    set_value(writer, layer, node, true);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus leave_out(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    writer->values[layer->index] = *input_of(writer, layer);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_add(Writer *writer, const Layer *layer, ScrawlError *error)
{
    (void)error;
    Value *a = value_of(writer, layer->inputs[0]), *b = value_of(writer, layer->inputs[1]);
    bool flat = a->flat || b->flat; /* [N,C] + [N,C,1,1] would be [N,C,N,C] */
    char *a_name = flat ? flat_name(writer, layer->name, a) : a->name;
    char *b_name = flat ? flat_name(writer, layer->name, b) : b->name;
    OnnxNode *node = onnx_add_node(&writer->message, "Add", layer->name, NULL);
    onnx_node_input(node, a_name);
    onnx_node_input(node, b_name);
    set_value(writer, layer, node, flat);
    return SCRAWL_STATUS_OK;
}

static const struct {
    const char *kind;
    ScrawlStatus (*write)(Writer *writer, const Layer *layer, ScrawlError *error);
} kinds[] = {
    {"conv2d", write_conv},     {"depthwise_conv2d", write_conv},
    {"dense", write_dense},     {"batchnorm", write_batchnorm},
    {"relu", write_relu},       {"silu", write_silu},
    {"sigmoid", write_sigmoid}, {"maxpool", write_maxpool},
    {"avgpool", write_avgpool}, {"adaptive_avgpool", write_adaptive},
    {"flatten", write_flatten}, {"dropout", leave_out},
    {"add", write_add},
};

static ScrawlStatus write_layer(Writer *writer, const Layer *layer, ScrawlError *error)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(layer->kind->name, kinds[i].kind) == 0)
            return kinds[i].write(writer, layer, error);
    return unsupported(layer, error, "is not there yet");
}

/* The layers in their order, and the last one's output as "logits" [N,classes]. */
static ScrawlStatus write_network(Writer *writer, ScrawlError *error)
{
    const Graph *graph = writer->model->networks[0].graph;
    for (int i = 0; i < graph->n_layers; i++) {
        ScrawlStatus status = write_layer(writer, &graph->layers[i], error);
        if (status)
            return status;
    }
    char *last = flat_name(writer, "logits", value_of(writer, graph->n_layers - 1));
    snprintf(last, ONNX_NAME_SIZE, "logits");
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_texts(Writer *writer)
{
    const ScrawlModel *model = writer->model;
    const Preprocess *preprocess = &model->preprocess;
    number_print(preprocess->mean, writer->mean);
    number_print(preprocess->sd, writer->sd);
    number_print(model->temperature, writer->temperature);
    number_print(model->threshold, writer->threshold);
    ScrawlStatus status = model_write_classes(model, &writer->classes);
    if (status)
        return status;
    return buffer_print(
        &writer->about,
        "Reads handwriting. input: float32 [N,1,%d,%d], ink 255 on 0, each value being (pixel / "
        "255 - %s) / %s. logits: float32 [N,%d] before softmax, in the order of the metadata "
        "\"classes\"; divided by the metadata \"temperature\" they are calibrated.",
        preprocess->height, preprocess->width, writer->mean, writer->sd,
        model->networks[0].graph->n_classes);
}

static void write_header(Writer *writer)
{
    const ScrawlModel *model = writer->model;
    const Shape *input = &model->networks[0].graph->input;
    OnnxMessage *message = &writer->message;
    Onnx__ModelProto *proto = &message->model;

    proto->has_ir_version = true;
    proto->ir_version = ONNX_IR_VERSION;
    proto->producer_name = "scrawl";
    proto->producer_version = SCRAWL_VERSION;
    proto->doc_string = (char *)writer->about.data;
    message->opset.domain = ""; /* ONNX's own operators */
    message->opset.has_version = true;
    message->opset.version = ONNX_OPSET;
    message->graph.name = model->description->name[0] != '\0' ? model->description->name : "scrawl";

    onnx_port_set(&message->input, "input", 3,
                  (int[]){input->channels, input->height, input->width});
    onnx_port_set(&message->output, "logits", 1, &model->networks[0].graph->n_classes);
    message->input.proto.doc_string = (char *)writer->about.data;
    onnx_add_metadata(message, "name", model->description->name);
    onnx_add_metadata(message, "classes", (char *)writer->classes.data);
    onnx_add_metadata(message, "preprocessing", model->preprocessing);
    onnx_add_metadata(message, "mean", writer->mean);
    onnx_add_metadata(message, "sd", writer->sd);
    onnx_add_metadata(message, "temperature", writer->temperature);
    onnx_add_metadata(message, "threshold", writer->threshold);
}

static ScrawlStatus writer_init(Writer *writer, const ScrawlModel *model, ScrawlError *error)
{
    const Graph *graph = model->networks[0].graph;
    size_t n_layers = (size_t)graph->n_layers, n_tensors = 0;
    *writer = (Writer){.model = model};
    buffer_init(&writer->classes, MAX_TEXT);
    buffer_init(&writer->about, MAX_TEXT);
    for (size_t i = 0; i < n_layers; i++)
        n_tensors += (size_t)graph->layers[i].n_tensors;
    writer->values = mem_alloc_zero(n_layers, sizeof *writer->values);
    if (!writer->values)
        return error_no_memory(error, "the names of an ONNX graph");
    ScrawlStatus status =
        onnx_message_init(&writer->message, MAX_NODES_A_LAYER * n_layers + 1, n_tensors, error);
    if (!status && write_texts(writer))
        status = error_no_memory(error, "the texts of an ONNX file");
    return status;
}

static void writer_deinit(Writer *writer)
{
    onnx_message_deinit(&writer->message);
    mem_free(writer->values);
    buffer_deinit(&writer->classes);
    buffer_deinit(&writer->about);
}

static ScrawlStatus pack(const Onnx__ModelProto *proto, Buffer *out, ScrawlError *error)
{
    size_t size = onnx__model_proto__get_packed_size(proto);
    ScrawlStatus status = buffer_reserve(out, size);
    if (status == SCRAWL_STATUS_LIMIT)
        return error_set(error, status, "an ONNX file of %zu bytes is larger than the limit", size);
    if (status)
        return error_no_memory(error, "an ONNX file");
    onnx__model_proto__pack(proto, out->data + out->size);
    out->size += size;
    out->data[out->size] = 0;
    return SCRAWL_STATUS_OK;
}

/* What the file would answer otherwise than the model. */
static ScrawlStatus check_single(const ScrawlModel *model, ScrawlError *error)
{
    if (model->n_networks > 1)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "the model is an ensemble of %d members, and an onnx file holds one "
                         "network: export the models that it was made of",
                         model->n_networks);
    if (model->tta != MODEL_TTA_NONE)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "the model averages over shifts (tta %s), which an onnx file does not: "
                         "take a copy without, by 'scrawl ensemble MODEL --tta none -o FILE'",
                         model_tta_names[model->tta]);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus onnx_write_model(const ScrawlModel *model, Buffer *out, ScrawlError *error)
{
    Writer writer;
    ScrawlStatus status = check_single(model, error);
    if (status)
        return status;
    status = writer_init(&writer, model, error);
    if (!status)
        status = write_network(&writer, error);
    if (!status) {
        write_header(&writer);
        status = pack(&writer.message.model, out, error);
    }
    writer_deinit(&writer);
    return status;
}
