/* Each step of an augmentation alone, against what it error bounds, and all of them together. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/checksum.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/augment.h"
#include "data/pen.h"

enum { SIDE = 28, AREA = SIDE * SIDE, MANY = 400 };

#define BARE .scale = {1, 1}, .contrast = {1, 1}, .cutout_share = 1

static const Kernels *kernels;

static void apply_sized(const Augment *augment, const Kernels *table, int height, int width,
                        uint64_t sample, real *image)
{
    real *work = mem_alloc(augment_work(height, width), sizeof *work);
    assert_non_null(work);
    augment_apply(augment, table, &(AugmentImage){image, height, width, 1, 2, sample}, work);
    mem_free(work);
}

static void apply(const Augment *augment, uint64_t sample, real image[AREA])
{
    apply_sized(augment, kernels, SIDE, SIDE, sample, image);
}

static void draw_digit(uint64_t sample, uint8_t pixels[AREA], real image[AREA])
{
    char label[2] = {(char)('0' + sample % 10), '\0'};
    pen_glyph(label, SIDE, 1, rng_stream(RNG_PURPOSE_PEN, 1, sample), pixels);
    for (int i = 0; i < AREA; i++)
        image[i] = (real)pixels[i] / 255;
}

static void fill(real image[AREA], real value)
{
    for (int i = 0; i < AREA; i++)
        image[i] = value;
}

static double ink(const real image[AREA])
{
    double sum = 0;
    for (int i = 0; i < AREA; i++)
        sum += (double)image[i];
    return sum;
}

static void assert_about(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("expected %g +- %g, found %g", expected, tolerance, found);
}

/* In the order in which they are applied. */
static const Augment one_by_one[] = {
    {BARE, .thickness = {-1, 1}},
    {BARE, .rotation = {-10, 10}, .shift = {-0.1, 0.1}, .shear = {-5, 5}, .perspective = 0.1},
    {BARE, .elastic_alpha = 8, .elastic_sigma = 4},
    {BARE, .clutter = 0.5},
    {BARE, .blur = {0, 1}},
    {.scale = {1, 1}, .contrast = {0.8, 1.2}, .brightness = {-0.1, 0.1}},
    {BARE, .noise = 0.1},
    {.scale = {1, 1}, .contrast = {1, 1}, .cutout = {4, 10}, .cutout_share = 0.5},
};
static const Augment together = {.thickness = {-1, 1},
                                 .rotation = {-10, 10},
                                 .shift = {-0.1, 0.1},
                                 .scale = {1, 1},
                                 .shear = {-5, 5},
                                 .perspective = 0.1,
                                 .elastic_alpha = 8,
                                 .elastic_sigma = 4,
                                 .clutter = 0.5,
                                 .blur = {0, 1},
                                 .contrast = {0.8, 1.2},
                                 .brightness = {-0.1, 0.1},
                                 .noise = 0.1,
                                 .cutout = {4, 10},
                                 .cutout_share = 0.5};

enum { N_STEPS = sizeof one_by_one / sizeof one_by_one[0] };

/* What steps draw must not move. The first two are the bytes that a hundred digits of the pen had
 * when there were rotation, shift, scale, shear, elastic distortion and noise, and nothing else. */
static void bytes_are_those_of_old(void **state)
{
    static const Augment first = {.rotation = {-10, 10},
                                  .shift = {-0.1, 0.1},
                                  .scale = {0.9, 1.1},
                                  .shear = {-5, 5},
                                  .contrast = {1, 1},
                                  .noise = 0.1,
                                  .elastic_alpha = 8,
                                  .elastic_sigma = 4};
    static const char *const expected[] = {
        "f67d34d98f784bc6f70eca874b363051fa53e12d5997a761b294309b94d36b54",
        "062c9f20904389b96a31d893b36743bcc24bd91eb188b369478de6c15579333b",
        "bf35a7a0911f164333174baf1cdfa204f4cd3cb4edf9b99101357792964ed18b"};
    const Augment *kinds[] = {augment_find("distort"), &first, &together};
    static uint8_t pixels[100][AREA];
    (void)state;
    for (int k = 0; k < 3; k++) {
        char text[CHECKSUM_TEXT_SIZE];
        for (uint64_t i = 0; i < 100; i++) {
            real image[AREA];
            draw_digit(i, pixels[i], image);
            apply_sized(kinds[k], &kernels_c, SIDE, SIDE, i, image);
            for (int p = 0; p < AREA; p++)
                pixels[i][p] = (uint8_t)lrint((double)image[p] * 255);
        }
        checksum_sha256(pixels, sizeof pixels, text);
        assert_string_equal(text, expected[k]);
    }
}

/* No step draws otherwise for the others' sake, and they keep their order. */
static void together_is_one_after_the_other(void **state)
{
    (void)state;
    for (uint64_t sample = 0; sample < 50; sample++) {
        uint8_t pixels[AREA];
        real all[AREA], each[AREA];
        draw_digit(sample, pixels, all);
        memcpy(each, all, sizeof all);
        apply(&together, sample, all);
        for (int i = 0; i < N_STEPS; i++)
            apply(&one_by_one[i], sample, each);
        assert_memory_equal(all, each, sizeof all);
    }
}

static void every_step_counts(void **state)
{
    (void)state;
    for (int k = 0; k < N_STEPS; k++) {
        bool differs[3] = {0};
        assert_false(augment_is_none(&one_by_one[k]));
        for (uint64_t sample = 0; sample < 20; sample++) {
            uint8_t pixels[AREA];
            real before[AREA], after[AREA], plain[AREA], other[AREA];
            draw_digit(sample, pixels, before);
            memcpy(after, before, sizeof after);
            memcpy(plain, before, sizeof plain);
            memcpy(other, before, sizeof other);
            apply(&one_by_one[k], sample, after);
            apply(&one_by_one[k], sample + 1, other);
            apply_sized(&one_by_one[k], &kernels_c, SIDE, SIDE, sample, plain);
            differs[0] |= memcmp(after, before, sizeof after) != 0;
            differs[1] |= memcmp(after, other, sizeof after) != 0;
            for (int i = 0; i < AREA; i++) {
                assert_about((double)after[i], (double)plain[i], 2e-4);
                differs[2] |= after[i] < (real)-1e-6 || after[i] > (real)(1 + 1e-6);
            }
        }
        assert_true(differs[0] && differs[1] && !differs[2]);
    }
}

/* Work memory of exactly the bounded size, for the sanitizers. */
static void takes_every_size(void **state)
{
    static const int sizes[][2] = {{1, 1}, {1, 40}, {40, 1}, {3, 50}, {50, 3}, {64, 64}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (uint64_t sample = 0; sample < 20; sample++) {
            size_t count = (size_t)(sizes[i][0] * sizes[i][1]);
            real *image = mem_alloc(count, sizeof *image);
            assert_non_null(image);
            for (size_t p = 0; p < count; p++)
                image[p] = (real)(p % 5) / 4;
            apply_sized(&together, kernels, sizes[i][0], sizes[i][1], sample, image);
            for (size_t p = 0; p < count; p++)
                assert_true(image[p] >= 0 && image[p] <= (real)(1 + 1e-6));
            mem_free(image);
        }
}

/* Kernels that tell what they were asked for. */
static real seen_matrix[9], seen_sigma, seen_radius;
static int n_warps;

static void see_projective(int height, int width, const real *src, const real m[9], real outside,
                           real *dst, real *work)
{
    (void)height, (void)width, (void)src, (void)outside, (void)dst, (void)work;
    memcpy(seen_matrix, m, sizeof seen_matrix);
    n_warps++;
}

static void see_affine(int height, int width, const real *src, const real m[6], real outside,
                       real *dst, real *work)
{
    const real last[3] = {0, 0, 1};
    (void)height, (void)width, (void)src, (void)outside, (void)dst, (void)work;
    memcpy(seen_matrix, m, 6 * sizeof *m);
    memcpy(seen_matrix + 6, last, sizeof last);
    n_warps++;
}

static void see_blur(int height, int width, const real *src, real sigma, real *dst, real *work)
{
    (void)height, (void)width, (void)src, (void)dst, (void)work;
    seen_sigma = sigma;
}

static void see_dilate(int height, int width, const real *src, real radius, real *dst, real *work)
{
    (void)work;
    memcpy(dst, src, (size_t)(height * width) * sizeof *dst);
    seen_radius = radius;
}

/* 40 x 20 pixels, so that sides are not mixed up. */
static void watch(const Augment *augment, uint64_t sample)
{
    Kernels spy = kernels_c;
    static real image[40 * 20];
    spy.warp_projective = see_projective;
    spy.warp_affine = see_affine;
    spy.blur = see_blur;
    spy.dilate = see_dilate;
    n_warps = 0;
    apply_sized(augment, &spy, 40, 20, sample, image);
}

static double place(const double corner[2], int axis)
{
    const real *m = seen_matrix, *row = m + 3 * axis;
    double depth = (double)m[6] * corner[0] + (double)m[7] * corner[1] + (double)m[8];
    assert_true(depth > 0);
    return ((double)row[0] * corner[0] + (double)row[1] * corner[1] + (double)row[2]) / depth;
}

static const double corners[4][2] = {{0, 0}, {19, 0}, {19, 39}, {0, 39}};

/* Of an even distribution on +-reach, the sd is reach / sqrt(3); each number is its own. */
static void perspective_moves_each_corner(void **state)
{
    Augment augment = {BARE, .perspective = 0.2};
    double squares[8] = {0}, products[8] = {0}, most = 0;
    (void)state;
    for (uint64_t sample = 0; sample < MANY; sample++) {
        double moved[8];
        watch(&augment, sample);
        for (int i = 0; i < 8; i++) {
            double side = i % 2 ? 39 : 19;
            moved[i] = (place(corners[i / 2], i % 2) - corners[i / 2][i % 2]) / side;
            assert_true(fabs(moved[i]) < 0.2 + 1e-4);
            most = fmax(most, fabs(moved[i]));
            squares[i] += moved[i] * moved[i];
        }
        for (int i = 0; i < 8; i++)
            products[i] += moved[i] * moved[(i + 1) % 8];
    }
    assert_true(most > 0.199);
    for (int i = 0; i < 8; i++) { /* four standard errors */
        assert_about(squares[i] / MANY, 0.04 / 3, 4 * 0.04 * sqrt(4 / 45.0 / MANY));
        assert_about(products[i] / MANY, 0, 4 * 0.04 / 3 / sqrt(MANY));
    }
}

/* Turned first, then seen askew: the way back goes through the perspective first. One resampling
 * for both. */
static void perspective_follows_the_affine_map(void **state)
{
    Augment askew = {BARE, .perspective = 0.2}, turned = {BARE, .rotation = {-40, 40}},
            both = {BARE, .perspective = 0.2, .rotation = {-40, 40}};
    (void)state;
    for (uint64_t sample = 0; sample < 20; sample++)
        for (int i = 0; i < 4; i++) {
            double between[2], expected[2];
            watch(&askew, sample);
            between[0] = place(corners[i], 0);
            between[1] = place(corners[i], 1);
            watch(&turned, sample);
            assert_int_equal(n_warps, 1);
            expected[0] = place(between, 0);
            expected[1] = place(between, 1);
            watch(&both, sample);
            assert_int_equal(n_warps, 1);
            assert_about(place(corners[i], 0), expected[0], 1e-3);
            assert_about(place(corners[i], 1), expected[1], 1e-3);
        }
}

/* And apart from each other: covariances have deviations, too. */
static void ranges_are_drawn_evenly(void **state)
{
    Augment augment = {BARE, .blur = {0.5, 2}, .thickness = {-1, 2}};
    double sigmas = 0, radii = 0, products = 0;
    (void)state;
    for (uint64_t sample = 0; sample < MANY; sample++) {
        watch(&augment, sample);
        assert_true(seen_sigma >= (real)0.5 && seen_sigma <= 2);
        assert_true(seen_radius >= -1 && seen_radius <= 2);
        sigmas += (double)seen_sigma;
        radii += (double)seen_radius;
        products += ((double)seen_sigma - 1.25) * ((double)seen_radius - 0.5);
    }
    assert_about(products / MANY, 0, 4 * 1.5 * 3 / 12 / sqrt(MANY));
    assert_about(sigmas / MANY, 1.25, 4 * 1.5 / sqrt(12.0 * MANY));
    assert_about(radii / MANY, 0.5, 4 * 3 / sqrt(12.0 * MANY));
}

/* 8 pixels wide, through the middle. */
static void draw_line(real image[AREA], double angle)
{
    for (int i = 0; i < AREA; i++) {
        double x = i % SIDE - 13.5, y = i / SIDE - 13.5;
        double inside = 4 - fabs(x * sin(angle) - y * cos(angle)) + 0.5;
        image[i] = (real)fmin(fmax(inside, 0), 1);
    }
}

/* How far its edges have moved, counted in a circle of radius 10, where each
 * is 2 sqrt(10^2 - 4^2) long. */
static double move_of(const real image[AREA], double radius)
{
    Augment augment = {BARE, .thickness = {radius, radius}};
    real changed[AREA];
    double change = 0;
    memcpy(changed, image, sizeof changed);
    apply(&augment, 1, changed);
    for (int i = 0; i < AREA; i++) {
        double x = i % SIDE - 13.5, y = i / SIDE - 13.5;
        change += x * x + y * y <= 100 ? (double)(changed[i] - image[i]) : 0;
    }
    return change / (2 * 2 * sqrt(100 - 16));
}

/* By the radius, whatever their direction. */
static void strokes_become_thicker_and_thinner(void **state)
{
    static const double radii[] = {-2, -1, -0.7, -0.3, 0.3, 0.5, 1, 1.6, 2};
    (void)state;
    for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++)
        for (int a = 0; a <= 90; a += 15) {
            real image[AREA];
            draw_line(image, a * 3.14159265358979 / 180);
            assert_about(move_of(image, radii[i]) / radii[i], 1, 0.12);
        }
}

/* A line of two pixels would be gone. */
static void half_of_the_ink_stays(void **state)
{
    real image[AREA], before[AREA];
    Augment augment = {BARE, .thickness = {-1, -1}};
    (void)state;
    fill(image, 0);
    for (int y = 0; y < SIDE; y++)
        image[y * SIDE + 9] = image[y * SIDE + 10] = (real)0.8;
    memcpy(before, image, sizeof before);
    apply(&augment, 1, image);
    for (int i = 0; i < AREA; i++)
        assert_about((double)image[i], (double)before[i] / 2, 1e-4);
    fill(image, 0);
    apply(&augment, 1, image);
    assert_true(ink(image) == 0);
}

/* The variance along each axis of what was a point. */
static void blur_has_its_width(void **state)
{
    Augment augment = {BARE, .blur = {1.5, 1.5}};
    real image[AREA];
    double across = 0, down = 0;
    (void)state;
    fill(image, 0);
    image[14 * SIDE + 14] = 1;
    apply(&augment, 1, image);
    for (int i = 0; i < AREA; i++) {
        across += (double)image[i] * (i % SIDE - 14) * (i % SIDE - 14);
        down += (double)image[i] * (i / SIDE - 14) * (i / SIDE - 14);
    }
    assert_about(ink(image), 1, 1e-4);
    assert_about(across, 1.5 * 1.5, 0.1); /* the bell ends at three sd */
    assert_about(down, 1.5 * 1.5, 0.1);
}

static void light_is_linear_and_clamped(void **state)
{
    static const double cases[][5] = {{0.8, 0, 0.1, 0.5, 0.9},
                                      {0.8, 0.1, 0.2, 0.6, 1},
                                      {2, 0, 0, 0.5, 1},
                                      {1, -0.3, 0, 0.2, 0.7}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        Augment augment = {.scale = {1, 1},
                           .contrast = {cases[i][0], cases[i][0]},
                           .brightness = {cases[i][1], cases[i][1]}};
        real image[AREA] = {0, (real)0.5, 1};
        apply(&augment, 1, image);
        for (int k = 0; k < 3; k++)
            assert_about((double)image[k], cases[i][2 + k], 1e-6);
    }
}

/* The box of what was cut from a white picture, and that it is all of it. */
static int cut_size(const Augment *augment, uint64_t sample, int hidden[AREA], int size[2])
{
    int left = SIDE, right = -1, top = SIDE, bottom = -1, n = 0;
    real image[AREA];
    fill(image, 1);
    apply(augment, sample, image);
    for (int i = 0; i < AREA; i++) {
        if (image[i] == 1)
            continue;
        assert_true(image[i] == 0);
        left = i % SIDE < left ? i % SIDE : left;
        right = i % SIDE > right ? i % SIDE : right;
        top = i / SIDE < top ? i / SIDE : top;
        bottom = i / SIDE;
        hidden[i]++;
        n++;
    }
    size[0] = n ? right - left + 1 : 0;
    size[1] = n ? bottom - top + 1 : 0;
    assert_int_equal(n, size[0] * size[1]);
    return n;
}

static void cutout_hides_a_square(void **state)
{
    Augment augment = {.scale = {1, 1}, .contrast = {1, 1}, .cutout = {6, 8}, .cutout_share = 0.5};
    int hidden[AREA] = {0}, sides[9] = {0}, n_cut = 0;
    (void)state;
    for (uint64_t sample = 0; sample < MANY; sample++) {
        int size[2];
        n_cut += cut_size(&augment, sample, hidden, size) > 0;
        assert_true(size[0] <= 8 && size[1] <= 8);
        if (size[0] == size[1])
            sides[size[0]]++;
    }
    assert_about(n_cut, MANY / 2, 4 * sqrt(MANY) / 2);
    /* Whole squares: a middle far from all edges, (21 / 28)^2; three sides, equally often. */
    for (int side = 6; side <= 8; side++)
        assert_about(sides[side], n_cut / 3.0 * 0.56, 25);
    /* Anywhere: 200 squares, each hiding a pixel inside with 49 of 784, a corner with 4 * 4. */
    assert_about(hidden[14 * SIDE + 14], n_cut / 16.0, 14);
    assert_true(hidden[0] > 0 && hidden[AREA - 1] > 0);
}

/* Over many empty pictures: a share of them has marks, these are near the edges, at every edge, and
 * nothing that was there is lost. */
static void clutter_lies_along_the_edges(void **state)
{
    Augment augment = {BARE, .clutter = 0.3};
    double total = 0, edges[4] = {0};
    int n = 0;
    (void)state;
    for (uint64_t sample = 0; sample < MANY; sample++) {
        real image[AREA], grey[AREA];
        fill(image, 0);
        fill(grey, (real)0.25);
        apply(&augment, sample, image);
        apply(&augment, sample, grey);
        for (int i = 0; i < AREA; i++) {
            int x = i % SIDE, y = i / SIDE;
            assert_true(grey[i] == (image[i] > (real)0.25 ? image[i] : (real)0.25));
            assert_true(image[i] == 0 || x < 8 || x >= 20 || y < 8 || y >= 20);
            edges[0] += x < 2 ? (double)image[i] : 0;
            edges[1] += x >= 26 ? (double)image[i] : 0;
            edges[2] += y < 2 ? (double)image[i] : 0;
            edges[3] += y >= 26 ? (double)image[i] : 0;
        }
        total += ink(image);
        n += ink(image) > 0;
    }
    assert_in_range(n, (int)(0.2 * MANY), (int)(0.39 * MANY)); /* some marks miss the picture */
    assert_true(total / n > 5 && total / n < 60);
    for (int i = 0; i < 4; i++)
        assert_true(edges[i] > total / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_old),
        cmocka_unit_test(together_is_one_after_the_other),
        cmocka_unit_test(every_step_counts),
        cmocka_unit_test(takes_every_size),
        cmocka_unit_test(perspective_moves_each_corner),
        cmocka_unit_test(perspective_follows_the_affine_map),
        cmocka_unit_test(ranges_are_drawn_evenly),
        cmocka_unit_test(strokes_become_thicker_and_thinner),
        cmocka_unit_test(half_of_the_ink_stays),
        cmocka_unit_test(blur_has_its_width),
        cmocka_unit_test(light_is_linear_and_clamped),
        cmocka_unit_test(cutout_hides_a_square),
        cmocka_unit_test(clutter_lies_along_the_edges),
    };
    static const char *const tables[] = {"c", "avx2", "avx512"};
    int failures = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char name[32];
        snprintf(name, sizeof name, "data augment_steps_%s", tables[i]);
        kernels = kernels_get(tables[i]);
        failures += kernels ? cmocka_run_group_tests_name(name, tests, NULL, NULL) : 0;
    }
    return failures;
}
