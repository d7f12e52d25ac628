/* Copies of nodes: of a whole tree, and of a value that tree_set puts into one. */
#include <string.h>

#include "base/error.h"
#include "base/tree.h"
#include "base/tree_build.h"

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
