#include "formats/safetensors.h"

#include <assert.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are copied as they are, and the format is little-endian");

#define PREFIX_SIZE ((size_t)8) /* the header's length */
#define DATA_ALIGNMENT ((size_t)8)
/* Names, metadata and views. A view takes more than its text in the header, but at most 4 times. */
#define MAX_ARENA (16 * SAFETENSORS_MAX_HEADER)
#define METADATA_KEY "__metadata__"
#define CRC_KEY "crc32"
#define CRC_TEXT_SIZE 9 /* 8 hex digits and a zero */

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [TENSOR_TYPE_F32] = {"F32", 4}, [TENSOR_TYPE_F16] = {"F16", 2}, [TENSOR_TYPE_F64] = {"F64", 8},
    [TENSOR_TYPE_I32] = {"I32", 4}, [TENSOR_TYPE_I64] = {"I64", 8}, [TENSOR_TYPE_U8] = {"U8", 1},
};
#define N_TYPES ((int)(sizeof types / sizeof *types))

/* What the parsing functions share. */
typedef struct Parse {
    Safetensors *file;
    const char *name;
    const uint8_t *data; /* the tensors' bytes */
    size_t data_size;
    ScrawlError *error;
} Parse;

size_t tensor_type_size(TensorType type)
{
    return types[type].size;
}

bool safetensors_matches(const uint8_t *bytes, size_t size)
{
    return size > PREFIX_SIZE && bytes[PREFIX_SIZE] == '{';
}

static bool is_string(const TreeNode *node)
{
    return node && node->kind == TREE_KIND_SCALAR && node->quoted;
}

static bool read_size(const TreeNode *node, size_t *value)
{
    long long number;
    *value = 0;
    if (!tree_as_int(node, &number) || number < 0)
        return false;
    *value = (size_t)number;
    return true;
}

static ScrawlStatus read_type(const Parse *parse, const TreeNode *node, TensorType *type)
{
    char found[64];
    const char *tensor = node->parent->key;
    if (!is_string(node))
        return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                         "%s: tensor %s: dtype: expected a string, found %s", parse->name, tensor,
                         tree_describe(node, found, sizeof found));
    for (int i = 0; i < N_TYPES; i++) {
        if (strcmp(node->text, types[i].name) == 0) {
            *type = (TensorType)i;
            return SCRAWL_STATUS_OK;
        }
    }
    return error_set(parse->error, SCRAWL_STATUS_UNSUPPORTED,
                     "%s: tensor %s: dtype: expected F32, F16, F64, I32, I64 or U8, found %s",
                     parse->name, tensor, tree_describe(node, found, sizeof found));
}

/* Fills n_dims, dims and count. */
static ScrawlStatus read_shape(const Parse *parse, const TreeNode *node, TensorView *tensor)
{
    if (node->kind != TREE_KIND_LIST)
        return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                         "%s: tensor %s: shape: expected a list", parse->name, tensor->name);
    if (node->n_children > SAFETENSORS_MAX_DIMS)
        return error_set(parse->error, SCRAWL_STATUS_LIMIT,
                         "%s: tensor %s: expected at most %d dimensions, found %zu", parse->name,
                         tensor->name, SAFETENSORS_MAX_DIMS, node->n_children);
    tensor->count = 1;
    for (const TreeNode *child = node->first; child; child = child->next) {
        char found[64];
        size_t dim;
        if (!read_size(child, &dim))
            return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                             "%s: tensor %s: shape: expected integers of 0 or more, found %s",
                             parse->name, tensor->name, tree_describe(child, found, sizeof found));
        tensor->dims[tensor->n_dims++] = dim;
        if (!size_multiply(tensor->count, dim, &tensor->count))
            return error_set(parse->error, SCRAWL_STATUS_LIMIT,
                             "%s: tensor %s: the shape has too many elements", parse->name,
                             tensor->name);
    }
    return SCRAWL_STATUS_OK;
}

/* Fills data. */
static ScrawlStatus read_offsets(const Parse *parse, const TreeNode *node, TensorView *tensor)
{
    size_t begin, end, size;
    if (node->kind != TREE_KIND_LIST || node->n_children != 2 || !read_size(node->first, &begin) ||
        !read_size(node->last, &end))
        return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                         "%s: tensor %s: data_offsets: expected two integers of 0 or more",
                         parse->name, tensor->name);
    if (begin > end || end > parse->data_size)
        return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                         "%s: tensor %s: bytes %zu to %zu are outside of the %zu bytes of data",
                         parse->name, tensor->name, begin, end, parse->data_size);
    if (!size_multiply(tensor->count, types[tensor->type].size, &size) || size != end - begin)
        return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                         "%s: tensor %s: the shape has %zu elements of %zu bytes, but the offsets "
                         "span %zu bytes",
                         parse->name, tensor->name, tensor->count, types[tensor->type].size,
                         end - begin);
    tensor->data = parse->data + begin;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_tensor(const Parse *parse, const TreeNode *node, TensorView *tensor)
{
    const TreeNode *type = tree_get(node, "dtype");
    const TreeNode *shape = tree_get(node, "shape");
    const TreeNode *offsets = tree_get(node, "data_offsets");
    if (!type || !shape || !offsets || node->n_children != 3)
        return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                         "%s: tensor %s: expected the keys dtype, shape and data_offsets, and no "
                         "others",
                         parse->name, node->key);
    tensor->name = arena_string(&parse->file->arena, node->key, strlen(node->key));
    if (!tensor->name)
        return error_no_memory(parse->error, "the names of tensors");
    ScrawlStatus status = read_type(parse, type, &tensor->type);
    if (!status)
        status = read_shape(parse, shape, tensor);
    if (!status)
        status = read_offsets(parse, offsets, tensor);
    return status;
}

static ScrawlStatus read_metadata(const Parse *parse, const TreeNode *node)
{
    Safetensors *file = parse->file;
    if (node->kind != TREE_KIND_MAP)
        return error_set(parse->error, SCRAWL_STATUS_FORMAT, "%s: " METADATA_KEY ": expected a map",
                         parse->name);
    file->metadata = arena_alloc(&file->arena, node->n_children, sizeof *file->metadata);
    if (!file->metadata)
        return error_no_memory(parse->error, "metadata");
    for (const TreeNode *child = node->first; child; child = child->next) {
        char found[64];
        if (!is_string(child))
            return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                             "%s: " METADATA_KEY ": %s: expected a string, found %s", parse->name,
                             child->key, tree_describe(child, found, sizeof found));
        MetadataPair *pair = &file->metadata[file->n_metadata];
        pair->key = arena_string(&file->arena, child->key, strlen(child->key));
        pair->value = arena_string(&file->arena, child->text, strlen(child->text));
        if (!pair->key || !pair->value)
            return error_no_memory(parse->error, "metadata");
        file->n_metadata++;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_header(const Parse *parse, const TreeNode *root)
{
    Safetensors *file = parse->file;
    file->tensors = arena_alloc(&file->arena, root->n_children, sizeof *file->tensors);
    if (!file->tensors)
        return error_no_memory(parse->error, "the list of tensors");
    for (const TreeNode *child = root->first; child; child = child->next) {
        bool is_metadata = strcmp(child->key, METADATA_KEY) == 0;
        ScrawlStatus status = is_metadata
                                  ? read_metadata(parse, child)
                                  : read_tensor(parse, child, &file->tensors[file->n_tensors]);
        if (status)
            return status;
        file->n_tensors += !is_metadata;
    }
    return SCRAWL_STATUS_OK;
}

static size_t data_size(const TensorView *tensor)
{
    return tensor->count * types[tensor->type].size;
}

/* By place; an empty tensor comes before the one that begins where it lies. */
static int compare_places(const void *left, const void *right)
{
    const TensorView *a = left, *b = right;
    const uint8_t *a_begin = a->data, *b_begin = b->data;
    if (a_begin != b_begin)
        return a_begin < b_begin ? -1 : 1;
    if (data_size(a) != data_size(b))
        return data_size(a) < data_size(b) ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Puts the tensors in order; every byte must belong to exactly one: nothing hides in a file. */
static ScrawlStatus check_cover(const Parse *parse)
{
    const Safetensors *file = parse->file;
    qsort(file->tensors, file->n_tensors, sizeof *file->tensors, compare_places);
    size_t covered = 0;
    for (size_t i = 0; i < file->n_tensors; i++) {
        const TensorView *tensor = &file->tensors[i];
        size_t begin = (size_t)((const uint8_t *)tensor->data - parse->data);
        if (begin < covered)
            return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                             "%s: tensors %s and %s overlap at byte %zu of the data", parse->name,
                             file->tensors[i - 1].name, tensor->name, begin);
        if (begin > covered)
            return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                             "%s: bytes %zu to %zu of the data belong to no tensor", parse->name,
                             covered, begin);
        covered = begin + data_size(tensor);
    }
    if (covered != parse->data_size)
        return error_set(parse->error, SCRAWL_STATUS_FORMAT,
                         "%s: the tensors end at byte %zu, but the file holds %zu bytes of data",
                         parse->name, covered, parse->data_size);
    return SCRAWL_STATUS_OK;
}

static const char *crc_text(uint32_t crc, char text[CRC_TEXT_SIZE])
{
    snprintf(text, CRC_TEXT_SIZE, "%08" PRIx32, crc);
    return text;
}

/* A flipped bit of a weight makes another number, which nothing else here would notice. */
static ScrawlStatus check_crc(const Parse *parse)
{
    const char *expected = safetensors_metadata(parse->file, CRC_KEY);
    char found[CRC_TEXT_SIZE];
    if (!expected)
        return SCRAWL_STATUS_OK;
    crc_text(libdeflate_crc32(0, parse->data, parse->data_size), found);
    if (strcmp(found, expected) == 0)
        return SCRAWL_STATUS_OK;
    return error_set(parse->error, SCRAWL_STATUS_CHECKSUM,
                     "%s: the tensors are corrupted: expected the CRC-32 %.16s, found %s",
                     parse->name, expected, found);
}

static ScrawlStatus find_header(const char *name, const uint8_t *bytes, size_t size,
                                size_t *header_size, ScrawlError *error)
{
    ByteReader reader;
    uint64_t length;
    *header_size = 0;
    reader_init(&reader, bytes, size);
    if (!reader_u64le(&reader, &length))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: %zu bytes are too few for a safetensors file", name, size);
    if (length > SAFETENSORS_MAX_HEADER)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s: expected a header of at most %zu bytes, found %" PRIu64, name,
                         SAFETENSORS_MAX_HEADER, length);
    if (length > reader_left(&reader))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: expected a header of %" PRIu64 " bytes, found %zu: is the file "
                         "truncated?",
                         name, length, reader_left(&reader));
    if (length == 0 || bytes[PREFIX_SIZE] != '{')
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s: expected a header that begins with {",
                         name);
    *header_size = (size_t)length;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus safetensors_parse(Safetensors *file, const char *name, const uint8_t *bytes,
                               size_t size, ScrawlError *error)
{
    *file = (Safetensors){0};
    size_t header_size;
    ScrawlStatus status = find_header(name, bytes, size, &header_size, error);
    if (status)
        return status;
    Tree tree;
    status = json_parse(&tree, name, (const char *)bytes + PREFIX_SIZE, header_size, error);
    if (status)
        return status;
    arena_init(&file->arena, MAX_ARENA);
    Parse parse = {
        .file = file,
        .name = name,
        .data = bytes + PREFIX_SIZE + header_size,
        .data_size = size - PREFIX_SIZE - header_size,
        .error = error,
    };
    status = read_header(&parse, tree.root);
    if (!status)
        status = check_cover(&parse);
    if (!status)
        status = check_crc(&parse);
    tree_deinit(&tree);
    if (status)
        safetensors_deinit(file);
    return status;
}

void safetensors_deinit(Safetensors *file)
{
    arena_deinit(&file->arena);
    *file = (Safetensors){0};
}

const TensorView *safetensors_find(const Safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *safetensors_metadata(const Safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->n_metadata; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}

/* Each of the write functions is a chain of appends: the first that fails ends it. */
#define TRY(call)                         \
    do {                                  \
        ScrawlStatus try_status = (call); \
        if (try_status)                   \
            return try_status;            \
    } while (0)

static uint32_t tensors_crc(const Safetensors *file)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < file->n_tensors; i++)
        if (data_size(&file->tensors[i]) > 0)
            crc = libdeflate_crc32(crc, file->tensors[i].data, data_size(&file->tensors[i]));
    return crc;
}

/* The checksum comes last, in place of one that was read. */
static ScrawlStatus write_metadata(const Safetensors *file, Buffer *header)
{
    char crc[CRC_TEXT_SIZE];
    TRY(buffer_print(header, "\"" METADATA_KEY "\":{"));
    for (size_t i = 0; i < file->n_metadata; i++) {
        if (strcmp(file->metadata[i].key, CRC_KEY) == 0)
            continue;
        TRY(json_write_string(file->metadata[i].key, header));
        TRY(buffer_print(header, ":"));
        TRY(json_write_string(file->metadata[i].value, header));
        TRY(buffer_print(header, ","));
    }
    return buffer_print(header, "\"" CRC_KEY "\":\"%s\"}", crc_text(tensors_crc(file), crc));
}

static ScrawlStatus write_entry(const TensorView *tensor, size_t begin, Buffer *header)
{
    size_t count = 1;
    TRY(json_write_string(tensor->name, header));
    TRY(buffer_print(header, ":{\"dtype\":\"%s\",\"shape\":[", types[tensor->type].name));
    for (int i = 0; i < tensor->n_dims; i++) {
        TRY(buffer_print(header, "%s%zu", i > 0 ? "," : "", tensor->dims[i]));
        count *= tensor->dims[i];
    }
    assert(count == tensor->count);
    return buffer_print(header, "],\"data_offsets\":[%zu,%zu]}", begin, begin + data_size(tensor));
}

static ScrawlStatus write_header(const Safetensors *file, Buffer *header)
{
    size_t begin = 0;
    TRY(buffer_print(header, "{"));
    TRY(write_metadata(file, header));
    for (size_t i = 0; i < file->n_tensors; i++) {
        TRY(buffer_print(header, ","));
        TRY(write_entry(&file->tensors[i], begin, header));
        begin += data_size(&file->tensors[i]);
    }
    TRY(buffer_print(header, "}"));
    while ((PREFIX_SIZE + header->size) % DATA_ALIGNMENT != 0)
        TRY(buffer_append(header, " ", 1));
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus write_file(const Safetensors *file, const Buffer *header, Buffer *out)
{
    size_t total = PREFIX_SIZE + header->size;
    for (size_t i = 0; i < file->n_tensors; i++)
        total += data_size(&file->tensors[i]);
    TRY(buffer_reserve(out, total));
    TRY(writer_u64le(out, header->size));
    TRY(buffer_append(out, header->data, header->size));
    for (size_t i = 0; i < file->n_tensors; i++)
        TRY(buffer_append(out, file->tensors[i].data, data_size(&file->tensors[i])));
    return SCRAWL_STATUS_OK;
}

ScrawlStatus safetensors_write(const Safetensors *file, Buffer *out, ScrawlError *error)
{
    const char *part = "header";
    Buffer header;
    buffer_init(&header, SAFETENSORS_MAX_HEADER);
    ScrawlStatus status = write_header(file, &header);
    if (!status) {
        part = "file";
        status = write_file(file, &header, out);
    }
    if (status == SCRAWL_STATUS_LIMIT)
        error_set(error, status, "the safetensors %s would be larger than its limit of %zu bytes",
                  part, part[0] == 'h' ? header.max_size : out->max_size);
    else if (status)
        error_no_memory(error, "a safetensors file");
    buffer_deinit(&header);
    return status;
}

/* 1 bit sign, 5 bits exponent with bias 15, 10 bits fraction. */
static float convert(unsigned half)
{
    unsigned exponent = half >> 10 & 31, fraction = half & 1023;
    float value;
    if (exponent == 31)
        value = fraction == 0 ? INFINITY : NAN;
    else if (exponent == 0) /* subnormal: no leading one */
        value = ldexpf((float)fraction, -24);
    else
        value = ldexpf((float)(1024 + fraction), (int)exponent - 25);
    return half >> 15 ? -value : value;
}

void half_to_float(size_t count, const void *src, float *dst)
{
    const uint8_t *bytes = src;
    for (size_t i = 0; i < count; i++)
        dst[i] = convert(bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8);
}

/* Fraction bits that a float has beyond a half. */
#define EXTRA_BITS 13

/* value >> bits, rounded to nearest, ties to even; bits is 1..31. */
static uint32_t shift_round(uint32_t value, unsigned bits)
{
    uint32_t kept = value >> bits, lost = value & ((UINT32_C(1) << bits) - 1);
    uint32_t middle = UINT32_C(1) << (bits - 1);
    return kept + (lost > middle || (lost == middle && (kept & 1)));
}

/* False: too large, or no number. A carry out of the fraction makes the next exponent. */
static bool narrow(float value, uint16_t *half)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff, result = 0;
    int exponent = (int)(magnitude >> 23) - 127;
    uint32_t whole = (magnitude & 0x7fffff) | 0x800000; /* with the leading one */
    if (exponent >= -14)                                /* a float's bias is 127, a half's 15 */
        result = shift_round(magnitude - ((127u - 15u) << 23), EXTRA_BITS);
    else if (exponent >= -25) /* in units of 2^-24 */
        result = shift_round(whole, (unsigned)(-exponent - 1));
    if (result >= 0x7c00)
        return false;
    *half = (uint16_t)(sign | result);
    return true;
}

size_t half_from_float(size_t count, const float *src, uint16_t *dst)
{
    for (size_t i = 0; i < count; i++)
        if (!narrow(src[i], &dst[i]))
            return i;
    return count;
}
