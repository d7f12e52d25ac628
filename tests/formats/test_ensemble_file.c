/* Files of several members, of shifts and of 16-bit weights: there and back, and whatever a hostile
 * one may claim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "change.h"
#include "formats/format.h"
#include "formats/safetensors.h"
#include "../model/describe.h"
#include "sample.h"
#include "scrawl/ensemble.h"

static Buffer written(const ScrawlModel *model)
{
    Buffer out;
    ScrawlError error = {0};
    buffer_init(&out, FORMAT_MAX_FILE);
    if (safetensors_write_model(model, &out, &error))
        fail_msg("%s", error.message);
    return out;
}

static ScrawlModel *read_back(const Buffer *file)
{
    ScrawlError error = {0};
    ScrawlModel *model;
    if (safetensors_read_model(&model, "x", file->data, file->size, &error))
        fail_msg("%s", error.message);
    return model;
}

static void assert_same_bytes(const ScrawlModel *model, const Buffer *file)
{
    Buffer again = written(model);
    assert_int_equal(again.size, file->size);
    assert_memory_equal(again.data, file->data, file->size);
    buffer_deinit(&again);
}

static void assert_same_weights(const ScrawlModel *a, const ScrawlModel *b)
{
    assert_int_equal(a->n_networks, b->n_networks);
    for (int i = 0; i < a->n_networks; i++) {
        const Network *x = &a->networks[i], *y = &b->networks[i];
        assert_memory_equal(x->parameters, y->parameters, x->graph->n_parameters * sizeof(real));
        assert_memory_equal(x->state, y->state, x->graph->n_state * sizeof(real));
        assert_string_equal(x->graph->json, y->graph->json);
        assert_string_equal(x->description.name, y->description.name);
        assert_string_equal(x->description.recipe, y->description.recipe);
        assert_string_equal(member_scores(a, i), member_scores(b, i));
        assert_true(x->temperature == y->temperature);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    ScrawlModel *model = sample_ensemble();
    model_calibrate(model, 2.5, 0.25);
    Buffer file = written(model);
    ScrawlModel *back = read_back(&file);
    assert_same_weights(model, back);
    assert_int_equal(back->info.n_members, 2);
    assert_string_equal(back->info.combine, "vote");
    assert_string_equal(back->info.tta, "cross");
    assert_true(back->temperature == 2.5 && back->threshold == 0.25);
    assert_same_bytes(back, &file);
    scrawl_model_free(back);
    buffer_deinit(&file);
    scrawl_model_free(model);
}

static void test_what_is_in_the_file(void **state)
{
    (void)state;
    ScrawlModel *model = sample_ensemble();
    Buffer bytes = written(model);
    Safetensors file;
    assert_int_equal(safetensors_parse(&file, "x", bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(safetensors_metadata(&file, "version"), "2");
    assert_string_equal(safetensors_metadata(&file, "combine"), "vote");
    assert_string_equal(safetensors_metadata(&file, "tta"), "cross");
    assert_null(safetensors_metadata(&file, "network"));
    assert_non_null(strstr(safetensors_metadata(&file, "members"), "\"name\":\"sample\""));
    assert_int_equal(file.n_tensors, 8 + 2);
    assert_non_null(safetensors_find(&file, "member.0.conv1.weight"));
    assert_non_null(safetensors_find(&file, "member.1.dense1.bias"));
    safetensors_deinit(&file);
    buffer_deinit(&bytes);
    scrawl_model_free(model);
}

/* A single model's file is what it was before there were members; with shifts, an older reader
 * refuses it instead of answering otherwise. */
static void test_single_models(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    Buffer bytes = written(model);
    Safetensors file;
    assert_int_equal(safetensors_parse(&file, "x", bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    static const char *const keys[] = {"format",        "version",     "name",      "network",
                                       "preprocessing", "classes",     "recipe",    "data",
                                       "scores",        "temperature", "threshold", "crc32"};
    assert_int_equal(file.n_metadata, sizeof keys / sizeof *keys);
    for (size_t i = 0; i < file.n_metadata; i++)
        assert_string_equal(file.metadata[i].key, keys[i]);
    assert_string_equal(file.metadata[1].value, "1");
    safetensors_deinit(&file);
    buffer_deinit(&bytes);

    model_set_passes(model, MODEL_COMBINE_AVERAGE, MODEL_TTA_SQUARE);
    bytes = written(model);
    ScrawlModel *back = read_back(&bytes);
    assert_string_equal(back->info.tta, "square");
    assert_int_equal(back->info.n_members, 1);
    assert_same_bytes(back, &bytes);
    scrawl_model_free(back);
    buffer_deinit(&bytes);
    scrawl_model_free(model);
}

static void rename_to(Safetensors *file)
{
    tensor(file, "member.1.dense1.bias")->name = value;
}

static void drop_tensor(Safetensors *file)
{
    TensorView *dropped = tensor(file, key);
    *dropped = file->tensors[--file->n_tensors];
}

static void add_network(Safetensors *file)
{
    static MetadataPair pairs[32];
    memcpy(pairs, file->metadata, file->n_metadata * sizeof *pairs);
    pairs[file->n_metadata++] = (MetadataPair){"network", "{}"};
    file->metadata = pairs;
}

static void refused(Change change, ScrawlStatus expected, const char *sentence)
{
    ScrawlModel *model = sample_ensemble();
    refuse_changed(written(model), change, expected, sentence);
    scrawl_model_free(model);
}

#define NET "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":3}}]}"
#define MEMBER "{\"network\":" NET "}"

static void test_lies_in_the_metadata(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        ScrawlStatus status;
        const char *sentence;
    } rows[] = {
        {"version", "1", SCRAWL_STATUS_FORMAT, "has no \"network\""},
        {"version", "3", SCRAWL_STATUS_UNSUPPORTED, "expected version 1 or 2"},
        {"members", NULL, SCRAWL_STATUS_FORMAT, "has no \"network\""},
        {"members", "", SCRAWL_STATUS_FORMAT, "members"},
        {"members", "{}", SCRAWL_STATUS_FORMAT, "members: expected a list"},
        {"members", "[]", SCRAWL_STATUS_FORMAT, "members: expected 2 to 64, found 0"},
        {"members", "[" MEMBER "]", SCRAWL_STATUS_FORMAT, "members: expected 2 to 64, found 1"},
        {"members", "[1,2]", SCRAWL_STATUS_FORMAT, "expected a map with keys of name, network"},
        {"members", "[{},{}]", SCRAWL_STATUS_FORMAT, "network"},
        {"members", "[{\"network\":{}},{\"network\":{}}]", SCRAWL_STATUS_FORMAT, "input"},
        {"members", "[" MEMBER ",{\"network\":" NET ",\"scores\":[]}]", SCRAWL_STATUS_FORMAT,
         "scores: expected a map"},
        {"members", "[" MEMBER ",{\"network\":" NET ",\"temperature\":0}]", SCRAWL_STATUS_FORMAT,
         "temperature: expected a number"},
        {"members", "[" MEMBER ",{\"network\":" NET ",\"weight\":2}]", SCRAWL_STATUS_FORMAT,
         "weight: unknown key"},
        {"members", "[" MEMBER "," MEMBER "]", SCRAWL_STATUS_MISMATCH, "no such tensor"},
        {"members",
         "[{\"network\":{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":2}}]}}"
         "," MEMBER "]",
         SCRAWL_STATUS_MISMATCH, ""},
        {"combine", "fight", SCRAWL_STATUS_FORMAT, "combine: \"fight\" is not known"},
        {"tta", "circle", SCRAWL_STATUS_FORMAT, "tta: \"circle\" is not known"},
        {"tta", "", SCRAWL_STATUS_FORMAT, "tta: \"\" is not known"},
        {"classes", "[\"a\",\"b\"]", SCRAWL_STATUS_MISMATCH, "member 0: the network has 3 outputs"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        key = rows[i].key;
        value = rows[i].value;
        refused(set_metadata, rows[i].status, rows[i].sentence);
    }
    refused(add_network, SCRAWL_STATUS_FORMAT, "has a network and members");
}

static void test_absent_words(void **state)
{
    (void)state;
    static const char *const keys[] = {"combine", "tta"};
    for (size_t i = 0; i < 2; i++) {
        ScrawlModel *model = sample_ensemble(), *back;
        Buffer bytes = written(model), changed;
        Safetensors file;
        assert_int_equal(safetensors_parse(&file, "x", bytes.data, bytes.size, NULL),
                         SCRAWL_STATUS_OK);
        key = keys[i];
        value = NULL;
        set_metadata(&file);
        buffer_init(&changed, FORMAT_MAX_FILE);
        assert_int_equal(safetensors_write(&file, &changed, NULL), SCRAWL_STATUS_OK);
        back = read_back(&changed);
        assert_string_equal(back->info.combine, i == 0 ? "average" : "vote");
        assert_string_equal(back->info.tta, i == 1 ? "none" : "cross");
        scrawl_model_free(back);
        buffer_deinit(&changed);
        safetensors_deinit(&file);
        buffer_deinit(&bytes);
        scrawl_model_free(model);
    }
}

static void test_tensors_of_members(void **state)
{
    (void)state;
    static const char *const names[] = {
        "dense1.bias",
        "member.2.dense1.bias",
        "member.01.dense1.bias",
        "member.-1.dense1.bias",
        "member.1dense1.bias",
        "member.1.conv1.bias",
        "member.1.",
        "member.",
        "member.18446744073709551617.dense1.bias",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        value = names[i];
        refused(rename_to, SCRAWL_STATUS_MISMATCH, "the network has no such tensor");
    }
    static const char *const dropped[] = {
        "member.0.conv1.weight", "member.0.batchnorm1.running_var", "member.1.dense1.bias"};
    for (size_t i = 0; i < 3; i++) {
        char sentence[64];
        key = dropped[i];
        snprintf(sentence, sizeof sentence, "the tensor %s is missing", key);
        refused(drop_tensor, SCRAWL_STATUS_MISMATCH, sentence);
    }
}

/* n members that cost nothing: `what` again and again. */
static void many_members(const char *what, size_t n, ScrawlStatus status, const char *sentence)
{
    Buffer text;
    buffer_init(&text, (size_t)64 << 20);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buffer_print(&text, "%s%s", i > 0 ? "," : "[", what), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&text, "]"), SCRAWL_STATUS_OK);
    key = "members";
    value = buffer_text(&text);
    refused(set_metadata, status, sentence);
    buffer_deinit(&text);
}

static void test_too_many_members(void **state)
{
    (void)state;
    many_members(MEMBER, 65, SCRAWL_STATUS_LIMIT, "members: expected 2 to 64, found 65");
    many_members("{}", 100000, SCRAWL_STATUS_LIMIT, "found 100000");
    many_members("1", 1000000, SCRAWL_STATUS_LIMIT, "");
    /* As many as are allowed, with no weights: refused before any memory is taken for them. */
    many_members("{\"network\":{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":"
                 "65536}},{\"dense\":{\"units\":3}}]}}",
                 64, SCRAWL_STATUS_MISMATCH, "");
}

static void test_truncated_at_every_length(void **state)
{
    (void)state;
    ScrawlModel *ensemble = sample_ensemble();
    Buffer file = written(ensemble);
    for (size_t size = 0; size < file.size; size++) {
        ScrawlError error = {0};
        ScrawlModel *model;
        uint8_t *copy = malloc(size + (size == 0));
        memcpy(copy, file.data, size);
        assert_int_equal(safetensors_read_model(&model, "x", copy, size, &error),
                         SCRAWL_STATUS_FORMAT);
        assert_null(model);
        free(copy);
    }
    buffer_deinit(&file);
    scrawl_model_free(ensemble);
}

static void flip_all(Buffer *file, size_t *n_read)
{
    static const uint8_t masks[] = {0x01, 0x02, 0x10, 0x20, 0x80, 0xff};
    *n_read = 0;
    for (size_t i = 0; i < file->size * sizeof masks; i++) {
        ScrawlError error = {0};
        ScrawlModel *model;
        uint8_t *byte = &file->data[i / sizeof masks], mask = masks[i % sizeof masks];
        *byte ^= mask;
        ScrawlStatus status = safetensors_read_model(&model, "x", file->data, file->size, &error);
        *byte ^= mask;
        assert_true(!!model == (!status));
        assert_int_equal(error.status, status);
        assert_true(!status || strlen(error.message) > 10);
        if (model) {
            Buffer again = written(model);
            buffer_deinit(&again);
            ++*n_read;
        }
        scrawl_model_free(model);
    }
}

/* With its checksum no flipped weight is read; without, nothing breaks. */
static void test_every_byte_flipped(void **state)
{
    (void)state;
    for (int half = 0; half < 2; half++) {
        ScrawlModel *model = sample_ensemble();
        size_t with, without;
        model_set_half(model, half);
        Buffer file = written(model);
        flip_all(&file, &with);
        memcpy(memmem(file.data, file.size, "crc32", 5), "other", 5);
        flip_all(&file, &without);
        assert_true(without > with + 100); /* most weights stay numbers */
        buffer_deinit(&file);
        scrawl_model_free(model);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    ScrawlModel *model = sample_ensemble(), *back;
    model_set_half(model, true);
    Buffer file = written(model);
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        mem_fail_at(n);
        status = safetensors_read_model(&back, "x", file.data, file.size, &error);
        mem_fail_at(0);
        assert_int_equal(error.status, status);
        assert_true(!!back == !status);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 40));
    }
    scrawl_model_free(back);
    status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        Buffer out;
        buffer_init(&out, FORMAT_MAX_FILE);
        mem_fail_at(n);
        status = safetensors_write_model(model, &out, &error);
        mem_fail_at(0);
        assert_int_equal(error.status, status);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 6));
        buffer_deinit(&out);
    }
    buffer_deinit(&file);
    scrawl_model_free(model);
}

/* Every half is a float and comes back; what lies between two goes to the nearer, and in the middle
 * to the even one. */
static void test_rounding(void **state)
{
    (void)state;
    for (unsigned half = 0; half < 65536; half++) {
        uint16_t bits = (uint16_t)half, back = 0x1234, up = 0, down = 0, middle = 0;
        uint16_t next = (uint16_t)(half + 1);
        float f, g;
        half_to_float(1, &bits, &f);
        half_to_float(1, &next, &g);
        if ((half & 0x7c00) == 0x7c00) {
            assert_int_equal(half_from_float(1, &f, &back), 0);
            assert_int_equal(back, 0x1234);
            continue;
        }
        assert_int_equal(half_from_float(1, &f, &back), 1);
        assert_int_equal(back, half);
        if ((next & 0x7c00) == 0x7c00)
            continue;
        float between = (f + g) / 2; /* exact: a float has many bits more */
        float below = nextafterf(between, f), above = nextafterf(between, g);
        assert_int_equal(half_from_float(1, &between, &middle), 1);
        assert_int_equal(half_from_float(1, &below, &down), 1);
        assert_int_equal(half_from_float(1, &above, &up), 1);
        assert_int_equal(middle, half & 1 ? next : bits);
        assert_int_equal(down, bits);
        assert_int_equal(up, next);
    }
    static const struct {
        float value;
        int fits, half;
    } rows[] = {
        {65504, 1, 0x7bff},
        {65519.99f, 1, 0x7bff},
        {65520, 0, 0},
        {-65520, 0, 0},
        {1e30f, 0, 0},
        {-1e30f, 0, 0},
        {NAN, 0, 0},
        {INFINITY, 0, 0},
        {0x1p-25f, 1, 0},
        {0x1.000002p-25f, 1, 1},
        {-0x1p-25f, 1, 0x8000},
        {0x1p-24f, 1, 1},
        {0x1.8p-24f, 1, 2},
        {0x1p-26f, 1, 0},
        {1e-45f, 1, 0},
        {-1e-45f, 1, 0x8000},
        {0x1.ff8p-15f, 1, 0x3ff},
        {0x1.ffcp-15f, 1, 0x400},
        {0x1.ffbffep-15f, 1, 0x3ff},
        {-1.0f / 3, 1, 0xb555},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint16_t half = 0;
        assert_int_equal(half_from_float(1, &rows[i].value, &half), rows[i].fits);
        if (half != rows[i].half)
            fail_msg("%a: expected %04x, found %04x", (double)rows[i].value, rows[i].half, half);
    }
    float many[] = {1, 2, 70000, 3};
    uint16_t halves[4];
    assert_int_equal(half_from_float(4, many, halves), 2);
    assert_int_equal(halves[1], 0x4000);
}

static void test_half_models(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    Buffer whole = written(model);
    model_set_half(model, true);
    Buffer file = written(model);
    assert_int_equal(whole.size - file.size > model->info.n_parameters, true);
    ScrawlModel *back = read_back(&file);
    assert_true(back->info.half && !back->info.threshold == !model->info.threshold);
    for (size_t i = 0; i < model->info.n_parameters; i++)
        assert_true(fabsf(back->networks->parameters[i] - model->networks->parameters[i]) <=
                    fabsf(model->networks->parameters[i]) * 0x1p-11f);
    assert_memory_equal(back->networks->state, model->networks->state,
                        model->info.n_state * sizeof(real));
    assert_same_bytes(back, &file); /* rounded once, it stays */
    scrawl_model_free(back);

    static const char *const sentences[] = {"tensor conv1.weight: element 1 is 65520",
                                            "tensor dense1.bias: element 2 is -1e+06"};
    for (size_t i = 0; i < 2; i++) {
        ScrawlError error = {0};
        Buffer out;
        buffer_init(&out, FORMAT_MAX_FILE);
        model->networks->parameters[i == 0 ? 1 : model->info.n_parameters - 1] =
            i == 0 ? 65520 : -1e6f;
        assert_int_equal(safetensors_write_model(model, &out, &error), SCRAWL_STATUS_LIMIT);
        if (!strstr(error.message, sentences[i]))
            fail_msg("%s", error.message);
        buffer_deinit(&out);
        model->networks->parameters[1] = 0;
    }
    buffer_deinit(&whole);
    buffer_deinit(&file);
    scrawl_model_free(model);
}

/* Either the file is whole, or nothing is written. */
static void test_saved_as_half_without_memory(void **state)
{
    (void)state;
    char path[] = "/tmp/scrawl-half-XXXXXX";
    int fd = mkstemp(path);
    ScrawlModel *model = sample_convnet(), *back;
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    assert_true(fd >= 0);
    close(fd);
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        remove(path);
        mem_fail_at(n);
        status = scrawl_model_save_half(model, path, &error);
        mem_fail_at(0);
        assert_int_equal(error.status, status);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 8));
        assert_int_equal(access(path, F_OK) == 0, !status);
    }
    assert_int_equal(scrawl_model_load(&back, path, NULL), SCRAWL_STATUS_OK);
    scrawl_model_free(back);
    scrawl_model_free(model);
    assert_int_equal(remove(path), 0);
}

/* The scores, the threshold and its error bound were of other weights. */
static void test_saved_as_half(void **state)
{
    (void)state;
    char path[] = "/tmp/scrawl-half-XXXXXX";
    int fd = mkstemp(path);
    ScrawlModel *model = sample_convnet(), *back;
    assert_true(fd >= 0);
    close(fd);
    model_calibrate(model, 2, 0.75);
    set_data(model, "[{\"use\":\"training\"},{\"use\":"
                    "\"calibration\",\"n\":9,\"max_error\":0.01,"
                    "\"confidence\":0.95}]");
    assert_int_equal(scrawl_model_save_half(model, path, NULL), SCRAWL_STATUS_OK);
    assert_false(model->half);
    assert_true(model->threshold == 0.75);
    assert_int_equal(scrawl_model_load(&back, path, NULL), SCRAWL_STATUS_OK);
    assert_true(back->info.half);
    assert_string_equal(scores_of(back), "{}");
    assert_true(back->info.threshold == 0 && back->info.temperature == 2);
    assert_string_equal(data_of(back),
                        "[{\"use\":\"training\"},{\"use\":\"calibration\",\"n\":9}]");
    assert_string_equal(back->info.recipe, model->info.recipe);
    /* Of a file that is half already they are true. */
    set_scores(back, "{\"test\":{}}");
    model_calibrate(back, 2, 0.5);
    assert_int_equal(scrawl_model_save_half(back, path, NULL), SCRAWL_STATUS_OK);
    scrawl_model_free(model);
    assert_int_equal(scrawl_model_load(&model, path, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(scores_of(model), "{\"test\":{}}");
    assert_true(model->info.threshold == 0.5);
    scrawl_model_free(model);
    scrawl_model_free(back);
    /* Nor are the members' own scores. */
    model = sample_ensemble();
    assert_string_equal(member_scores(model, 0), "{\"test\":{\"accuracy\":0.5}}");
    assert_int_equal(scrawl_model_save_half(model, path, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_model_load(&back, path, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(member_scores(back, 0), "{}");
    assert_true(back->tta == model->tta && back->combine == model->combine);
    assert_true(back->networks[0].temperature == model->networks[0].temperature);
    scrawl_model_free(model);
    scrawl_model_free(back);
    assert_int_equal(remove(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_what_is_in_the_file),
        cmocka_unit_test(test_single_models),
        cmocka_unit_test(test_lies_in_the_metadata),
        cmocka_unit_test(test_absent_words),
        cmocka_unit_test(test_tensors_of_members),
        cmocka_unit_test(test_too_many_members),
        cmocka_unit_test(test_truncated_at_every_length),
        cmocka_unit_test(test_every_byte_flipped),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_half_models),
        cmocka_unit_test(test_saved_as_half),
        cmocka_unit_test(test_saved_as_half_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
