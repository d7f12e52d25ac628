/* scrawl compare: what its parts share. */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include <jansson.h>

#include "cli/bar.h"

typedef struct CompareArguments {
    TextList data, require;
    const char *tta, *plot, *copy_winner;
    bool no_regression, json;
} CompareArguments;

typedef struct Compare {
    const Globals *globals;
    const CompareArguments *arguments;
    char **names;  /* [n] of the models, as given */
    size_t folder; /* bytes of a folder that all names begin with and that need not be shown */
    ScrawlModel *models[SCRAWL_COMPARE_MAX];
    int n;         /* models that are loaded */
    TextList data; /* what was asked for, or the first model's own */
    char own[TRAINED_ON_SIZE];
    ScrawlRequirement requirements[CLI_MAX_LIST]; /* of arguments->require */
    ScrawlComparison *comparison;
    Bar bar;
} Compare;

/* compare_text.c: the tables for people, on stdout. */
void compare_print(const Compare *compare);

/* compare_json.c: the same for programs; NULL: no memory. */
json_t *compare_json(const Compare *compare);

#endif
