/* Resampling: what it must keep, and a slow second opinion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "image/glyph.h"

static void resize(const uint8_t *src, int w, int h, uint8_t *dst, int new_w, int new_h)
{
    assert_int_equal(image_resize(src, w, h, dst, new_w, new_h, NULL), SCRAWL_STATUS_OK);
}

static void averages_whole_blocks(void **state)
{
    (void)state;
    static const uint8_t src[4 * 6] = {0,  10, 20, 20, 255, 255, /**/ 20, 10, 20, 20, 255, 255,
                                       10, 10, 30, 40, 1,   2,   /**/ 10, 10, 50, 60, 3,   6};
    static const uint8_t expected[6] = {10, 20, 255, 10, 45, 3};
    uint8_t dst[6];
    resize(src, 6, 4, dst, 3, 2);
    assert_memory_equal(dst, expected, 6);
}

static void interpolates_between_centres(void **state)
{
    (void)state;
    static const uint8_t src[2] = {0, 100}, expected[4] = {0, 25, 75, 100};
    uint8_t dst[8];
    resize(src, 2, 1, dst, 4, 1);
    assert_memory_equal(dst, expected, 4);
    resize(src, 1, 2, dst, 2, 4);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 2; x++)
            assert_int_equal(dst[2 * y + x], expected[y]);
}

/* A flat picture stays flat, and a shrunk one keeps its mean, whatever the sizes. */
static void keeps_flat_and_mean(void **state)
{
    (void)state;
    enum { MOST = 40 };
    static uint8_t src[MOST * MOST], dst[MOST * MOST];
    Rng rng;
    rng_init(&rng, 5, rng_stream(RNG_PURPOSE_TEST, 1, 0));
    for (int trial = 0; trial < 500; trial++) {
        int w = 1 + (int)rng_below(&rng, MOST), h = 1 + (int)rng_below(&rng, MOST);
        int new_w = 1 + (int)rng_below(&rng, MOST), new_h = 1 + (int)rng_below(&rng, MOST);
        memset(src, 201, sizeof src);
        resize(src, w, h, dst, new_w, new_h);
        for (int i = 0; i < new_w * new_h; i++)
            assert_int_equal(dst[i], 201);
        if (new_w > w || new_h > h)
            continue;
        double before = 0, after = 0;
        for (int i = 0; i < w * h; i++)
            before += src[i] = (uint8_t)rng_below(&rng, 256);
        resize(src, w, h, dst, new_w, new_h);
        for (int i = 0; i < new_w * new_h; i++)
            after += dst[i];
        double difference = before / (w * h) - after / (new_w * new_h);
        assert_true(difference < 0.51 && difference > -0.51);
    }
}

static void mirrors_with_its_input(void **state)
{
    (void)state;
    uint8_t src[13], mirrored[13], dst[9], back[9];
    for (int i = 0; i < 13; i++)
        src[i] = mirrored[12 - i] = (uint8_t)(i * i);
    for (int n = 1; n <= 9; n++) {
        resize(src, 13, 1, dst, n, 1);
        resize(mirrored, 13, 1, back, n, 1);
        for (int i = 0; i < n; i++)
            assert_in_range(dst[i] - back[n - 1 - i] + 1, 0, 2);
    }
}

static void says_when_memory_ends(void **state)
{
    (void)state;
    uint8_t src[12] = {0}, dst[4];
    for (uint64_t n = 1; n <= 5; n++) {
        mem_fail_at(n);
        assert_int_equal(image_resize(src, 4, 3, dst, 2, 2, NULL), SCRAWL_STATUS_NO_MEMORY);
        mem_fail_at(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_whole_blocks), cmocka_unit_test(interpolates_between_centres),
        cmocka_unit_test(keeps_flat_and_mean),   cmocka_unit_test(mirrors_with_its_input),
        cmocka_unit_test(says_when_memory_ends),
    };
    return cmocka_run_group_tests_name("image resize", tests, NULL, NULL);
}
