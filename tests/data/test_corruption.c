/* Corruptions: a function of picture, text, seed and place alone; stronger ones corrupt more;
 * nothing else of the data set changes. */
#include "corrupt_one.h"

#include <math.h>

#include "base/team.h"
#include "data/pen.h"
#include "scrawl/denoise.h"

enum { N_PICTURES = 300 };

static ScrawlDataset *digits;

static int draw_digits(void **state)
{
    (void)state;
    return (int)pen_dataset(&digits, "pen", SCRAWL_SPLIT_TEST, N_PICTURES, 1, NULL);
}

static int free_digits(void **state)
{
    (void)state;
    scrawl_dataset_free(digits);
    return 0;
}

static ScrawlDataset *corrupted(const char *spec, uint64_t seed, int n_threads)
{
    ScrawlCorruptionOptions options = {.seed = seed, .n_threads = n_threads};
    ScrawlDataset *made;
    assert_int_equal(scrawl_dataset_corrupt(&made, digits, spec, &options, NULL), SCRAWL_STATUS_OK);
    return made;
}

static double mean_change(const ScrawlDataset *data)
{
    double sum = 0;
    for (size_t i = 0; i < (size_t)N_PICTURES * AREA; i++)
        sum += abs(data->pixels[i] - digits->pixels[i]);
    return sum / (N_PICTURES * AREA);
}

static void rows_are_whole(void **state)
{
    (void)state;
    size_t n = 0, n_corruptions = 0;
    const ScrawlCorruption *row;
    for (; (row = scrawl_corruption(n)); n++) {
        char text[64];
        assert_true(row->name[0] && row->unit[0] && row->what[0]);
        n_corruptions += row->benchmark;
        assert_true(row->benchmark == (n < 15));
        for (int k = 0; k < SCRAWL_CORRUPTION_STRENGTHS; k++) {
            assert_true(row->strengths[k] > row->min && row->strengths[k] <= row->max);
            assert_true(k == 0 || row->strengths[k] > row->strengths[k - 1]);
            assert_true(!row->whole || row->strengths[k] == floor(row->strengths[k]));
        }
        snprintf(text, sizeof text, "%s=%.17g", row->name, row->max * 1.001);
        assert_int_equal(scrawl_corruption_check(text, NULL), SCRAWL_STATUS_USAGE);
        snprintf(text, sizeof text, "%s=%.17g", row->name, row->min - 0.001);
        assert_int_equal(scrawl_corruption_check(text, NULL), SCRAWL_STATUS_USAGE);
        for (size_t other = 0; other < n; other++)
            assert_string_not_equal(scrawl_corruption(other)->name, row->name);
    }
    assert_int_equal(n, 19);
    assert_int_equal(n_corruptions, 15);
}

/* The mean change of a grey level over 300 digits rises with the strength, from one that changes
 * something; the name alone is the third. */
static void strengths_rise(void **state)
{
    (void)state;
    const ScrawlCorruption *row;
    for (size_t i = 0; (row = scrawl_corruption(i)); i++) {
        ScrawlDataset *usual = corrupted(row->name, 1, 0);
        double last = 0.5;
        for (int k = 0; k < SCRAWL_CORRUPTION_STRENGTHS; k++) {
            char text[64];
            snprintf(text, sizeof text, "%s=%.17g", row->name, row->strengths[k]);
            ScrawlDataset *made = corrupted(text, 1, 0);
            double change = mean_change(made);
            if (change <= last)
                fail_msg("%s changes by %g, the one before by %g", text, change, last);
            last = change;
            assert_true((strcmp(made->sha256, usual->sha256) == 0) == (k == 2));
            scrawl_dataset_free(made);
        }
        scrawl_dataset_free(usual);
    }
}

/* "fog=0": of those that may be 0. */
static void no_strength_is_no_corruption(void **state)
{
    (void)state;
    const ScrawlCorruption *row;
    size_t n = 0;
    for (size_t i = 0; (row = scrawl_corruption(i)); i++) {
        char text[64];
        if (row->min > 0)
            continue;
        snprintf(text, sizeof text, "%s=0", row->name);
        ScrawlDataset *made = corrupted(text, 1, 0);
        assert_memory_equal(made->pixels, digits->pixels, (size_t)N_PICTURES * AREA);
        scrawl_dataset_free(made);
        n++;
    }
    assert_int_equal(n, 18);
}

static void threads_and_order_change_nothing(void **state)
{
    (void)state;
    const ScrawlCorruption *row;
    char all[512] = "";
    for (size_t i = 0; i < 16 && (row = scrawl_corruption(i)); i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? "," : "", row->name);
    ScrawlDataset *one = corrupted(all, 5, 1), *three = corrupted(all, 5, 3);
    assert_memory_equal(one->pixels, three->pixels, (size_t)N_PICTURES * AREA);
    assert_string_equal(one->sha256, three->sha256);
    for (int i = N_PICTURES - 1; i >= 0; i -= 7) {
        uint8_t pixels[AREA];
        memcpy(pixels, digits->pixels + (size_t)i * AREA, AREA);
        corrupt_one(all, SIDE_28, SIDE_28, 5, (uint64_t)i, pixels);
        assert_memory_equal(pixels, one->pixels + (size_t)i * AREA, AREA);
    }
    scrawl_dataset_free(one);
    scrawl_dataset_free(three);
}

/* Another seed and another place are another corruption, of all that draw. */
static void seed_and_place_count(void **state)
{
    (void)state;
    static const char *const steady[] = {"scale", "brightness", "stripe", "canny-edges", "blur"};
    const ScrawlCorruption *row;
    size_t n_steady = 0;
    for (size_t i = 0; (row = scrawl_corruption(i)); i++) {
        ScrawlDataset *one = corrupted(row->name, 1, 0), *other = corrupted(row->name, 2, 0);
        uint8_t a[AREA], b[AREA];
        bool draws = true, differs = false;
        for (size_t k = 0; k < N_ELEMENTS(steady); k++)
            draws = draws && strcmp(steady[k], row->name) != 0;
        n_steady += !draws;
        assert_true((strcmp(one->sha256, other->sha256) != 0) == draws);
        for (uint64_t place = 1; place < 20; place++) { /* shear and rotate draw two ways */
            memcpy(a, digits->pixels, AREA);
            memcpy(b, digits->pixels, AREA);
            corrupt_one(row->name, SIDE_28, SIDE_28, 1, 0, a);
            corrupt_one(row->name, SIDE_28, SIDE_28, 1, place, b);
            differs = differs || memcmp(a, b, AREA) != 0;
        }
        assert_true(differs == draws);
        scrawl_dataset_free(one);
        scrawl_dataset_free(other);
    }
    assert_int_equal(n_steady, N_ELEMENTS(steady));
}

/* Fog of nothing before the salt changes nothing of it; salt twice is other salt. */
static void corruptions_draw_for_themselves(void **state)
{
    (void)state;
    ScrawlDataset *salt = corrupted("salt=0.1", 1, 0);
    ScrawlDataset *after = corrupted("fog=0,lines=0,salt=0.1", 1, 0);
    ScrawlDataset *twice = corrupted("salt=0.1,salt=0.1", 1, 0);
    ScrawlDataset *both = corrupted("salt=0.1,blur=1", 1, 0);
    ScrawlDataset *turned = corrupted("blur=1,salt=0.1", 1, 0);
    assert_memory_equal(salt->pixels, after->pixels, (size_t)N_PICTURES * AREA);
    assert_true(mean_change(twice) > 1.7 * mean_change(salt));
    assert_string_not_equal(both->sha256, turned->sha256);
    ScrawlDataset *all[] = {salt, after, twice, both, turned};
    for (size_t i = 0; i < N_ELEMENTS(all); i++)
        scrawl_dataset_free(all[i]);
}

static void the_rest_of_the_data_set_stays(void **state)
{
    (void)state;
    ScrawlDataset *made = corrupted("lines,salt=0.1", 1, 0), *denoised;
    assert_string_equal(made->info.name, "pen with lines,salt=0.1");
    assert_string_equal(made->info.split, "test");
    assert_int_equal(made->info.n, N_PICTURES);
    assert_int_equal(made->info.n_classes, 10);
    assert_string_equal(made->info.class_names[7], "7");
    assert_memory_equal(made->labels, digits->labels, N_PICTURES * sizeof *made->labels);
    assert_string_not_equal(made->sha256, digits->sha256);
    assert_int_equal(scrawl_dataset_denoise(&denoised, made, "threshold,despeckle=4", 0, NULL),
                     SCRAWL_STATUS_OK);
    assert_string_equal(denoised->info.name,
                        "pen with lines,salt=0.1 denoised by threshold,despeckle=4");
    for (size_t i = 0; i < (size_t)N_PICTURES * AREA; i++)
        assert_true(denoised->pixels[i] == 0 || denoised->pixels[i] == 255);
    scrawl_dataset_free(denoised);
    scrawl_dataset_free(made);
}

/* Ink is the light side in a data set even where it is most of the picture. */
static void cleaning_knows_the_ink_of_a_data_set(void **state)
{
    (void)state;
    DatasetPlan plan = {.name = "full", .n = 1, .width = 8, .height = 8, .n_classes = 1};
    ScrawlDataset *data, *denoised;
    assert_int_equal(dataset_create(&data, &plan, NULL, NULL), SCRAWL_STATUS_OK);
    memset(data->pixels, 255, 64);
    data->pixels[27] = 0; /* a hole of paper is no speck */
    memset(data->pixels, 0, 16);
    data->pixels[3] = 255; /* this is one */
    assert_int_equal(scrawl_dataset_denoise(&denoised, data, "despeckle=3", 1, NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(denoised->pixels[27], 0);
    assert_int_equal(denoised->pixels[3], 0);
    assert_int_equal(denoised->pixels[40], 255);
    scrawl_dataset_free(denoised);
    scrawl_dataset_free(data);
}

/* All greys at any size, each corruption at both ends of its range: done again it gives the same
 * whatever its work memory held, and "0" is no change. corrupt_one watches what lies beside. */
static void any_size_is_corrupted(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1},  {1, 2},   {2, 1},   {3, 3},  {1, 60},
                                   {60, 1}, {5, 300}, {300, 5}, {97, 61}};
    const ScrawlCorruption *row;
    size_t n_changed = 0;
    for (size_t s = 0; s < N_ELEMENTS(sizes); s++) {
        int width = sizes[s][0], height = sizes[s][1];
        size_t count = (size_t)width * (size_t)height;
        uint8_t *before = mem_alloc(count, 1), *once = mem_alloc(count, 1);
        uint8_t *again = mem_alloc(count, 1);
        for (size_t i = 0; (row = scrawl_corruption(i)); i++) {
            for (int end = 0; end < 2; end++) {
                char text[64];
                snprintf(text, sizeof text, "%s=%.17g", row->name, end ? row->max : row->min);
                for (size_t p = 0; p < count; p++)
                    before[p] = once[p] = again[p] = sample_pixel(i, p);
                corrupt_one(text, width, height, 3, i, once);
                corrupt_one(text, width, height, 3, i, again);
                assert_memory_equal(once, again, count);
                if (!end && row->min == 0)
                    assert_memory_equal(once, before, count);
                else if (s + 1 == N_ELEMENTS(sizes)) /* the only one that has room for all */
                    n_changed += memcmp(once, before, count) != 0;
            }
        }
        mem_free(before);
        mem_free(once);
        mem_free(again);
    }
    assert_int_equal(n_changed, 20); /* 19 at their strongest, and the one that has no 0 */
}

/* What a seed gives must never change: figures that were published hang on it. No function of the
 * C library's has a part in these. */
static void known_bytes(void **state)
{
    (void)state;
    DatasetPlan plan = {.name = "made", .n = 5, .width = 28, .height = 28, .n_classes = 1};
    ScrawlDataset *data, *made;
    ScrawlCorruptionOptions options = {.seed = 42};
    assert_int_equal(dataset_create(&data, &plan, NULL, NULL), SCRAWL_STATUS_OK);
    for (size_t p = 0; p < 5 * AREA; p++)
        data->pixels[p] = sample_pixel(0, p);
    assert_int_equal(scrawl_dataset_corrupt(&made, data, "stripe=0.1,salt=0.1,gaussian=0.2,salt",
                                            &options, NULL),
                     SCRAWL_STATUS_OK);
    assert_string_equal(made->sha256,
                        "3da4bc9013c4d921bd2abc5db7a5125ce5afef9cc792aa56b4576be1eac23169");
    scrawl_dataset_free(made);
    scrawl_dataset_free(data);
}

static void wrong_texts_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",        "gausian", "gaussian=x", "spatter=1.5",
                                        "blur=-1", "fog,",    "scale=1",    "salt=0.1;blur"};
    ScrawlCorruptionOptions options = {.n_threads = TEAM_MAX_THREADS + 1};
    ScrawlError error = {0};
    ScrawlDataset *made;
    for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
        assert_int_equal(scrawl_dataset_corrupt(&made, digits, wrong[i], NULL, &error),
                         SCRAWL_STATUS_USAGE);
        assert_null(made);
    }
    assert_int_equal(scrawl_corruption_check("gausian", &error), SCRAWL_STATUS_USAGE);
    assert_string_equal(error.message,
                        "there is no corruption 'gausian': did you mean 'gaussian'?");
    assert_int_equal(scrawl_corruption_check("scale=1", &error), SCRAWL_STATUS_USAGE);
    assert_says(&error, "from 0 to 0.9 (share of the size that is lost), found '1'");
    assert_int_equal(scrawl_dataset_corrupt(&made, digits, "fog", &options, &error),
                     SCRAWL_STATUS_USAGE);
    assert_says(&error, "threads");
    assert_null(made);
    assert_int_equal(scrawl_dataset_denoise(&made, digits, "blur", -1, &error),
                     SCRAWL_STATUS_USAGE);
    assert_null(made);
    assert_int_equal(scrawl_dataset_denoise(&made, digits, "blurr", 0, &error),
                     SCRAWL_STATUS_USAGE);
    assert_null(made);
}

static ScrawlStatus corrupt_and_free(void *context, ScrawlError *error)
{
    ScrawlCorruptionOptions options = {.n_threads = 1};
    ScrawlDataset *made;
    ScrawlStatus status = scrawl_dataset_corrupt(&made, digits, context, &options, error);
    assert_true((!made) == (status));
    scrawl_dataset_free(made);
    return status;
}

static ScrawlStatus denoise_and_free(void *context, ScrawlError *error)
{
    ScrawlDataset *made;
    ScrawlStatus status = scrawl_dataset_denoise(&made, digits, context, 1, error);
    assert_true((!made) == (status));
    scrawl_dataset_free(made);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    fail_every_allocation(corrupt_and_free, "canny-edges,lines,fog");
    fail_every_allocation(denoise_and_free, "blur,adaptive,despeckle");
}

/* Once a picture's turn has come, no memory is taken. */
static void pictures_take_no_memory(void **state)
{
    (void)state;
    uint64_t before = mem_count();
    ScrawlDataset *made = corrupted("fog,lines,canny-edges,motion-blur", 1, 1);
    assert_true(mem_count() - before < 10);
    scrawl_dataset_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(strengths_rise),
        cmocka_unit_test(no_strength_is_no_corruption),
        cmocka_unit_test(threads_and_order_change_nothing),
        cmocka_unit_test(seed_and_place_count),
        cmocka_unit_test(corruptions_draw_for_themselves),
        cmocka_unit_test(the_rest_of_the_data_set_stays),
        cmocka_unit_test(cleaning_knows_the_ink_of_a_data_set),
        cmocka_unit_test(any_size_is_corrupted),
        cmocka_unit_test(known_bytes),
        cmocka_unit_test(wrong_texts_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(pictures_take_no_memory),
    };
    return cmocka_run_group_tests_name("data corruption", tests, draw_digits, free_digits);
}
