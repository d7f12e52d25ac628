#include "data/split.h"

#include <math.h>

#include "files.h"

#define N 1000

/* Class 0: 500 images, 1: 300, 2: 150, 3: 50, 4: none. */
static uint16_t labels[N];

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        int at = i * 7 % N; /* a shuffle: 7 and 1000 have no common factor */

        labels[i] = (uint16_t)(at < 500 ? 0 : at < 800 ? 1 : at < 950 ? 2 : 3);
    }
    return 0;
}

static void takes_its_part_of_every_class(void **state)
{
    size_t counts[5] = {0};
    uint8_t seen[N] = {0};
    Split split;

    (void)state;
    assert_int_equal(split_labels(&split, labels, N, 5, &(SplitChoice){0.1, 0, 3}, NULL), 0);
    assert_int_equal(split.n_validation, 100);
    assert_int_equal(split.n_train, 900);
    for (size_t i = 0; i < split.n_validation; i++) {
        counts[labels[split.validation[i]]]++;
        seen[split.validation[i]]++;
        assert_true(i == 0 || split.validation[i - 1] < split.validation[i]);
    }
    for (size_t i = 0; i < split.n_train; i++) {
        seen[split.train[i]]++;
        assert_true(i == 0 || split.train[i - 1] < split.train[i]);
    }
    assert_int_equal(counts[0], 50);
    assert_int_equal(counts[1], 30);
    assert_int_equal(counts[2], 15);
    assert_int_equal(counts[3], 5);
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    split_deinit(&split);
    assert_null(split.train);
}

static void depends_on_the_seed_alone(void **state)
{
    Split a, b, c;

    (void)state;
    assert_int_equal(split_labels(&a, labels, N, 4, &(SplitChoice){0.2, 0, 3}, NULL), 0);
    assert_int_equal(split_labels(&b, labels, N, 4, &(SplitChoice){0.2, 0, 3}, NULL), 0);
    assert_int_equal(split_labels(&c, labels, N, 4, &(SplitChoice){0.2, 0, 4}, NULL), 0);
    assert_memory_equal(a.validation, b.validation, a.n_validation * sizeof *a.validation);
    assert_memory_not_equal(a.validation, c.validation, a.n_validation * sizeof *a.validation);
    split_deinit(&a);
    split_deinit(&b);
    split_deinit(&c);
}

/* What is drawn must not be the first or last of each class. */
static void draws_from_everywhere(void **state)
{
    double sum = 0;
    Split split;

    (void)state;
    assert_int_equal(split_labels(&split, labels, N, 4, &(SplitChoice){0.5, 0, 9}, NULL), 0);
    for (size_t i = 0; i < split.n_validation; i++)
        sum += split.validation[i];
    sum /= (double)split.n_validation;
    assert_true(sum > 440 && sum < 560);
    split_deinit(&split);
}

static void none_is_none(void **state)
{
    Split split;

    (void)state;
    assert_int_equal(split_labels(&split, labels, N, 4, &(SplitChoice){0, 0, 3}, NULL), 0);
    assert_int_equal(split.n_train, N);
    assert_int_equal(split.n_validation, 0);
    split_deinit(&split);
}

static void refuses_bad_fractions(void **state)
{
    static const double fractions[] = {-0.1, 0.91, 1, 0.0 / 0.0};
    Split split;

    (void)state;
    for (size_t i = 0; i < sizeof fractions / sizeof fractions[0]; i++) {
        SplitChoice choice = {fractions[i], 0, 3};
        ScrawlError error = {0};

        assert_int_equal(split_labels(&split, labels, N, 4, &choice, &error), SCRAWL_STATUS_USAGE);
        assert_says(&error, "0..0.9");
        assert_null(split.train);
    }
}

/* Five parts of a fifth, three of 0.3334: no image in two of them, all in one, each stratified; the
 * first is what there was before there were folds. */
static void folds_share_no_image(void **state)
{
    static const SplitChoice choices[] = {{0.2, 0, 3}, {0.3334, 0, 3}, {0.07, 0, 3}};
    static const int n_folds[] = {5, 3, 14};

    (void)state;
    for (int k = 0; k < 3; k++) {
        uint8_t seen[N] = {0};
        size_t n_seen = 0;

        assert_int_equal(split_last_fold(choices[k].fraction), n_folds[k] - 1);
        for (int fold = 0; fold < n_folds[k]; fold++) {
            SplitChoice choice = choices[k];
            size_t of_class_3 = 0;
            Split split;

            choice.fold = fold;
            assert_int_equal(split_labels(&split, labels, N, 4, &choice, NULL), 0);
            assert_int_equal(split.n_train + split.n_validation, N);
            for (size_t i = 0; i < split.n_validation; i++) {
                assert_int_equal(seen[split.validation[i]]++, 0);
                of_class_3 += labels[split.validation[i]] == 3;
            }
            n_seen += split.n_validation;
            assert_true(fabs((double)of_class_3 - 50 * choice.fraction) <= 1);
            split_deinit(&split);
        }
        assert_int_equal(n_seen, k < 2 ? N : 980);
    }
}

static void refuses_bad_folds(void **state)
{
    static const SplitChoice choices[] = {
        {0.2, 5, 3}, {0.2, -1, 3}, {0.3, 3, 3}, {0, 1, 3}, {0.9, 1, 3}};
    Split split;

    (void)state;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        ScrawlError error = {0};

        assert_int_equal(split_labels(&split, labels, N, 4, &choices[i], &error),
                         SCRAWL_STATUS_USAGE);
        assert_says(&error, "the fold of a validation fraction of");
        assert_null(split.train);
    }
}

static void refuses_a_class_that_would_be_empty(void **state)
{
    uint16_t few[] = {0, 0, 0, 0, 0, 1};
    ScrawlError error = {0};
    Split split;

    (void)state;
    assert_int_equal(split_labels(&split, few, 6, 2, &(SplitChoice){0.5, 0, 3}, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_says(&error, "class 1 has 1 images");
    assert_null(split.train);
}

/* The cut of folders and CSV files is part of what a data set is: it must never change. */
static void the_cut_is_fixed(void **state)
{
    static const uint16_t zeros[10];
    uint32_t *test;
    size_t n;

    (void)state;
    assert_int_equal(split_cut(&test, &n, zeros, 10, 1, SCRAWL_SPLIT_TEST, NULL), 0);
    assert_int_equal(n, 2);
    assert_int_equal(test[0] * 10 + test[1], 67);
    mem_free(test);
}

static ScrawlStatus split_once(void *context, ScrawlError *error)
{
    Split split;
    ScrawlStatus status = split_labels(&split, labels, N, 4, &(SplitChoice){0.3, 0, 1}, error);

    (void)context;
    split_deinit(&split);
    return status;
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    fail_every_allocation(split_once, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_its_part_of_every_class),
        cmocka_unit_test(depends_on_the_seed_alone),
        cmocka_unit_test(draws_from_everywhere),
        cmocka_unit_test(none_is_none),
        cmocka_unit_test(refuses_bad_fractions),
        cmocka_unit_test(folds_share_no_image),
        cmocka_unit_test(refuses_bad_folds),
        cmocka_unit_test(refuses_a_class_that_would_be_empty),
        cmocka_unit_test(the_cut_is_fixed),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests_name("split", tests, setup, NULL);
}
