/* A map of a tree into a struct, by a table: keys, types, ranges, defaults. Every complaint names file, line, key, what was expected
 * and what was found; an unknown key names the nearest known one. */
#ifndef BASE_SCHEMA_H
#define BASE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/tree.h"

typedef enum SchemaType {
    SCHEMA_TYPE_INT,    /* int */
    SCHEMA_TYPE_DOUBLE, /* double */
    SCHEMA_TYPE_BOOL,   /* bool */
    SCHEMA_TYPE_STRING, /* const char *, borrowed from the tree */
    SCHEMA_TYPE_CHOICE, /* int: index into choices */
    SCHEMA_TYPE_NODE,   /* const TreeNode *: read by somebody else */
    SCHEMA_TYPE_RANGE,  /* double[2]: a number x stands for [-x, x], or a list [low, high] with low <= high */
} SchemaType;

typedef struct SchemaField {
    const char *key; /* NULL ends the table */
    SchemaType type;
    size_t offset;            /* offsetof into the struct */
    double min, max;          /* INT, DOUBLE, RANGE: inclusive bounds; both 0: any */
    const char *const *choices; /* CHOICE: NULL-terminated */
    bool required;
    const char *what;         /* one phrase for help and messages: "images a step" */
} SchemaField;

/* Fields that the map lacks keep the value that the caller put in the struct (the default). `node` NULL: all defaults. */
SCRAWL_MUST_CHECK ScrawlStatus schema_read(const Tree *tree, const TreeNode *node, const SchemaField *fields, void *out, ScrawlError *error);

/* The name in a NULL-terminated list nearest to `text` by edit distance (Damerau-Levenshtein, at most a third of its length and 3), or NULL. Also for commands and options. */
const char *nearest_name(const char *text, const char *const *names);

#endif
