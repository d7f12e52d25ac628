/* The geometry of glyphs, and the preprocessing's map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "image/glyph.h"
#include "image/preprocess.h"

/* An L of dark ink on white, `unit` pixels a grid step, its corner at (left, top). */
static ScrawlImage draw_l(int width, int height, int left, int top, int unit)
{
    ScrawlImage image;
    assert_int_equal(scrawl_image_create(&image, width, height, 255, NULL), SCRAWL_STATUS_OK);
    for (int y = 0; y < 5 * unit; y++)
        for (int x = 0; x < 3 * unit; x++)
            if (x < unit || y >= 4 * unit)
                image.pixels[(top + y) * width + left + x] = 0;
    return image;
}

static void assert_placed(const uint8_t *out, int width, int height)
{
    GlyphBox box;
    double mass = 0, mean_x = 0, mean_y = 0;
    assert_true(glyph_box(out, width, height, 1, &box));
    double fill_x = (double)box.width / glyph_inner(width);
    double fill_y = (double)box.height / glyph_inner(height);
    assert_true(fill_x <= 1 && fill_y <= 1 && (fill_x == 1 || fill_y == 1));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            mass += out[y * width + x];
            mean_x += x * out[y * width + x];
            mean_y += y * out[y * width + x];
        }
    mean_x /= mass;
    mean_y /= mass;
    assert_true(mean_x >= width / 2.0 - 0.5 && mean_x < width / 2.0 + 0.5);
    assert_true(mean_y >= height / 2.0 - 0.5 && mean_y < height / 2.0 + 0.5);
    /* 3 x 5 stays 3 x 5. */
    assert_true(abs(5 * box.width - 3 * box.height) <= 5);
}

static void fits_and_centres_for_any_size(void **state)
{
    (void)state;
    static const int sizes[][2] = {{28, 28}, {8, 8}, {14, 14}, {32, 32}, {41, 57}, {64, 20}};
    static const int units[] = {2, 4, 9, 40, 100, 300};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            int unit = units[u];
            ScrawlImage image = draw_l(5 * unit, 7 * unit, unit / 2, unit + 1, unit);
            Preprocess preprocess = PREPROCESS_DEFAULT;
            uint8_t out[64 * 64];
            preprocess.width = sizes[s][0];
            preprocess.height = sizes[s][1];
            assert_int_equal(preprocess_image(&preprocess, &image, out, NULL), SCRAWL_STATUS_OK);
            assert_placed(out, preprocess.width, preprocess.height);
            scrawl_image_deinit(&image);
        }
}

static void keeps_a_glyph_byte_for_byte(void **state)
{
    (void)state;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlImage image = draw_l(100, 100, 20, 10, 12);
    uint8_t first[784], again[784];
    assert_int_equal(preprocess_image(&preprocess, &image, first, NULL), SCRAWL_STATUS_OK);
    for (int inverted = 0; inverted < 2; inverted++) {
        ScrawlImage glyph = {28, 28, first};
        assert_int_equal(preprocess_image(&preprocess, &glyph, again, NULL), SCRAWL_STATUS_OK);
        for (int i = 0; i < 784; i++)
            assert_int_equal(again[i], inverted ? 255 - first[i] : first[i]);
        for (int i = 0; i < 784; i++)
            first[i] = (uint8_t)(255 - first[i]);
    }
    scrawl_image_deinit(&image);
}

/* Ink on the edge of the box: the centre of mass gives way before anything is cut off. */
static void cuts_nothing_off(void **state)
{
    (void)state;
    uint8_t src[20 * 20] = {0}, dst[28 * 28];
    memset(src, 255, 20); /* a heavy top line ... */
    src[19 * 20] = 10;    /* ... and a faint spot at the bottom */
    glyph_centre(src, 20, 20, dst, 28, 28);
    assert_int_equal(dst[27 * 28 + 5], 10);
    assert_int_equal(dst[8 * 28 + 5], 255);
}

static void restores_thin_strokes(void **state)
{
    (void)state;
    ScrawlImage image;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    uint8_t out[784], most = 0;
    assert_int_equal(scrawl_image_create(&image, 200, 200, 255, NULL), SCRAWL_STATUS_OK);
    for (int i = 10; i < 190; i++)
        image.pixels[i * 200 + i] = image.pixels[i * 200 + 100] = 0;
    assert_int_equal(preprocess_image(&preprocess, &image, out, NULL), SCRAWL_STATUS_OK);
    for (int i = 0; i < 784; i++)
        most = out[i] > most ? out[i] : most;
    assert_int_equal(most, 255);
    scrawl_image_deinit(&image);
}

static double difference(const uint8_t *a, const uint8_t *b)
{
    double sum = 0;
    for (int i = 0; i < 784; i++)
        sum += abs(a[i] - b[i]);
    return sum / 784;
}

/* What JPEG leaves round strokes, and specks on a noisy scan, do not move the box. */
static void ignores_ringing_and_specks(void **state)
{
    (void)state;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlImage image = draw_l(150, 150, 60, 40, 12), rung = draw_l(28, 28, 8, 4, 4);
    uint8_t clean[784], out[784];
    assert_int_equal(preprocess_image(&preprocess, &rung, clean, NULL), SCRAWL_STATUS_OK);
    for (int y = 2; y < 26; y++)
        for (int x = 2; x < 26; x++)
            if (rung.pixels[y * 28 + x] == 255)
                rung.pixels[y * 28 + x] = (uint8_t)(255 - (x * 5 + y * 3) % 8);
    assert_int_equal(preprocess_image(&preprocess, &rung, out, NULL), SCRAWL_STATUS_OK);
    assert_true(difference(clean, out) < 1);
    for (int i = 0; i < 150 * 150; i++)
        image.pixels[i] = (uint8_t)(image.pixels[i] * 3 / 4 + 20 + i * 7919 % 13);
    for (int i = 0; i < 3; i++)
        image.pixels[(10 + i) * 150 + 12] = image.pixels[140 * 150 + 130 + i] = 20;
    assert_int_equal(preprocess_image(&preprocess, &image, out, NULL), SCRAWL_STATUS_OK);
    assert_true(difference(clean, out) < 4);
    scrawl_image_deinit(&image);
    scrawl_image_deinit(&rung);
}

static void resizes_whole_pictures(void **state)
{
    (void)state;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlImage image = draw_l(56, 56, 10, 10, 8);
    uint8_t dark[784], other[784];
    preprocess.mode = PREPROCESS_MODE_RESIZE;
    preprocess.ink = PREPROCESS_INK_DARK;
    assert_int_equal(preprocess_image(&preprocess, &image, dark, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(dark[0], 0);
    assert_int_equal(dark[6 * 28 + 6], 255);
    preprocess.ink = PREPROCESS_INK_AUTO;
    assert_int_equal(preprocess_image(&preprocess, &image, other, NULL), SCRAWL_STATUS_OK);
    assert_memory_equal(other, dark, 784);
    preprocess.ink = PREPROCESS_INK_LIGHT;
    assert_int_equal(preprocess_image(&preprocess, &image, other, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(other[0], 255);
    memset(image.pixels, 250, 56 * 56);
    preprocess.ink = PREPROCESS_INK_AUTO;
    assert_int_equal(preprocess_image(&preprocess, &image, other, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(other[100], 5);
    scrawl_image_deinit(&image);
}

static void refuses_empty_and_blank(void **state)
{
    (void)state;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlImage image = {0};
    ScrawlError error = {0};
    uint8_t out[784];
    assert_int_equal(preprocess_image(&preprocess, &image, out, &error), SCRAWL_STATUS_FORMAT);
    assert_int_equal(scrawl_image_create(&image, 0, 5, 0, &error), SCRAWL_STATUS_USAGE);
    assert_int_equal(scrawl_image_create(&image, 1 << 20, 1 << 20, 0, &error), SCRAWL_STATUS_LIMIT);
    static const int sides[] = {1, 2, 28, 1500};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(scrawl_image_create(&image, sides[i], sides[i], 200, &error),
                         SCRAWL_STATUS_OK);
        memset(out, 9, sizeof out);
        assert_int_equal(preprocess_image(&preprocess, &image, out, &error), SCRAWL_STATUS_NO_INK);
        assert_non_null(strstr(error.message, "no ink found"));
        assert_int_equal(out[300], 0);
        scrawl_image_deinit(&image);
    }
}

static void says_when_memory_ends(void **state)
{
    (void)state;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    ScrawlImage image = draw_l(100, 100, 20, 10, 12);
    uint8_t out[784];
    uint64_t n = 1;
    for (ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY; status; n++) {
        mem_fail_at(n);
        status = preprocess_image(&preprocess, &image, out, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
    }
    assert_true(n > 5);
    scrawl_image_deinit(&image);
}

static ScrawlStatus read_map(const char *text, Preprocess *preprocess, ScrawlError *error)
{
    Tree tree;
    assert_int_equal(yaml_parse(&tree, "r.yaml", text, strlen(text), error), SCRAWL_STATUS_OK);
    ScrawlStatus status = preprocess_read(preprocess, &tree, tree.root, error);
    tree_deinit(&tree);
    return status;
}

static void map_goes_there_and_back(void **state)
{
    (void)state;
    Preprocess first, second;
    ScrawlError error = {0};
    Buffer json;
    buffer_init(&json, 1000);
    assert_int_equal(read_map("{mode: resize, ink: light, height: 20, width: 30, mean: 0.1307, "
                              "sd: 0.3081}",
                              &first, &error),
                     SCRAWL_STATUS_OK);
    assert_int_equal(preprocess_write_json(&first, &json), SCRAWL_STATUS_OK);
    assert_int_equal(read_map(buffer_text(&json), &second, &error), SCRAWL_STATUS_OK);
    assert_int_equal(second.mode, PREPROCESS_MODE_RESIZE);
    assert_int_equal(second.ink, PREPROCESS_INK_LIGHT);
    assert_int_equal(second.height, 20);
    assert_int_equal(second.width, 30);
    assert_true(second.mean == 0.1307 && second.sd == 0.3081);
    buffer_deinit(&json);
    static const char *const wrong[] = {"{mode: squeeze}", "{height: 7}", "{width: 1025}",
                                        "{sd: 0}", "{inc: dark}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_map(wrong[i], &first, &error), SCRAWL_STATUS_RECIPE);
        assert_non_null(strstr(error.message, "r.yaml:1"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_and_centres_for_any_size),
        cmocka_unit_test(keeps_a_glyph_byte_for_byte),
        cmocka_unit_test(cuts_nothing_off),
        cmocka_unit_test(restores_thin_strokes),
        cmocka_unit_test(ignores_ringing_and_specks),
        cmocka_unit_test(resizes_whole_pictures),
        cmocka_unit_test(refuses_empty_and_blank),
        cmocka_unit_test(says_when_memory_ends),
        cmocka_unit_test(map_goes_there_and_back),
    };
    return cmocka_run_group_tests_name("image glyph", tests, NULL, NULL);
}
