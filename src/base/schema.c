#include "base/schema.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "scrawl/status.h"

#define MAX_FIELDS 64 /* the longest of our own tables */
#define MAX_TEXT 300  /* bytes of a list of names in a sentence */

/* Appends to a text, truncating it where it is full. */
static void SCRAWL_PRINTF(2, 3) add(char text[MAX_TEXT], const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + used, MAX_TEXT - used, format, arguments);
    va_end(arguments);
}

/* " from 1 to 100000", " of at least 0", " of at most 1", "". */
static void add_bounds(char text[MAX_TEXT], double min, double max)
{
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE];

    number_print(min, low);
    number_print(max, high);
    if (isfinite(min) && isfinite(max))
        add(text, " from %s to %s", low, high);
    else if (isfinite(min))
        add(text, " of at least %s", low);
    else if (isfinite(max))
        add(text, " of at most %s", high);
}

static bool is_bounded(const SchemaField *field)
{
    return field->min != 0 || field->max != 0;
}

static bool is_within(const SchemaField *field, double value)
{
    return !is_bounded(field) || (value >= field->min && value <= field->max);
}

/* Whether a single number x means [-x, x]; for a field that allows nothing below 0 it means
 * [x, x]. */
static bool is_symmetric(const SchemaField *field)
{
    return !is_bounded(field) || field->min < 0;
}

/* A description of the field's type and range, for "expected %s". */
static const char *expectation(const SchemaField *field, char text[MAX_TEXT])
{
    double min = field->min, max = field->max;

    text[0] = '\0';
    switch (field->type) {
    case SCHEMA_TYPE_INT:
        add(text, "an integer");
        if (!is_bounded(field)) {
            min = INT_MIN;
            max = INT_MAX;
        }
        add_bounds(text, min, max);
        break;
    case SCHEMA_TYPE_DOUBLE:
        add(text, "a number");
        if (is_bounded(field))
            add_bounds(text, min, max);
        break;
    case SCHEMA_TYPE_RANGE:
        add(text, is_symmetric(field) ? "a number x for [-x, x], or [low, high]"
                                      : "a number, or [low, high]");
        if (is_bounded(field)) {
            add(text, ", with ends");
            add_bounds(text, min, max);
        }
        break;
    case SCHEMA_TYPE_BOOL:
        add(text, "true or false");
        break;
    case SCHEMA_TYPE_CHOICE:
        for (size_t i = 0; field->choices[i]; i++)
            add(text, "%s%s", i == 0 ? "one of " : ", ", field->choices[i]);
        break;
    case SCHEMA_TYPE_STRING:
    case SCHEMA_TYPE_NODE:
        add(text, "a text");
        break;
    }
    return text;
}

static ScrawlStatus wrong_value(const Tree *tree, const TreeNode *node, const SchemaField *field,
                                ScrawlError *error)
{
    char expected[MAX_TEXT], found[80];
    const char *nearest = NULL;

    if (field->type == SCHEMA_TYPE_CHOICE && node->kind == TREE_KIND_SCALAR)
        nearest = scrawl_nearest(node->text, field->choices);
    expectation(field, expected);
    tree_describe(node, found, sizeof found);
    if (nearest)
        return tree_error(tree, node, error, "expected %s, found %s; did you mean \"%s\"?",
                          expected, found, nearest);
    return tree_error(tree, node, error, "expected %s, found %s", expected, found);
}

static bool read_int(const TreeNode *node, const SchemaField *field, int *out)
{
    long long value;

    if (!tree_as_int(node, &value) || value < INT_MIN || value > INT_MAX ||
        !is_within(field, (double)value))
        return false;
    *out = (int)value;
    return true;
}

static bool read_double(const TreeNode *node, const SchemaField *field, double *out)
{
    double value;

    if (!tree_as_double(node, &value) || !is_within(field, value))
        return false;
    *out = value;
    return true;
}

static bool read_bool(const TreeNode *node, bool *out)
{
    bool value;

    if (!tree_as_bool(node, &value))
        return false;
    *out = value;
    return true;
}

static bool read_choice(const TreeNode *node, const SchemaField *field, int *out)
{
    if (node->kind != TREE_KIND_SCALAR)
        return false;
    for (int i = 0; field->choices[i]; i++)
        if (strcmp(node->text, field->choices[i]) == 0) {
            *out = i;
            return true;
        }
    return false;
}

static bool read_range(const TreeNode *node, const SchemaField *field, double out[2])
{
    double low, high;

    if (node->kind == TREE_KIND_LIST) {
        if (node->n_children != 2 || !tree_as_double(node->first, &low) ||
            !tree_as_double(node->last, &high))
            return false;
    } else {
        if (!tree_as_double(node, &high))
            return false;
        low =
            is_symmetric(field) && high > 0 ? -high : high; /* or else "-0" would be written back */
    }
    if (low > high || !is_within(field, low) || !is_within(field, high))
        return false;
    if (node->kind != TREE_KIND_LIST && high < 0)
        return false;
    out[0] = low;
    out[1] = high;
    return true;
}

static bool read_value(const TreeNode *node, const SchemaField *field, void *out)
{
    switch (field->type) {
    case SCHEMA_TYPE_INT:
        return read_int(node, field, out);
    case SCHEMA_TYPE_DOUBLE:
        return read_double(node, field, out);
    case SCHEMA_TYPE_BOOL:
        return read_bool(node, out);
    case SCHEMA_TYPE_CHOICE:
        return read_choice(node, field, out);
    case SCHEMA_TYPE_RANGE:
        return read_range(node, field, out);
    case SCHEMA_TYPE_STRING:
        if (node->kind != TREE_KIND_SCALAR)
            return false;
        *(const char **)out = node->text;
        return true;
    case SCHEMA_TYPE_NODE:
        *(const TreeNode **)out = node;
        return true;
    }
    return false;
}

static const SchemaField *find_field(const SchemaField *fields, const char *key)
{
    for (; fields->key; fields++)
        if (strcmp(fields->key, key) == 0)
            return fields;
    return NULL;
}

/* "epochs, batch, seed" */
static const char *known_keys(const SchemaField *fields, char text[MAX_TEXT])
{
    text[0] = '\0';
    for (const SchemaField *field = fields; field->key; field++)
        add(text, "%s%s", field == fields ? "" : ", ", field->key);
    return text;
}

static ScrawlStatus unknown_key(const Tree *tree, const TreeNode *node, const SchemaField *fields,
                                ScrawlError *error)
{
    const char *keys[MAX_FIELDS + 1];
    const char *nearest;
    char text[MAX_TEXT];
    size_t n = 0;

    for (const SchemaField *field = fields; field->key && n < MAX_FIELDS; field++)
        keys[n++] = field->key;
    keys[n] = NULL;
    nearest = scrawl_nearest(node->key, keys);
    if (nearest)
        return tree_error(tree, node, error, "unknown key; did you mean \"%s\"?", nearest);
    return tree_error(tree, node, error, "unknown key; the known ones are %s",
                      known_keys(fields, text));
}

static ScrawlStatus check_required(const Tree *tree, const TreeNode *node,
                                   const SchemaField *fields, ScrawlError *error)
{
    for (const SchemaField *field = fields; field->key; field++)
        if (field->required && !tree_get(node, field->key))
            return tree_error(tree, node, error, "the key \"%s\" is missing%s%s", field->key,
                              field->what ? ": " : "", field->what ? field->what : "");
    return SCRAWL_STATUS_OK;
}

/* `strict`: unknown keys are errors; otherwise they are skipped. */
static ScrawlStatus read_map(const Tree *tree, const TreeNode *node, const SchemaField *fields,
                             void *out, bool strict, ScrawlError *error)
{
    char found[80], text[MAX_TEXT];

    if (node && node->kind != TREE_KIND_MAP && node->kind != TREE_KIND_NULL)
        return tree_error(tree, node, error, "expected a map with keys of %s; found %s",
                          known_keys(fields, text), tree_describe(node, found, sizeof found));
    for (const TreeNode *child = node ? node->first : NULL; child; child = child->next) {
        const SchemaField *field = find_field(fields, child->key);
        if (!field && strict)
            return unknown_key(tree, child, fields, error);
        if (field && !read_value(child, field, (char *)out + field->offset))
            return wrong_value(tree, child, field, error);
    }
    return check_required(tree, node, fields, error);
}

ScrawlStatus schema_read(const Tree *tree, const TreeNode *node, const SchemaField *fields,
                         void *out, ScrawlError *error)
{
    return read_map(tree, node, fields, out, true, error);
}

ScrawlStatus schema_read_known(const Tree *tree, const TreeNode *node, const SchemaField *fields,
                               void *out, ScrawlError *error)
{
    return read_map(tree, node, fields, out, false, error);
}
