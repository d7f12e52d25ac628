/* YAML and JSON as one tree of nodes, each knowing its file, line and column, within limits on size, depth and count.
 *
 * Text in, tree out: parsing does no I/O. YAML through libyaml (anchors, aliases, tags and several documents are refused: a recipe
 * needs none, and aliases are how a small file becomes a large one). JSON is parsed by the same means where lines matter, being
 * a part of YAML 1.2's flow style, but strictly: json_parse goes through jansson and refuses what JSON does not allow. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "scrawl/status.h"

#define TREE_MAX_TEXT ((size_t)4 << 20) /* bytes of one document */
#define TREE_MAX_DEPTH 64
#define TREE_MAX_NODES 200000

typedef enum TreeKind {
    TREE_KIND_NULL,
    TREE_KIND_SCALAR, /* text; `quoted` tells "10" from 10 */
    TREE_KIND_LIST,
    TREE_KIND_MAP,
} TreeKind;

typedef struct TreeNode TreeNode;
struct TreeNode {
    TreeKind kind;
    bool quoted;
    int line, column;  /* from 1; 0: not from a text (an override, a JSON value) */
    const char *key;   /* in a map, else NULL */
    const char *text;  /* of a scalar, else NULL */
    TreeNode *parent;
    TreeNode *first, *next; /* children in order; next sibling */
    size_t n_children;
};

/* Owns its nodes. `name` is what messages call it: a file's name or "--set". */
typedef struct Tree {
    Arena arena;
    const char *name;
    TreeNode *root;
    size_t n_nodes;
} Tree;

/* *tree is initialised by these; after a failure it is empty and needs no tree_deinit, which is harmless. Duplicate keys are an error.
 * The sentence begins "NAME:LINE:COLUMN: ". */
SCRAWL_MUST_CHECK ScrawlStatus yaml_parse(Tree *tree, const char *name, const char *text, size_t size, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus json_parse(Tree *tree, const char *name, const char *text, size_t size, ScrawlError *error);
void tree_deinit(Tree *tree);

/* The child under a key of a map; NULL where there is none or node is NULL or no map. */
const TreeNode *tree_get(const TreeNode *node, const char *key);
/* Dotted path from the root: "train.epochs". */
const TreeNode *tree_find(const Tree *tree, const char *path);
/* "train.epochs" of a node, "network.layers[3].conv2d.kernel"; written into out, cut where it does not fit; returns out. */
const char *tree_path(const TreeNode *node, char *out, size_t out_size);

/* `--set train.epochs=3`: parses VALUE as YAML and puts it at the dotted path, making maps on the way. USAGE where there is no '=', or a step of the path is no map. */
SCRAWL_MUST_CHECK ScrawlStatus tree_set(Tree *tree, const char *assignment, ScrawlError *error);

/* Sets *error to "NAME:LINE: path.to.key: " and the formatted rest, with status RECIPE; returns RECIPE. */
ScrawlStatus tree_error(const Tree *tree, const TreeNode *node, ScrawlError *error, const char *format, ...) SCRAWL_PRINTF(4, 5);

/* Typed reading of a scalar; false where it is not one. Numbers follow YAML 1.2's core schema (1, -3, 0.5, 1e-3; quoted is no number). */
bool tree_as_int(const TreeNode *node, long long *value);
bool tree_as_double(const TreeNode *node, double *value);
bool tree_as_bool(const TreeNode *node, bool *value); /* true, false */

/* The tree as text again. YAML in block style, one key a line; JSON on one line with no spaces beyond need. Scalars that are unquoted numbers, booleans or null stay so. */
SCRAWL_MUST_CHECK ScrawlStatus tree_write_yaml(const TreeNode *node, Buffer *out);
SCRAWL_MUST_CHECK ScrawlStatus tree_write_json(const TreeNode *node, Buffer *out);
/* A JSON string with its quotes and escapes; text that is not UTF-8 has its bad bytes replaced by U+FFFD. */
SCRAWL_MUST_CHECK ScrawlStatus json_write_string(const char *text, Buffer *out);
/* The shortest decimal that reads back as the same double; null where not finite (JSON has no NaN). */
SCRAWL_MUST_CHECK ScrawlStatus json_write_number(double value, Buffer *out);

#endif
