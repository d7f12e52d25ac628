/* Denoising: small pictures whose outcome is worked out by hand, large ones against leptonica's own
 * binarisation and components. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <leptonica/allheaders.h>

#include "base/memory.h"
#include "base/rng.h"
#include "image/denoise.h"
#include "image/ink.h"
#include "kernels/kernels.h"

#define N_ELEMENTS(array) (sizeof array / sizeof((array)[0]))

/* Light ink, as in a data set. */
static void clean(const char *spec, int width, int height, bool light, uint8_t *pixels)
{
    Words steps;
    assert_int_equal(denoise_read(&steps, spec, NULL), SCRAWL_STATUS_OK);
    size_t size = denoise_work(&steps, width, height);
    uint8_t *work = mem_alloc(size + 64, 1); /* and a canary */
    assert_non_null(work);
    memset(work, 0xa5, size + 64);
    denoise_apply(&steps, width, height, light, pixels, work);
    for (size_t i = size; i < size + 64; i++)
        assert_int_equal(work[i], 0xa5);
    mem_free(work);
}

/* Greys 10 (four times), 20, 200 (twice), 220: between 20 and 200 the variance is largest:
 * 5 * 3 * (206.67 - 12)^2 against 4 * 4 * (160 - 10)^2 and 7 * 1 * (220 - 65.71)^2. */
static void otsu_parts_where_the_variance_is_largest(void **state)
{
    (void)state;
    static const uint8_t before[8] = {10, 200, 10, 20, 220, 10, 200, 10};
    static const uint8_t after[8] = {0, 255, 0, 0, 255, 0, 255, 0};
    uint8_t pixels[8], level;
    assert_true(threshold_otsu(before, 8, &level));
    assert_int_equal(level, 20);
    memcpy(pixels, before, 8);
    clean("threshold", 4, 2, true, pixels);
    assert_memory_equal(pixels, after, 8);
    clean("threshold", 4, 2, true, pixels); /* what is black and white stays */
    assert_memory_equal(pixels, after, 8);
    memcpy(pixels, before, 8);
    clean("threshold", 4, 2, false, pixels); /* sides of the grey scale do not change */
    assert_memory_equal(pixels, after, 8);
}

static void one_grey_stays(void **state)
{
    (void)state;
    static const char *const specs[] = {"threshold",  "adaptive",
                                        "adaptive=3", "despeckle=100",
                                        "blur=3",     "blur=20,threshold,adaptive,despeckle"};
    for (size_t i = 0; i < N_ELEMENTS(specs); i++)
        for (int grey = 0; grey <= 255; grey += 51) {
            uint8_t pixels[6 * 5], before[6 * 5];
            memset(before, grey, sizeof before);
            memcpy(pixels, before, sizeof before);
            clean(specs[i], 6, 5, true, pixels);
            assert_memory_equal(pixels, before, sizeof before);
        }
}

/* A bright stroke on paper that is dark on the left and nearly as bright as the stroke on the
 * right: no one level parts them, Sauvola's does. */
static void adaptive_follows_the_paper(void **state)
{
    (void)state;
    enum { W = 60, H = 20 };
    static uint8_t lit[W * H], turned[W * H], one_level[W * H];
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            bool stroke = y == 10 && x > 5 && x < 55;
            lit[y * W + x] = (uint8_t)(stroke ? 120 + 2 * x : 2 * x);
            turned[y * W + x] = (uint8_t)(255 - lit[y * W + x]);
        }
    memcpy(one_level, lit, sizeof lit);
    clean("adaptive=9", W, H, true, lit);
    clean("adaptive=9", W, H, false, turned);
    clean("threshold", W, H, true, one_level);
    int wrong = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            bool stroke = y == 10 && x > 5 && x < 55;
            assert_int_equal(lit[y * W + x], stroke ? 255 : 0);
            assert_int_equal(turned[y * W + x], stroke ? 0 : 255);
            wrong += (one_level[y * W + x] == 255) != stroke;
        }
    assert_true(wrong > 100);
}

/* Dark patches on light paper, with grain. Free with free. */
static uint8_t *noise(int width, int height, uint64_t seed)
{
    uint8_t *grey = malloc((size_t)width * (size_t)height);
    Rng rng;
    rng_init(&rng, seed, rng_stream(RNG_PURPOSE_TEST, 1, 1));
    for (int i = 0; i < width * height; i++)
        grey[i] = (uint8_t)((sin(i % width / 3.0) * cos(i / width / 4.0) > 0.2 ? 60 : 190) +
                            90 * (rng_uniform(&rng) - 0.5));
    return grey;
}

static PIX *to_pix(const uint8_t *grey, int width, int height)
{
    PIX *pix = pixCreate(width, height, 8);
    for (int i = 0; i < width * height; i++)
        pixSetPixel(pix, i % width, i / width, grey[i]);
    return pix;
}

/* leptonica mirrors the picture at its edges; ours looks at what there is. Inside they agree, but
 * where its level, rounded to a whole grey, falls on another side of the pixel's. */
static void sauvola_agrees_with_leptonica(void **state)
{
    (void)state;
    enum { W = 90, H = 70, RADIUS = 7 };
    uint8_t *grey = noise(W, H, 4), *ours = malloc(W * H);
    uint32_t sums[2 * W];
    PIX *pix = to_pix(grey, W, H), *theirs = NULL, *levels = NULL;
    assert_int_equal(pixSauvolaBinarize(pix, RADIUS, 0.5f, 1, NULL, NULL, &levels, &theirs), 0);
    threshold_sauvola(grey, W, H, RADIUS, false, ours, sums);
    int compared = 0, n_ink = 0;
    for (int y = RADIUS + 1; y < H - RADIUS - 1; y++)
        for (int x = RADIUS + 1; x < W - RADIUS - 1; x++) {
            l_uint32 ink, level;
            pixGetPixel(theirs, x, y, &ink);
            pixGetPixel(levels, x, y, &level);
            if (abs((int)level - grey[y * W + x]) <= 1)
                continue;
            assert_int_equal(ours[y * W + x], ink ? 0 : 255);
            compared++;
            n_ink += ink != 0;
        }
    assert_true(compared > 3000 && n_ink > 500 && n_ink < compared - 500);
    pixDestroy(&pix);
    pixDestroy(&theirs);
    pixDestroy(&levels);
    free(grey);
    free(ours);
}

/* The window of a pixel near the edge, summed afresh. */
static void sauvola_sees_the_part_of_the_window_that_there_is(void **state)
{
    (void)state;
    enum { W = 23, H = 17 };
    uint8_t *grey = noise(W, H, 5), ours[W * H];
    uint32_t sums[2 * W];
    for (int radius = 1; radius < 40; radius += 6) {
        threshold_sauvola(grey, W, H, radius, true, ours, sums);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                double n = 0, sum = 0, squares = 0;
                for (int v = y - radius; v <= y + radius; v++)
                    for (int u = x - radius; u <= x + radius; u++)
                        if (v >= 0 && v < H && u >= 0 && u < W) {
                            double value = 255 - grey[v * W + u];
                            n++;
                            sum += value;
                            squares += value * value;
                        }
                double mean = sum / n, deviation = sqrt(fmax(squares / n - mean * mean, 0));
                double level = mean * (1 + 0.5 * (deviation / 128 - 1));
                double value = 255 - grey[y * W + x];
                if (fabs(value - level) > 1e-9)
                    assert_int_equal(ours[y * W + x], value < level ? 255 : 0);
            }
    }
    free(grey);
}

/* Pieces of one, two (by a corner), three and four pixels. */
static void despeckle_by_hand(void **state)
{
    (void)state;
    static const uint8_t before[5 * 7] = {
        255, 0,   0, 0,   0,   0, 255, //
        0,   0,   0, 0,   0,   0, 255, //
        0,   0,   9, 200, 200, 0, 255, //
        0,   255, 0, 200, 200, 0, 0,   //
        255, 0,   0, 0,   0,   0, 0,
    };
    static const struct {
        const char *spec;
        int left; /* pixels of ink */
    } cases[] = {{"despeckle=2", 9}, {"despeckle=3", 7}, {"despeckle=4", 4}, {"despeckle=5", 0}};
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        uint8_t pixels[5 * 7];
        int left = 0;
        memcpy(pixels, before, sizeof before);
        clean(cases[i].spec, 7, 5, true, pixels);
        for (size_t p = 0; p < sizeof pixels; p++) {
            left += pixels[p] > 100;
            assert_true(pixels[p] <= 100 ? pixels[p] <= 9 : pixels[p] == before[p]);
        }
        assert_int_equal(left, cases[i].left);
        assert_int_equal(pixels[2 * 7 + 2], 9); /* paper is not touched */
    }
}

/* A speck takes the mean of the paper next to it: (8 * 40 + 0) / 8 and so on, rounded. Dark ink. */
static void a_speck_becomes_its_paper(void **state)
{
    (void)state;
    uint8_t pixels[3 * 3] = {240, 240, 240, 240, 10, 243, 241, 243, 240};
    clean("despeckle=2", 3, 3, false, pixels);
    assert_int_equal(pixels[4], 241); /* 1927 / 8 = 240.9 */
    assert_int_equal(pixels[0], 240);
}

static void despeckle_agrees_with_leptonica(void **state)
{
    (void)state;
    enum { W = 120, H = 90, LEAST = 12 };
    static uint8_t pixels[W * H];
    static uint32_t work[LEAST + (W * H + 3) / 4];
    Rng rng;
    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_TEST, 1, 2));
    for (int i = 0; i < W * H; i++)
        pixels[i] = rng_uniform(&rng) < 0.3 ? 255 : 0;
    PIX *pix = to_pix(pixels, W, H), *black = pixThresholdToBinary(pix, 128);
    pixInvert(black, black);
    PIX *left = pixCreate(W, H, 1);
    BOXA *boxes;
    PIXA *pieces;
    boxes = pixConnComp(black, &pieces, 8);
    int n_removed = 0, n_kept = 0;
    for (int i = 0; i < pixaGetCount(pieces); i++) {
        PIX *piece = pixaGetPix(pieces, i, L_CLONE);
        l_int32 count, x, y, w, h;
        pixCountPixels(piece, &count, NULL);
        boxaGetBoxGeometry(boxes, i, &x, &y, &w, &h);
        if (count >= LEAST)
            pixRasterop(left, x, y, w, h, PIX_SRC | PIX_DST, piece, 0, 0);
        n_kept += count >= LEAST;
        n_removed += count < LEAST;
        pixDestroy(&piece);
    }
    assert_true(n_kept > 20 && n_removed > 20);
    specks_remove(pixels, W, H, 128, true, LEAST, work);
    for (int i = 0; i < W * H; i++) {
        l_uint32 ink;
        pixGetPixel(left, i % W, i / W, &ink);
        assert_int_equal(pixels[i] > 128, ink);
    }
    boxaDestroy(&boxes);
    pixaDestroy(&pieces);
    pixDestroy(&pix);
    pixDestroy(&black);
    pixDestroy(&left);
}

/* Pieces of a blurred picture are the whole picture's: 700 rows are three pieces. */
static void blur_has_no_seams(void **state)
{
    (void)state;
    enum { W = 40, H = 700 };
    static uint8_t pixels[W * H], before[W * H];
    static real values[W * H];
    real *work = malloc(kernels_blur_work(H, W) * sizeof *work);
    uint8_t *grey = noise(W, H, 6);
    memcpy(pixels, grey, sizeof pixels);
    memcpy(before, grey, sizeof before);
    for (int i = 0; i < W * H; i++)
        values[i] = grey[i];
    kernels_c.blur(H, W, values, 17, values, work);
    clean("blur=17", W, H, true, pixels);
    for (int i = 0; i < W * H; i++)
        assert_int_equal(pixels[i], (int)lrint((double)values[i]));
    clean("blur=0", W, H, true, before);
    assert_memory_equal(before, grey, sizeof before);
    free(work);
    free(grey);
}

/* In any order they are done as written. */
static void steps_follow_each_other(void **state)
{
    (void)state;
    enum { W = 31, H = 26 };
    uint8_t *one = noise(W, H, 7), *two = noise(W, H, 7), *other = noise(W, H, 7);
    clean("blur=0.8,threshold,despeckle=20", W, H, true, one);
    clean("blur=0.8", W, H, true, two);
    clean("threshold", W, H, true, two);
    clean("despeckle=20", W, H, true, two);
    assert_memory_equal(one, two, W * H);
    clean("threshold,despeckle=20,blur=0.8", W, H, true, other);
    assert_memory_not_equal(one, other, W * H);
    free(one);
    free(two);
    free(other);
}

static size_t n_between(const uint8_t *pixels, size_t n)
{
    size_t between = 0;
    for (size_t i = 0; i < n; i++)
        between += pixels[i] > 0 && pixels[i] < 255;
    return between;
}

/* What comes out of a threshold is black and white, unless the picture has one grey only; and what
 * is denoised is the same when done again. What lies beside is watched by `clean`. */
static void any_size_is_denoised(void **state)
{
    (void)state;
    static const char *const specs[] = {
        "blur=20,despeckle=100000,adaptive=1001,blur,adaptive",
        "despeckle,adaptive=3",
        "blur=20,blur,threshold,despeckle=100000",
    };
    static const int sizes[][2] = {{1, 1}, {1, 2}, {2, 1}, {1, 50}, {50, 1}, {3, 900}, {900, 3}};
    for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
        int width = sizes[i][0], height = sizes[i][1];
        size_t count = (size_t)width * (size_t)height;
        for (size_t k = 0; k < N_ELEMENTS(specs); k++) {
            uint8_t *once = noise(width, height, 8), *again = noise(width, height, 8);
            clean(specs[k], width, height, k % 2 == 0, once);
            clean(specs[k], width, height, k % 2 == 0, again);
            assert_memory_equal(once, again, count);
            if (n_between(once, count)) {
                memset(again, once[0], count);
                assert_memory_equal(once, again, count);
            }
            assert_true(count < 50 || n_between(once, count) == 0);
            free(once);
            free(again);
        }
    }
}

/* A photo of dark ink, its negative, and a picture with no ink at all. */
static void photos_of_either_polarity(void **state)
{
    (void)state;
    enum { W = 120, H = 100 };
    for (int light = 0; light < 2; light++) {
        ScrawlImage image;
        bool found;
        assert_int_equal(scrawl_image_create(&image, W, H, 0, NULL), SCRAWL_STATUS_OK);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                bool ink = hypot(x - 60, y - 50) < 20 && hypot(x - 60, y - 50) > 12;
                bool speck = x == 100 && (y == 20 || y == 21);
                int grey = (ink || speck ? 60 : 200) + x % 3 + y % 4;
                image.pixels[y * W + x] = (uint8_t)(light ? 255 - grey : grey);
            }
        assert_int_equal(ink_is_light(image.pixels, W, H, &found, NULL), SCRAWL_STATUS_OK);
        assert_int_equal(found, light);
        assert_int_equal(scrawl_image_denoise(&image, "threshold,despeckle=3", NULL),
                         SCRAWL_STATUS_OK);
        assert_int_equal(image.width, W);
        assert_int_equal(image.pixels[50 * W + 44], light ? 255 : 0);  /* the ring */
        assert_int_equal(image.pixels[50 * W + 60], light ? 0 : 255);  /* the paper */
        assert_int_equal(image.pixels[20 * W + 100], light ? 0 : 255); /* the speck */
        scrawl_image_deinit(&image);
    }
    uint8_t blank[16];
    bool light;
    memset(blank, 200, sizeof blank);
    assert_int_equal(ink_is_light(blank, 4, 4, &light, NULL), SCRAWL_STATUS_OK);
    assert_false(light);
    memset(blank, 20, sizeof blank);
    assert_int_equal(ink_is_light(blank, 4, 4, &light, NULL), SCRAWL_STATUS_OK);
    assert_true(light);
}

static void rows_are_whole(void **state)
{
    (void)state;
    size_t n = 0;
    for (const ScrawlDenoiseStep *step; (step = scrawl_denoise_step(n)); n++) {
        ScrawlError error = {0};
        char text[64];
        assert_true(step->name[0] && step->what[0]);
        assert_int_equal(scrawl_denoise_check(step->name, &error), SCRAWL_STATUS_OK);
        snprintf(text, sizeof text, "%s=%g", step->name, step->max);
        assert_int_equal(scrawl_denoise_check(text, &error),
                         step->unit ? SCRAWL_STATUS_OK : SCRAWL_STATUS_USAGE);
        if (step->unit)
            assert_true(step->usual == 0 || (step->usual > step->min && step->usual < step->max));
    }
    assert_int_equal(n, 4);
    assert_null(scrawl_denoise_step(4));
}

static void wrong_texts_change_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",           "thresold",     "blur=21",     "blur=-1",
                                        "adaptive=2", "adaptive=7.5", "despeckle=1", "threshold=9"};
    ScrawlImage image, empty = {0};
    ScrawlError error = {0};
    assert_int_equal(scrawl_image_create(&image, 4, 4, 7, NULL), SCRAWL_STATUS_OK);
    image.pixels[5] = 90;
    for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
        assert_int_equal(scrawl_denoise_check(wrong[i], &error), SCRAWL_STATUS_USAGE);
        assert_int_equal(scrawl_image_denoise(&image, wrong[i], &error), SCRAWL_STATUS_USAGE);
    }
    assert_int_equal(image.pixels[5], 90);
    assert_int_equal(scrawl_denoise_check("thresold", &error), SCRAWL_STATUS_USAGE);
    assert_string_equal(error.message,
                        "there is no denoising step 'thresold': did you mean 'threshold'?");
    assert_int_equal(scrawl_image_denoise(&empty, "blur", &error), SCRAWL_STATUS_USAGE);
    scrawl_image_deinit(&image);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    ScrawlImage image;
    assert_int_equal(scrawl_image_create(&image, 40, 30, 250, NULL), SCRAWL_STATUS_OK);
    memset(image.pixels + 400, 10, 40);
    uint64_t n = 1;
    for (;; n++) {
        ScrawlError error = {0};
        mem_fail_at(n);
        ScrawlStatus status = scrawl_image_denoise(&image, "blur,adaptive,despeckle", &error);
        mem_fail_at(0);
        if (!status)
            break;
        assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
        assert_int_equal(image.pixels[400], 10);
        assert_true(n < 100);
    }
    assert_true(n > 2);
    scrawl_image_deinit(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otsu_parts_where_the_variance_is_largest),
        cmocka_unit_test(one_grey_stays),
        cmocka_unit_test(adaptive_follows_the_paper),
        cmocka_unit_test(sauvola_agrees_with_leptonica),
        cmocka_unit_test(sauvola_sees_the_part_of_the_window_that_there_is),
        cmocka_unit_test(despeckle_by_hand),
        cmocka_unit_test(a_speck_becomes_its_paper),
        cmocka_unit_test(despeckle_agrees_with_leptonica),
        cmocka_unit_test(blur_has_no_seams),
        cmocka_unit_test(steps_follow_each_other),
        cmocka_unit_test(any_size_is_denoised),
        cmocka_unit_test(photos_of_either_polarity),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(wrong_texts_change_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("image clean", tests, NULL, NULL);
}
