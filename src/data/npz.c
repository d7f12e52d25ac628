#include "data/readers.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/archive.h"

/* One member: its bytes and what they mean. */
typedef struct Member {
    const char *name;
    Buffer bytes;
    NpyArray array;
} Member;

static ScrawlStatus read_member(Member *member, const Archive *archive, const char *name,
                                const char *file, ScrawlError *error)
{
    ScrawlStatus status;

    member->name = name;
    buffer_init(&member->bytes, DATASET_MAX_FILE);
    status = archive_read(archive, name, &member->bytes, error);
    if (status)
        return status;
    status = npy_parse(&member->array, member->bytes.data, member->bytes.size, error);
    return status ? error_prefix(error, status, "%s: %s", file, name) : SCRAWL_STATUS_OK;
}

static ScrawlStatus check_images(const Member *x, const char *file, DatasetPlan *plan,
                                 ScrawlError *error)
{
    const NpyArray *a = &x->array;
    bool shaped = a->n_dimensions == 3 || (a->n_dimensions == 4 && a->dimensions[3] == 1);

    if (a->kind != 'u' || a->item_size != 1)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: %s: pixels of type %c%zu, expected bytes (u1)", file, x->name,
                         a->kind, a->item_size);
    if (!shaped)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: %s: %d dimensions, expected [N,H,W] or [N,H,W,1]", file, x->name,
                         a->n_dimensions);
    if (a->dimensions[1] > DATASET_MAX_SIDE || a->dimensions[2] > DATASET_MAX_SIDE)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s: %s: images of %zux%zu pixels, at most %dx%d", file, x->name,
                         a->dimensions[2], a->dimensions[1], DATASET_MAX_SIDE, DATASET_MAX_SIDE);
    plan->n = a->dimensions[0];
    plan->height = (int)a->dimensions[1];
    plan->width = (int)a->dimensions[2];
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_labels(const Member *y, const Member *x, const char *file,
                                 ScrawlError *error)
{
    const NpyArray *a = &y->array;
    bool shaped = a->n_dimensions == 1 || (a->n_dimensions == 2 && a->dimensions[1] == 1);

    if ((a->kind != 'u' && a->kind != 'i') || !shaped)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: %s: labels of type %c%zu in %d dimensions, expected one integer "
                         "each",
                         file, y->name, a->kind, a->item_size, a->n_dimensions);
    if (a->n != x->array.dimensions[0])
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: %s has %zu images, but %s has %zu "
                         "labels",
                         file, x->name, x->array.dimensions[0], y->name, a->n);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus copy_labels(ScrawlDataset *dataset, const Member *y, const char *file,
                                ScrawlError *error)
{
    for (size_t i = 0; i < dataset->info.n; i++) {
        int64_t label = npy_integer(&y->array, i);

        if (label < 0 || label >= SCRAWL_DATASET_MAX_CLASSES)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: %s: label %lld of image %zu is out of range: expected 0..%d",
                             file, y->name, (long long)label, i, SCRAWL_DATASET_MAX_CLASSES - 1);
        dataset->labels[i] = (uint16_t)label;
    }
    return SCRAWL_STATUS_OK;
}

/* x's block becomes the pixels, as in idx_dataset. */
static uint8_t *take_pixels(Member *x)
{
    uint8_t *block = x->bytes.data;

    memmove(block, x->array.values, x->array.n);
    buffer_init(&x->bytes, DATASET_MAX_FILE);
    return block;
}

static ScrawlStatus build(ScrawlDataset **dataset, const char *file, Member *x, const Member *y,
                          ScrawlSplit split, ScrawlError *error)
{
    DatasetPlan plan = {.name = file, .split = split, .n_classes = SCRAWL_DATASET_MAX_CLASSES};
    uint8_t *pixels;
    ScrawlStatus status = check_images(x, file, &plan, error);

    if (!status)
        status = check_labels(y, x, file, error);
    if (status)
        return status;
    pixels = take_pixels(x);
    status = dataset_create(dataset, &plan, pixels, error);
    if (status) {
        mem_free(pixels);
        return status;
    }
    status = copy_labels(*dataset, y, file, error);
    if (status) {
        scrawl_dataset_free(*dataset);
        *dataset = NULL;
        return status;
    }
    dataset_drop_classes(*dataset, DATASET_MIN_CLASSES);
    dataset_seal(*dataset);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_split(ScrawlDataset **dataset, const char *name, const Archive *archive,
                               ScrawlSplit split, ScrawlError *error)
{
    bool test = split == SCRAWL_SPLIT_TEST;
    Member x = {0}, y = {0};
    ScrawlStatus status;

    if (split == SCRAWL_SPLIT_ALL)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s: one split at a time", name);
    status = read_member(&x, archive, test ? "x_test.npy" : "x_train.npy", name, error);
    if (!status)
        status = read_member(&y, archive, test ? "y_test.npy" : "y_train.npy", name, error);
    if (!status)
        status = build(dataset, name, &x, &y, split, error);
    buffer_deinit(&x.bytes);
    buffer_deinit(&y.bytes);
    return status;
}

ScrawlStatus npz_parse(ScrawlDataset **dataset, const char *name, const void *bytes, size_t size,
                       ScrawlSplit split, ScrawlError *error)
{
    Archive *archive;
    ScrawlStatus status = archive_open_bytes(&archive, name, bytes, size, error);

    *dataset = NULL;
    if (!status)
        status = read_split(dataset, name, archive, split, error);
    archive_close(archive);
    return status;
}

ScrawlStatus npz_read(ScrawlDataset **dataset, const char *path, ScrawlSplit split,
                      ScrawlError *error)
{
    Archive *archive;
    ScrawlStatus status = archive_open_file(&archive, path, error);

    *dataset = NULL;
    if (!status)
        status = read_split(dataset, path, archive, split, error);
    archive_close(archive);
    return status;
}

#define MAX_HEADER 65536

/* The dictionary's text; `at` moves on. */
typedef struct Text {
    const char *at, *end;
} Text;

static void skip_blanks(Text *text)
{
    while (text->at < text->end && strchr(" \t\r\n", *text->at) && *text->at)
        text->at++;
}

static bool take(Text *text, char c)
{
    skip_blanks(text);
    if (text->at == text->end || *text->at != c)
        return false;
    text->at++;
    return true;
}

static bool take_word(Text *text, const char *word)
{
    size_t size = strlen(word);

    skip_blanks(text);
    if ((size_t)(text->end - text->at) < size || memcmp(text->at, word, size) != 0)
        return false;
    text->at += size;
    return true;
}

/* 'text' in either kind of quotes, without escapes. */
static bool take_string(Text *text, const char **string, size_t *size)
{
    char quote = take(text, '\'') ? '\'' : take(text, '"') ? '"' : 0;
    const char *end = quote ? memchr(text->at, quote, (size_t)(text->end - text->at)) : NULL;

    if (!end)
        return false;
    *string = text->at;
    *size = (size_t)(end - text->at);
    text->at = end + 1;
    return true;
}

static bool take_size(Text *text, size_t *value)
{
    bool any = false;

    skip_blanks(text);
    for (*value = 0; text->at < text->end && *text->at >= '0' && *text->at <= '9'; any = true)
        if (!size_multiply(*value, 10, value) ||
            !size_add(*value, (size_t)(*text->at++ - '0'), value))
            return false;
    return any;
}

/* "(60000, 28, 28)", "(3,)", "()". */
static bool take_shape(Text *text, NpyArray *array)
{
    if (!take(text, '('))
        return false;
    while (!take(text, ')')) {
        if (array->n_dimensions == NPY_MAX_DIMENSIONS ||
            !take_size(text, &array->dimensions[array->n_dimensions]))
            return false;
        array->n_dimensions++;
        if (!take(text, ','))
            return take(text, ')');
    }
    return true;
}

static ScrawlStatus read_type(NpyArray *array, const char *type, size_t size, ScrawlError *error)
{
    bool known = size == 3 && strchr("|<>=", type[0]) && strchr("uifb", type[1]) &&
                 strchr("1248", type[2]) && type[0] && type[1] && type[2];

    if (!known)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "its values are of type '%.*s', expected plain numbers as '|u1' or '<i8'",
                         (int)(size < 20 ? size : 20), type);
    array->big_endian = type[0] == '>';
    array->kind = type[1];
    array->item_size = (size_t)(type[2] - '0');
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus dictionary_error(ScrawlError *error)
{
    return error_set(error, SCRAWL_STATUS_FORMAT,
                     "the NPY header is not understood: expected a dictionary of 'descr', "
                     "'fortran_order' and 'shape'");
}

static ScrawlStatus read_entry(NpyArray *array, Text *text, unsigned *seen, ScrawlError *error)
{
    const char *key, *type;
    size_t key_size, type_size;

    if (!take_string(text, &key, &key_size) || !take(text, ':'))
        return dictionary_error(error);
    if (key_size == 5 && memcmp(key, "descr", 5) == 0 && !(*seen & 1)) {
        *seen |= 1;
        if (!take_string(text, &type, &type_size))
            return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                             "its values are records, expected plain numbers");
        return read_type(array, type, type_size, error);
    }
    if (key_size == 13 && memcmp(key, "fortran_order", 13) == 0 && !(*seen & 2)) {
        *seen |= 2;
        if (take_word(text, "False"))
            return SCRAWL_STATUS_OK;
        if (take_word(text, "True"))
            return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                             "it is in Fortran order, expected C order");
    } else if (key_size == 5 && memcmp(key, "shape", 5) == 0 && !(*seen & 4)) {
        *seen |= 4;
        if (take_shape(text, array))
            return SCRAWL_STATUS_OK;
    }
    return dictionary_error(error);
}

static ScrawlStatus read_dictionary(NpyArray *array, Text text, ScrawlError *error)
{
    unsigned seen = 0;

    if (!take(&text, '{'))
        return dictionary_error(error);
    while (!take(&text, '}')) {
        ScrawlStatus status = read_entry(array, &text, &seen, error);

        if (status)
            return status;
        if (take(&text, ','))
            continue;
        if (!take(&text, '}'))
            return dictionary_error(error);
        break;
    }
    return seen == 7 ? SCRAWL_STATUS_OK : dictionary_error(error);
}

/* Magic and length; *text is the dictionary. */
static ScrawlStatus read_preamble(ByteReader *reader, Text *text, ScrawlError *error)
{
    const uint8_t *magic, *header;
    uint8_t major, minor;
    uint16_t short_size;
    uint32_t size = 0;
    bool ok;

    if (reader_left(reader) == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "it is empty: expected an NPY array");
    if (!reader_bytes(reader, 6, &magic) || memcmp(magic, "\x93NUMPY", 6) != 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "it is no NPY array");
    ok = reader_u8(reader, &major) && reader_u8(reader, &minor);
    if (ok && (major < 1 || major > 3))
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED, "NPY version %u, expected 1 to 3",
                         (unsigned)major);
    if (ok && major == 1) {
        ok = reader_u16le(reader, &short_size);
        size = short_size;
    } else if (ok) {
        ok = reader_u32le(reader, &size);
    }
    if (ok && size > MAX_HEADER)
        return error_set(error, SCRAWL_STATUS_LIMIT, "an NPY header of %u bytes, at most %d",
                         (unsigned)size, MAX_HEADER);
    if (!ok || !reader_bytes(reader, size, &header))
        return error_set(error, SCRAWL_STATUS_FORMAT, "truncated within the NPY header");
    *text = (Text){(const char *)header, (const char *)header + size};
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_size(NpyArray *array, const ByteReader *reader, ScrawlError *error)
{
    size_t bytes = 0, left = reader_left(reader);
    bool fits = true;

    array->n = 1;
    for (int i = 0; i < array->n_dimensions; i++)
        fits = fits && size_multiply(array->n, array->dimensions[i], &array->n);
    fits = fits && size_multiply(array->n, array->item_size, &bytes);
    if (!fits)
        return error_set(error, SCRAWL_STATUS_FORMAT, "its shape is larger than any memory");
    if (bytes != left)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: its shape takes %zu bytes, but there are %zu",
                         left < bytes ? "truncated" : "too long", bytes, left);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus npy_parse(NpyArray *array, const void *bytes, size_t size, ScrawlError *error)
{
    ByteReader reader;
    Text text;
    ScrawlStatus status;

    memset(array, 0, sizeof *array);
    reader_init(&reader, bytes, size);
    status = read_preamble(&reader, &text, error);
    if (!status)
        status = read_dictionary(array, text, error);
    if (!status)
        status = check_size(array, &reader, error);
    if (!status)
        array->values = reader.data + reader.position;
    return status;
}

int64_t npy_integer(const NpyArray *array, size_t i)
{
    const uint8_t *bytes = array->values + i * array->item_size;
    size_t size = array->item_size;
    uint64_t value = 0;

    for (size_t b = 0; b < size; b++)
        value = value << 8 | bytes[array->big_endian ? b : size - 1 - b];
    if (array->kind == 'i' && size < 8 && value >> (8 * size - 1))
        value |= ~(uint64_t)0 << (8 * size); /* extends the sign */
    return (int64_t)value;
}
