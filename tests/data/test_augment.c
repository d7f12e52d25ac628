/* Augmentation against transforms whose results are known, and against statistics: with each table
 * of kernels that this machine has. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "data/augment.h"

enum { N = 9, MANY = 64 };

#define BARE .scale = {1, 1}, .contrast = {1, 1}, .cutout_share = 1

static const Kernels *kernels;

static void apply(const Augment *augment, int side, uint64_t seed, uint64_t epoch, uint64_t sample,
                  real *image)
{
    real *work = mem_alloc(augment_work(side, side), sizeof *work);
    assert_non_null(work);
    augment_apply(augment, kernels, &(AugmentImage){image, side, side, seed, epoch, sample}, work);
    mem_free(work);
}

/* No two values alike, paper at the edge. */
static void pattern(real *image)
{
    for (int i = 0; i < N * N; i++)
        image[i] = (real)(1 + i * 7 % (N * N)) / (N * N + 1);
}

static void assert_near(real found, real expected)
{
    assert_true(fabs((double)(found - expected)) < 1e-4);
}

static void none_changes_nothing(void **state)
{
    (void)state;
    Augment none = AUGMENT_NONE;
    real image[N * N], before[N * N];
    pattern(image);
    memcpy(before, image, sizeof image);
    assert_true(augment_is_none(&none));
    apply(&none, N, 1, 2, 3, image);
    assert_memory_equal(image, before, sizeof image);
    static const Augment some[] = {{BARE, .rotation = {0, 1}},
                                   {BARE, .shift = {-1, 0}},
                                   {.scale = {0.9, 1}, .contrast = {1, 1}},
                                   {BARE, .shear = {0, 1}},
                                   {BARE, .noise = 0.1},
                                   {BARE, .elastic_alpha = 1, .elastic_sigma = 2},
                                   {BARE, .perspective = 0.1},
                                   {BARE, .thickness = {0, 1}},
                                   {BARE, .thickness = {-1, 0}},
                                   {BARE, .blur = {0, 1}},
                                   {BARE, .brightness = {-1, 0}},
                                   {.scale = {1, 1}, .contrast = {1, 2}},
                                   {BARE, .cutout = {0, 1}},
                                   {BARE, .clutter = 0.1}};
    Augment never = {.scale = {1, 1}, .contrast = {1, 1}, .cutout = {8, 8}, .cutout_share = 0};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        assert_false(augment_is_none(&some[i]));
    assert_true(augment_is_none(&never));
}

static void turns_counter_clockwise(void **state)
{
    (void)state;
    Augment augment = AUGMENT_NONE;
    real image[N * N], before[N * N];
    augment.rotation[0] = augment.rotation[1] = 90;
    pattern(before);
    memcpy(image, before, sizeof image);
    apply(&augment, N, 1, 1, 1, image);
    for (int y = 0; y < N; y++) /* what was at the right edge is now at the top */
        for (int x = 0; x < N; x++)
            if (x > 0 && y > 0 && x < N - 1 && y < N - 1)
                assert_near(image[y * N + x], before[x * N + (N - 1 - y)]);
}

static void shifts_by_whole_pixels(void **state)
{
    (void)state;
    Augment augment = AUGMENT_NONE;
    real image[N * N], before[N * N];
    augment.shift[0] = augment.shift[1] = 2.0 / N; /* right and down */
    pattern(before);
    memcpy(image, before, sizeof image);
    apply(&augment, N, 1, 1, 1, image);
    for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++)
            assert_near(image[y * N + x], x < 2 || y < 2 ? 0 : before[(y - 2) * N + x - 2]);
}

/* A bar along the middle column or row, thickened or slanted. */
static void scales_and_shears(void **state)
{
    (void)state;
    Augment twice = {.scale = {2, 2}, .contrast = {1, 1}}, sheared = {BARE, .shear = {45, 45}};
    real image[N * N] = {0};
    for (int y = 0; y < N; y++)
        image[y * N + N / 2] = 1;
    apply(&twice, N, 1, 1, 1, image);
    assert_near(image[4 * N + 4], 1);
    assert_near(image[4 * N + 5], 0.5);
    assert_near(image[4 * N + 3], 0.5);
    assert_near(image[4 * N + 6], 0);
    memset(image, 0, sizeof image);
    for (int y = 0; y < N; y++)
        image[y * N + N / 2] = 1;
    apply(&sheared, N, 1, 1, 1, image);
    real straight = 0, slanted = 0;
    for (int d = -2; d <= 2; d += 4) {
        straight += image[(4 + d) * N + 4];
        slanted += image[(4 + d) * N + 4 + d] + image[(4 + d) * N + 4 - d];
    }
    assert_near(straight, 0);
    assert_near(slanted, 2);
}

static void noise_has_its_deviation(void **state)
{
    (void)state;
    Augment augment = {BARE, .noise = 0.1};
    static real image[MANY * MANY];
    double sum = 0, squares = 0;
    for (int i = 0; i < MANY * MANY; i++)
        image[i] = (real)0.5;
    apply(&augment, MANY, 1, 1, 1, image);
    for (int i = 0; i < MANY * MANY; i++) {
        sum += image[i];
        squares += pow((double)image[i] - 0.5, 2);
    }
    /* Four standard errors of 4,096 values. */
    assert_true(fabs(sum / (MANY * MANY) - 0.5) < 4 * 0.1 / 64);
    assert_true(fabs(sqrt(squares / (MANY * MANY)) - 0.1) < 4 * 0.1 / 90);
    memset(image, 0, sizeof image);
    apply(&augment, MANY, 1, 1, 1, image);
    for (int i = 0; i < MANY * MANY; i++)
        assert_true(image[i] >= 0 && image[i] <= 1);
}

/* On a ramp the change of grey is the displacement. The field is uniform noise of variance
 * alpha^2/3 blurred by a Gaussian, which leaves 1 / (4 pi sigma^2) of the variance. */
static void elastic_field_has_its_statistics(void **state)
{
    (void)state;
    Augment augment = {BARE, .elastic_alpha = 20, .elastic_sigma = 3};
    static real image[MANY * MANY];
    double sum = 0, squares = 0, steps = 0;
    int n = 0;
    for (uint64_t sample = 0; sample < 40; sample++) {
        for (int i = 0; i < MANY * MANY; i++)
            image[i] = (real)(i % MANY) / MANY;
        apply(&augment, MANY, 1, 1, sample, image);
        for (int y = 16; y < MANY - 16; y++)
            for (int x = 16; x < MANY - 16; x++, n++) {
                double d = (double)image[y * MANY + x] * MANY - x;
                double next = (double)image[y * MANY + x + 1] * MANY - (x + 1);
                sum += d;
                squares += d * d;
                steps += (next - d) * (next - d);
            }
    }
    double expected = 20 / sqrt(3) / (2 * 3 * sqrt(3.14159265358979));
    assert_true(fabs(sum / n) < 0.2 * expected);
    assert_true(fabs(sqrt(squares / n) / expected - 1) < 0.12);
    /* Neighbours move together: their difference is about 1 / (sqrt(2) sigma) of the deviation. */
    assert_true(fabs(sqrt(steps / squares) * 3 * sqrt(2) - 1) < 0.1);
}

static void check_is_a_function(const Augment *augment)
{
    real first[N * N], again[N * N];
    pattern(first);
    apply(augment, N, 1, 2, 3, first);
    static const uint64_t ways[4][3] = {{1, 2, 3}, {9, 2, 3}, {1, 9, 3}, {1, 2, 9}};
    for (int i = 0; i < 4; i++) {
        pattern(again);
        apply(augment, N, ways[i][0], ways[i][1], ways[i][2], again);
        assert_int_equal(memcmp(first, again, sizeof first) == 0, i == 0);
    }
}

static void is_a_function_of_seed_epoch_and_sample(void **state)
{
    (void)state;
    static const Augment kinds[] = {{BARE, .rotation = {-10, 10}},
                                    {BARE, .elastic_alpha = 5, .elastic_sigma = 2},
                                    {BARE, .noise = 0.1}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        check_is_a_function(&kinds[i]);
}

/* On paper only the noise shows. It is drawn far behind all other numbers of its image, whether
 * those are wanted or not. */
static void draws_noise_from_its_own_place(void **state)
{
    (void)state;
    Augment noise = {BARE, .noise = 0.1}, all = *augment_find("distort");
    static real alone[MANY * MANY], together[MANY * MANY], expected[MANY * MANY];
    all.elastic_alpha = 5;
    all.elastic_sigma = 2;
    memset(alone, 0, sizeof alone);
    memset(together, 0, sizeof together);
    memset(expected, 0, sizeof expected);
    apply(&noise, MANY, 1, 2, 3, alone);
    apply(&all, MANY, 1, 2, 3, together);
    kernels->noise(MANY * MANY, 1, rng_stream(RNG_PURPOSE_AUGMENT, 2, 3), UINT64_C(3) << 32,
                   (real)0.1, 0, 1, expected);
    assert_memory_equal(alone, expected, sizeof alone);
    assert_memory_equal(together, expected, sizeof alone);
}

/* The change of grey on a ramp along x and on one along y: displacements along each. */
static void elastic_fields_are_independent(void **state)
{
    (void)state;
    Augment augment = {BARE, .elastic_alpha = 20, .elastic_sigma = 2};
    static real along_x[MANY * MANY], along_y[MANY * MANY];
    double products = 0, squares = 0;
    for (uint64_t sample = 0; sample < 10; sample++) {
        for (int i = 0; i < MANY * MANY; i++) {
            along_x[i] = (real)(i % MANY) / MANY;
            along_y[i] = (real)(i / MANY) / MANY;
        }
        apply(&augment, MANY, 1, 1, sample, along_x);
        apply(&augment, MANY, 1, 1, sample, along_y);
        for (int y = 16; y < MANY - 16; y++)
            for (int x = 16; x < MANY - 16; x++) {
                double dx = (double)along_x[y * MANY + x] * MANY - x;
                double dy = (double)along_y[y * MANY + x] * MANY - y;
                products += dx * dy;
                squares += (dx * dx + dy * dy) / 2;
            }
    }
    assert_true(squares > 1);
    /* 10,240 places of which one in 4 pi sigma^2 = 50 is independent: four deviations. */
    assert_true(fabs(products / squares) < 4 / sqrt(10240 / 50.0));
}

static void agrees_with_plain_c(void **state)
{
    (void)state;
    Augment augment = *augment_find("distort");
    augment.elastic_alpha = 8;
    augment.elastic_sigma = 4;
    static real found[28 * 28], expected[28 * 28], work[1 << 14];
    assert_true(augment_work(28, 28) <= sizeof work / sizeof *work);
    for (uint64_t sample = 0; sample < 20; sample++) {
        for (int i = 0; i < 28 * 28; i++)
            found[i] = expected[i] = (real)(i * 7 % 101) / 101;
        augment_apply(&augment, &kernels_c, &(AugmentImage){expected, 28, 28, 1, 1, sample}, work);
        apply(&augment, 28, 1, 1, sample, found);
        for (int i = 0; i < 28 * 28; i++)
            assert_near(found[i], expected[i]);
    }
}

static ScrawlStatus read_section(const char *text, Augment *augment, ScrawlError *error)
{
    Tree tree;
    assert_int_equal(yaml_parse(&tree, "r.yaml", text, strlen(text), error), SCRAWL_STATUS_OK);
    ScrawlStatus status = augment_read(augment, &tree, tree.root, error);
    tree_deinit(&tree);
    return status;
}

static void reads_its_section(void **state)
{
    (void)state;
    Augment augment;
    ScrawlError error = {0};
    assert_int_equal(read_section("{rotation: 10, shift: 0.1, scale: [0.9, 1.1], shear: [-3, 5], "
                                  "noise: 0.2, elastic: {alpha: 8, sigma: 4}}",
                                  &augment, &error),
                     SCRAWL_STATUS_OK);
    assert_true(augment.rotation[0] == -10 && augment.rotation[1] == 10);
    assert_true(augment.shift[0] == -0.1 && augment.scale[0] == 0.9 && augment.scale[1] == 1.1);
    assert_true(augment.shear[0] == -3 && augment.shear[1] == 5 && augment.noise == 0.2);
    assert_true(augment.elastic_alpha == 8 && augment.elastic_sigma == 4);
    assert_int_equal(read_section("{perspective: 0.1, thickness: [-1, 2], blur: [0, 1], cutout: 8, "
                                  "cutout_share: 0.5, brightness: 0.1, contrast: [0.8, 1.2], "
                                  "clutter: 0.3}",
                                  &augment, &error),
                     SCRAWL_STATUS_OK);
    assert_true(augment.perspective == 0.1 && augment.clutter == 0.3);
    assert_true(augment.thickness[0] == -1 && augment.thickness[1] == 2 && augment.blur[1] == 1);
    assert_true(augment.cutout[0] == 8 && augment.cutout[1] == 8 && augment.cutout_share == 0.5);
    assert_true(augment.brightness[0] == -0.1 && augment.brightness[1] == 0.1);
    assert_true(augment.contrast[0] == 0.8 && augment.contrast[1] == 1.2);
    assert_int_equal(augment_read(&augment, NULL, NULL, &error), SCRAWL_STATUS_OK);
    assert_true(augment_is_none(&augment));
    static const char *const wrong[] = {"{rotate: 10}",
                                        "{shift: 2}",
                                        "{scale: 0}",
                                        "{noise: -1}",
                                        "{elastic: {alpha: 8}}",
                                        "{elastic: {alpha: 8, sigma: 100}}",
                                        "{elastic: 3}",
                                        "{perspective: 0.3}",
                                        "{thickness: 4}",
                                        "{blur: [-1, 1]}",
                                        "{contrast: 0}",
                                        "{cutout: [-8, 8]}",
                                        "{clutter: [0, 1]}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_section(wrong[i], &augment, &error), SCRAWL_STATUS_RECIPE);
        assert_non_null(strstr(error.message, "r.yaml:1"));
    }
    assert_null(augment_find("jury"));
    for (const char *const *name = augment_names(); *name; name++)
        assert_non_null(augment_find(*name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_changes_nothing),
        cmocka_unit_test(turns_counter_clockwise),
        cmocka_unit_test(shifts_by_whole_pixels),
        cmocka_unit_test(scales_and_shears),
        cmocka_unit_test(noise_has_its_deviation),
        cmocka_unit_test(elastic_field_has_its_statistics),
        cmocka_unit_test(is_a_function_of_seed_epoch_and_sample),
        cmocka_unit_test(draws_noise_from_its_own_place),
        cmocka_unit_test(elastic_fields_are_independent),
        cmocka_unit_test(agrees_with_plain_c),
        cmocka_unit_test(reads_its_section),
    };
    static const char *const tables[] = {"c", "avx2", "avx512"};
    int failures = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char name[32];
        snprintf(name, sizeof name, "data augment_%s", tables[i]);
        kernels = kernels_get(tables[i]);
        failures += kernels ? cmocka_run_group_tests_name(name, tests, NULL, NULL) : 0;
    }
    return failures;
}
