/* Sheets of samples: laid out as asked, with the data set's own pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "data/pen.h"

enum { SIDE = 28, AREA = SIDE * SIDE, ZOOM = 2 };

static ScrawlImage draw(const ScrawlDataset *dataset, int max_rows, int columns, uint64_t seed)
{
    ScrawlImage sheet;
    assert_int_equal(scrawl_dataset_sheet(dataset, max_rows, columns, seed, &sheet, NULL, NULL),
                     SCRAWL_STATUS_OK);
    return sheet;
}

/* Whether picture `index` is drawn, dark on white and twice enlarged, with its corner at (x, y). */
static bool shows(const ScrawlImage *sheet, const ScrawlDataset *dataset, size_t index, int x,
                  int y)
{
    const uint8_t *pixels = scrawl_dataset_pixels(dataset, index);
    for (int v = 0; v < ZOOM * SIDE; v++)
        for (int u = 0; u < ZOOM * SIDE; u++)
            if (sheet->pixels[(y + v) * sheet->width + x + u] !=
                255 - pixels[v / ZOOM * SIDE + u / ZOOM])
                return false;
    return true;
}

/* The picture of a class that the sheet's rightmost column shows in its row, or -1. */
static int last_of_row(const ScrawlImage *sheet, const ScrawlDataset *dataset, int row)
{
    int x = sheet->width - 8 - ZOOM * SIDE, y = 8 + row * (ZOOM * SIDE + 4);
    for (size_t i = 0; i < dataset->info.n; i++)
        if (dataset->labels[i] == row && shows(sheet, dataset, i, x, y))
            return (int)i;
    return -1;
}

static void lays_out_rows_and_columns(void **state)
{
    (void)state;
    ScrawlDataset *dataset;
    assert_int_equal(pen_dataset(&dataset, "pen", SCRAWL_SPLIT_TRAIN, 200, 1, NULL), 0);
    ScrawlImage sheet = draw(dataset, 0, 6, 1), few = draw(dataset, 3, 6, 1);
    ScrawlImage other = draw(dataset, 0, 6, 2), again = draw(dataset, 0, 6, 1);
    assert_int_equal(sheet.height, 2 * 8 + 10 * (ZOOM * SIDE + 4) - 4);
    assert_int_equal(few.height, 2 * 8 + 3 * (ZOOM * SIDE + 4) - 4);
    for (int row = 0; row < 10; row++)
        assert_true(last_of_row(&sheet, dataset, row) >= 0);
    assert_memory_equal(sheet.pixels, again.pixels, sheet.width * sheet.height);
    assert_memory_not_equal(sheet.pixels, other.pixels, sheet.width * sheet.height);
    /* The label column holds ink of the class's name, and the margin none. */
    int dark = 0;
    for (int y = 0; y < sheet.height; y++) {
        assert_int_equal(sheet.pixels[y * sheet.width + 3], 255);
        for (int x = 8; x < 24; x++)
            dark += sheet.pixels[y * sheet.width + x] < 100;
    }
    assert_true(dark > 100);
    scrawl_image_deinit(&sheet);
    scrawl_image_deinit(&few);
    scrawl_image_deinit(&other);
    scrawl_image_deinit(&again);
    scrawl_dataset_free(dataset);
}

static void leaves_white_where_pictures_end(void **state)
{
    (void)state;
    static const char *const names[] = {"a name much too long to stand beside its pictures", "b"};
    DatasetPlan plan = {.name = "two",
                        .split = SCRAWL_SPLIT_TRAIN,
                        .n = 3,
                        .width = SIDE,
                        .height = SIDE,
                        .class_names = names,
                        .n_classes = 2};
    ScrawlDataset *dataset;
    assert_int_equal(dataset_create(&dataset, &plan, NULL, NULL), SCRAWL_STATUS_OK);
    memset(dataset->pixels, 200, 3 * AREA);
    memset(dataset->labels, 0, 3 * sizeof *dataset->labels);
    dataset_seal(dataset);
    ScrawlImage sheet = draw(dataset, 0, 4, 1);
    int step = ZOOM * SIDE + 4, left = sheet.width - 8 - 4 * step + 4;
    assert_in_range(left, 100, 200);
    assert_true(shows(&sheet, dataset, 0, left, 8) &&
                shows(&sheet, dataset, 0, left + 2 * step, 8));
    for (int x = left + 3 * step; x < sheet.width; x++)
        assert_int_equal(sheet.pixels[20 * sheet.width + x], 255);
    for (int x = left; x < sheet.width; x++)
        assert_int_equal(sheet.pixels[(8 + step + 20) * sheet.width + x], 255);
    scrawl_image_deinit(&sheet);
    ScrawlError error = {0};
    assert_int_equal(scrawl_dataset_sheet(dataset, 0, 0, 1, &sheet, NULL, &error),
                     SCRAWL_STATUS_USAGE);
    assert_int_equal(scrawl_dataset_sheet(dataset, 0, 1001, 1, &sheet, NULL, &error),
                     SCRAWL_STATUS_USAGE);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n);
        assert_int_equal(scrawl_dataset_sheet(dataset, 0, 4, 1, &sheet, NULL, &error),
                         SCRAWL_STATUS_NO_MEMORY);
        mem_fail_at(0);
        assert_null(sheet.pixels);
    }
    scrawl_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_out_rows_and_columns),
        cmocka_unit_test(leaves_white_where_pictures_end),
    };
    return cmocka_run_group_tests_name("data sheet", tests, NULL, NULL);
}
