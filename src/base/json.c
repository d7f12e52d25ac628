/* Parses JSON text into a tree, through jansson. */
#include <jansson.h>

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/tree_build.h"

/* Counts brackets and commas outside strings, without allocating. Text that is not JSON may be
 * miscounted: jansson refuses it later. */
typedef struct Scan {
    size_t n_nodes;
    int depth;
    bool in_string;
    bool opened; /* nothing has followed the last opening bracket */
} Scan;

/* Looks at one character; true where it escapes the next one. */
static bool scan_character(Scan *scan, char c)
{
    if (scan->in_string) {
        scan->in_string = c != '"';
        return c == '\\'; /* the next character cannot close the string */
    }
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        return false;
    if (c == ',' || (scan->opened && c != ']' && c != '}'))
        scan->n_nodes++;
    scan->opened = c == '[' || c == '{';
    scan->depth += scan->opened;
    scan->depth -= c == ']' || c == '}';
    scan->in_string = c == '"';
    return false;
}

/* jansson nests 2,048 deep and allocates 140 bytes for each "[]," before anything can be counted,
 * so depth and count are limited first. */
static ScrawlStatus check_limits(const Tree *tree, const char *text, size_t size,
                                 ScrawlError *error)
{
    Scan scan = {.n_nodes = 1};
    int line = 1, column = 0;

    for (size_t i = 0; i < size; i++) {
        column = text[i] == '\n' ? 0 : column + 1;
        line += text[i] == '\n';
        if (scan_character(&scan, text[i])) {
            i++;
            column++;
        }
        if (scan.depth > TREE_MAX_DEPTH)
            return tree_too_deep(tree, line, column, error);
        if (scan.n_nodes > TREE_MAX_NODES)
            return tree_text_error(tree, error, SCRAWL_STATUS_LIMIT, line, column,
                                   "more than %d values", TREE_MAX_NODES);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus add_value(Tree *tree, TreeNode *parent, const char *key, const json_t *json,
                              ScrawlError *error);

static ScrawlStatus add_members(Tree *tree, TreeNode *map, json_t *json, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    const char *key;
    json_t *value;

    json_object_foreach(json, key, value)
    {
        const char *copy;
        status = tree_text(tree, key, strlen(key), 0, 0, &copy, error);
        if (!status)
            status = add_value(tree, map, copy, value, error);
        if (status)
            break;
    }
    return status;
}

/* The number as YAML writes it; the text shows whether it is an integer or a float. */
static size_t number_text(const json_t *json, char text[NUMBER_TEXT_SIZE + 2])
{
    if (json_is_integer(json))
        return (size_t)snprintf(text, NUMBER_TEXT_SIZE, "%" JSON_INTEGER_FORMAT,
                                json_integer_value(json));
    number_print(json_real_value(json), text);
    if (!strpbrk(text, ".e"))
        strcat(text, ".0");
    return strlen(text);
}

static ScrawlStatus add_text(Tree *tree, TreeNode *node, const json_t *json, ScrawlError *error)
{
    char number[NUMBER_TEXT_SIZE + 2];
    const char *text = number;
    size_t length;

    if (json_is_string(json)) {
        node->quoted = true;
        text = json_string_value(json);
        length = json_string_length(json);
    } else if (json_is_boolean(json)) {
        text = json_is_true(json) ? "true" : "false";
        length = strlen(text);
    } else {
        length = number_text(json, number);
    }
    return tree_text(tree, text, length, 0, 0, &node->text, error);
}

static TreeKind kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return TREE_KIND_MAP;
    case JSON_ARRAY:
        return TREE_KIND_LIST;
    case JSON_NULL:
        return TREE_KIND_NULL;
    default:
        return TREE_KIND_SCALAR;
    }
}

/* Recursion is bounded by check_limits. */
static ScrawlStatus add_value(Tree *tree, TreeNode *parent, const char *key, const json_t *json,
                              ScrawlError *error)
{
    TreeNode *node;
    ScrawlStatus status = tree_node_create(tree, kind_of(json), 0, 0, &node, error);

    if (status)
        return status;
    node->key = key;
    if (parent)
        tree_node_append(parent, node);
    else
        tree->root = node;
    if (node->kind == TREE_KIND_SCALAR)
        return add_text(tree, node, json, error);
    if (node->kind == TREE_KIND_MAP)
        return add_members(tree, node, (json_t *)json, error);
    for (size_t i = 0; i < json_array_size(json) && !status; i++)
        status = add_value(tree, node, NULL, json_array_get(json, i), error);
    return status;
}

static ScrawlStatus syntax_error(const Tree *tree, const json_error_t *problem, ScrawlError *error)
{
    /* If an allocation fails deep inside, jansson 2.14 returns neither a text nor a code. */
    if (json_error_code(problem) == json_error_out_of_memory || problem->text[0] == '\0')
        return error_no_memory(error, tree->name);
    return tree_text_error(tree, error, SCRAWL_STATUS_FORMAT, problem->line, problem->column,
                           "no valid JSON: %s", problem->text);
}

ScrawlStatus json_parse(Tree *tree, const char *name, const char *text, size_t size,
                        ScrawlError *error)
{
    ScrawlStatus status = tree_init(tree, name, size, error);
    json_t *json = NULL;
    json_error_t problem;

    if (!status)
        status = check_limits(tree, text, size, error);
    if (status)
        goto out;
    json = json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &problem);
    status = json ? add_value(tree, NULL, NULL, json, error) : syntax_error(tree, &problem, error);
out:
    json_decref(json);
    if (status)
        tree_deinit(tree);
    return status;
}
