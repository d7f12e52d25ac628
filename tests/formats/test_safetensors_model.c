/* Models: what is written comes back to the last bit, and a file that lies is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../model/describe.h"
#include "base/memory.h"
#include "change.h"
#include "formats/format.h"
#include "formats/safetensors.h"
#include "sample.h"

static Buffer written(const ScrawlModel *model)
{
    Buffer out;
    ScrawlError error = {0};
    buffer_init(&out, FORMAT_MAX_FILE);
    if (safetensors_write_model(model, &out, &error))
        fail_msg("%s", error.message);
    return out;
}

static Buffer sample_file(void)
{
    ScrawlModel *model = sample_convnet();
    Buffer out = written(model);
    scrawl_model_free(model);
    return out;
}

static void test_round_trip(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet(), *back;
    model->networks->parameters[0] = -0.0f;
    model->networks->parameters[1] = 1e-45f; /* the smallest there is */
    Buffer file = written(model);
    ScrawlError error = {0};
    assert_int_equal(safetensors_read_model(&back, "x", file.data, file.size, &error),
                     SCRAWL_STATUS_OK);
    const Graph *graph = model->networks->graph;
    assert_memory_equal(back->networks->parameters, model->networks->parameters,
                        graph->n_parameters * sizeof(real));
    assert_memory_equal(back->networks->state, model->networks->state,
                        graph->n_state * sizeof(real));
    const ScrawlModelInfo *a = scrawl_model_info(model), *b = scrawl_model_info(back);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->recipe, b->recipe);
    assert_string_equal(a->network, b->network);
    assert_string_equal(a->preprocessing, b->preprocessing);
    assert_string_equal(data_of(model), data_of(back));
    assert_string_equal(scores_of(model), scores_of(back));
    assert_int_equal(a->n_classes, b->n_classes);
    for (int i = 0; i < a->n_classes; i++)
        assert_string_equal(a->class_names[i], b->class_names[i]);
    assert_true(model->temperature == back->temperature && model->threshold == back->threshold);
    assert_true(b->threshold == a->threshold);

    Buffer again = written(back);
    assert_int_equal(again.size, file.size);
    assert_memory_equal(again.data, file.data, file.size);
    buffer_deinit(&again);
    buffer_deinit(&file);
    scrawl_model_free(back);
    scrawl_model_free(model);
}

static void test_equal_models_give_equal_bytes(void **state)
{
    (void)state;
    Buffer a = sample_file(), b = sample_file();
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    buffer_deinit(&a);
    buffer_deinit(&b);
}

static void test_what_is_in_the_file(void **state)
{
    (void)state;
    Buffer bytes = sample_file();
    Safetensors file;
    assert_int_equal(safetensors_parse(&file, "x", bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    static const char *const metadata[][2] = {
        {"format", "scrawl"},
        {"version", "1"},
        {"name", "sample"},
        {"classes", "[\"a\",\"b\",\"c\"]"},
        {"recipe", "name: sample\ntrain: {epochs: 1}\n"},
        {"data", "[{\"name\":\"pen\",\"n\":10}]"},
        {"scores", "{\"test\":{\"accuracy\":0.5}}"},
        {"temperature", "1.5"},
        {"threshold", "0.1"},
    };
    assert_string_equal(file.metadata[file.n_metadata - 1].key, "crc32");
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++)
        assert_string_equal(safetensors_metadata(&file, metadata[i][0]), metadata[i][1]);
    assert_non_null(strstr(safetensors_metadata(&file, "network"), "maxpool"));
    assert_non_null(strstr(safetensors_metadata(&file, "preprocessing"), "0.5"));
    assert_int_equal(file.n_tensors, 8);
    const TensorView *weight = safetensors_find(&file, "conv1.weight");
    assert_non_null(weight);
    assert_int_equal(weight->type, TENSOR_TYPE_F32);
    assert_int_equal(weight->n_dims, 4);
    assert_true(weight->dims[0] == 2 && weight->dims[1] == 1 && weight->dims[2] == 3);
    safetensors_deinit(&file);
    buffer_deinit(&bytes);
}

static float weights[64];
static uint16_t halves[64];

static void refused(Change change, ScrawlStatus expected, const char *sentence)
{
    refuse_changed(sample_file(), change, expected, sentence);
}

static void test_lies_in_the_metadata(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        ScrawlStatus status;
        const char *sentence;
    } rows[] = {
        {"format", NULL, SCRAWL_STATUS_FORMAT, "no model of Scrawl"},
        {"format", "pt", SCRAWL_STATUS_FORMAT, "found pt"},
        {"version", NULL, SCRAWL_STATUS_FORMAT, "has no \"version\""},
        {"version", "3", SCRAWL_STATUS_UNSUPPORTED, "expected version 1 or 2 of the model"},
        {"network", NULL, SCRAWL_STATUS_FORMAT, "has no \"network\""},
        {"network", "{", SCRAWL_STATUS_FORMAT, "network"},
        {"network", "[]", SCRAWL_STATUS_FORMAT, "network"},
        {"network", "{\"input\":[1,8,8],\"layers\":[\"pool\"]}", SCRAWL_STATUS_FORMAT, "pool"},
        {"network", "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":3}}]}",
         SCRAWL_STATUS_MISMATCH, "no such tensor"},
        {"preprocessing", NULL, SCRAWL_STATUS_FORMAT, "has no \"preprocessing\""},
        {"preprocessing", "1", SCRAWL_STATUS_FORMAT, "preprocessing: expected a map"},
        {"preprocessing", "{\"height\":-1}", SCRAWL_STATUS_FORMAT, "height"},
        {"preprocessing", "{\"code\":1}", SCRAWL_STATUS_FORMAT, "code"},
        {"preprocessing", "{}", SCRAWL_STATUS_MISMATCH,
         "[1, 8, 8], but the preprocessing gives [1, 28, 28]"},
        {"classes", NULL, SCRAWL_STATUS_FORMAT, "has no \"classes\""},
        {"classes", "{}", SCRAWL_STATUS_FORMAT, "classes: expected a list"},
        {"classes", "[1,2,3]", SCRAWL_STATUS_FORMAT, "classes[0]: expected a string"},
        {"classes", "[\"a\",null,\"c\"]", SCRAWL_STATUS_FORMAT, "classes[1]: expected a string"},
        {"classes", "[]", SCRAWL_STATUS_MISMATCH, "3 outputs, but there are 0 classes"},
        {"classes", "[\"a\",\"b\"]", SCRAWL_STATUS_MISMATCH, "there are 2 classes"},
        {"classes", "[\"a\",\"b\",\"c\",\"d\"]", SCRAWL_STATUS_MISMATCH, "there are 4 classes"},
        {"classes", "[\"a\",\"b\",\"a\"]", SCRAWL_STATUS_MISMATCH, "same name \"a\""},
        {"temperature", "0", SCRAWL_STATUS_FORMAT, "temperature: expected a number"},
        {"temperature", "-1", SCRAWL_STATUS_FORMAT, "temperature"},
        {"temperature", "1e4", SCRAWL_STATUS_FORMAT, "temperature"},
        {"temperature", "nan", SCRAWL_STATUS_FORMAT, "temperature"},
        {"temperature", "", SCRAWL_STATUS_FORMAT, "temperature"},
        {"threshold", "1.1", SCRAWL_STATUS_FORMAT, "threshold: expected a number from 0 to 1"},
        {"threshold", "-0.1", SCRAWL_STATUS_FORMAT, "threshold"},
        {"threshold", "0.5x", SCRAWL_STATUS_FORMAT, "found \"0.5x\""},
        {"data", "{}", SCRAWL_STATUS_FORMAT, "data: expected a list"},
        {"data", "", SCRAWL_STATUS_FORMAT, "data"},
        {"scores", "[]", SCRAWL_STATUS_FORMAT, "scores: expected a map"},
        {"scores", "{\"a\":NaN}", SCRAWL_STATUS_FORMAT, "scores"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        key = rows[i].key;
        value = rows[i].value;
        refused(set_metadata, rows[i].status, rows[i].sentence);
    }
}

static void test_too_many_classes(void **state)
{
    (void)state;
    Buffer text;
    buffer_init(&text, 1 << 20);
    for (int i = 0; i <= 1000; i++)
        assert_int_equal(buffer_print(&text, "%s\"%d\"", i > 0 ? "," : "[", i), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&text, "]"), SCRAWL_STATUS_OK);
    key = "classes";
    value = buffer_text(&text);
    refused(set_metadata, SCRAWL_STATUS_LIMIT, "expected at most 1000, found 1001");
    buffer_deinit(&text);
}

static void test_what_may_be_absent(void **state)
{
    (void)state;
    static const char *const keys[] = {"name",   "recipe",      "data",
                                       "scores", "temperature", "threshold"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        ScrawlModel *model;
        ScrawlError error = {0};
        key = keys[i];
        value = NULL;
        if (read_changed(sample_file(), set_metadata, &model, &error))
            fail_msg("%s", error.message);
        const ScrawlModelInfo *info = scrawl_model_info(model);
        assert_string_equal(info->name, i == 0 ? "" : "sample");
        assert_int_equal(strlen(info->recipe) == 0, i == 1);
        assert_int_equal(info->n_data == 0, i == 2);
        assert_int_equal(info->n_scores == 0, i == 3);
        assert_true(model->temperature == (i == 4 ? 1 : 1.5));
        assert_true(info->threshold == (i == 5 ? 0 : 0.1));
        scrawl_model_free(model);
    }
}

static void drop_first(Safetensors *file)
{
    file->tensors++;
    file->n_tensors--;
}

static void drop_last(Safetensors *file)
{
    file->n_tensors--;
}

static void rename_layer(Safetensors *file)
{
    tensor(file, "conv1.bias")->name = "conv2.bias";
}

static void rename_tensor(Safetensors *file)
{
    tensor(file, "conv1.bias")->name = "conv1.biases";
}

static void rename_dot(Safetensors *file)
{
    tensor(file, "conv1.bias")->name = "conv1_bias";
}

static void swap_dims(Safetensors *file)
{
    TensorView *weight = tensor(file, "conv1.weight");
    weight->dims[0] = 1;
    weight->dims[1] = 2;
}

static void drop_dim(Safetensors *file)
{
    TensorView *weight = tensor(file, "conv1.weight");
    weight->n_dims = 3;
    weight->dims[0] = 2;
    weight->dims[1] = weight->dims[2] = 3;
}

static void add_dim(Safetensors *file)
{
    TensorView *bias = tensor(file, "conv1.bias");
    bias->dims[bias->n_dims++] = 1;
}

static void as_integers(Safetensors *file)
{
    tensor(file, "conv1.bias")->type = TENSOR_TYPE_I32;
}

static void set_weights(Safetensors *file)
{
    tensor(file, "conv1.weight")->data = weights;
}

static void set_variance(Safetensors *file)
{
    tensor(file, "batchnorm1.running_var")->data = weights;
}

static void set_halves(Safetensors *file)
{
    TensorView *weight = tensor(file, "conv1.weight");
    weight->type = TENSOR_TYPE_F16;
    weight->data = halves;
}

static void test_tensors_that_are_not_the_networks(void **state)
{
    (void)state;
    refused(drop_first, SCRAWL_STATUS_MISMATCH, "the tensor conv1.weight is missing");
    refused(drop_last, SCRAWL_STATUS_MISMATCH, "is missing");
    refused(rename_layer, SCRAWL_STATUS_MISMATCH, "tensor conv2.bias: the network has no such");
    refused(rename_tensor, SCRAWL_STATUS_MISMATCH, "tensor conv1.biases: the network has no such");
    refused(rename_dot, SCRAWL_STATUS_MISMATCH, "tensor conv1_bias: the network has no such");
    refused(swap_dims, SCRAWL_STATUS_MISMATCH, "expects shape [2, 1, 3, 3], found [1, 2, 3, 3]");
    refused(drop_dim, SCRAWL_STATUS_MISMATCH, "expects shape [2, 1, 3, 3], found [2, 3, 3]");
    refused(add_dim, SCRAWL_STATUS_MISMATCH, "expects shape [2], found [2, 1]");
    refused(as_integers, SCRAWL_STATUS_UNSUPPORTED, "tensor conv1.bias: expected numbers of type");
}

static void test_weights_that_are_no_numbers(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        memset(weights, 0, sizeof weights);
        weights[17] = bad[i]; /* the last of 2 * 9 */
        refused(set_weights, SCRAWL_STATUS_FORMAT,
                "tensor conv1.weight: element 17 is not a finite number");
        weights[1] = bad[i];
        refused(set_variance, SCRAWL_STATUS_FORMAT, "element 1 is not a finite number");
        memset(halves, 0, sizeof halves);
        halves[3] = i == 0 ? 0x7e00 : i == 1 ? 0x7c00 : 0xfc00;
        refused(set_halves, SCRAWL_STATUS_FORMAT, "element 3 is not a finite number");
    }
}

static void test_halves_are_read(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model;
    for (int i = 0; i < 18; i++)
        halves[i] = (uint16_t)(0x3c00 | i << 4); /* 1 + i / 64 */
    assert_int_equal(read_changed(sample_file(), set_halves, &model, &error), SCRAWL_STATUS_OK);
    const Layer *conv =
        &model->networks->graph->layers[graph_find(model->networks->graph, "conv1")];
    for (int i = 0; i < 18; i++)
        assert_true(model->networks->parameters[conv->tensors[0].offset + (size_t)i] ==
                    1 + (float)i / 64);
    scrawl_model_free(model);
}

static void test_every_half(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 65536; half++) {
        uint8_t bytes[] = {0xff, (uint8_t)half, (uint8_t)(half >> 8)}; /* read from an odd place */
        unsigned exponent = half >> 10 & 31;
        double fraction = half & 1023, sign = half >> 15 ? -1 : 1;
        double expected = exponent == 0 ? fraction * 0x1p-24
                                        : (1 + fraction / 1024) * pow(2, (double)exponent - 15);
        float found;
        half_to_float(1, bytes + 1, &found);
        if (exponent < 31)
            assert_true((double)found == sign * expected && !signbit(found) == !(half >> 15));
        else
            assert_true(fraction == 0 ? (double)found == sign * INFINITY : isnan(found) != 0);
    }
}

static void test_truncated_at_every_length(void **state)
{
    (void)state;
    Buffer file = sample_file();
    for (size_t size = 0; size < file.size; size++) {
        ScrawlError error = {0};
        ScrawlModel *model;
        uint8_t *copy = malloc(size + (size == 0));
        memcpy(copy, file.data, size);
        assert_int_equal(safetensors_read_model(&model, "x", copy, size, &error),
                         SCRAWL_STATUS_FORMAT);
        assert_null(model);
        assert_memory_equal(error.message, "x:", 2);
        free(copy);
    }
    buffer_deinit(&file);
}

/* Without a checksum a flipped weight may well be a model; what matters is that nothing breaks,
 * that a refusal has its sentence, and that what is read can be written. */
static void test_every_byte_flipped(void **state)
{
    (void)state;
    static const uint8_t masks[] = {0x01, 0x02, 0x10, 0x20, 0x80, 0xff};
    Buffer file = sample_file();
    size_t n_read = 0;
    memcpy(memmem(file.data, file.size, "crc32", 5), "other", 5);
    for (size_t i = 0; i < file.size; i++) {
        for (size_t j = 0; j < sizeof masks; j++) {
            ScrawlError error = {0};
            ScrawlModel *model;
            file.data[i] ^= masks[j];
            ScrawlStatus status = safetensors_read_model(&model, "x", file.data, file.size, &error);
            file.data[i] ^= masks[j];
            assert_true(!!model == (!status));
            assert_int_equal(error.status, status);
            assert_true(!status || strlen(error.message) > 10);
            if (model) {
                Buffer again = written(model);
                buffer_deinit(&again);
                n_read++;
            }
            scrawl_model_free(model);
        }
    }
    assert_true(n_read > 100); /* most weights stay numbers */
    buffer_deinit(&file);
}

static void test_no_memory(void **state)
{
    (void)state;
    Buffer file = sample_file();
    ScrawlModel *model;
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    uint64_t n = 0;
    while (status) {
        ScrawlError error = {0};
        mem_fail_at(++n);
        status = safetensors_read_model(&model, "x", file.data, file.size, &error);
        mem_fail_at(0);
        assert_int_equal(error.status, status);
        assert_true(!!model == (!status));
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 20));
    }
    n = 0;
    do {
        ScrawlError error = {0};
        Buffer out;
        buffer_init(&out, FORMAT_MAX_FILE);
        mem_fail_at(++n);
        status = safetensors_write_model(model, &out, &error);
        mem_fail_at(0);
        assert_int_equal(error.status, status);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 4));
        buffer_deinit(&out);
    } while (status);
    scrawl_model_free(model);
    buffer_deinit(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_equal_models_give_equal_bytes),
        cmocka_unit_test(test_what_is_in_the_file),
        cmocka_unit_test(test_lies_in_the_metadata),
        cmocka_unit_test(test_too_many_classes),
        cmocka_unit_test(test_what_may_be_absent),
        cmocka_unit_test(test_tensors_that_are_not_the_networks),
        cmocka_unit_test(test_weights_that_are_no_numbers),
        cmocka_unit_test(test_halves_are_read),
        cmocka_unit_test(test_every_half),
        cmocka_unit_test(test_truncated_at_every_length),
        cmocka_unit_test(test_every_byte_flipped),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
