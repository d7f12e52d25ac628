/* A row of a table in docs/, for the tests that hold the tables against the program. */
#ifndef TESTS_DOCS_ROW_H
#define TESTS_DOCS_ROW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DOCS_CELLS 4

/* | `name` | one | two | three | ... */
typedef struct DocsRow {
    char cells[DOCS_CELLS][200];
    bool met; /* for the caller */
} DocsRow;

/* The cells between bars, without blanks and backquotes round them; false: no row of a name. */
static inline bool docs_row_read(const char *line, DocsRow *row)
{
    *row = (DocsRow){0};
    if (strncmp(line, "| `", 3) != 0)
        return false;
    line++;
    for (int i = 0; i < DOCS_CELLS; i++) {
        const char *end = strchr(line, '|');
        if (!end)
            return false;
        line += strspn(line, " `");
        const char *last = end;
        while (last > line && strchr(" `", last[-1]))
            last--;
        size_t length = last > line ? (size_t)(last - line) : 0;
        assert_true(length < sizeof row->cells[i]);
        memcpy(row->cells[i], line, length);
        line = end + 1;
    }
    return true;
}

static inline void docs_assert_cell(const char *document, const DocsRow *row, int cell,
                                    const char *expected)
{
    if (strcmp(row->cells[cell], expected) != 0)
        fail_msg("docs/%s, %s: expected \"%s\", found \"%s\"", document, row->cells[0], expected,
                 row->cells[cell]);
}

#endif
