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
    SCHEMA_TYPE_NODE,   /* const TreeNode *: read by somebody else */
    /* double[2]: a list [low, high], low <= high; or x >= 0 for [-x, x], and for [x, x] where min
     * and max allow nothing below 0 */
    SCHEMA_TYPE_RANGE,
} SchemaType;

typedef struct SchemaField {
    const char *key; /* NULL ends the table */
    SchemaType type;
    size_t offset;   /* offsetof into the struct */
    double min, max; /* INT, DOUBLE, RANGE: inclusive, infinite where open; both 0: any */
    const char *const *choices; /* CHOICE: NULL-terminated */
    bool required;
    const char *what; /* one phrase for help and messages: "images a step"; may be NULL */
} SchemaField;

/* Fields that the map lacks keep the value that the caller put in the struct (the default). `node`
 * NULL, or with nothing in it: all defaults. RECIPE; fields before the wrong one are then
 * written. */
SCRAWL_MUST_CHECK ScrawlStatus schema_read(const Tree *tree, const TreeNode *node,
                                           const SchemaField *fields, void *out,
                                           ScrawlError *error);

/* The same, but passes over keys that the table lacks: for files that a later version may have
 * written. */
SCRAWL_MUST_CHECK ScrawlStatus schema_read_known(const Tree *tree, const TreeNode *node,
                                                 const SchemaField *fields, void *out,
                                                 ScrawlError *error);

#endif
