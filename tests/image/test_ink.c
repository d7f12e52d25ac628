/* Ink from paper: polarity, uneven light, noise, specks, blank pictures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "image/ink.h"

enum { W = 160, H = 120 };

/* A ring of ink off the middle. */
static bool in_ring(int x, int y)
{
    double r = hypot(x - 90, y - 50);
    return r > 16 && r < 24;
}

/* Grey paper lit from one side with a vignette, with noise, and the ring `ink` levels from it. */
static void draw(uint8_t *grey, double paper, double slope, double vignette, double noise, int ink)
{
    Rng rng;
    rng_init(&rng, 3, rng_stream(RNG_PURPOSE_TEST, 2, 0));
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double u = 2.0 * x / W - 1, v = 2.0 * y / H - 1;
            double value = paper + slope * u - vignette * (u * u + v * v) +
                           (noise > 0 ? noise * rng_normal(&rng) : 0) + (in_ring(x, y) ? ink : 0);
            grey[y * W + x] = (uint8_t)fmin(fmax(value, 0), 255);
        }
}

/* What part of the pixels is on the right side of half ink. */
static double agreement(const uint8_t *ink)
{
    int right = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            right += (ink[y * W + x] >= 128) == in_ring(x, y);
    return (double)right / (W * H);
}

static void finds_ink_in_any_light(void **state)
{
    (void)state;
    static const struct {
        double paper, slope, vignette, noise;
        int ink;
    } rows[] = {
        {255, 0, 0, 0, -255}, {0, 0, 0, 0, 255},    {128, 0, 0, 0, -40},
        {128, 0, 0, 0, 40},   {180, 50, 0, 3, -80}, {200, 30, 40, 4, -90},
        {90, 40, 0, 3, 90},   {90, -40, 20, 3, 80}, {230, 10, 10, 2, -30},
    };
    static uint8_t grey[W * H], ink[W * H];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        InkReport report;
        draw(grey, rows[i].paper, rows[i].slope, rows[i].vignette, rows[i].noise, rows[i].ink);
        assert_int_equal(ink_extract(grey, W, H, PREPROCESS_INK_AUTO, ink, &report, NULL),
                         SCRAWL_STATUS_OK);
        assert_int_equal(report.light, rows[i].ink > 0);
        assert_int_equal(report.clean, rows[i].noise == 0);
        assert_true(agreement(ink) > 0.99);
    }
}

static void obeys_a_given_side(void **state)
{
    (void)state;
    static uint8_t grey[W * H], ink[W * H];
    InkReport report;
    draw(grey, 100, 0, 0, 0, 100);
    memset(grey + 10 * W + 10, 0, 60); /* a dark line, less than the light ring */
    assert_int_equal(ink_extract(grey, W, H, PREPROCESS_INK_DARK, ink, &report, NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(ink[10 * W + 10], 255);
    assert_int_equal(ink[50 * W + 70], 0);
    assert_int_equal(ink_extract(grey, W, H, PREPROCESS_INK_AUTO, ink, &report, NULL),
                     SCRAWL_STATUS_OK);
    assert_true(report.light);
}

static void assert_blank(const uint8_t *grey, int width, int height, const char *words)
{
    static uint8_t ink[W * H];
    InkReport report;
    ScrawlError error = {0};
    assert_int_equal(ink_extract(grey, width, height, PREPROCESS_INK_AUTO, ink, &report, &error),
                     SCRAWL_STATUS_NO_INK);
    assert_memory_equal(error.message, "no ink found: ", 14);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" lacks \"%s\"", error.message, words);
}

static void finds_no_ink_on_blank_paper(void **state)
{
    (void)state;
    static uint8_t grey[W * H];
    static const double noises[] = {0, 1, 4, 10};
    for (size_t i = 0; i < 4; i++) {
        draw(grey, 128, 0, 0, noises[i], 0);
        assert_blank(grey, W, H, noises[i] > 0 ? "from the noise of the paper" : "is blank");
        draw(grey, 170, 40, 30, noises[i], 0);
        assert_blank(grey, W, H, "found");
    }
    draw(grey, 255, 0, 0, 0, 0);
    assert_blank(grey, W, H, "is blank (");
    assert_blank(grey, 1, 1, "is blank (");
    assert_blank(grey, W, 1, "is blank (");
    assert_blank(grey, 1, H, "is blank (");
    assert_blank(grey, 3, 2, "is blank (");
}

static void clears_specks_but_not_dots(void **state)
{
    (void)state;
    enum { N = 30 };
    uint8_t ink[N * N] = {0};
    for (int y = 10; y < 28; y++)
        memset(ink + y * N + 12, 255, 4); /* the stem of an i: 72 pixels */
    memset(ink + 5 * N + 12, 255, 3);     /* its dot */
    ink[2 * N + 2] = 255;                 /* a speck */
    ink[3 * N + 3] = 90;                  /* and its diagonal neighbour */
    assert_int_equal(ink_despeckle(ink, N, N, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(ink[2 * N + 2], 0);
    assert_int_equal(ink[3 * N + 3], 0);
    assert_int_equal(ink[5 * N + 13], 255);
    assert_int_equal(ink[20 * N + 14], 255);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n);
        assert_int_equal(ink_despeckle(ink, N, N, NULL), SCRAWL_STATUS_NO_MEMORY);
        mem_fail_at(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_ink_in_any_light),
        cmocka_unit_test(obeys_a_given_side),
        cmocka_unit_test(finds_no_ink_on_blank_paper),
        cmocka_unit_test(clears_specks_but_not_dots),
    };
    return cmocka_run_group_tests_name("image ink", tests, NULL, NULL);
}
