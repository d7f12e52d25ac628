#include "data/readers.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/archive.h"

typedef struct Cursor {
    const char *name;
    const char *at, *end;
    size_t line; /* of `at`, from 1 */
} Cursor;

static bool at_line_end(const Cursor *cursor)
{
    return cursor->at == cursor->end || *cursor->at == '\n' || *cursor->at == '\r';
}

static void skip_line(Cursor *cursor)
{
    const char *newline = memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));

    cursor->at = newline ? newline + 1 : cursor->end;
    cursor->line++;
}

/* Moves to the next line with something on it; false at the end. */
static bool next_row(Cursor *cursor)
{
    while (cursor->at < cursor->end && at_line_end(cursor))
        skip_line(cursor);
    return cursor->at < cursor->end;
}

static size_t count_fields(Cursor cursor)
{
    size_t n = 1;

    for (; !at_line_end(&cursor); cursor.at++)
        n += *cursor.at == ',';
    return n;
}

static size_t count_rows(Cursor cursor)
{
    size_t n = 0;

    for (; next_row(&cursor); skip_line(&cursor))
        n++;
    return n;
}

static void skip_blanks(Cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t'))
        cursor->at++;
}

/* An unsigned whole number of at most 9 digits and the comma or line end after it. Quotes and a
 * decimal point are refused: no tool writes them for bytes, and to guess is to be wrong. */
static bool read_number(Cursor *cursor, unsigned *value)
{
    const char *start;

    *value = 0;
    skip_blanks(cursor);
    start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
        if (cursor->at - start == 9)
            return false;
        *value = *value * 10 + (unsigned)(*cursor->at++ - '0');
    }
    if (cursor->at == start)
        return false;
    skip_blanks(cursor);
    return at_line_end(cursor) || *cursor->at == ',';
}

/* A line of names. One that begins as a number does is a picture, or a wrong one to be told of. */
static bool is_header(Cursor cursor)
{
    skip_blanks(&cursor);
    return at_line_end(&cursor) || !strchr("+-.0123456789", *cursor.at);
}

static int square_side(size_t n)
{
    int side = 0;

    while ((size_t)side * (size_t)side < n && side < DATASET_MAX_SIDE)
        side++;
    return (size_t)side * (size_t)side == n ? side : 0;
}

/* One field's number, at most `max`; `field` from 1. */
static ScrawlStatus read_field(Cursor *cursor, size_t field, unsigned max, unsigned *value,
                               ScrawlError *error)
{
    Cursor start = *cursor;
    int shown = 0;

    if (read_number(cursor, value) && *value <= max)
        return SCRAWL_STATUS_OK;
    while (start.at + shown < start.end && shown < 20 && start.at[shown] != ',' &&
           start.at[shown] != '\n' && start.at[shown] != '\r')
        shown++;
    return error_set(error, SCRAWL_STATUS_FORMAT,
                     "%s:%zu: field %zu is '%.*s', expected a %s 0..%u", cursor->name, cursor->line,
                     field, shown, start.at, field == 1 ? "label" : "pixel", max);
}

static ScrawlStatus read_row(Cursor *cursor, uint8_t *pixels, size_t n_pixels, uint16_t *label,
                             ScrawlError *error)
{
    unsigned value;
    ScrawlStatus status = read_field(cursor, 1, SCRAWL_DATASET_MAX_CLASSES - 1, &value, error);

    *label = (uint16_t)value;
    for (size_t i = 0; !status && i < n_pixels; i++) {
        if (at_line_end(cursor))
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "%s:%zu: %zu fields, expected %zu as on the lines before",
                             cursor->name, cursor->line, i + 1, n_pixels + 1);
        cursor->at++; /* the comma */
        status = read_field(cursor, i + 2, 255, &value, error);
        pixels[i] = (uint8_t)value;
    }
    if (!status && !at_line_end(cursor))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s:%zu: more than the %zu fields of the lines before", cursor->name,
                         cursor->line, n_pixels + 1);
    return status;
}

static ScrawlStatus read_rows(Cursor *cursor, ScrawlDataset *dataset, ScrawlError *error)
{
    size_t n_pixels = (size_t)dataset->info.width * (size_t)dataset->info.height;
    ScrawlStatus status = SCRAWL_STATUS_OK;

    for (size_t i = 0; !status && next_row(cursor); i++) {
        status =
            read_row(cursor, dataset->pixels + i * n_pixels, n_pixels, &dataset->labels[i], error);
        skip_line(cursor);
    }
    return status;
}

/* Side and number of pictures, from the first row and the line ends. */
static ScrawlStatus survey(Cursor *cursor, DatasetPlan *plan, ScrawlError *error)
{
    size_t n_fields;

    if (!next_row(cursor))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: the file is empty: expected lines of a label and pixels",
                         cursor->name);
    if (is_header(*cursor))
        skip_line(cursor);
    if (!next_row(cursor))
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s: no picture after the header line",
                         cursor->name);
    n_fields = count_fields(*cursor);
    plan->width = plan->height = square_side(n_fields - 1);
    if (plan->width == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s:%zu: %zu fields, expected a label and a square number of pixels "
                         "(785 for 28x28)",
                         cursor->name, cursor->line, n_fields);
    plan->n = count_rows(*cursor);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus csv_parse(ScrawlDataset **dataset, const char *name, const void *text, size_t size,
                       ScrawlSplit split, ScrawlError *error)
{
    DatasetPlan plan = {.name = name, .split = split, .n_classes = SCRAWL_DATASET_MAX_CLASSES};
    Cursor cursor = {name, text, (const char *)text + size, 1};
    ScrawlStatus status;

    *dataset = NULL;
    if (size == 0)
        cursor.at = cursor.end = "";
    status = survey(&cursor, &plan, error);
    if (!status)
        status = dataset_create(dataset, &plan, NULL, error);
    if (!status)
        status = read_rows(&cursor, *dataset, error);
    if (!status) {
        dataset_drop_classes(*dataset, DATASET_MIN_CLASSES);
        status = dataset_cut(*dataset, split, error);
    }
    if (status) {
        scrawl_dataset_free(*dataset);
        *dataset = NULL;
    }
    return status;
}

ScrawlStatus csv_read(ScrawlDataset **dataset, const char *path, ScrawlSplit split,
                      ScrawlError *error)
{
    Buffer text;
    ScrawlStatus status;

    *dataset = NULL;
    buffer_init(&text, DATASET_MAX_FILE);
    status = gzip_read_file(path, &text, error);
    if (!status)
        status = csv_parse(dataset, path, text.data, text.size, split, error);
    buffer_deinit(&text);
    return status;
}
