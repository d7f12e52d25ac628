/* Dotted paths into a tree, "network.layers[3].conv2d.kernel": setting a value there. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/tree.h"
#include "base/tree_build.h"

typedef struct PathStep {
    const char *key; /* not terminated; NULL for a place in a list */
    size_t length;
    size_t index;
} PathStep;

/* Takes one step off the path, and the '.' before the next key. False if it is malformed. */
static bool next_step(const char **path, const char *end, PathStep *step)
{
    const char *at = *path;

    *step = (PathStep){.key = NULL};
    if (*at == '[') {
        const char *digits = ++at;
        for (; at < end && isdigit((unsigned char)*at) && step->index < TREE_MAX_NODES; at++)
            step->index = 10 * step->index + (size_t)(*at - '0');
        if (at == digits || at == end || *at++ != ']')
            return false;
    } else {
        step->key = at;
        while (at < end && *at != '.' && *at != '[')
            at++;
        step->length = (size_t)(at - step->key);
        if (step->length == 0)
            return false;
    }
    if (at < end && *at != '.' && *at != '[')
        return false;
    if (at < end && *at == '.' && (++at == end || *at == '['))
        return false;
    *path = at;
    return true;
}

static TreeNode *child_at(const TreeNode *node, const PathStep *step)
{
    size_t index = 0;

    if (node->kind != (step->key ? TREE_KIND_MAP : TREE_KIND_LIST))
        return NULL;
    for (TreeNode *child = node->first; child; child = child->next, index++)
        if (step->key ? strlen(child->key) == step->length &&
                            memcmp(child->key, step->key, step->length) == 0
                      : index == step->index)
            return child;
    return NULL;
}

const TreeNode *tree_find(const Tree *tree, const char *path)
{
    const char *end = path + strlen(path);
    const TreeNode *node = tree->root;
    PathStep step;

    while (node && path < end)
        node = next_step(&path, end, &step) ? child_at(node, &step) : NULL;
    return node;
}

/* One assignment under way. */
typedef struct Setting {
    Tree *tree;
    const char *text; /* the assignment, for sentences */
    const char *path, *end;
    TreeNode *node; /* the deepest that is there */
    int depth;      /* depth of the next step, from the root */
    ScrawlError *error;
} Setting;

static ScrawlStatus wrong_path(const Setting *setting, const char *reason)
{
    return error_set(setting->error, SCRAWL_STATUS_USAGE, "%.120s: %s", setting->text, reason);
}

static ScrawlStatus malformed_path(const Setting *setting)
{
    return wrong_path(setting, "expected keys with dots between them, and a place in a list as "
                               "[0]");
}

static ScrawlStatus no_place(const Setting *setting)
{
    return wrong_path(setting, "there is no such place in a list");
}

/* Follows the path as far as nodes exist; the rest must be keys, for nodes to be made. */
static ScrawlStatus follow_path(Setting *setting)
{
    setting->node = setting->tree->root;
    while (setting->path < setting->end) {
        const char *rest = setting->path;
        TreeNode *child;
        PathStep step;

        if (!next_step(&rest, setting->end, &step))
            return malformed_path(setting);
        child = child_at(setting->node, &step);
        if (!child && !step.key)
            return no_place(setting);
        if (!child && setting->node->kind != TREE_KIND_MAP && setting->node->kind != TREE_KIND_NULL)
            return wrong_path(setting, "the path leads into something that is not a map");
        if (!child)
            return SCRAWL_STATUS_OK;
        setting->node = child;
        setting->path = rest;
        setting->depth++;
    }
    return SCRAWL_STATUS_OK;
}

/* Makes the missing nodes of the path, not attached yet: *head is the first, *tail the last. */
static ScrawlStatus make_path(Setting *setting, TreeNode **head, TreeNode **tail)
{
    *head = *tail = NULL;
    while (setting->path < setting->end) {
        ScrawlStatus status;
        TreeNode *node;
        PathStep step;

        if (!next_step(&setting->path, setting->end, &step))
            return malformed_path(setting);
        if (!step.key)
            return no_place(setting);
        if (++setting->depth > TREE_MAX_DEPTH)
            return tree_too_deep(setting->tree, TREE_LINE_SET, 0, setting->error);
        status =
            tree_node_create(setting->tree, TREE_KIND_MAP, TREE_LINE_SET, 0, &node, setting->error);
        if (!status)
            status = tree_text(setting->tree, step.key, step.length, TREE_LINE_SET, 0, &node->key,
                               setting->error);
        if (status)
            return status;
        if (*tail)
            tree_node_append(*tail, node);
        else
            *head = node;
        *tail = node;
    }
    return SCRAWL_STATUS_OK;
}

/* Moves the content of `value`, with its children, to `node`. */
static void take_value(TreeNode *node, const TreeNode *value)
{
    node->kind = value->kind;
    node->quoted = value->quoted;
    node->line = value->line;
    node->column = value->column;
    node->text = value->text;
    node->first = value->first;
    node->last = value->last;
    node->n_children = value->n_children;
    for (TreeNode *child = node->first; child; child = child->next)
        child->parent = node;
}

static ScrawlStatus set_value(Setting *setting, const TreeNode *from)
{
    TreeNode *head, *tail, *value;
    ScrawlStatus status = follow_path(setting);

    if (!status)
        status = make_path(setting, &head, &tail);
    if (!status)
        status = tree_node_copy(setting->tree, from, true, setting->depth, &value, setting->error);
    if (status)
        return status;
    /* From here on nothing can fail. */
    if (tail) {
        take_value(tail, value);
        setting->node->kind = TREE_KIND_MAP; /* it may have been nothing */
        tree_node_append(setting->node, head);
    } else {
        take_value(setting->node, value);
    }
    return SCRAWL_STATUS_OK;
}

ScrawlStatus tree_set(Tree *tree, const char *assignment, ScrawlError *error)
{
    const char *equals = strchr(assignment, '=');
    Setting setting = {.tree = tree, .text = assignment, .path = assignment, .error = error};
    ScrawlStatus status;
    Tree value;

    if (!equals || equals == assignment)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "%.120s: expected KEY=VALUE, such as train.epochs=3", assignment);
    setting.end = equals;
    status = yaml_parse(&value, "value", equals + 1, strlen(equals + 1), error);
    if (status == SCRAWL_STATUS_FORMAT) {
        status = SCRAWL_STATUS_USAGE;
        if (error)
            error_set(error, status, "%.120s: the value is not YAML: %s", assignment,
                      error->message + strlen("value:"));
    }
    if (!status)
        status = set_value(&setting, value.root);
    tree_deinit(&value);
    return status;
}
