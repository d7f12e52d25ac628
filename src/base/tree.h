/* YAML and JSON as one tree of nodes, each knowing its line and column, within limits on size,
 * depth and count.
 *
 * Text in, tree out: parsing does no I/O. YAML goes through libyaml (anchors, aliases, tags and
 * several documents are refused: a recipe needs none, and aliases are how a small file becomes a
 * large one); json_parse goes through jansson and refuses what JSON does not allow. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "scrawl/status.h"

#define TREE_MAX_TEXT ((size_t)4 << 20) /* bytes of one document */
#define TREE_MAX_DEPTH 64               /* nesting of lists and maps */
#define TREE_MAX_NODES 200000

#define TREE_LINE_SET (-1) /* the line of a node that tree_set made */

typedef enum TreeKind {
    TREE_KIND_NULL,   /* nothing, ~, null */
    TREE_KIND_SCALAR, /* text; `quoted` tells "10" from 10 */
    TREE_KIND_LIST,
    TREE_KIND_MAP,
} TreeKind;

typedef struct TreeNode TreeNode;
struct TreeNode {
    TreeKind kind;
    bool quoted;
    /* From 1, of the key if there is one. 0: a JSON value. TREE_LINE_SET. */
    int line, column;
    const char *key;  /* in a map, else NULL */
    const char *text; /* of a scalar, else NULL */
    TreeNode *parent;
    TreeNode *first, *last; /* children in order */
    TreeNode *next;         /* sibling */
    size_t n_children;
};

/* Owns its nodes. Once made, any number of threads may read it. */
typedef struct Tree {
    Arena arena;
    const char *name; /* a copy of the file's name, for messages */
    TreeNode *root;   /* never NULL after success: an empty document is a TREE_KIND_NULL */
    size_t n_nodes;
} Tree;

/* *tree is initialised by these; after a failure it is empty and needs no tree_deinit, which is
 * harmless. All text is valid UTF-8 without zero bytes. Duplicate keys are an error. FORMAT, LIMIT,
 * NO_MEMORY; the sentence begins "NAME:LINE:COLUMN: " where a place is known. */
SCRAWL_MUST_CHECK ScrawlStatus yaml_parse(Tree *tree, const char *name, const char *text,
                                          size_t size, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus json_parse(Tree *tree, const char *name, const char *text,
                                          size_t size, ScrawlError *error);
/* Copies every node with its line and column, so that error sentences stay the same. */
SCRAWL_MUST_CHECK ScrawlStatus tree_copy(Tree *copy, const Tree *tree, ScrawlError *error);
void tree_deinit(Tree *tree); /* NULL-safe; may be called twice */

/* The child of a map with this key; NULL if there is none or node is NULL or not a map. */
const TreeNode *tree_get(const TreeNode *node, const char *key);
/* The node at a dotted path from the root: "train.epochs", "network.layers[3].conv2d"; or NULL. */
const TreeNode *tree_find(const Tree *tree, const char *path);
/* The path that leads tree_find to the node; "" for a root. Written to `out`, truncated with "..."
 * if it does not fit; returns out. */
const char *tree_path(const TreeNode *node, char *out, size_t out_size);
/* The node in words, for "found %s": `"ten"`, `1.5`, `[3, 5]`, `a list of 3`, `a map`, `nothing`;
 * long texts are truncated. Returns out. */
const char *tree_describe(const TreeNode *node, char *out, size_t out_size);

/* Applies an assignment such as "train.epochs=3": parses the value as YAML and puts it at the
 * dotted path, creating missing maps; places in a list must exist. USAGE if there is no '=', the
 * path does not fit the tree, or the value is not YAML; LIMIT, NO_MEMORY. After a failure the tree
 * is unchanged. */
SCRAWL_MUST_CHECK ScrawlStatus tree_set(Tree *tree, const char *assignment, ScrawlError *error);

/* Sets *error to "NAME:LINE: path.to.key: " and the formatted rest, with status RECIPE; returns
 * RECIPE. A node that tree_set made has no line: "path.to.key: ...". `node` may be NULL: "NAME:
 * ...". */
ScrawlStatus tree_error(const Tree *tree, const TreeNode *node, ScrawlError *error,
                        const char *format, ...) SCRAWL_PRINTF(4, 5);

/* What is a mistake in a recipe is a damaged file elsewhere: RECIPE becomes FORMAT, in *error too;
 * other statuses stay. Returns the status. */
ScrawlStatus tree_as_format(ScrawlStatus status, ScrawlError *error);

/* Reads a typed scalar; false, with *value = 0, if node is NULL or has another type. Numbers follow
 * YAML 1.2's core schema (1, -3, 0x1F, 0o17, 0.5, 1e-3), but infinities and NaN are not numbers
 * here. A quoted scalar is neither a number nor a bool. */
bool tree_as_int(const TreeNode *node, long long *value);
bool tree_as_double(const TreeNode *node, double *value);
bool tree_as_bool(const TreeNode *node, bool *value); /* true, false */

/* The tree as text again. YAML in block style, one key a line; JSON on one line with no spaces.
 * Scalars that are unquoted numbers, booleans or null stay so; other scalars are strings in JSON.
 * LIMIT, NO_MEMORY: `out` may then hold a part. The JSON functions return text_status(out), so that
 * they can stand among text_ functions unchecked. */
SCRAWL_MUST_CHECK ScrawlStatus tree_write_yaml(const TreeNode *node, Buffer *out);
ScrawlStatus tree_write_json(const TreeNode *node, Buffer *out);
/* The children of a map or list in JSON, separated by commas, without the brackets around them and
 * without the keys in the NULL-ended list `without`. */
ScrawlStatus tree_write_json_parts(const TreeNode *node, const char *const *without, Buffer *out);
/* text_json_string and text_json_number, for callers that check each status. */
SCRAWL_MUST_CHECK ScrawlStatus json_write_string(const char *text, Buffer *out);
SCRAWL_MUST_CHECK ScrawlStatus json_write_number(double value, Buffer *out);

#endif
