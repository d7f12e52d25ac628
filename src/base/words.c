#include "base/words.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "scrawl/status.h"

#define MAX_KINDS 64 /* the longest of our own tables */
#define MAX_WORD 63  /* bytes of one word */
#define MAX_LIST 400 /* bytes of a list of names in a sentence */

static ScrawlStatus error_unknown(const char *what, const char *name, WordTable table,
                                  ScrawlError *error)
{
    const char *names[MAX_KINDS + 1] = {0};
    char list[MAX_LIST] = "";
    WordKind kind;
    for (size_t i = 0; i < MAX_KINDS && table(i, &kind); i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", kind.name);
        names[i] = kind.name;
    }
    const char *near = scrawl_nearest(name, names);
    if (near)
        return error_set(error, SCRAWL_STATUS_USAGE, "there is no %s '%s': did you mean '%s'?",
                         what, name, near);
    return error_set(error, SCRAWL_STATUS_USAGE, "there is no %s '%s': expected %s", what, name,
                     list);
}

static ScrawlStatus read_value(const WordKind *kind, const char *text, double *value,
                               ScrawlError *error)
{
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE];
    if (!kind->unit)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s takes no number, found '%s'", kind->name,
                         text);
    if (number_parse(text, value) && *value >= kind->min && *value <= kind->max &&
        (!kind->whole || *value == floor(*value)))
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_USAGE,
                     "%s: expected a %snumber from %s to %s (%s), found '%s'", kind->name,
                     kind->whole ? "whole " : "", number_print(kind->min, low),
                     number_print(kind->max, high), kind->unit, text);
}

/* Parses NAME or NAME=VALUE, and terminates the name at the '='. */
static ScrawlStatus read_word(Word *word, const char *what, char *name, WordTable table,
                              ScrawlError *error)
{
    char *value = strchr(name, '=');
    WordKind kind;
    if (value)
        *value++ = '\0';
    if (!*name)
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "the name of a %s is missing: expected NAME[=VALUE][,NAME[=VALUE]]...",
                         what);
    for (size_t i = 0; table(i, &kind); i++) {
        if (strcmp(kind.name, name) != 0)
            continue;
        *word = (Word){.kind = i, .value = kind.usual};
        return value ? read_value(&kind, value, &word->value, error) : SCRAWL_STATUS_OK;
    }
    return error_unknown(what, name, table, error);
}

ScrawlStatus words_read(Words *words, const char *what, const char *text, WordTable table,
                        ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    *words = (Words){0};
    for (bool more = true; more && !status;) {
        char word[MAX_WORD + 1];
        size_t length = strcspn(text, ",");
        if (words->n == WORDS_MAX)
            status = error_set(error, SCRAWL_STATUS_USAGE,
                               "expected at most %d names in one text, found more", WORDS_MAX);
        else if (length > MAX_WORD)
            status = error_set(error, SCRAWL_STATUS_USAGE,
                               "'%.40s...': a %s has a shorter name and number", text, what);
        if (status)
            break;
        memcpy(word, text, length);
        word[length] = '\0';
        status = read_word(&words->words[words->n++], what, word, table, error);
        more = text[length] == ',';
        text += length + 1;
    }
    if (status)
        words->n = 0;
    return status;
}

/* The restricted edit distance of F. Damerau, "A technique for computer detection and correction of
 * spelling errors", 1964: no part of the text is edited twice. */

#define MAX_LENGTH 63 /* the longest name that is compared; the rows below hold one more */
#define MAX_DISTANCE 3

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Row i of the table holds the distances of a's first i letters to every beginning of b. */
static int edit_distance(const char *a, const char *b)
{
    int rows[3][MAX_LENGTH + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    int a_length = (int)strlen(a), b_length = (int)strlen(b);

    for (int j = 0; j <= b_length; j++)
        last[j] = j;
    for (int i = 1; i <= a_length; i++) {
        int *oldest = before;
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            int replaced = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_length];
}

const char *scrawl_nearest(const char *text, const char *const *names)
{
    size_t length = strlen(text);
    int nearest = least(MAX_DISTANCE, length <= MAX_LENGTH ? (int)length / 3 : 0) + 1;
    const char *name = NULL;

    if (length > MAX_LENGTH)
        return NULL;
    for (; *names; names++) {
        int distance = strlen(*names) <= MAX_LENGTH ? edit_distance(text, *names) : INT_MAX;
        if (distance < nearest) {
            nearest = distance;
            name = *names;
        }
    }
    return name;
}
