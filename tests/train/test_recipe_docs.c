/* docs/recipes.md against the program: every key of every table that the program reads has its
 * row, with its type, default and range, and no row is about anything else. $SCRAWL_DOCS is the
 * folder. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../docs_row.h"
#include "base/file.h"
#include "base/text.h"
#include "train/recipe.h"

#define MAX_ROWS 200

/* | `key` | type | default | range | meaning |; met: by a field of the program's */
static DocsRow rows[MAX_ROWS];
static size_t n_rows;

/* Of a key: the other tables have no dots in their names. */
static bool read_row(const char *line, DocsRow *row)
{
    return docs_row_read(line, row) && strchr(row->cells[0], '.');
}

static int read_docs(void **state)
{
    (void)state;
    const char *folder = getenv("SCRAWL_DOCS");
    char path[512], line[2000];
    snprintf(path, sizeof path, "%s/recipes.md", folder ? folder : "docs");
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    while (n_rows < MAX_ROWS && fgets(line, sizeof line, file)) {
        if (read_row(line, &rows[n_rows]))
            n_rows++;
    }
    fclose(file);
    return n_rows > 20 ? 0 : -1;
}

static DocsRow *find_row(const char *section, const char *key)
{
    char name[100];
    snprintf(name, sizeof name, "%s.%s", section, key);
    for (size_t i = 0; i < n_rows; i++) {
        if (strcmp(rows[i].cells[0], name) == 0)
            return &rows[i];
    }
    fail_msg("docs/recipes.md has no row for %s", name);
    return NULL;
}

static void assert_cell(const DocsRow *row, int cell, const char *expected)
{
    docs_assert_cell("recipes.md", row, cell, expected);
}

static const char *type_name(SchemaType type)
{
    switch (type) {
    case SCHEMA_TYPE_INT:
        return "integer";
    case SCHEMA_TYPE_DOUBLE:
        return "number";
    case SCHEMA_TYPE_BOOL:
        return "true, false";
    case SCHEMA_TYPE_STRING:
        return "text";
    case SCHEMA_TYPE_CHOICE:
        return "choice";
    case SCHEMA_TYPE_NODE:
        return "section";
    case SCHEMA_TYPE_RANGE:
        return "range";
    }
    return "";
}

static void check_range(const DocsRow *row, const SchemaField *field)
{
    char text[200] = "";
    double low, high;
    if (field->type == SCHEMA_TYPE_CHOICE) {
        for (size_t i = 0; field->choices[i]; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? ", " : "",
                     field->choices[i]);
        assert_cell(row, 3, text);
    } else if (field->min != 0 || field->max != 0) {
        strcpy(text, row->cells[3]);
        char *dots = strstr(text, "..");
        assert_non_null(dots);
        *dots = '\0';
        if (!number_parse(text, &low) || !number_parse(dots + 2, &high) || low != field->min ||
            high != field->max)
            fail_msg("docs/recipes.md, %s: the range is %g..%g, found \"%s\"", row->cells[0],
                     field->min, field->max, row->cells[3]);
    } else {
        assert_cell(row, 3, "");
    }
}

/* `defaults` is the struct that the table writes to. */
static void check_default(const DocsRow *row, const SchemaField *field, const void *defaults)
{
    const char *place = (const char *)defaults + field->offset, *found = row->cells[2];
    double value, expected;
    if (field->required) {
        assert_cell(row, 2, "required");
    } else if (field->type == SCHEMA_TYPE_BOOL) {
        assert_cell(row, 2, *(const bool *)place ? "true" : "false");
    } else if (field->type == SCHEMA_TYPE_CHOICE) {
        assert_cell(row, 2, field->choices[*(const int *)place]);
    } else if (field->type == SCHEMA_TYPE_INT || field->type == SCHEMA_TYPE_DOUBLE) {
        expected = field->type == SCHEMA_TYPE_INT ? *(const int *)place : *(const double *)place;
        if (!number_parse(found, &value) || value != expected)
            fail_msg("docs/recipes.md, %s: the default is %g, found \"%s\"", row->cells[0],
                     expected, found);
    }
}

/* Defaults that no number of the table says; their words are compared here. */
static bool is_special(const DocsRow *row)
{
    static const char *const special[][2] = {
        {"train.warmup", "0, one-cycle 0.3"},
        {"data.test", "as train"},
        {"maxpool.stride", "size"},
        {"avgpool.stride", "size"},
    };
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (strcmp(row->cells[0], special[i][0]) == 0) {
            assert_cell(row, 2, special[i][1]);
            return true;
        }
    }
    return false;
}

static void check_table(const char *section, const SchemaField *fields, const void *defaults)
{
    for (const SchemaField *field = fields; field && field->key; field++) {
        DocsRow *row = find_row(section, field->key);
        row->met = true;
        assert_cell(row, 1, type_name(field->type));
        check_range(row, field);
        if (!is_special(row))
            check_default(row, field, defaults);
    }
}

static void assert_all_met(const char *section)
{
    for (size_t i = 0; i < n_rows; i++) {
        size_t length = strlen(section);
        if (strncmp(rows[i].cells[0], section, length) == 0 && rows[i].cells[0][length] == '.' &&
            !rows[i].met)
            fail_msg("docs/recipes.md: there is no key %s", rows[i].cells[0]);
    }
}

static void test_sections(void **state)
{
    (void)state;
    DataSection data = DATA_SECTION_DEFAULT;
    TrainSection train = TRAIN_SECTION_DEFAULT;
    check_table("data", recipe_data_fields, &data);
    check_table("train", recipe_train_fields, &train);
    assert_all_met("data");
    assert_all_met("train");
}

static void test_layers(void **state)
{
    (void)state;
    const char *const *names = layer_kind_names();
    for (size_t i = 0; names[i]; i++) {
        const LayerKind *kind = layer_kind_find(names[i]);
        check_table(names[i], kind->fields, &kind->defaults);
        assert_all_met(names[i]);
    }
}

/* Sections whose tables are their folders' own: each documented default is taken, and changes
 * nothing; each end of a range is taken, and nothing beyond it. */
static ScrawlRecipe *with(const char *key, const char *value, ScrawlStatus *status)
{
    char text[300];
    ScrawlRecipe *recipe;
    assert_int_equal(scrawl_recipe_load(&recipe, "mlp", NULL), SCRAWL_STATUS_OK);
    snprintf(text, sizeof text, "%.99s=%.199s", key, value);
    assert_int_equal(scrawl_recipe_set(recipe, text, NULL), SCRAWL_STATUS_OK);
    *status = scrawl_recipe_check(recipe, NULL);
    return recipe;
}

static void assert_status(const char *key, const char *value, bool expected)
{
    ScrawlStatus status;
    scrawl_recipe_free(with(key, value, &status));
    if ((!status) != expected)
        fail_msg("docs/recipes.md, %s: %s is %s", key, value, expected ? "refused" : "taken");
}

/* `[0, end]` or `[end, 10]` where the key is a range. */
static void check_end(const DocsRow *row, double end, double beyond)
{
    double ends[2] = {end, beyond};
    for (int i = 0; i < 2; i++) {
        char number[NUMBER_TEXT_SIZE], value[100];
        number_print(ends[i], number);
        bool range = strcmp(row->cells[1], "range") == 0;
        snprintf(value, sizeof value, range ? "[%s, %s]" : "%s", number, number);
        assert_status(row->cells[0], value, i == 0);
    }
}

static void check_ends(const DocsRow *row)
{
    char text[200];
    double low, high;
    strcpy(text, row->cells[3]);
    char *dots = strstr(text, "..");
    if (!dots)
        return;
    *dots = '\0';
    assert_true(number_parse(text, &low));
    assert_true(number_parse(dots + 2, &high));
    check_end(row, low, low - fmax(1e-9, fabs(low) * 0.01));
    check_end(row, high, high + fmax(1e-9, fabs(high) * 0.01));
}

static void test_other_sections(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        const DocsRow *row = &rows[i];
        ScrawlStatus status;
        bool preprocessing = strncmp(row->cells[0], "preprocessing.", 14) == 0;
        if (!preprocessing && strncmp(row->cells[0], "augmentation.", 13) != 0)
            continue;
        n++;
        if (strcmp(row->cells[1], "section") == 0 || strcmp(row->cells[2], "required") == 0)
            continue;
        ScrawlRecipe *recipe = with(row->cells[0], row->cells[2], &status);
        assert_int_equal(status, SCRAWL_STATUS_OK);
        assert_true(augment_is_none(&recipe->augment));
        Preprocess usual = PREPROCESS_DEFAULT;
        assert_memory_equal(&recipe->preprocess, &usual, sizeof usual);
        scrawl_recipe_free(recipe);
        /* height and width cannot go without the network's input */
        if (strcmp(row->cells[0], "preprocessing.height") &&
            strcmp(row->cells[0], "preprocessing.width"))
            check_ends(row);
    }
    assert_int_equal(n, 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_other_sections),
    };
    return cmocka_run_group_tests(tests, read_docs, NULL);
}
