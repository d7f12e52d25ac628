/* The bootstrap's interval against the exact distribution where that can be added up, against the
 * normal one where that is near, and against tests/eval/independent.py, which draws images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/memory.h"
#include "eval/statistics.h"

static ScrawlInterval interval_of(size_t n, size_t n_fixed, size_t n_broken, uint64_t seed)
{
    ScrawlInterval interval;
    assert_int_equal(bootstrap_difference(n, n_fixed, n_broken, seed, &interval, NULL),
                     SCRAWL_STATUS_OK);
    return interval;
}

/* P(broken - fixed <= k) of a resample, summed over all (differing, fixed). */
static double exact_at_most(int k, size_t n, size_t n_fixed, size_t n_broken)
{
    size_t both = n_fixed + n_broken;
    double sum = 0;
    for (size_t differ = 0; differ <= n; differ++)
        for (size_t fixed = 0; fixed <= differ; fixed++)
            if ((int)differ - 2 * (int)fixed <= k)
                sum += binomial_exactly(differ, n, (double)both / (double)n) *
                       binomial_exactly(fixed, differ, (double)n_fixed / (double)both);
    return sum;
}

/* Of 10,000 resamples the share below an end is within 0.6 % of 2.5 %: four standard errors. */
static void ends_are_where_the_exact_distribution_has_them(void **state)
{
    static const struct {
        size_t n, n_fixed, n_broken;
    } cases[] = {{10, 2, 1}, {50, 5, 10}, {60, 20, 25}, {200, 12, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = cases[i].n, f = cases[i].n_fixed, b = cases[i].n_broken;
        for (uint64_t seed = 0; seed < 5; seed++) {
            ScrawlInterval found = interval_of(n, f, b, seed);
            int low = (int)lround(found.low * (double)n);
            int high = (int)lround(found.high * (double)n);
            assert_true(exact_at_most(low, n, f, b) >= 0.019);
            assert_true(exact_at_most(low - 1, n, f, b) <= 0.031);
            assert_true(exact_at_most(high, n, f, b) >= 0.969);
            assert_true(exact_at_most(high - 1, n, f, b) <= 0.981);
        }
    }
}

static void many_images_are_nearly_normal(void **state)
{
    static const struct {
        size_t n, n_fixed, n_broken;
    } cases[] = {{10000, 310, 120}, {116323, 900, 1100}, {20000000, 4000000, 4010000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double n = (double)cases[i].n, f = (double)cases[i].n_fixed, b = (double)cases[i].n_broken;
        double mean = (b - f) / n, sd = sqrt(((b + f) / n - mean * mean) / n);
        ScrawlInterval found = interval_of(cases[i].n, cases[i].n_fixed, cases[i].n_broken, i);
        /* A percentile's own standard error is 2.7 % of sd. */
        assert_true(fabs(found.low - (mean - 1.96 * sd)) < 0.1 * sd);
        assert_true(fabs(found.high - (mean + 1.96 * sd)) < 0.1 * sd);
    }
}

/* Python's bootstraps, of which each end is one image or two from the next. */
static void as_by_drawing_images(void **state)
{
    static const struct {
        size_t n, n_fixed, n_broken;
        double low, high, tolerance;
    } cases[] = {{100, 12, 3, -0.17, -0.02, 0.011},
                 {1000, 30, 30, -0.0155, 0.0145, 0.0016},
                 {2000, 31, 12, -0.016, -0.003, 0.0006},
                 {50, 5, 0, -0.19, -0.02, 0.021}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScrawlInterval found = interval_of(cases[i].n, cases[i].n_fixed, cases[i].n_broken, 1);
        assert_true(fabs(found.low - cases[i].low) < cases[i].tolerance);
        assert_true(fabs(found.high - cases[i].high) < cases[i].tolerance);
    }
}

static void edges(void **state)
{
    (void)state;
    ScrawlInterval none = interval_of(1000, 0, 0, 0), all = interval_of(7, 7, 0, 0),
                   one = interval_of(1, 0, 1, 0), half = interval_of(40, 20, 20, 0);
    assert_true(none.low == 0 && none.high == 0);
    assert_true(all.low == -1 && all.high == -1);
    assert_true(one.low == 1 && one.high == 1);
    assert_true(half.low < -0.2 && half.low > -0.4 && half.high > 0.2 && half.high < 0.4);
}

/* The same bits whenever it is asked; another seed is another sample. */
static void a_function_of_counts_and_seed(void **state)
{
    (void)state;
    ScrawlInterval first = interval_of(116323, 900, 1100, 3);
    interval_of(50, 5, 0, 3);
    ScrawlInterval again = interval_of(116323, 900, 1100, 3);
    ScrawlInterval other = interval_of(116323, 900, 1100, 4);
    assert_memory_equal(&first, &again, sizeof first);
    assert_true(first.low != other.low || first.high != other.high);
    /* Philox, exp and lgamma: what a change of any of them, or of their use, would change. */
    assert_true(interval_of(2000, 31, 12, 0).low == -0.016);
}

static void no_memory(void **state)
{
    (void)state;
    ScrawlInterval interval;
    ScrawlError error = {0};
    mem_fail_at(1);
    ScrawlStatus status = bootstrap_difference(100, 12, 3, 0, &interval, &error);
    mem_fail_at(0);
    assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
    assert_string_equal(error.message, "no memory for the resamples of a bootstrap");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_where_the_exact_distribution_has_them),
        cmocka_unit_test(many_images_are_nearly_normal),
        cmocka_unit_test(as_by_drawing_images),
        cmocka_unit_test(edges),
        cmocka_unit_test(a_function_of_counts_and_seed),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
