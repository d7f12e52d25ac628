/* check_json FILE EXPRESSION...: is the file one JSON document, and nothing else, that fits?
 *
 *     0.accuracy >= 0.9        numbers: < <= > >=
 *     0.classes.3.label = "3"  any JSON value: = !=
 *     . size 10                of a list or an object
 *     0.loss is number         number, string, array, object, boolean, null, missing
 *
 * Says on stdout what does not fit; exit status 1 then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const json_t *find(const json_t *value, char *path)
{
    for (char *key = strtok(path, "."); key && value; key = strtok(NULL, "."))
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
    return value;
}

static const char *type_name(const json_t *value)
{
    static const char *const names[] = {"object", "array",   "string",  "number",
                                        "number", "boolean", "boolean", "null"};

    return value ? names[json_typeof(value)] : "missing";
}

static int equal(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    return json_equal(a, b);
}

static int fits(const json_t *value, const char *operator, const char * right)
{
    json_t *other;
    double a = json_number_value(value), b;
    int result;

    if (strcmp(operator, "is") == 0)
        return strcmp(type_name(value), right) == 0;
    if (strcmp(operator, "size") == 0)
        return (json_is_array(value) ? json_array_size(value) : json_object_size(value)) ==
               strtoul(right, NULL, 10);
    other = json_loads(right, JSON_DECODE_ANY, NULL);
    b = json_number_value(other);
    if (strcmp(operator, "=") == 0)
        result = value && other && equal(value, other);
    else if (strcmp(operator, "!=") == 0)
        result = value && other && !equal(value, other);
    else if (!json_is_number(value) || !json_is_number(other))
        result = 0;
    else if (strcmp(operator, "<") == 0)
        result = a < b;
    else if (strcmp(operator, "<=") == 0)
        result = a <= b;
    else if (strcmp(operator, ">") == 0)
        result = a > b;
    else
        result = strcmp(operator, ">=") == 0 && a >= b;
    json_decref(other);
    return result;
}

static int check(const json_t *document, const char *expression)
{
    char path[256], operator[8], right[256];

    if (sscanf(expression, "%255s %7s %255[^\n]", path, operator, right) != 3) {
        printf("no expression: %s\n", expression);
        return 0;
    }
    if (fits(find(document, path), operator, right))
        return 1;
    printf("does not fit: %s\n", expression);
    return 0;
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *document = argc > 1 ? json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error) : NULL;
    int fine = document != NULL;

    if (!document)
        printf("not one JSON document: %s\n", argc > 1 ? error.text : "no file");
    for (int i = 2; document && i < argc; i++)
        fine = check(document, argv[i]) && fine;
    json_decref(document);
    return fine ? 0 : 1;
}
