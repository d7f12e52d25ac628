/* The container: exact bytes out, the same content in, and a sentence for every lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "cases.h"
#include "formats/safetensors.h"

#define MAX_FILE ((size_t)1 << 26)

/* The last byte of the input lies against the end of its block, so that asan sees one byte more. */
static ScrawlStatus parse(Safetensors *file, const uint8_t *bytes, size_t size, ScrawlError *error)
{
    uint8_t *copy = malloc(size);
    memcpy(copy, bytes, size);
    ScrawlStatus status = safetensors_parse(file, "x", copy, size, error);
    if (!status) { /* every byte can be read */
        volatile uint8_t sum = 0;
        for (size_t i = 0; i < file->n_tensors; i++)
            for (size_t j = 0; j < file->tensors[i].count * tensor_type_size(file->tensors[i].type);
                 j++)
                sum = (uint8_t)(sum + ((const uint8_t *)file->tensors[i].data)[j]);
    }
    free(copy);
    return status;
}

static void test_cases(void **state)
{
    (void)state;
    for (const HeaderCase *row = header_cases; row->name; row++) {
        Buffer bytes;
        Safetensors file;
        ScrawlError error = {0};
        buffer_init(&bytes, MAX_FILE);
        case_bytes(row->header, row->n_data, &bytes);
        ScrawlStatus status = parse(&file, bytes.data, bytes.size, &error);
        if (status != row->status || error.status != status ||
            !strstr(error.message, row->sentence))
            fail_msg("%s: %s: %s", row->name, scrawl_status_name(status), error.message);
        if (status) {
            assert_memory_equal(error.message, "x:", 2);
            assert_true(file.n_tensors == 0 && !file.tensors && file.n_metadata == 0);
        }
        safetensors_deinit(&file);
        buffer_deinit(&bytes);
    }
}

static void test_exact_bytes(void **state)
{
    (void)state;
    static const float weights[] = {1, -2};
    static const uint8_t scalar = 9;
    static const char header[] =
        "{\"__metadata__\":{\"b\":\"2\\n\",\"a\":\"\",\"crc32\":\"291524ce\"},"
        "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
        "\"s\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[8,9]}}";
    TensorView tensors[] = {
        {.name = "w", .n_dims = 2, .dims = {1, 2}, .count = 2, .data = weights},
        {.name = "s", .type = TENSOR_TYPE_U8, .count = 1, .data = &scalar},
    };
    MetadataPair metadata[] = {{"b", "2\n"}, {"a", ""}};
    Safetensors file = {.tensors = tensors, .n_tensors = 2, .metadata = metadata, .n_metadata = 2};
    Buffer out, expected;
    ScrawlError error = {0};
    buffer_init(&out, MAX_FILE);
    buffer_init(&expected, MAX_FILE);
    assert_int_equal(safetensors_write(&file, &out, &error), SCRAWL_STATUS_OK);
    case_bytes(header, 0, &expected);
    assert_int_equal(expected.size % 8, 0);
    assert_int_equal(buffer_append(&expected, "\0\0\x80\x3f\0\0\0\xc0\x09", 9), SCRAWL_STATUS_OK);
    assert_int_equal(out.size, expected.size);
    assert_memory_equal(out.data, expected.data, out.size);
    buffer_deinit(&out);
    buffer_deinit(&expected);
}

static void test_padding_for_any_length(void **state)
{
    (void)state;
    char name[] = "abcdefghijklmnop";
    for (size_t length = 0; length < 16; length++) {
        static const double value = 3;
        TensorView tensor = {
            .name = name + length, .type = TENSOR_TYPE_F64, .count = 1, .data = &value};
        Safetensors file = {.tensors = &tensor, .n_tensors = 1};
        Buffer out;
        buffer_init(&out, MAX_FILE);
        assert_int_equal(safetensors_write(&file, &out, NULL), SCRAWL_STATUS_OK);
        assert_int_equal(out.size % 8, 0);
        Safetensors back;
        assert_int_equal(safetensors_parse(&back, "x", out.data, out.size, NULL), SCRAWL_STATUS_OK);
        assert_memory_equal(back.tensors[0].data, &value, sizeof value);
        safetensors_deinit(&back);
        buffer_deinit(&out);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    static const uint8_t data[64] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const char *const names[] = {"z", "y", "x", "w", "v", "u"};
    TensorView tensors[6];
    for (int i = 0; i < 6; i++)
        tensors[i] = (TensorView){.name = names[i],
                                  .type = (TensorType)i,
                                  .n_dims = 3,
                                  .dims = {2, 1, (size_t)i},
                                  .count = 2 * (size_t)i,
                                  .data = data};
    MetadataPair metadata[] = {{"key \"1\"", "\t\xc3\xa9\x01"}, {"", "x"}};
    Safetensors file = {.tensors = tensors, .n_tensors = 6, .metadata = metadata, .n_metadata = 2};
    Safetensors back;
    Buffer out;
    ScrawlError error = {0};
    buffer_init(&out, MAX_FILE);
    assert_int_equal(safetensors_write(&file, &out, &error), SCRAWL_STATUS_OK);
    assert_int_equal(safetensors_parse(&back, "x", out.data, out.size, &error), SCRAWL_STATUS_OK);
    assert_int_equal(back.n_tensors, 6);
    for (int i = 0; i < 6; i++) {
        const TensorView *tensor = safetensors_find(&back, tensors[i].name);
        assert_non_null(tensor);
        assert_ptr_equal(tensor, &back.tensors[i]);
        assert_int_equal(tensor->type, i);
        assert_int_equal(tensor->n_dims, 3);
        assert_memory_equal(tensor->dims, tensors[i].dims, sizeof tensor->dims);
        assert_int_equal(tensor->count, 2 * i);
        assert_memory_equal(tensor->data, data, tensor->count * tensor_type_size(tensor->type));
    }
    assert_string_equal(safetensors_metadata(&back, "key \"1\""), "\t\xc3\xa9\x01");
    assert_string_equal(safetensors_metadata(&back, ""), "x");
    assert_null(safetensors_metadata(&back, "key"));
    assert_null(safetensors_find(&back, "key"));
    safetensors_deinit(&back);
    buffer_deinit(&out);
}

/* One bit of the data, or of the checksum itself; a file from elsewhere has none. */
static void test_checksum(void **state)
{
    (void)state;
    static const uint8_t data[5] = {1, 2, 3, 4, 5};
    TensorView tensor = {
        .name = "t", .type = TENSOR_TYPE_U8, .n_dims = 1, .dims = {5}, .count = 5, .data = data};
    MetadataPair stale[] = {{"crc32", "00000000"}, {"k", "v"}};
    Safetensors file = {.tensors = &tensor, .n_tensors = 1, .metadata = stale, .n_metadata = 2};
    Safetensors back;
    Buffer out;
    ScrawlError error = {0};
    buffer_init(&out, MAX_FILE);
    assert_int_equal(safetensors_write(&file, &out, &error), SCRAWL_STATUS_OK);
    assert_int_equal(parse(&back, out.data, out.size, &error), SCRAWL_STATUS_OK);
    assert_int_equal(back.n_metadata, 2);
    assert_string_equal(back.metadata[0].key, "k");
    assert_string_equal(safetensors_metadata(&back, "crc32"), "470b99f4");
    safetensors_deinit(&back);
    for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
        uint8_t *flipped = &out.data[out.size - sizeof data + bit / 8];
        *flipped ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(parse(&back, out.data, out.size, &error), SCRAWL_STATUS_CHECKSUM);
        assert_memory_equal(error.message,
                            "x: the tensors are corrupted: expected the CRC-32 470b99f4, found ",
                            64);
        assert_true(back.n_tensors == 0 && back.n_metadata == 0);
        *flipped ^= (uint8_t)(1 << bit % 8);
    }
    char *crc = memmem(out.data, out.size, "470b99f4", 8);
    *crc = '5';
    assert_int_equal(parse(&back, out.data, out.size, &error), SCRAWL_STATUS_CHECKSUM);
    assert_non_null(strstr(error.message, "expected the CRC-32 570b99f4, found 470b99f4"));
    memcpy(strstr((char *)out.data + 8, "crc32"), "other", 5);
    assert_int_equal(parse(&back, out.data, out.size, &error), SCRAWL_STATUS_OK);
    safetensors_deinit(&back);
    buffer_deinit(&out);
}

static void test_order_of_offsets(void **state)
{
    (void)state;
    Buffer bytes;
    Safetensors file;
    buffer_init(&bytes, MAX_FILE);
    case_bytes("{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]},"
               "\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]},"
               "\"e\":{\"shape\":[0],\"dtype\":\"U8\",\"data_offsets\":[2,2]}}",
               3, &bytes);
    assert_int_equal(safetensors_parse(&file, "x", bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(file.tensors[0].name, "a");
    assert_string_equal(file.tensors[1].name, "e");
    assert_string_equal(file.tensors[2].name, "b");
    assert_int_equal(*(const uint8_t *)file.tensors[2].data, 3);
    safetensors_deinit(&file);
    buffer_deinit(&bytes);
}

static void refused(uint64_t header_size, const char *rest, size_t rest_size, ScrawlStatus expected,
                    const char *sentence)
{
    Buffer bytes;
    Safetensors file;
    ScrawlError error = {0};
    buffer_init(&bytes, MAX_FILE);
    assert_int_equal(writer_u64le(&bytes, header_size), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_append(&bytes, rest, rest_size), SCRAWL_STATUS_OK);
    assert_int_equal(parse(&file, bytes.data, bytes.size, &error), expected);
    if (!strstr(error.message, sentence))
        fail_msg("expected \"%s\" in \"%s\"", sentence, error.message);
    buffer_deinit(&bytes);
}

static void test_lying_header_length(void **state)
{
    (void)state;
    refused(UINT64_MAX, "{}", 2, SCRAWL_STATUS_LIMIT, "found 18446744073709551615");
    refused(SAFETENSORS_MAX_HEADER + 1, "{}", 2, SCRAWL_STATUS_LIMIT, "header of at most 4194304");
    refused(SAFETENSORS_MAX_HEADER, "{}", 2, SCRAWL_STATUS_FORMAT, "4194304 bytes, found 2");
    refused(3, "{}", 2, SCRAWL_STATUS_FORMAT, "truncated");
    refused(1, "{}", 2, SCRAWL_STATUS_FORMAT, "no valid JSON");
    refused(0, "{}", 2, SCRAWL_STATUS_FORMAT, "begins with {");
}

static void test_header_of_the_largest_size(void **state)
{
    (void)state;
    size_t size = SAFETENSORS_MAX_HEADER;
    char *header = malloc(size + 1);
    memset(header, ' ', size + 1);
    header[0] = '{';
    header[1] = '}';
    Buffer bytes;
    Safetensors file;
    buffer_init(&bytes, MAX_FILE);
    assert_int_equal(writer_u64le(&bytes, size), SCRAWL_STATUS_OK);
    assert_int_equal(buffer_append(&bytes, header, size), SCRAWL_STATUS_OK);
    assert_int_equal(parse(&file, bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    buffer_deinit(&bytes);
    safetensors_deinit(&file);
    refused(size + 1, header, size + 1, SCRAWL_STATUS_LIMIT, "header of at most");
    free(header);
}

/* Thousands of brackets must not take the stack. */
static void test_deep_header(void **state)
{
    (void)state;
    size_t size = 100000;
    char *header = malloc(size);
    memset(header, '[', size);
    memcpy(header, "{\"a\":", 5);
    refused(size, header, size, SCRAWL_STATUS_LIMIT, "deep");
    for (size_t i = 0; i + 5 <= size; i += 5)
        memcpy(header + i, "{\"a\":", 5);
    refused(size, header, size, SCRAWL_STATUS_LIMIT, "deep");
    free(header);
}

static void test_many_tensors(void **state)
{
    (void)state;
    Buffer header, bytes;
    Safetensors file;
    buffer_init(&header, MAX_FILE);
    buffer_init(&bytes, MAX_FILE);
    assert_int_equal(buffer_print(&header, "{"), SCRAWL_STATUS_OK);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(buffer_print(&header,
                                      "%s\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],"
                                      "\"data_offsets\":[0,0]}",
                                      i > 0 ? "," : "", i),
                         SCRAWL_STATUS_OK);
    assert_int_equal(buffer_print(&header, "}"), SCRAWL_STATUS_OK);
    case_bytes(buffer_text(&header), 0, &bytes);
    assert_int_equal(parse(&file, bytes.data, bytes.size, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(file.n_tensors, 20000);
    safetensors_deinit(&file);
    buffer_deinit(&header);
    buffer_deinit(&bytes);
}

static void test_write_limits(void **state)
{
    (void)state;
    char *text = malloc(SAFETENSORS_MAX_HEADER + 1);
    memset(text, 'x', SAFETENSORS_MAX_HEADER);
    text[SAFETENSORS_MAX_HEADER] = '\0';
    MetadataPair pair = {"recipe", text};
    Safetensors file = {.metadata = &pair, .n_metadata = 1};
    Buffer out;
    ScrawlError error = {0};
    buffer_init(&out, MAX_FILE);
    assert_int_equal(safetensors_write(&file, &out, &error), SCRAWL_STATUS_LIMIT);
    assert_non_null(strstr(error.message, "header"));
    assert_int_equal(out.size, 0);
    buffer_deinit(&out);
    free(text);

    TensorView tensor = {.name = "w",
                         .type = TENSOR_TYPE_U8,
                         .n_dims = 1,
                         .dims = {100},
                         .count = 100,
                         .data = text = calloc(100, 1)};
    file = (Safetensors){.tensors = &tensor, .n_tensors = 1};
    buffer_init(&out, 120);
    assert_int_equal(safetensors_write(&file, &out, &error), SCRAWL_STATUS_LIMIT);
    assert_non_null(strstr(error.message, "120 bytes"));
    buffer_deinit(&out);
    free(text);
}

static void test_no_memory(void **state)
{
    (void)state;
    static const char header[] = "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"U8\","
                                 "\"shape\":[2],\"data_offsets\":[0,2]}}";
    Buffer bytes, out;
    Safetensors file = {0};
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    buffer_init(&bytes, MAX_FILE);
    case_bytes(header, 2, &bytes);
    uint64_t n = 0;
    while (status) {
        mem_fail_at(++n);
        status = safetensors_parse(&file, "x", bytes.data, bytes.size, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 2));
    }
    n = 0;
    do {
        ScrawlError error = {0};
        buffer_init(&out, MAX_FILE);
        mem_fail_at(++n);
        status = safetensors_write(&file, &out, &error);
        mem_fail_at(0);
        assert_int_equal(error.status, status);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 2));
        buffer_deinit(&out);
    } while (status);
    safetensors_deinit(&file);
    buffer_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_exact_bytes),
        cmocka_unit_test(test_padding_for_any_length),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_order_of_offsets),
        cmocka_unit_test(test_lying_header_length),
        cmocka_unit_test(test_header_of_the_largest_size),
        cmocka_unit_test(test_deep_header),
        cmocka_unit_test(test_many_tensors),
        cmocka_unit_test(test_write_limits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
