/* The synthetic pen: legible, never twice the same, the same for any number of threads. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "data/pen.h"
#include "data/stroke.h"
#include "image/glyph.h"
#include "image/preprocess.h"

enum { SIDE = 28, AREA = SIDE * SIDE };

static const char all_labels[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static ScrawlDataset *open_pen(const char *name, ScrawlSplit split, size_t n, uint64_t seed)
{
    ScrawlDataset *dataset;
    assert_int_equal(pen_dataset(&dataset, name, split, n, seed, NULL), SCRAWL_STATUS_OK);
    return dataset;
}

/* Every skeleton fits its arrays and the lines of its paper. */
static void skeletons_are_well_formed(void **state)
{
    (void)state;
    for (const char *at = all_labels; *at; at++) {
        char label[2] = {*at, 0};
        Skeleton skeleton;
        StrokePath path;
        int n = skeleton_variants(label);
        assert_in_range(n, 2, SKELETON_MAX_VARIANTS);
        for (int i = 0; i < n; i++) {
            skeleton_get(label, i, &skeleton);
            assert_in_range(skeleton.n, 2, SKELETON_MAX_KNOTS - 1);
            assert_true(skeleton.knots[0].first);
            for (int k = 0; k < skeleton.n; k++) {
                assert_in_range(skeleton.knots[k].x + 10, 0, 90);
                assert_in_range(skeleton.knots[k].y, 0, 140);
                bool alone =
                    skeleton.knots[k].first && (k + 1 == skeleton.n || skeleton.knots[k + 1].first);
                assert_false(alone);
            }
            stroke_flatten(&skeleton, &path);
            assert_in_range(path.n, 2, STROKE_MAX_POINTS - 1);
            StrokeBounds box = stroke_bounds(&path); /* curves stay near their knots */
            assert_true(box.x0 > -12 && box.y0 > -8 && box.x1 < 88 && box.y1 < 148);
        }
    }
    assert_int_equal(skeleton_variants("?"), 0);
    assert_int_equal(skeleton_variants("10"), 0);
    assert_true(pen_has("7") && pen_has("q"));
    assert_false(pen_has("") || pen_has("-") || pen_has("10") || pen_has("\xc3\xa9"));
}

/* A bow stays a bow: it goes forward all the way, and bulges no more than its knots say. */
static void curves_do_not_swing_back(void **state)
{
    (void)state;
    Skeleton bow = {3, {{0, 0, false, true}, {50, 20, false, false}, {100, 0, false, false}}};
    StrokePath path;
    stroke_flatten(&bow, &path);
    assert_true(path.n > 10);
    for (int i = 1; i < path.n; i++) {
        assert_true(path.points[i].x > path.points[i - 1].x);
        assert_true(path.points[i].y >= -1e-4f && path.points[i].y <= 20.001f);
        /* between the chord and a circle's arc, a little more at most */
        float chord = 0.4f * (path.points[i].x < 50 ? path.points[i].x : 100 - path.points[i].x);
        assert_true(path.points[i].y >= chord - 1e-3f);
    }
}

static void flattens_through_its_knots(void **state)
{
    (void)state;
    Skeleton skeleton;
    StrokePath path;
    skeleton_get("5", 0, &skeleton);
    stroke_flatten(&skeleton, &path);
    int firsts = 0;
    for (int k = 0; k < skeleton.n; k++) {
        bool met = false;
        for (int i = 0; i < path.n; i++)
            met |=
                path.points[i].x == skeleton.knots[k].x && path.points[i].y == skeleton.knots[k].y;
        assert_true(met);
    }
    for (int i = 0; i < path.n; i++)
        firsts += path.points[i].first;
    assert_int_equal(firsts, 2);
}

/* A disc has the area of a disc, and lies where it should. */
static void draws_with_a_round_brush(void **state)
{
    (void)state;
    enum { N = 32 };
    uint8_t canvas[N * N] = {0};
    StrokePath path = {.n = 1, .points = {{12.5f, 17, 6, true}}};
    double area = 0, x = 0, y = 0;
    stroke_draw(&path, 1, canvas, N, N);
    for (int i = 0; i < N * N; i++) {
        area += canvas[i] / 255.0;
        x += canvas[i] / 255.0 * (i % N + 0.5);
        y += canvas[i] / 255.0 * (i / N + 0.5);
    }
    assert_true(area > 112 && area < 114.2); /* pi 36 = 113.1 */
    assert_true(x / area > 12.49 && x / area < 12.51 && y / area > 16.99 && y / area < 17.01);
    path = (StrokePath){2, {{-50, -50, 4, true}, {90, 100, 9, false}}}; /* partly outside */
    stroke_draw(&path, 1, canvas, N, N);
    assert_int_equal(canvas[16 * N + 15], 255);
}

static void glyphs_have_mnists_form(void **state)
{
    (void)state;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    int n = 0, same = 0;
    for (const char *at = all_labels; *at; at++)
        for (uint64_t k = 0; k < 20; k++, n++) {
            char label[2] = {*at, 0};
            uint8_t glyph[AREA], again[AREA];
            GlyphBox box;
            pen_glyph(label, SIDE, 1, k, glyph);
            assert_true(glyph_box(glyph, SIDE, SIDE, 1, &box));
            int longer = box.width > box.height ? box.width : box.height;
            assert_in_range(longer, 18, 20);
            ScrawlImage image = {SIDE, SIDE, glyph};
            assert_int_equal(preprocess_image(&preprocess, &image, again, NULL), 0);
            same += memcmp(glyph, again, AREA) == 0;
        }
    assert_true(same > n * 3 / 4);
}

static void sets_are_functions_of_their_seed(void **state)
{
    (void)state;
    ScrawlDataset *a = open_pen("pen", SCRAWL_SPLIT_TRAIN, 1000, 1);
    ScrawlDataset *longer = open_pen("pen", SCRAWL_SPLIT_TRAIN, 1500, 1);
    ScrawlDataset *test = open_pen("pen", SCRAWL_SPLIT_TEST, 1000, 1);
    ScrawlDataset *other = open_pen("pen", SCRAWL_SPLIT_TRAIN, 1000, 2);
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    ScrawlDataset *alone = open_pen("pen", SCRAWL_SPLIT_TRAIN, 1000, 1);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    assert_memory_equal(longer->pixels, a->pixels, 1000 * AREA);
    assert_memory_equal(alone->pixels, a->pixels, 1000 * AREA);
    assert_string_equal(alone->sha256, a->sha256);
    assert_string_not_equal(test->sha256, a->sha256);
    assert_string_not_equal(other->sha256, a->sha256);
    int alike = 0;
    for (size_t i = 0; i < 1000; i++)
        for (size_t k = i % 10; k < i; k += 10)
            alike += memcmp(a->pixels + i * AREA, a->pixels + k * AREA, AREA) == 0;
    assert_int_equal(alike, 0);
    scrawl_dataset_free(a);
    scrawl_dataset_free(longer);
    scrawl_dataset_free(test);
    scrawl_dataset_free(other);
    scrawl_dataset_free(alone);
}

static int nearest(const ScrawlDataset *known, const uint8_t *pixels)
{
    uint32_t least = UINT32_MAX;
    int label = -1;
    for (size_t k = 0; k < known->info.n; k++) {
        uint32_t sum = 0;
        for (int i = 0; i < AREA; i++) {
            int d = pixels[i] - known->pixels[k * AREA + (size_t)i];
            sum += (uint32_t)(d * d);
        }
        if (sum < least) {
            least = sum;
            label = known->labels[k];
        }
    }
    return label;
}

/* A nearest neighbour among 3,000 reads most of them, of every class; yet not all, as it would if
 * they were too much alike. */
static void digits_are_legible_and_diverse(void **state)
{
    (void)state;
    enum { N = 500 };
    ScrawlDataset *known = open_pen("pen", SCRAWL_SPLIT_TRAIN, 3000, 1);
    ScrawlDataset *fresh = open_pen("pen", SCRAWL_SPLIT_TEST, N, 1);
    int right = 0, of_class[10] = {0};
    for (int i = 0; i < N; i++) {
        bool good = nearest(known, fresh->pixels + i * AREA) == fresh->labels[i];
        right += good;
        of_class[fresh->labels[i]] += good;
    }
    assert_in_range(right, N * 92 / 100, N - 2);
    for (int label = 0; label < 10; label++)
        assert_in_range(of_class[label], N / 10 * 8 / 10, N / 10);
    scrawl_dataset_free(known);
    scrawl_dataset_free(fresh);
}

static void characters_are_emnists_47(void **state)
{
    (void)state;
    ScrawlDataset *set = open_pen("pen-chars", SCRAWL_SPLIT_TEST, 94, 1);
    assert_int_equal(set->info.n_classes, 47);
    assert_string_equal(set->info.class_names[46], "t");
    assert_string_equal(set->info.name, "pen-chars");
    for (int i = 0; i < 94; i++)
        assert_int_equal(set->labels[i], i % 47);
    /* Of class C (12) the second round is small, of A (10), whose small letter is a class, not. */
    uint8_t expected[AREA];
    pen_glyph("c", SIDE, 1, rng_stream(RNG_PURPOSE_PEN, SCRAWL_SPLIT_TEST, 47 + 12), expected);
    assert_memory_equal(set->pixels + (47 + 12) * AREA, expected, AREA);
    pen_glyph("A", SIDE, 1, rng_stream(RNG_PURPOSE_PEN, SCRAWL_SPLIT_TEST, 47 + 10), expected);
    assert_memory_equal(set->pixels + (47 + 10) * AREA, expected, AREA);
    scrawl_dataset_free(set);
    ScrawlError error = {0};
    assert_int_equal(pen_dataset(&set, "pencil", SCRAWL_SPLIT_TEST, 1, 1, &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_int_equal(pen_dataset(&set, "pen", SCRAWL_SPLIT_TEST, 0, 1, &error),
                     SCRAWL_STATUS_FORMAT);
    mem_fail_at(1);
    assert_int_equal(pen_dataset(&set, "pen", SCRAWL_SPLIT_TEST, 10, 1, &error),
                     SCRAWL_STATUS_NO_MEMORY);
    mem_fail_at(0);
    assert_null(set);
}

/* What each kind of scribble must be: so much ink in the mean, its box so wide and high. */
static void scribbles_are_no_characters(void **state)
{
    static const struct {
        const char *name;
        double low, high; /* mean of all pixels */
        bool whole;       /* fills the picture */
    } kinds[] = {{"noise", 5, 100, true},
                 {"blank", 1, 40, true},
                 {"dashes", 4, 60, false},
                 {"doodles", 20, 90, false}};
    (void)state;
    for (size_t kind = 0; kind < 4; kind++) {
        ScrawlDataset *set = open_pen(kinds[kind].name, SCRAWL_SPLIT_TEST, 400, 1);
        ScrawlDataset *again = open_pen(kinds[kind].name, SCRAWL_SPLIT_TEST, 400, 1);
        ScrawlDataset *other = open_pen(kinds[kind].name, SCRAWL_SPLIT_TRAIN, 400, 1);
        double mean = 0;
        int alike = 0;
        assert_int_equal(set->info.n_classes, 1);
        assert_string_equal(set->info.class_names[0], kinds[kind].name);
        assert_string_equal(set->sha256, again->sha256);
        assert_string_not_equal(set->sha256, other->sha256);
        for (size_t i = 0; i < 400; i++) {
            const uint8_t *glyph = set->pixels + i * AREA;
            GlyphBox box;
            for (int pixel = 0; pixel < AREA; pixel++)
                mean += glyph[pixel] / (400.0 * AREA);
            if (!kinds[kind].whole) {
                assert_true(glyph_box(glyph, SIDE, SIDE, 1, &box));
                assert_in_range(box.width > box.height ? box.width : box.height, 18, 20);
                assert_true(kind != 2 || box.width > box.height);
            }
            for (size_t k = 0; k < i; k++)
                alike += memcmp(glyph, set->pixels + k * AREA, AREA) == 0;
        }
        assert_true(mean > kinds[kind].low && mean < kinds[kind].high);
        assert_in_range(alike, 0, kinds[kind].whole ? 20 : 0); /* the cleanest paper is white */
        scrawl_dataset_free(set);
        scrawl_dataset_free(again);
        scrawl_dataset_free(other);
    }
}

static void draws_pictures_of_any_size(void **state)
{
    (void)state;
    static const int sizes[] = {8, 28, 57, 200, 1024};
    Preprocess preprocess = PREPROCESS_DEFAULT;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int k = 0; all_labels[k]; k++) {
            char label[2] = {all_labels[k], 0};
            ScrawlImage image, again;
            GlyphBox box;
            uint8_t out[AREA];
            int size = sizes[s];
            if (size > 100 && k % 9)
                continue;
            assert_int_equal(scrawl_image_draw(&image, label, size, 5, NULL), SCRAWL_STATUS_OK);
            assert_int_equal(image.width, size);
            assert_int_equal(image.height, size);
            assert_int_equal(image.pixels[0], 255);
            assert_int_equal(preprocess_image(&preprocess, &image, out, NULL), SCRAWL_STATUS_OK);
            for (int i = 0; i < size * size; i++)
                image.pixels[i] = (uint8_t)(255 - image.pixels[i]);
            assert_true(glyph_box(image.pixels, size, size, 1, &box));
            int longer = box.width > box.height ? box.width : box.height;
            assert_in_range(longer, size / 2, size * 9 / 10);
            assert_true(box.x > 0 && box.y > 0);
            assert_int_equal(scrawl_image_draw(&again, label, size, 6, NULL), SCRAWL_STATUS_OK);
            if (size >= 28)
                assert_memory_not_equal(again.pixels, image.pixels, size * size);
            scrawl_image_deinit(&image);
            scrawl_image_deinit(&again);
        }
}

static void refuses_what_it_cannot_draw(void **state)
{
    (void)state;
    ScrawlImage image;
    ScrawlError error = {0};
    assert_int_equal(scrawl_image_draw(&image, "?", 28, 1, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "\"?\""));
    assert_int_equal(scrawl_image_draw(&image, "12", 28, 1, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_int_equal(scrawl_image_draw(&image, "", 28, 1, &error), SCRAWL_STATUS_NOT_FOUND);
    static const int sizes[] = {7, 1025, 0, -1};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(scrawl_image_draw(&image, "1", sizes[i], 1, &error), SCRAWL_STATUS_USAGE);
        assert_null(image.pixels);
    }
}

static void prints_upright_text(void **state)
{
    (void)state;
    enum { W = 200, H = 40 };
    uint8_t canvas[H * W] = {0}, blank[H * W] = {0};
    GlyphBox box;
    int width = pen_print_width("Ankle 42", 20);
    assert_in_range(width, 60, W - 20);
    pen_print("Ankle 42", 20, 10, 8, canvas, W, H);
    assert_true(glyph_box(canvas, W, H, 1, &box));
    assert_in_range(box.x, 10, 14);
    assert_in_range(box.x + box.width, 10 + width - 8, 10 + width);
    assert_in_range(box.y, 6, 8);
    assert_in_range(box.y + box.height, 28, 31);
    pen_print("cut off at every edge", 90, -70, -30, canvas, W, H);
    pen_print("\xc3\xa9 *", 20, 10, 8, blank, W, H);
    assert_false(glyph_box(blank, W, H, 1, &box));
    assert_int_equal(pen_print_width("", 20), 0);
    for (const char *mark = "-./%<>"; *mark; mark++) {
        const char text[] = {*mark, '\0'};
        memset(blank, 0, sizeof blank);
        pen_print(text, 20, 10, 8, blank, W, H);
        assert_true(glyph_box(blank, W, H, 1, &box));
        assert_in_range(box.y, 6, 29);
        assert_in_range(box.x + box.width, 12, 10 + pen_print_width(text, 20));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skeletons_are_well_formed),
        cmocka_unit_test(curves_do_not_swing_back),
        cmocka_unit_test(flattens_through_its_knots),
        cmocka_unit_test(draws_with_a_round_brush),
        cmocka_unit_test(glyphs_have_mnists_form),
        cmocka_unit_test(sets_are_functions_of_their_seed),
        cmocka_unit_test(digits_are_legible_and_diverse),
        cmocka_unit_test(characters_are_emnists_47),
        cmocka_unit_test(scribbles_are_no_characters),
        cmocka_unit_test(draws_pictures_of_any_size),
        cmocka_unit_test(refuses_what_it_cannot_draw),
        cmocka_unit_test(prints_upright_text),
    };
    return cmocka_run_group_tests_name("data pen", tests, NULL, NULL);
}
