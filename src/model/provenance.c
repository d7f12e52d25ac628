#include "model/provenance.h"

#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/schema.h"

#define MAX_COUNT 9007199254740992.0 /* 2^53: every integer up to it is a double */
#define MAX_OTHER ((size_t)1 << 20)  /* bytes of members that are not known */
#define INITIAL "initial "

/* By ScrawlDataUse. */
static const char *const use_names[] = {
    "", "training", "validation", "test", "outliers", "calibration", "weights",
};

/* Rows and their texts. Each row's texts are one block, so that a row is one allocation. */

static int n_rows(const Provenance *provenance)
{
    return provenance->n_data + provenance->n_scores;
}

void provenance_deinit(Provenance *provenance)
{
    if (!provenance)
        return;
    for (int i = 0; i < n_rows(provenance); i++)
        mem_free(provenance->texts[i]);
    mem_free(provenance->texts);
    mem_free(provenance->data);
    mem_free(provenance->scores);
    *provenance = (Provenance){0};
}

static char **data_texts(ScrawlDataRow *row)
{
    const char *texts[] = {row->use_name, row->name, row->split, row->sha256, row->other};
    char **block = mem_strings(texts, sizeof texts / sizeof *texts);
    if (block) {
        row->use_name = block[0];
        row->name = block[1];
        row->split = block[2];
        row->sha256 = block[3];
        row->other = block[4];
    }
    return block;
}

static char **score_texts(ScrawlScore *score)
{
    const char *texts[] = {score->key, score->data, score->split, score->other};
    char **block = mem_strings(texts, sizeof texts / sizeof *texts);
    if (block) {
        score->key = block[0];
        score->data = block[1];
        score->split = block[2];
        score->other = block[3];
    }
    return block;
}

/* One more element of an array of n; false where there is no memory. */
static bool grow(void *array, int n, size_t size)
{
    void **block = array;
    void *grown = mem_grow(*block, (size_t)n, (size_t)n + 1, size);
    if (grown)
        *block = grown;
    return grown;
}

static ScrawlStatus check_room(int n, const char *what, ScrawlError *error)
{
    return n < PROVENANCE_MAX_ROWS
               ? SCRAWL_STATUS_OK
               : error_set(error, SCRAWL_STATUS_LIMIT, "a model with more than %d rows of %s",
                           PROVENANCE_MAX_ROWS, what);
}

/* Puts a block of texts at index i, in front of those that are there. */
static void insert_texts(Provenance *provenance, int i, char **block)
{
    int n = n_rows(provenance);
    memmove(provenance->texts + i + 1, provenance->texts + i,
            (size_t)(n - i) * sizeof *provenance->texts);
    provenance->texts[i] = block;
}

static void remove_texts(Provenance *provenance, int i)
{
    int n = n_rows(provenance);
    mem_free(provenance->texts[i]);
    memmove(provenance->texts + i, provenance->texts + i + 1,
            (size_t)(n - i - 1) * sizeof *provenance->texts);
}

/* "initial training" -> TRAINING of an initial model. */
static void read_use(ScrawlDataRow *row)
{
    const char *name = row->use_name;
    row->initial = strncmp(name, INITIAL, strlen(INITIAL)) == 0;
    name += row->initial ? strlen(INITIAL) : 0;
    row->use = SCRAWL_DATA_USE_OTHER;
    for (int use = 1; use < (int)(sizeof use_names / sizeof *use_names); use++)
        if (strcmp(name, use_names[use]) == 0)
            row->use = (ScrawlDataUse)use;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

ScrawlStatus provenance_add_data(Provenance *provenance, const ScrawlDataRow *given,
                                 ScrawlError *error)
{
    char use_name[64];
    ScrawlDataRow row = *given;
    row.use_name = text_or_empty(row.use_name);
    if (!row.use_name[0]) {
        snprintf(use_name, sizeof use_name, "%s%s", row.initial ? INITIAL : "", use_names[row.use]);
        row.use_name = use_name;
    }
    row.name = text_or_empty(row.name);
    row.split = text_or_empty(row.split);
    row.sha256 = text_or_empty(row.sha256);
    row.other = text_or_empty(row.other);
    ScrawlStatus status = check_room(provenance->n_data, "data", error);
    if (status)
        return status;
    char **block = data_texts(&row);
    if (!block || !grow(&provenance->data, provenance->n_data, sizeof *provenance->data) ||
        !grow(&provenance->texts, n_rows(provenance), sizeof *provenance->texts)) {
        mem_free(block);
        return error_no_memory(error, "a model's list of data");
    }
    insert_texts(provenance, provenance->n_data, block);
    provenance->data[provenance->n_data++] = row;
    return SCRAWL_STATUS_OK;
}

static void remove_data(Provenance *provenance, int i)
{
    remove_texts(provenance, i);
    provenance->n_data--;
    memmove(provenance->data + i, provenance->data + i + 1,
            (size_t)(provenance->n_data - i) * sizeof *provenance->data);
}

static void remove_score(Provenance *provenance, int i)
{
    remove_texts(provenance, provenance->n_data + i);
    provenance->n_scores--;
    memmove(provenance->scores + i, provenance->scores + i + 1,
            (size_t)(provenance->n_scores - i) * sizeof *provenance->scores);
}

ScrawlStatus provenance_set_score(Provenance *provenance, const ScrawlScore *given,
                                  ScrawlError *error)
{
    ScrawlScore score = *given;
    score.data = text_or_empty(score.data);
    score.split = text_or_empty(score.split);
    score.other = text_or_empty(score.other);
    ScrawlStatus status = check_room(provenance->n_scores, "scores", error);
    if (status)
        return status;
    char **block = score_texts(&score);
    if (!block || !grow(&provenance->scores, provenance->n_scores, sizeof *provenance->scores) ||
        !grow(&provenance->texts, n_rows(provenance), sizeof *provenance->texts)) {
        mem_free(block);
        return error_no_memory(error, "a model's scores");
    }
    for (int i = 0; i < provenance->n_scores; i++)
        if (strcmp(provenance->scores[i].key, score.key) == 0)
            remove_score(provenance, i--);
    provenance->texts[n_rows(provenance)] = block;
    provenance->scores[provenance->n_scores++] = score;
    return SCRAWL_STATUS_OK;
}

void provenance_clear_scores(Provenance *provenance)
{
    while (provenance->n_scores > 0)
        remove_score(provenance, provenance->n_scores - 1);
}

ScrawlStatus provenance_copy(Provenance *copy, const Provenance *provenance, ScrawlError *error)
{
    *copy = (Provenance){0};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < provenance->n_data && !status; i++)
        status = provenance_add_data(copy, &provenance->data[i], error);
    for (int i = 0; i < provenance->n_scores && !status; i++)
        status = provenance_set_score(copy, &provenance->scores[i], error);
    if (status)
        provenance_deinit(copy);
    return status;
}

/* What is asked of the list of data, and how it changes. */

const ScrawlDataRow *provenance_find(const Provenance *provenance, ScrawlDataUse use)
{
    for (int i = 0; i < provenance->n_data; i++)
        if (provenance->data[i].use == use && !provenance->data[i].initial)
            return &provenance->data[i];
    return NULL;
}

bool provenance_has(const Provenance *provenance, ScrawlDataUse use, const char *sha256)
{
    for (int i = 0; i < provenance->n_data; i++) {
        const ScrawlDataRow *row = &provenance->data[i];
        if (row->use == use && !row->initial && strcmp(row->sha256, sha256) == 0)
            return true;
    }
    return false;
}

void provenance_remove_calibration(Provenance *provenance)
{
    for (int i = provenance->n_data - 1; i >= 0; i--)
        if (provenance->data[i].use == SCRAWL_DATA_USE_CALIBRATION && !provenance->data[i].initial)
            remove_data(provenance, i);
}

void provenance_drop_error_bounds(Provenance *provenance)
{
    for (int i = 0; i < provenance->n_data; i++)
        provenance->data[i].max_error = provenance->data[i].confidence = 0;
}

static bool same_row(const ScrawlDataRow *a, const ScrawlDataRow *b)
{
    return a->n == b->n && a->n_folds == b->n_folds && strcmp(a->use_name, b->use_name) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->split, b->split) == 0 &&
           strcmp(a->sha256, b->sha256) == 0 && strcmp(a->other, b->other) == 0;
}

ScrawlStatus provenance_merge_data(Provenance *provenance, const Provenance *other,
                                   ScrawlError *error)
{
    for (int i = 0; i < other->n_data; i++) {
        ScrawlDataRow row = other->data[i];
        bool found = false;
        row.max_error = row.confidence = 0;
        for (int j = 0; j < provenance->n_data; j++)
            found = found || same_row(&provenance->data[j], &row);
        ScrawlStatus status =
            found ? SCRAWL_STATUS_OK : provenance_add_data(provenance, &row, error);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

/* From JSON. */

/* The numbers of both kinds of rows, as the schema reads them. */
typedef struct RowNumbers {
    double n, errors, folds;
} RowNumbers;

typedef struct DataFields {
    ScrawlDataRow row;
    RowNumbers numbers;
} DataFields;

typedef struct ScoreFields {
    ScrawlScore score;
    RowNumbers numbers;
} ScoreFields;

#define FIELD(name) offsetof(DataFields, name)
static const SchemaField data_fields[] = {
    {"name", SCHEMA_TYPE_STRING, FIELD(row.name), .what = "of the data set"},
    {"split", SCHEMA_TYPE_STRING, FIELD(row.split), .what = "of the data set"},
    {"use", SCHEMA_TYPE_STRING, FIELD(row.use_name), .what = "what it was used for"},
    {"n", SCHEMA_TYPE_DOUBLE, FIELD(numbers.n), 0, MAX_COUNT, .what = "images"},
    {"sha256", SCHEMA_TYPE_STRING, FIELD(row.sha256), .what = "of the data"},
    {"folds", SCHEMA_TYPE_DOUBLE, FIELD(numbers.folds), 0, INT_MAX, .what = "models"},
    {"max_error", SCHEMA_TYPE_DOUBLE, FIELD(row.max_error), 0, 1, .what = "error bound"},
    {"confidence", SCHEMA_TYPE_DOUBLE, FIELD(row.confidence), 0, 1, .what = "of the error bound"},
    {0},
};
#undef FIELD

#define FIELD(name) offsetof(ScoreFields, name)
static const SchemaField score_fields[] = {
    {"data", SCHEMA_TYPE_STRING, FIELD(score.data), .what = "name of the data set"},
    {"split", SCHEMA_TYPE_STRING, FIELD(score.split), .what = "of the data set"},
    {"n", SCHEMA_TYPE_DOUBLE, FIELD(numbers.n), 0, MAX_COUNT, .what = "images"},
    {"errors", SCHEMA_TYPE_DOUBLE, FIELD(numbers.errors), 0, MAX_COUNT, .what = "wrong answers"},
    {"accuracy", SCHEMA_TYPE_DOUBLE, FIELD(score.accuracy), 0, 1, .what = "share of right answers"},
    {"loss", SCHEMA_TYPE_DOUBLE, FIELD(score.loss), .what = "mean cross-entropy"},
    {0},
};
#undef FIELD

/* The members of a row that the table lacks, so that a file of a later version loses nothing. */
static ScrawlStatus read_other(const TreeNode *node, const SchemaField *fields, Buffer *other,
                               ScrawlError *error)
{
    const char *known[16];
    size_t n = 0;
    for (const SchemaField *field = fields; field->key; field++)
        known[n++] = field->key;
    known[n] = NULL;
    ScrawlStatus status = tree_write_json_parts(node, known, other);
    return status ? error_set(error, status, "a model's description: %s",
                              scrawl_status_message(status))
                  : SCRAWL_STATUS_OK;
}

static ScrawlStatus read_row(Provenance *provenance, const Tree *tree, const TreeNode *node,
                             ScrawlError *error)
{
    DataFields fields = {.row = {.name = "", .split = "", .use_name = "", .sha256 = ""}};
    Buffer other;
    buffer_init(&other, MAX_OTHER);
    ScrawlStatus status = schema_read_known(tree, node, data_fields, &fields, error);
    if (!status)
        status = read_other(node, data_fields, &other, error);
    if (!status) {
        read_use(&fields.row);
        fields.row.n = (size_t)fields.numbers.n;
        fields.row.n_folds = (int)fields.numbers.folds;
        fields.row.other = buffer_text(&other);
        status = provenance_add_data(provenance, &fields.row, error);
    }
    buffer_deinit(&other);
    return status;
}

ScrawlStatus provenance_read_data(Provenance *provenance, const Tree *tree, const TreeNode *list,
                                  ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (list->kind != TREE_KIND_LIST)
        return tree_as_format(tree_error(tree, list, error, "expected a list"), error);
    for (const TreeNode *node = list->first; node && !status; node = node->next)
        status = read_row(provenance, tree, node, error);
    return tree_as_format(status, error);
}

static ScrawlStatus read_score(Provenance *provenance, const Tree *tree, const TreeNode *node,
                               ScrawlError *error)
{
    ScoreFields fields = {
        .score = {.key = node->key, .data = "", .split = "", .accuracy = NAN, .loss = NAN}};
    Buffer other;
    buffer_init(&other, MAX_OTHER);
    ScrawlStatus status = schema_read_known(tree, node, score_fields, &fields, error);
    if (!status && fields.numbers.errors > fields.numbers.n)
        status = tree_error(tree, node, error, "%.0f errors among %.0f images",
                            fields.numbers.errors, fields.numbers.n);
    if (!status)
        status = read_other(node, score_fields, &other, error);
    if (!status) {
        fields.score.n = (size_t)fields.numbers.n;
        fields.score.n_errors = (size_t)fields.numbers.errors;
        fields.score.other = buffer_text(&other);
        status = provenance_set_score(provenance, &fields.score, error);
    }
    buffer_deinit(&other);
    return status;
}

ScrawlStatus provenance_read_scores(Provenance *provenance, const Tree *tree, const TreeNode *map,
                                    ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (map->kind != TREE_KIND_MAP)
        return tree_as_format(tree_error(tree, map, error, "expected a map"), error);
    for (const TreeNode *node = map->first; node && !status; node = node->next)
        status = read_score(provenance, tree, node, error);
    return tree_as_format(status, error);
}

/* To JSON. Members are written with a comma behind each, and the last comma is then replaced. */

static void put_text(Buffer *out, const char *key, const char *text)
{
    if (!text[0])
        return;
    text_printf(out, "\"%s\":", key);
    text_json_string(out, text);
    text_put(out, ",");
}

static void put_number(Buffer *out, const char *key, double value)
{
    if (isnan(value))
        return;
    text_printf(out, "\"%s\":", key);
    text_json_number(out, value);
    text_put(out, ",");
}

static void put_count(Buffer *out, const char *key, size_t count)
{
    text_printf(out, "\"%s\":%zu,", key, count);
}

static void close_object(Buffer *out, const char *other)
{
    text_put(out, other);
    if (!other[0] && !out->status && out->data[out->size - 1] == ',')
        out->data[--out->size] = '\0';
    text_put(out, "}");
}

static void write_row(const ScrawlDataRow *row, Buffer *out)
{
    text_put(out, "{");
    put_text(out, "name", row->name);
    put_text(out, "split", row->split);
    put_text(out, "use", row->use_name);
    if (row->n > 0)
        put_count(out, "n", row->n);
    put_text(out, "sha256", row->sha256);
    if (row->n_folds > 0)
        put_count(out, "folds", (size_t)row->n_folds);
    if (row->max_error > 0) {
        put_number(out, "max_error", row->max_error);
        put_number(out, "confidence", row->confidence);
    }
    close_object(out, row->other);
}

ScrawlStatus provenance_write_data(const Provenance *provenance, Buffer *out)
{
    text_put(out, "[");
    for (int i = 0; i < provenance->n_data; i++) {
        text_put(out, i > 0 ? "," : "");
        write_row(&provenance->data[i], out);
    }
    text_put(out, "]");
    return text_status(out);
}

static void write_score(const ScrawlScore *score, Buffer *out)
{
    text_json_string(out, score->key);
    text_put(out, ":{");
    put_text(out, "data", score->data);
    put_text(out, "split", score->split);
    if (score->n > 0) {
        put_count(out, "n", score->n);
        put_count(out, "errors", score->n_errors);
    }
    put_number(out, "accuracy", score->accuracy);
    put_number(out, "loss", score->loss);
    close_object(out, score->other);
}

ScrawlStatus provenance_write_scores(const Provenance *provenance, Buffer *out)
{
    text_put(out, "{");
    for (int i = 0; i < provenance->n_scores; i++) {
        text_put(out, i > 0 ? "," : "");
        write_score(&provenance->scores[i], out);
    }
    text_put(out, "}");
    return text_status(out);
}
