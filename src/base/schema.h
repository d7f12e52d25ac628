/* A map of a tree into a struct, by a table: keys, types, ranges, defaults. Every complaint names
 * file, line, key, what was expected and what was found, or the nearest known key:
 *
 *   recipes/mlp.yaml:12: train.epochs: expected an integer from 1 to 100000, found "ten"
 *   recipes/mlp.yaml:14: train.epoch: unknown key; did you mean "epochs"? */
#ifndef BASE_SCHEMA_H
#define BASE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/tree.h"

typedef enum SchemaType {
    SCHEMA_TYPE_INT,    /* int */
    SCHEMA_TYPE_DOUBLE, /* double */
    SCHEMA_TYPE_BOOL,   /* bool */
    SCHEMA_TYPE_STRING, /* const char *, borrowed from the tree; any scalar as it is written */
    SCHEMA_TYPE_CHOICE, /* int: index into choices; an enum of the same size will do */
    SCHEMA_TYPE_NODE,   /* const TreeNode *: the caller reads it */
    /* double[2]: a list [low, high], low <= high; or x >= 0 for [-x, x], and for [x, x] where min
     * and max allow nothing below 0 */
    SCHEMA_TYPE_RANGE,
} SchemaType;

typedef struct SchemaField {
    const char *key; /* NULL ends the table */
    SchemaType type;
    size_t offset;   /* offsetof into the struct */
    double min, max; /* INT, DOUBLE, RANGE: inclusive, may be infinite; both 0: no limits */
    const char *const *choices; /* CHOICE: NULL-terminated */
    bool required;
    const char *what; /* one phrase for help and messages: "images a step"; may be NULL */
} SchemaField;

/* A field without a key in the map keeps the value that the caller put into the struct (the
 * default). If `node` is NULL or empty, all fields do. RECIPE; the fields before the wrong one are
 * then set. */
SCRAWL_MUST_CHECK ScrawlStatus schema_read(const Tree *tree, const TreeNode *node,
                                           const SchemaField *fields, void *out,
                                           ScrawlError *error);

/* The same, but skips unknown keys: for files that a later version may have written. */
SCRAWL_MUST_CHECK ScrawlStatus schema_read_known(const Tree *tree, const TreeNode *node,
                                                 const SchemaField *fields, void *out,
                                                 ScrawlError *error);

#endif
