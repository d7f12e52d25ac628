/* ONNX files, read back with protobuf-c: the graph says what the network is, the weights are there
 * to the last bit, and what cannot be said is refused by name. Whether another program computes the
 * same from them is looked at in tests/peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <onnx.pb-c.h>

#include "base/file.h"
#include "base/memory.h"
#include "formats/format.h"
#include "formats/onnx.h"
#include "sample.h"

static Buffer written(const ScrawlModel *model)
{
    Buffer out;
    ScrawlError error = {0};
    buffer_init(&out, FORMAT_MAX_FILE);
    if (onnx_write_model(model, &out, &error))
        fail_msg("%s", error.message);
    return out;
}

static Onnx__ModelProto *decoded(const ScrawlModel *model)
{
    Buffer file = written(model);
    Onnx__ModelProto *proto = onnx__model_proto__unpack(NULL, file.size, file.data);
    assert_non_null(proto);
    buffer_deinit(&file);
    return proto;
}

/* A network of three classes from the JSON of its layers. */
static ScrawlModel *network(const char *layers)
{
    char text[1024];
    snprintf(text, sizeof text, "{\"input\":[1,8,8],\"layers\":[%s]}", layers);
    return sample_model(text, 3, 1);
}

static void print_attribute(const Onnx__AttributeProto *attribute, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, " %s=", attribute->name);
    switch (attribute->type) {
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT:
        assert_true(attribute->has_i);
        status |= buffer_print(out, "%lld", (long long)attribute->i);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT:
        assert_true(attribute->has_f);
        status |= buffer_print(out, "%g", (double)attribute->f);
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
        for (size_t i = 0; i < attribute->n_ints; i++)
            status |= buffer_print(out, "%s%lld", i > 0 ? "," : "", (long long)attribute->ints[i]);
        break;
    default:
        fail_msg("attribute %s has type %d", attribute->name, (int)attribute->type);
    }
    assert_int_equal(status, SCRAWL_STATUS_OK);
}

/* A line for each node: "conv1: Conv(input, conv1.weight) group=1 ... -> conv1.output". */
static void print_graph(const Onnx__GraphProto *graph, Buffer *out)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];
        status |= buffer_print(out, "%s: %s(", node->name, node->op_type);
        for (size_t k = 0; k < node->n_input; k++)
            status |= buffer_print(out, "%s%s", k > 0 ? ", " : "", node->input[k]);
        status |= buffer_print(out, ")");
        for (size_t k = 0; k < node->n_attribute; k++)
            print_attribute(node->attribute[k], out);
        assert_int_equal(node->n_output, 1);
        status |= buffer_print(out, " -> %s\n", node->output[0]);
    }
    assert_int_equal(status, SCRAWL_STATUS_OK);
}

static void becomes(const char *layers, const char *expected)
{
    ScrawlModel *model = network(layers);
    Onnx__ModelProto *proto = decoded(model);
    Buffer text;
    buffer_init(&text, 1 << 16);
    print_graph(proto->graph, &text);
    assert_string_equal(buffer_text(&text), expected);
    buffer_deinit(&text);
    onnx__model_proto__free_unpacked(proto, NULL);
    scrawl_model_free(model);
}

#define DENSE "{\"dense\":{\"units\":3}}"

static void test_convolution_network(void **state)
{
    (void)state;
    becomes("{\"conv2d\":{\"channels\":2,\"kernel\":3,\"padding\":1,\"stride\":2}},"
            "{\"batchnorm\":{\"epsilon\":0.25}},\"relu\",{\"maxpool\":{\"size\":3,\"stride\":1}},"
            "\"flatten\",{\"dropout\":{\"rate\":0.5}}," DENSE,
            "conv1: Conv(input, conv1.weight, conv1.bias) group=1 kernel_shape=3,3 pads=1,1,1,1 "
            "strides=2,2 -> conv1.output\n"
            "batchnorm1: BatchNormalization(conv1.output, batchnorm1.weight, batchnorm1.bias, "
            "batchnorm1.running_mean, batchnorm1.running_var) epsilon=0.25 -> batchnorm1.output\n"
            "relu1: Relu(batchnorm1.output) -> relu1.output\n"
            "maxpool1: MaxPool(relu1.output) kernel_shape=3,3 strides=1,1 -> maxpool1.output\n"
            "flatten1: Flatten(maxpool1.output) axis=1 -> flatten1.output\n"
            "dense1: Gemm(flatten1.output, dense1.weight, dense1.bias) transB=1 -> logits\n");
}

static void test_other_layers(void **state)
{
    (void)state;
    becomes("{\"depthwise_conv2d\":{\"kernel\":3,\"bias\":false}},\"silu\","
            "{\"avgpool\":{\"size\":2,\"stride\":1}},\"sigmoid\","
            "{\"conv2d\":{\"channels\":4,\"kernel\":1}},{\"adaptive_avgpool\":{\"size\":1}},"
            "{\"dense\":{\"units\":3,\"bias\":false}}",
            "depthwise1: Conv(input, depthwise1.weight) group=1 kernel_shape=3,3 pads=0,0,0,0 "
            "strides=1,1 -> depthwise1.output\n"
            "silu1.gate: Sigmoid(depthwise1.output) -> silu1.gate.output\n"
            "silu1: Mul(depthwise1.output, silu1.gate.output) -> silu1.output\n"
            "avgpool1: AveragePool(silu1.output) kernel_shape=2,2 strides=1,1 -> avgpool1.output\n"
            "sigmoid1: Sigmoid(avgpool1.output) -> sigmoid1.output\n"
            "conv1: Conv(sigmoid1.output, conv1.weight, conv1.bias) group=1 kernel_shape=1,1 "
            "pads=0,0,0,0 strides=1,1 -> conv1.output\n"
            "adaptive_avgpool1: GlobalAveragePool(conv1.output) -> adaptive_avgpool1.output\n"
            "dense1.flatten: Flatten(adaptive_avgpool1.output) axis=1 -> dense1.flatten.output\n"
            "dense1: Gemm(dense1.flatten.output, dense1.weight) transB=1 -> logits\n");
}

static void test_depthwise_has_groups(void **state)
{
    (void)state;
    becomes("{\"conv2d\":{\"channels\":3,\"kernel\":1,\"bias\":false}},"
            "{\"depthwise_conv2d\":{\"kernel\":3,\"bias\":false}},{\"adaptive_avgpool\":{\"size\":"
            "2}},{\"adaptive_avgpool\":{\"size\":1}}",
            "conv1: Conv(input, conv1.weight) group=1 kernel_shape=1,1 pads=0,0,0,0 strides=1,1 -> "
            "conv1.output\n"
            "depthwise1: Conv(conv1.output, depthwise1.weight) group=3 kernel_shape=3,3 "
            "pads=0,0,0,0 strides=1,1 -> depthwise1.output\n"
            "adaptive_avgpool1: AveragePool(depthwise1.output) kernel_shape=3,3 strides=3,3 -> "
            "adaptive_avgpool1.output\n"
            "adaptive_avgpool2: GlobalAveragePool(adaptive_avgpool1.output) -> "
            "adaptive_avgpool2.output\n"
            "logits.flatten: Flatten(adaptive_avgpool2.output) axis=1 -> logits\n");
}

/* Where the last layer vanishes, the logits are what it read, for all who read that. */
static void test_what_vanishes(void **state)
{
    (void)state;
    becomes("\"flatten\"," DENSE ",{\"dropout\":{\"rate\":0.5}}",
            "flatten1: Flatten(input) axis=1 -> flatten1.output\n"
            "dense1: Gemm(flatten1.output, dense1.weight, dense1.bias) transB=1 -> logits\n");
    becomes("\"flatten\"," DENSE ",\"flatten\",\"relu\"",
            "flatten1: Flatten(input) axis=1 -> flatten1.output\n"
            "dense1: Gemm(flatten1.output, dense1.weight, dense1.bias) transB=1 -> "
            "dense1.output\n"
            "relu1: Relu(dense1.output) -> logits\n");
}

/* [N,C] + [N,C,1,1] would be broadcast in ONNX. */
static void test_add_of_flat_and_not_flat(void **state)
{
    (void)state;
    becomes("{\"conv2d\":{\"channels\":3,\"kernel\":8,\"bias\":false}},\"flatten\",{\"add\":{"
            "\"from\":[\"conv1\",\"flatten1\"]}}",
            "conv1: Conv(input, conv1.weight) group=1 kernel_shape=8,8 pads=0,0,0,0 strides=1,1 -> "
            "conv1.output\n"
            "flatten1: Flatten(conv1.output) axis=1 -> flatten1.output\n"
            "add1.flatten: Flatten(conv1.output) axis=1 -> add1.flatten.output\n"
            "add1: Add(add1.flatten.output, flatten1.output) -> logits\n");
    becomes("{\"conv2d\":{\"channels\":3,\"kernel\":8,\"bias\":false}},\"relu\",{\"add\":{"
            "\"from\":[\"conv1\",\"relu1\"]}}",
            "conv1: Conv(input, conv1.weight) group=1 kernel_shape=8,8 pads=0,0,0,0 strides=1,1 -> "
            "conv1.output\n"
            "relu1: Relu(conv1.output) -> relu1.output\n"
            "add1: Add(conv1.output, relu1.output) -> add1.output\n"
            "logits.flatten: Flatten(add1.output) axis=1 -> logits\n");
}

static const Onnx__TensorProto *initializer(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (strcmp(graph->initializer[i]->name, name) == 0)
            return graph->initializer[i];
    fail_msg("no initializer %s", name);
    return NULL;
}

static void check_tensor(const Onnx__GraphProto *graph, const ScrawlModel *model,
                         const Layer *layer, const ParameterTensor *tensor)
{
    char name[128];
    snprintf(name, sizeof name, "%s.%s", layer->name, tensor->name);
    const Onnx__TensorProto *proto = initializer(graph, name);
    const real *array = tensor->trainable ? model->networks->parameters : model->networks->state;
    assert_int_equal(proto->data_type, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    assert_int_equal(proto->n_dims, tensor->n_dims);
    for (int k = 0; k < tensor->n_dims; k++)
        assert_int_equal(proto->dims[k], tensor->dims[k]);
    assert_int_equal(proto->raw_data.len, tensor->count * sizeof(real));
    assert_memory_equal(proto->raw_data.data, array + tensor->offset, proto->raw_data.len);
}

static void test_weights(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    model->networks->parameters[0] = -0.0f;
    model->networks->parameters[1] = 1e-45f; /* the smallest there is */
    Onnx__ModelProto *proto = decoded(model);
    size_t n = 0;
    for (int i = 0; i < model->networks->graph->n_layers; i++) {
        const Layer *layer = &model->networks->graph->layers[i];
        for (int k = 0; k < layer->n_tensors; k++, n++)
            check_tensor(proto->graph, model, layer, &layer->tensors[k]);
    }
    assert_int_equal(n, 8);
    assert_int_equal(proto->graph->n_initializer, n);
    onnx__model_proto__free_unpacked(proto, NULL);
    scrawl_model_free(model);
}

static void check_port(const Onnx__ValueInfoProto *port, const char *name, size_t n_dims,
                       const int64_t *dims)
{
    assert_string_equal(port->name, name);
    assert_int_equal(port->type->value_case, ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE);
    const Onnx__TypeProto__Tensor *tensor = port->type->tensor_type;
    assert_int_equal(tensor->elem_type, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    assert_int_equal(tensor->shape->n_dim, n_dims + 1);
    assert_int_equal(tensor->shape->dim[0]->value_case,
                     ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM);
    assert_string_equal(tensor->shape->dim[0]->dim_param, "N");
    for (size_t i = 0; i < n_dims; i++) {
        assert_int_equal(tensor->shape->dim[i + 1]->value_case,
                         ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE);
        assert_int_equal(tensor->shape->dim[i + 1]->dim_value, dims[i]);
    }
}

static void test_header(void **state)
{
    (void)state;
    static const char *const metadata[][2] = {
        {"name", "sample"},   {"classes", "[\"a\",\"b\",\"c\"]"},
        {"mean", "0.5"},      {"sd", "0.5"},
        {"threshold", "0.1"}, {"temperature", "1.5"},
    };
    ScrawlModel *model = sample_convnet();
    Onnx__ModelProto *proto = decoded(model);
    assert_int_equal(proto->ir_version, 8);
    assert_int_equal(proto->n_opset_import, 1);
    assert_string_equal(proto->opset_import[0]->domain, "");
    assert_int_equal(proto->opset_import[0]->version, 17);
    assert_string_equal(proto->producer_name, "scrawl");
    assert_string_equal(proto->producer_version, SCRAWL_VERSION);
    assert_string_equal(proto->graph->name, "sample");
    assert_int_equal(proto->graph->n_input, 1);
    assert_int_equal(proto->graph->n_output, 1);
    check_port(proto->graph->input[0], "input", 3, (int64_t[]){1, 8, 8});
    check_port(proto->graph->output[0], "logits", 1, (int64_t[]){3});
    assert_non_null(strstr(proto->graph->input[0]->doc_string, "(pixel / 255 - 0.5) / 0.5"));
    assert_non_null(strstr(proto->doc_string, "float32 [N,1,8,8]"));

    assert_int_equal(proto->n_metadata_props, 7);
    for (size_t i = 0, k; i < sizeof metadata / sizeof *metadata; i++) {
        for (k = 0; strcmp(proto->metadata_props[k]->key, metadata[i][0]) != 0; k++)
            assert_true(k + 1 < proto->n_metadata_props);
        assert_string_equal(proto->metadata_props[k]->value, metadata[i][1]);
    }
    assert_string_equal(proto->metadata_props[2]->key, "preprocessing");
    assert_string_equal(proto->metadata_props[2]->value, scrawl_model_info(model)->preprocessing);
    onnx__model_proto__free_unpacked(proto, NULL);
    scrawl_model_free(model);
}

static void test_equal_models_give_equal_bytes(void **state)
{
    (void)state;
    ScrawlModel *models[] = {sample_convnet(), sample_convnet()};
    Buffer a = written(models[0]), b = written(models[1]);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    assert_int_equal(onnx_write_model(models[0], &b, NULL), SCRAWL_STATUS_OK); /* appends */
    assert_int_equal(b.size, 2 * a.size);
    assert_memory_equal(b.data + a.size, a.data, a.size);
    buffer_deinit(&a);
    buffer_deinit(&b);
    for (size_t i = 0; i < 2; i++)
        scrawl_model_free(models[i]);
}

static void refused(const char *layers, const char *sentence)
{
    ScrawlError error = {0};
    ScrawlModel *model = network(layers);
    Buffer out;
    buffer_init(&out, FORMAT_MAX_FILE);
    assert_int_equal(onnx_write_model(model, &out, &error), SCRAWL_STATUS_UNSUPPORTED);
    assert_string_equal(error.message, sentence);
    assert_int_equal(out.size, 0);
    buffer_deinit(&out);
    scrawl_model_free(model);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("{\"conv2d\":{\"channels\":4,\"kernel\":3}},\"squeeze_excite\",\"flatten\"," DENSE,
            "layer squeeze_excite1: ONNX export of squeeze_excite is not there yet");
    refused("{\"adaptive_avgpool\":{\"size\":3,\"name\":\"bins\"}},\"flatten\"," DENSE,
            "layer bins: ONNX export of adaptive_avgpool expects a size that divides its input's");
    refused("\"flatten\"," DENSE ",{\"conv2d\":{\"channels\":3,\"kernel\":1}}",
            "layer conv1: ONNX export of conv2d expects a picture but would read what is flat "
            "already");
    refused("\"flatten\"," DENSE ",{\"maxpool\":{\"size\":1}}",
            "layer maxpool1: ONNX export of maxpool expects a picture but would read what is flat "
            "already");
    refused("\"flatten\"," DENSE ",{\"adaptive_avgpool\":{\"size\":1}}",
            "layer adaptive_avgpool1: ONNX export of adaptive_avgpool expects a picture but would "
            "read what is flat already");
}

static void test_limit_and_memory(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    ScrawlError error = {0};
    Buffer whole = written(model), out;
    buffer_init(&out, whole.size - 1);
    assert_int_equal(onnx_write_model(model, &out, &error), SCRAWL_STATUS_LIMIT);
    assert_non_null(strstr(error.message, "larger than the limit"));
    buffer_deinit(&out);
    for (uint64_t n = 1; status; n++) {
        buffer_init(&out, whole.size);
        mem_fail_at(n);
        status = onnx_write_model(model, &out, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
        assert_int_equal(out.size, !status ? whole.size : 0);
        buffer_deinit(&out);
    }
    buffer_deinit(&whole);
    scrawl_model_free(model);
}

static void test_export(void **state)
{
    (void)state;
    char folder[] = "/tmp/scrawl-onnx-XXXXXX", path[64];
    ScrawlError error = {0};
    ScrawlModel *model = sample_convnet();
    ScrawlModel *squeezed = network("\"squeeze_excite\",\"flatten\"," DENSE);
    Buffer expected = written(model), found;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/m.onnx", folder);

    assert_int_equal(scrawl_model_export(squeezed, "onnx", path, &error),
                     SCRAWL_STATUS_UNSUPPORTED);
    assert_memory_equal(error.message, path, strlen(path));
    assert_false(file_exists(path));
    assert_int_equal(scrawl_model_export(model, "onyx", path, &error), SCRAWL_STATUS_USAGE);
    assert_string_equal(error.message, "format: expected one of safetensors, onnx, found onyx");
    assert_false(file_exists(path));
    assert_int_equal(scrawl_model_export(model, "onnx", path, &error), SCRAWL_STATUS_OK);
    buffer_init(&found, FORMAT_MAX_FILE);
    assert_int_equal(file_read(path, &found, &error), SCRAWL_STATUS_OK);
    assert_int_equal(found.size, expected.size);
    assert_memory_equal(found.data, expected.data, found.size);

    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    buffer_deinit(&found);
    buffer_deinit(&expected);
    scrawl_model_free(squeezed);
    scrawl_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolution_network),
        cmocka_unit_test(test_other_layers),
        cmocka_unit_test(test_depthwise_has_groups),
        cmocka_unit_test(test_what_vanishes),
        cmocka_unit_test(test_add_of_flat_and_not_flat),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_equal_models_give_equal_bytes),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limit_and_memory),
        cmocka_unit_test(test_export),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
