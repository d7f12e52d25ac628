/* The restricted edit distance of F. Damerau, "A technique for computer detection and correction of
 * spelling errors", 1964: no part of the text is edited twice. */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "scrawl/system.h"

#define MAX_LENGTH 63 /* of names that are compared: the rows below hold one more */
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
