/* Making nodes, for the parsers and tree_set; only for files of base/. */
#ifndef BASE_TREE_BUILD_H
#define BASE_TREE_BUILD_H

#include "base/tree.h"

/* Makes an empty tree without a root. LIMIT if `size` bytes of text are too many; NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus tree_init(Tree *tree, const char *name, size_t size,
                                         ScrawlError *error);
/* A node without a parent. LIMIT past TREE_MAX_NODES; NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus tree_node_create(Tree *tree, TreeKind kind, int line, int column,
                                                TreeNode **node, ScrawlError *error);
/* A copy of the text, owned by the tree. FORMAT if it has a zero byte; NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus tree_text(Tree *tree, const char *text, size_t length, int line,
                                         int column, const char **copy, ScrawlError *error);
void tree_node_append(TreeNode *parent, TreeNode *child);
/* A copy of `from` and all its descendants, without a parent, to be attached at that depth; with
 * its own lines and columns, or with TREE_LINE_SET if `set`. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus tree_node_copy(Tree *tree, const TreeNode *from, bool set, int depth,
                                              TreeNode **copy, ScrawlError *error);
/* FORMAT if two children of a map have the same key. Takes n log n steps, because a hostile map may
 * be long. */
SCRAWL_MUST_CHECK ScrawlStatus tree_check_keys(const Tree *tree, const TreeNode *map,
                                               ScrawlError *error);
/* The sentence for nesting past TREE_MAX_DEPTH; returns LIMIT. */
ScrawlStatus tree_too_deep(const Tree *tree, int line, int column, ScrawlError *error);
/* Sets *error to "NAME:LINE:COLUMN: " and the rest; without line and column if line is 0. */
ScrawlStatus tree_text_error(const Tree *tree, ScrawlError *error, ScrawlStatus status, int line,
                             int column, const char *format, ...) SCRAWL_PRINTF(6, 7);

#endif
