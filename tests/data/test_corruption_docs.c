/* docs/evaluation.md against the program: every corruption and every step of denoising has its row,
 * with its unit, strengths and range, in the program's order. $SCRAWL_DOCS is the folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../docs_row.h"
#include "scrawl/corruption.h"
#include "scrawl/denoise.h"

#define MAX_ROWS 60

/* | `name` | unit | strengths | range | ..., or | `name` | unit | range | usual | ... */
static DocsRow rows[MAX_ROWS];
static size_t n_rows;

/* The rows of the two sections. */
static int read_docs(void **state)
{
    (void)state;
    const char *folder = getenv("SCRAWL_DOCS");
    char path[512], line[2000];
    bool wanted = false;
    snprintf(path, sizeof path, "%s/evaluation.md", folder ? folder : "docs");
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    while (n_rows < MAX_ROWS && fgets(line, sizeof line, file)) {
        if (line[0] == '#')
            wanted =
                strcmp(line, "## Corrupted images\n") == 0 || strcmp(line, "## Denoising\n") == 0;
        if (wanted && docs_row_read(line, &rows[n_rows]))
            n_rows++;
    }
    fclose(file);
    return 0;
}

static void assert_cell(const DocsRow *row, int cell, const char *expected)
{
    docs_assert_cell("evaluation.md", row, cell, expected);
}

static size_t count_corruptions(void)
{
    size_t n = 0;
    while (scrawl_corruption(n))
        n++;
    return n;
}

static void test_corruptions(void **state)
{
    (void)state;
    const ScrawlCorruption *corruption;
    for (size_t i = 0; (corruption = scrawl_corruption(i)); i++) {
        const double *s = corruption->strengths;
        char text[200];
        assert_true(i < n_rows);
        assert_cell(&rows[i], 0, corruption->name);
        assert_cell(&rows[i], 1, corruption->unit);
        snprintf(text, sizeof text, "%g, %g, %g, %g, %g", s[0], s[1], s[2], s[3], s[4]);
        assert_cell(&rows[i], 2, text);
        snprintf(text, sizeof text, "%g..%g", corruption->min, corruption->max);
        assert_cell(&rows[i], 3, text);
    }
}

static void test_steps(void **state)
{
    (void)state;
    size_t first = count_corruptions(), i = 0;
    const ScrawlDenoiseStep *step;
    for (; (step = scrawl_denoise_step(i)); i++) {
        const DocsRow *row = &rows[first + i];
        char text[200] = "";
        assert_true(first + i < n_rows);
        assert_cell(row, 0, step->name);
        assert_cell(row, 1, step->unit ? step->unit : "");
        if (step->unit)
            snprintf(text, sizeof text, "%.0f..%.0f", step->min, step->max);
        assert_cell(row, 2, text);
        if (step->usual > 0)
            snprintf(text, sizeof text, "%g", step->usual);
        else
            strcpy(text, step->unit ? "by size" : "");
        assert_cell(row, 3, text);
    }
    assert_int_equal(n_rows, first + i); /* and no row is about anything else */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corruptions),
        cmocka_unit_test(test_steps),
    };
    return cmocka_run_group_tests_name("data corruption docs", tests, read_docs, NULL);
}
