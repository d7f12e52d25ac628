#include "cli/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character that starts text; 0 where it is not UTF-8. jansson is asked, so that what
 * is passed on is what it accepts. */
static size_t character_length(const char *text, size_t left)
{
    for (size_t length = 1; length <= 4 && length <= left; length++) {
        json_t *one = json_stringn(text, length);

        if (one) {
            json_decref(one);
            return length;
        }
    }
    return 0;
}

json_t *json_text(const char *text)
{
    size_t left = text ? strlen(text) : 0, n = 0;
    json_t *value = text ? json_string(text) : json_null();
    char *repaired;

    if (value)
        return value;
    repaired = malloc(left * strlen(REPLACEMENT) + 1);
    if (!repaired)
        return NULL;
    while (left) {
        size_t length = character_length(text, left), taken = length ? length : 1;

        memcpy(repaired + n, length ? text : REPLACEMENT, length ? length : strlen(REPLACEMENT));
        n += length ? length : strlen(REPLACEMENT);
        text += taken;
        left -= taken;
    }
    value = json_stringn(repaired, n);
    free(repaired);
    return value;
}

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_leakage(ScrawlLeakage leakage)
{
    static const char *const names[] = {
        [SCRAWL_LEAKAGE_RELATED] = "related", [SCRAWL_LEAKAGE_SAME] = "same"};

    return json_text(names[leakage]);
}

static bool print(json_t *value)
{
    bool fine = value && !json_dumpf(value, stdout, JSON_ENCODE_ANY);

    json_decref(value);
    return fine;
}

static int status(bool failed)
{
    return failed ? cli_fail("writing JSON: no memory, or standard output is closed")
                  : EXIT_SUCCESS;
}

void json_list_start(JsonList *list)
{
    *list = (JsonList){0};
    fputs("[", stdout);
}

void json_list_add(JsonList *list, json_t *value)
{
    fputs(list->n++ ? ",\n " : "", stdout);
    if (!print(value))
        list->failed = true;
}

int json_list_end(JsonList *list)
{
    puts("]");
    return status(list->failed);
}

int json_print(json_t *value)
{
    bool fine = print(value);

    putchar('\n');
    return status(!fine);
}
