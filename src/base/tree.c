#include "base/tree.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/tree_build.h"

/* The memory for TREE_MAX_NODES nodes and TREE_MAX_TEXT bytes, each text rounded up. */
#define MAX_MEMORY ((size_t)64 << 20)
#define MAX_MESSAGE 512
#define MAX_QUOTED 40 /* bytes of a text that an error sentence quotes */

ScrawlStatus tree_init(Tree *tree, const char *name, size_t size, ScrawlError *error)
{
    *tree = (Tree){.name = name}; /* the caller's, for error sentences until there is a copy */
    arena_init(&tree->arena, MAX_MEMORY);
    if (size > TREE_MAX_TEXT)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%s: %zu bytes, and the limit is %zu", name,
                         size, TREE_MAX_TEXT);
    tree->name = arena_string(&tree->arena, name, strlen(name));
    return tree->name ? SCRAWL_STATUS_OK : error_no_memory(error, name);
}

void tree_deinit(Tree *tree)
{
    if (!tree)
        return;
    arena_deinit(&tree->arena);
    *tree = (Tree){.root = NULL};
}

ScrawlStatus tree_node_create(Tree *tree, TreeKind kind, int line, int column, TreeNode **node,
                              ScrawlError *error)
{
    *node = NULL;
    if (tree->n_nodes >= TREE_MAX_NODES)
        return tree_text_error(tree, error, SCRAWL_STATUS_LIMIT, line, column,
                               "more than %d values", TREE_MAX_NODES);
    *node = arena_alloc(&tree->arena, 1, sizeof **node);
    if (!*node)
        return error_no_memory(error, tree->name);
    tree->n_nodes++;
    (*node)->kind = kind;
    (*node)->line = line;
    (*node)->column = column;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus tree_text(Tree *tree, const char *text, size_t length, int line, int column,
                       const char **copy, ScrawlError *error)
{
    *copy = NULL;
    if (length > 0 && memchr(text, 0, length))
        return tree_text_error(tree, error, SCRAWL_STATUS_FORMAT, line, column,
                               "a zero byte inside a text");
    *copy = arena_string(&tree->arena, text, length);
    return *copy ? SCRAWL_STATUS_OK : error_no_memory(error, tree->name);
}

void tree_node_append(TreeNode *parent, TreeNode *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->n_children++;
}

/* By key, and then in the order of the text. */
static int compare_keys(const void *a, const void *b)
{
    const TreeNode *x = *(const TreeNode *const *)a, *y = *(const TreeNode *const *)b;
    int order = strcmp(x->key, y->key);

    if (order == 0)
        order = x->line != y->line ? (x->line > y->line) - (x->line < y->line)
                                   : (x->column > y->column) - (x->column < y->column);
    return order;
}

ScrawlStatus tree_check_keys(const Tree *tree, const TreeNode *map, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    const TreeNode **nodes;
    size_t n = 0;

    if (map->n_children < 2)
        return SCRAWL_STATUS_OK;
    nodes = mem_alloc(map->n_children, sizeof *nodes);
    if (!nodes)
        return error_no_memory(error, tree->name);
    for (const TreeNode *node = map->first; node; node = node->next)
        nodes[n++] = node;
    qsort(nodes, n, sizeof *nodes, compare_keys);
    for (size_t i = 1; i < n && !status; i++)
        if (strcmp(nodes[i - 1]->key, nodes[i]->key) == 0)
            status =
                tree_text_error(tree, error, SCRAWL_STATUS_FORMAT, nodes[i]->line, nodes[i]->column,
                                "the key \"%.80s\" stands twice, first in line %d", nodes[i]->key,
                                nodes[i - 1]->line);
    mem_free(nodes);
    return status;
}

ScrawlStatus tree_too_deep(const Tree *tree, int line, int column, ScrawlError *error)
{
    return tree_text_error(tree, error, SCRAWL_STATUS_LIMIT, line, column,
                           "lists and maps are nested deeper than %d", TREE_MAX_DEPTH);
}

ScrawlStatus tree_text_error(const Tree *tree, ScrawlError *error, ScrawlStatus status, int line,
                             int column, const char *format, ...)
{
    char text[MAX_MESSAGE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (line > 0)
        return error_set(error, status, "%s:%d:%d: %s", tree->name, line, column, text);
    return error_set(error, status, "%s: %s", tree->name, text);
}

ScrawlStatus tree_error(const Tree *tree, const TreeNode *node, ScrawlError *error,
                        const char *format, ...)
{
    char path[MAX_MESSAGE / 2], text[MAX_MESSAGE], place[16] = "";
    const char *name = tree->name;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tree_path(node, path, sizeof path);
    if (node && node->line > 0)
        snprintf(place, sizeof place, ":%d", node->line);
    if (node && node->line == TREE_LINE_SET && path[0]) /* it stands in no file */
        return error_set(error, SCRAWL_STATUS_RECIPE, "%s: %s", path, text);
    return error_set(error, SCRAWL_STATUS_RECIPE, "%s%s%s%s: %s", name, place, path[0] ? ": " : "",
                     path, text);
}

ScrawlStatus tree_as_format(ScrawlStatus status, ScrawlError *error)
{
    if (status != SCRAWL_STATUS_RECIPE)
        return status;
    if (error)
        error->status = SCRAWL_STATUS_FORMAT;
    return SCRAWL_STATUS_FORMAT;
}

const TreeNode *tree_get(const TreeNode *node, const char *key)
{
    if (!node || node->kind != TREE_KIND_MAP)
        return NULL;
    for (node = node->first; node; node = node->next)
        if (strcmp(node->key, key) == 0)
            return node;
    return NULL;
}

/* A pair of numbers is shown as it is, because ranges and sizes are pairs; other lists as kind and
 * count. */
static void describe_collection(const TreeNode *node, char *out, size_t out_size)
{
    const TreeNode *first = node->first, *last = node->last;
    double number;

    if (node->kind == TREE_KIND_LIST && node->n_children == 2 && tree_as_double(first, &number) &&
        tree_as_double(last, &number))
        snprintf(out, out_size, "[%.*s, %.*s]", MAX_QUOTED / 2, first->text, MAX_QUOTED / 2,
                 last->text);
    else if (node->kind == TREE_KIND_LIST && first)
        snprintf(out, out_size, "a list of %zu", node->n_children);
    else
        snprintf(out, out_size, node->kind == TREE_KIND_LIST ? "an empty list" : "a map");
}

const char *tree_describe(const TreeNode *node, char *out, size_t out_size)
{
    size_t length, shown;
    double number;
    bool truth;

    if (!node || node->kind == TREE_KIND_NULL) {
        snprintf(out, out_size, "nothing");
    } else if (node->kind != TREE_KIND_SCALAR) {
        describe_collection(node, out, out_size);
    } else if (tree_as_double(node, &number) || tree_as_bool(node, &truth)) {
        snprintf(out, out_size, "%s", node->text);
    } else {
        TreeNode bare = *node; /* would it read as a number without its quotes? */
        bare.quoted = false;
        length = strlen(node->text);
        shown = utf8_prefix(node->text, length, MAX_QUOTED);
        snprintf(out, out_size, "%s\"%.*s%s\"",
                 tree_as_double(&bare, &number) || tree_as_bool(&bare, &truth) ? "the text " : "",
                 (int)shown, node->text, shown < length ? "..." : "");
    }
    return out;
}

static bool is_plain(const TreeNode *node)
{
    return node && node->kind == TREE_KIND_SCALAR && !node->quoted;
}

bool tree_as_int(const TreeNode *node, long long *value)
{
    const char *digits;
    char *end;
    int base = 10;

    *value = 0;
    if (!is_plain(node))
        return false;
    digits = node->text;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'o')) {
        base = digits[1] == 'x' ? 16 : 8;
        digits += 2;
        if (!isxdigit((unsigned char)digits[0])) /* strtoll would accept a sign or a space here */
            return false;
    } else if (!isdigit((unsigned char)digits[digits[0] == '-' || digits[0] == '+'])) {
        return false;
    }
    errno = 0;
    *value = strtoll(digits, &end, base);
    if (errno == 0 && *end == '\0' && end > digits)
        return true;
    *value = 0;
    return false;
}

bool tree_as_double(const TreeNode *node, double *value)
{
    long long whole;

    *value = 0;
    if (!is_plain(node))
        return false;
    if (number_parse(node->text, value))
        return true;
    if (!tree_as_int(node, &whole)) /* 0x1F */
        return false;
    *value = (double)whole;
    return true;
}

bool tree_as_bool(const TreeNode *node, bool *value)
{
    *value = false;
    if (!is_plain(node))
        return false;
    *value = strcmp(node->text, "true") == 0 || strcmp(node->text, "True") == 0 ||
             strcmp(node->text, "TRUE") == 0;
    return *value || strcmp(node->text, "false") == 0 || strcmp(node->text, "False") == 0 ||
           strcmp(node->text, "FALSE") == 0;
}

/* Copying nodes: a whole tree, or a value that tree_set inserts. */

ScrawlStatus tree_node_copy(Tree *tree, const TreeNode *from, bool set, int depth, TreeNode **copy,
                            ScrawlError *error)
{
    int line = set ? TREE_LINE_SET : from->line, column = set ? 0 : from->column;
    ScrawlStatus status;

    if (from->first && depth >= TREE_MAX_DEPTH)
        return tree_too_deep(tree, line, column, error);
    status = tree_node_create(tree, from->kind, line, column, copy, error);
    if (status)
        return status;
    (*copy)->quoted = from->quoted;
    if (from->text)
        status =
            tree_text(tree, from->text, strlen(from->text), line, column, &(*copy)->text, error);
    for (const TreeNode *i = from->first; i && !status; i = i->next) {
        TreeNode *child;
        status = tree_node_copy(tree, i, set, depth + 1, &child, error);
        if (!status && i->key)
            status = tree_text(tree, i->key, strlen(i->key), line, column, &child->key, error);
        if (!status)
            tree_node_append(*copy, child);
    }
    return status;
}

ScrawlStatus tree_copy(Tree *copy, const Tree *tree, ScrawlError *error)
{
    ScrawlStatus status = tree_init(copy, tree->name, 0, error);

    if (!status)
        status = tree_node_copy(copy, tree->root, false, 0, &copy->root, error);
    if (status)
        tree_deinit(copy);
    return status;
}

/* Writes the path of the node's parent and then its own step; returns the bytes used. Trees are at
 * most TREE_MAX_DEPTH deep, and so is the recursion. */
static size_t write_path(const TreeNode *node, char *out, size_t out_size)
{
    size_t used, index = 0;
    int n;

    if (!node || !node->parent)
        return 0;
    used = write_path(node->parent, out, out_size);
    if (node->key) {
        n = snprintf(out + used, out_size - used, "%s%s", used > 0 ? "." : "", node->key);
    } else {
        for (const TreeNode *i = node->parent->first; i != node; i = i->next)
            index++;
        n = snprintf(out + used, out_size - used, "[%zu]", index);
    }
    used += n > 0 ? (size_t)n : 0;
    return used < out_size ? used : out_size - 1;
}

const char *tree_path(const TreeNode *node, char *out, size_t out_size)
{
    size_t used;

    out[0] = '\0';
    used = write_path(node, out, out_size);
    if (used == out_size - 1 && out_size > 4)
        strcpy(out + out_size - sizeof("..."), "...");
    return out;
}
