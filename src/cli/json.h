/* One JSON document on stdout: a list with an element a line, or one object. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

#include "cli/cli.h"

/* A file's name may be any bytes: those that are not UTF-8 become U+FFFD. NULL gives null. */
json_t *json_text(const char *text);
/* null where it is not finite: JSON has no NaN. */
json_t *json_number(double value);
/* null, "related" or "same". */
json_t *json_leakage(ScrawlLeakage leakage);

/* Each takes `value`. A NULL, which is what jansson gives where memory ends, is remembered and
 * becomes the exit status of json_list_end or json_print. */
typedef struct JsonList {
    size_t n;
    bool failed;
} JsonList;

void json_list_start(JsonList *list);
void json_list_add(JsonList *list, json_t *value);
int json_list_end(JsonList *list);
int json_print(json_t *value);

#endif
