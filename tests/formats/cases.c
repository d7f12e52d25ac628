#include "cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "formats/format.h"
#include "formats/safetensors.h"
#include "sample.h"

#define OK SCRAWL_STATUS_OK
#define FORMAT SCRAWL_STATUS_FORMAT
#define LIMIT SCRAWL_STATUS_LIMIT
#define UNSUPPORTED SCRAWL_STATUS_UNSUPPORTED

/* One tensor's entry. */
#define ENTRY(name, type, shape, begin, end)                                                      \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":[" shape "],\"data_offsets\":[" begin "," end \
    "]}"

const HeaderCase header_cases[] = {
    {"nothing", "{}", 0, OK, ""},
    {"spaces", "{}      ", 0, OK, ""},
    {"one", "{" ENTRY("a", "F32", "2", "0", "8") "}", 8, OK, ""},
    {"number", "{" ENTRY("a", "F64", "", "0", "8") "}", 8, OK, ""},
    {"empty", "{" ENTRY("a", "U8", "0", "0", "0") "," ENTRY("b", "U8", "2", "0", "2") "}", 2, OK,
     ""},
    {"huge-but-empty", "{" ENTRY("a", "F32", "0,4611686018427387904", "0", "0") "}", 0, OK, ""},
    {"metadata", "{\"__metadata__\":{\"k\":\"v\\u00e9\\n\"}}", 0, OK, ""},
    {"unsorted", "{" ENTRY("b", "U8", "1", "2", "3") "," ENTRY("a", "F16", "1", "0", "2") "}", 3,
     OK, ""},

    {"not-json", "{]", 0, FORMAT, "no valid JSON"},
    {"two-values", "{}{}", 0, FORMAT, "no valid JSON"},
    {"bad-utf8", "{\"\xff\":1}", 0, FORMAT, "no valid JSON"},
    {"cut-utf8", "{\"__metadata__\":{\"a\":\"\xc3\"}}", 0, FORMAT, "no valid JSON"},
    {"surrogate", "{\"__metadata__\":{\"a\":\"\\ud800\"}}", 0, FORMAT, "no valid JSON"},
    {"zero-byte", "{\"__metadata__\":{\"a\":\"\\u0000\"}}", 0, FORMAT, "no valid JSON"},
    {"twice", "{" ENTRY("a", "U8", "1", "0", "1") "," ENTRY("a", "U8", "1", "1", "2") "}", 2,
     FORMAT, "duplicate"},
    {"key-twice", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, FORMAT, "duplicate"},
    {"list", "[]", 0, FORMAT, "begins with {"},
    {"space-first", " {}", 0, FORMAT, "begins with {"},
    {"no-header", "", 0, FORMAT, "begins with {"},

    {"metadata-list", "{\"__metadata__\":[]}", 0, FORMAT, "expected a map"},
    {"metadata-number", "{\"__metadata__\":{\"a\":1}}", 0, FORMAT, "a: expected a string, found 1"},
    {"metadata-null", "{\"__metadata__\":{\"a\":null}}", 0, FORMAT, "a: expected a string"},
    {"tensor-number", "{\"a\":1}", 0, FORMAT, "dtype, shape and data_offsets"},
    {"no-dtype", "{\"a\":{\"shape\":[],\"data_offsets\":[0,0]}}", 0, FORMAT, "dtype, shape"},
    {"no-shape", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, FORMAT, "dtype, shape"},
    {"no-offsets", "{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", 1, FORMAT, "dtype, shape"},
    {"more-keys", "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"code\":\"x\"}}",
     1, FORMAT, "no others"},
    {"dtype-unknown", "{" ENTRY("a", "BF16", "1", "0", "2") "}", 2, UNSUPPORTED, "found \"BF16\""},
    {"dtype-number", "{\"a\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,1]}}", 1, FORMAT,
     "dtype: expected a string"},
    {"shape-map", "{\"a\":{\"dtype\":\"U8\",\"shape\":{},\"data_offsets\":[0,1]}}", 1, FORMAT,
     "shape: expected a list"},
    {"shape-negative", "{" ENTRY("a", "U8", "-1", "0", "1") "}", 1, FORMAT, "found -1"},
    {"shape-real", "{" ENTRY("a", "U8", "1.0", "0", "1") "}", 1, FORMAT, "found 1.0"},
    {"shape-string", "{" ENTRY("a", "U8", "\"1\"", "0", "1") "}", 1, FORMAT, "shape: expected"},
    {"shape-true", "{" ENTRY("a", "U8", "true", "0", "1") "}", 1, FORMAT, "found true"},
    {"shape-list", "{" ENTRY("a", "U8", "[1]", "0", "1") "}", 1, FORMAT, "found a list"},
    {"shape-long", "{" ENTRY("a", "U8", "1,1,1,1,1,1,1,1,1", "0", "1") "}", 1, LIMIT,
     "at most 8 dimensions, found 9"},
    {"shape-overflow", "{" ENTRY("a", "U8", "4294967296,4294967296,16", "0", "0") "}", 0, LIMIT,
     "too many elements"},
    {"size-overflow", "{" ENTRY("a", "F32", "4611686018427387904", "0", "0") "}", 0, FORMAT,
     "span 0 bytes"},
    {"shape-lies", "{" ENTRY("a", "F32", "2", "0", "4") "}", 4, FORMAT,
     "2 elements of 4 bytes, but the offsets span 4 bytes"},
    {"offsets-one", "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[1]}}", 1, FORMAT,
     "two integers"},
    {"offsets-three", "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1,1]}}", 1, FORMAT,
     "two integers"},
    {"offsets-map", "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":{\"x\":0,\"y\":1}}}", 1,
     FORMAT, "two integers"},
    {"offsets-negative", "{" ENTRY("a", "U8", "2", "-1", "1") "}", 1, FORMAT, "two integers"},
    {"offsets-backwards", "{" ENTRY("a", "U8", "1", "1", "0") "}", 1, FORMAT, "bytes 1 to 0"},
    {"offsets-beyond", "{" ENTRY("a", "U8", "2", "0", "2") "}", 1, FORMAT,
     "bytes 0 to 2 are outside of the 1 bytes"},
    {"offsets-far", "{" ENTRY("a", "U8", "1", "9223372036854775806", "9223372036854775807") "}", 1,
     FORMAT, "outside of"},
    {"offsets-too-far", "{" ENTRY("a", "U8", "1", "18446744073709551615", "0") "}", 1, FORMAT, ""},
    {"hole-first", "{" ENTRY("a", "U8", "1", "1", "2") "}", 2, FORMAT,
     "bytes 0 to 1 of the data belong to no tensor"},
    {"hole", "{" ENTRY("a", "U8", "1", "0", "1") "," ENTRY("b", "U8", "1", "2", "3") "}", 3, FORMAT,
     "bytes 1 to 2 of the data belong to no tensor"},
    {"more-data", "{" ENTRY("a", "U8", "1", "0", "1") "}", 2, FORMAT,
     "end at byte 1, but the file holds 2 bytes"},
    {"data-alone", "{}", 1, FORMAT, "end at byte 0, but the file holds 1 bytes"},
    {"overlap", "{" ENTRY("a", "U8", "2", "0", "2") "," ENTRY("b", "U8", "2", "1", "3") "}", 3,
     FORMAT, "tensors a and b overlap at byte 1"},
    {"same-place", "{" ENTRY("a", "U8", "2", "0", "2") "," ENTRY("b", "U8", "2", "0", "2") "}", 2,
     FORMAT, "tensors a and b overlap at byte 0"},
    {"inside", "{" ENTRY("a", "U8", "4", "0", "4") "," ENTRY("b", "U8", "1", "1", "2") "}", 4,
     FORMAT, "overlap"},
    {"empty-inside", "{" ENTRY("a", "U8", "4", "0", "4") "," ENTRY("b", "U8", "0", "2", "2") "}", 4,
     FORMAT, "overlap"},
    {0},
};

static void need(ScrawlStatus status)
{
    if (status)
        abort();
}

void case_bytes(const char *header, size_t n_data, Buffer *out)
{
    need(writer_u64le(out, strlen(header)));
    need(buffer_append(out, header, strlen(header)));
    for (size_t i = 0; i < n_data; i++)
        need(buffer_append(out, &(uint8_t){(uint8_t)(i + 1)}, 1));
}

/* Those of an ensemble, which come after the single model's. */
static void change_ensemble(size_t i, Safetensors *file)
{
    switch (i) {
    case 1:
        file->n_tensors--;
        break;
    case 2:
        file->tensors[0].name = "member.2.conv1.weight";
        break;
    case 3:
        file->metadata[3].value = "[]";
        break;
    case 4:
        file->metadata[4].value = "fight";
        break;
    case 5:
        file->metadata[1].value = "1";
        break;
    }
}

/* The model with one change to the list of its tensors or metadata. */
static void change(size_t i, Safetensors *file)
{
    static const uint8_t halves[1024]; /* zeros */
    TensorView *first = &file->tensors[0];
    switch (i) {
    case 1:
        first->type = TENSOR_TYPE_F16;
        first->data = halves;
        break;
    case 2:
        file->n_tensors--;
        break;
    case 3:
        first->name = "other.weight";
        break;
    case 4:
        file->n_metadata -= 2; /* the threshold, and the checksum, which is written anew */
        break;
    case 5:
        file->metadata[3].value = "{\"input\":[1,8,8],\"layers\":[]}";
        break;
    }
}

bool model_case(size_t i, const char **name, Buffer *out)
{
    static const char *const names[] = {
        "model",          "model-half",     "model-cut",    "model-renamed", "model-threshold",
        "model-network",  "model-flipped",  "ensemble",     "ensemble-cut",  "ensemble-third",
        "ensemble-empty", "ensemble-fight", "ensemble-old", "ensemble-half"};
    const size_t first = 7; /* of an ensemble */
    if (i >= sizeof names / sizeof *names)
        return false;
    *name = names[i];
    ScrawlModel *model = i < first ? sample_convnet() : sample_ensemble();
    model_set_half(model, i == first + 6);
    Buffer whole;
    Safetensors file;
    buffer_init(&whole, FORMAT_MAX_FILE);
    need(safetensors_write_model(model, &whole, NULL));
    need(safetensors_parse(&file, "sample", whole.data, whole.size, NULL));
    if (i < first)
        change(i, &file);
    else
        change_ensemble(i - first, &file);
    need(safetensors_write(&file, out, NULL));
    out->data[out->size - 1] ^= i == 6; /* the checksum is then another */
    safetensors_deinit(&file);
    buffer_deinit(&whole);
    scrawl_model_free(model);
    return true;
}
