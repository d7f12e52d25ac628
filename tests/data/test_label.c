/* Names on pictures: whole or with an ellipsis, never cut within a letter; with a font and, in a
 * process of its own, without. The argument "none" takes all fonts away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "data/label.h"

enum { WIDTH = 300, HEIGHT = 60, X = 20, Y = 20, SIZE = 14, WIDE = 250 };

typedef struct Heard {
    int n;
    char text[300];
} Heard;

static void hear(void *context, ScrawlLogLevel level, const char *text)
{
    Heard *heard = context;
    assert_int_equal(level, SCRAWL_LOG_LEVEL_WARNING);
    heard->n++;
    snprintf(heard->text, sizeof heard->text, "%s", text);
}

static ScrawlImage print(const char *text, int max_width, int *width)
{
    ScrawlImage ink = {.width = WIDTH, .height = HEIGHT, .pixels = mem_alloc_zero(WIDTH, HEIGHT)};
    assert_non_null(ink.pixels);
    *width = label_print(text, SIZE, X, Y, max_width, &ink);
    assert_int_equal(*width, label_width(text, SIZE, max_width));
    return ink;
}

static int count(const ScrawlImage *ink, int x0, int y0, int x1, int y1)
{
    int n = 0;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            n += ink->pixels[y * ink->width + x] > 64;
    return n;
}

/* It ends in dots on the baseline, right of which nothing is. */
static void assert_ellipsis(const char *text, int max_width)
{
    int width;
    ScrawlImage ink = print(text, max_width, &width);
    assert_in_range(width, max_width / 2, max_width);
    assert_int_equal(count(&ink, X + width + 1, 0, WIDTH, HEIGHT), 0);
    int end = X + width, dots = SIZE / 2;
    assert_true(count(&ink, end - dots, Y + SIZE - 4, end, Y + SIZE + 1) > 0);
    assert_int_equal(count(&ink, end - dots, 0, end, Y + SIZE - 5), 0);
    mem_free(ink.pixels);
}

static void long_names_end_in_an_ellipsis(void **state)
{
    (void)state;
    for (int max_width = 60; max_width < 140; max_width += 7)
        assert_ellipsis("HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH", max_width);
    for (int max_width = 40; max_width < 60; max_width++)
        assert_ellipsis("Kreis & Kompanie", max_width);
}

/* Capitals stand where they should: within a pixel of the line's top and on the baseline. */
static void capitals_have_their_height(void **state)
{
    (void)state;
    int width;
    ScrawlImage ink = print("HEX", WIDE, &width);
    assert_in_range(width, 2 * SIZE, 4 * SIZE);
    assert_int_equal(count(&ink, 0, 0, WIDTH, Y - 2), 0);
    assert_true(count(&ink, X, Y - 1, X + width, Y + 2) > 0);
    assert_true(count(&ink, X, Y + SIZE - 2, X + width, Y + SIZE + 1) > 0);
    assert_int_equal(count(&ink, 0, Y + SIZE + 2, WIDTH, HEIGHT), 0);
    mem_free(ink.pixels);
}

/* Where no font is installed the test has nothing to say. */
static void names_of_any_script_are_shown(void **state)
{
    (void)state;
    static const char *const names[] = {"\u00e9toile", "Kreis & Co.", "\u5b57", "\u03b1\u03b2"};
    int width, bare;
    if (!label_find_font(NULL))
        skip();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ScrawlImage ink = print(names[i], WIDE, &width);
        assert_true(width > 0 && count(&ink, X, 0, X + width, HEIGHT) > 10);
        mem_free(ink.pixels);
    }
    ScrawlImage whole = print("\u00e9toile", WIDE, &width), without = print("etoile", WIDE, &bare);
    int accent = count(&whole, X, 0, X + SIZE, Y + 3);
    assert_true(accent > count(&without, X, 0, X + SIZE, Y + 3));
    assert_in_range(width, bare - 2, bare + 2);
    mem_free(whole.pixels);
    mem_free(without.pixels);
    assert_true(label_can_show("\u00e9toile") && label_can_show("A & B"));
    assert_false(label_can_show("A\U0010fffd"));
    assert_true(label_width("&", SIZE, WIDE) > 0);
    assert_non_null(label_library());
}

static void names_are_safe_whatever_they_are(void **state)
{
    (void)state;
    static const char *const names[] = {"", "\xff\xfe", "a\nb\tc", "<b>&amp;</b>", "\xc3"};
    int width;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int max_width = 0; max_width < 40; max_width += 13) {
            ScrawlImage ink = print(names[i], max_width, &width);
            assert_in_range(width, 0, max_width);
            assert_int_equal(count(&ink, X + max_width + 2, 0, WIDTH, HEIGHT), 0);
            mem_free(ink.pixels);
        }
    ScrawlImage small = {.width = 5, .height = 4, .pixels = mem_alloc_zero(5, 4)};
    assert_non_null(small.pixels);
    label_print("beyond every edge", 40, -50, -20, 400, &small);
    label_print("beyond every edge", 40, 3, 2, 400, &small);
    mem_free(small.pixels);
}

/* In one process with fonts or without: the sentence is heard only without. */
static void missing_fonts_are_told(void **state)
{
    (void)state;
    Heard heard = {0};
    ScrawlLog log = {.level = SCRAWL_LOG_LEVEL_DEBUG, .context = &heard, .message = hear};
    bool found = label_find_font(&log);
    assert_int_equal(heard.n, !found);
    if (getenv("SCRAWL_NO_FONTS"))
        assert_false(found);
    if (!found) {
        assert_non_null(strstr(heard.text, "installed (in Debian, "));
        assert_true(label_can_show("A&"));
        assert_false(label_can_show("\u5b57"));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_fonts_are_told),
        cmocka_unit_test(long_names_end_in_an_ellipsis),
        cmocka_unit_test(capitals_have_their_height),
        cmocka_unit_test(names_of_any_script_are_shown),
        cmocka_unit_test(names_are_safe_whatever_they_are),
    };
    char name[] = "/tmp/scrawl-fonts-XXXXXX";
    if (argc > 1 && strcmp(argv[1], "none") == 0) {
        static const char config[] = "<?xml version=\"1.0\"?><fontconfig></fontconfig>";
        int file = mkstemp(name);
        if (file < 0 || write(file, config, sizeof config - 1) < 0 ||
            setenv("FONTCONFIG_FILE", name, 1) || setenv("SCRAWL_NO_FONTS", "1", 1))
            return 1;
        close(file);
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (getenv("SCRAWL_NO_FONTS"))
        remove(name);
    return failed;
}
