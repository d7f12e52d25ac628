/* The threshold on data made by hand, and the error bound: over many samples of a known risk a bad
 * threshold is chosen no more often than was said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/memory.h"
#include "base/rng.h"
#include "eval/rejection.h"
#include "eval/statistics.h"

enum { N = 1000, N_TRIALS = 1000, N_SAMPLE = 10000 };

static EvaluatedAnswer answers[N_SAMPLE];

/* Answer i of n has confidence 1 - i / n, and all are right. */
static void make_right(size_t n)
{
    for (size_t i = 0; i < n; i++)
        answers[i] = (EvaluatedAnswer){1 - (double)i / (double)n, true};
}

static bool choose(size_t n, Rejection *rejection)
{
    return rejection_select(answers, n, 0.01, 0.05, rejection);
}

static void all_right(void **state)
{
    Rejection rejection;
    (void)state;
    assert_int_equal(rejection_least(0.01, 0.05), 299);
    assert_int_equal(rejection_least(0.001, 0.05), 2995);
    make_right(299);
    assert_true(choose(299, &rejection));
    assert_true(rejection.threshold == 0 && rejection.n_accepted == 299);
    assert_true(fabs(rejection.bound - (1 - pow(0.05, 1 / 299.0))) < 1e-12);
    make_right(298);
    assert_false(choose(298, &rejection));
    assert_true(rejection.n_accepted == 298 && rejection.bound > 0.01);
}

/* R: pbinom(4, 984, 0.01) = 0.0316, pbinom(5, 985, 0.01) = 0.0715. */
static void errors_at_the_end(void **state)
{
    Rejection rejection;
    (void)state;
    make_right(N);
    for (size_t i = N - 20; i < N; i++)
        answers[i].right = false;
    double surest = answers[984].confidence;
    for (size_t i = 0; i < N; i += 3) { /* in any order */
        EvaluatedAnswer other = answers[i];
        answers[i] = answers[N - 1 - i];
        answers[N - 1 - i] = other;
    }
    assert_true(choose(N, &rejection));
    assert_int_equal(rejection.n_accepted, 984);
    assert_int_equal(rejection.n_errors, 4);
    assert_true(rejection.threshold == nextafter(surest, 1));
    assert_true(rejection.bound == binomial_upper(4, 984, 0.05));
    assert_true(rejection.bound <= 0.01);
}

/* Those equally sure are accepted together or not at all. */
static void equals_stay_together(void **state)
{
    Rejection rejection;
    (void)state;
    make_right(N);
    for (size_t i = 0; i < N; i++) {
        answers[i].confidence = 1 - (double)(i / 50) / 20;
        answers[i].right = i % 50 != 0 || i < 950; /* one error in the last fifty ... */
    }
    answers[951].right = answers[952].right = answers[953].right = answers[954].right = false;
    assert_true(choose(N, &rejection)); /* ... and four more */
    assert_int_equal(rejection.n_accepted, 950);
    assert_true(rejection.threshold == nextafter(answers[950].confidence, 1));
    for (size_t i = 0; i < N; i++)
        answers[i].confidence = 0.5;
    assert_false(choose(N, &rejection)); /* all or nothing */
    assert_int_equal(rejection.n_accepted, N);
}

/* A wrong label among the surest is one error, and no end. */
static void surest_may_be_wrong(void **state)
{
    Rejection rejection;
    (void)state;
    make_right(N);
    answers[0].right = answers[7].right = false;
    for (size_t i = N - 30; i < N; i += 2)
        answers[i].right = false;
    assert_true(choose(N, &rejection));
    assert_int_equal(rejection.n_errors, 4);
    assert_int_equal(rejection.n_accepted, N - 30 + 4);
}

static void too_many_errors(void **state)
{
    Rejection rejection;
    (void)state;
    make_right(N);
    for (size_t i = 25; i < N; i += 40)
        answers[i].right = false;
    assert_false(choose(N, &rejection));
    assert_true(rejection.bound > 0.01 && rejection.bound < 0.05);
    assert_true(rejection.bound == binomial_upper(rejection.n_errors, rejection.n_accepted, 0.05));
    for (size_t n_errors = 0; n_errors < 25; n_errors++) /* the lowest of all */
        assert_true(rejection.bound <= binomial_upper(n_errors, 25 + 40 * n_errors, 0.05));
    for (size_t i = 0; i < N; i++)
        answers[i].right = false;
    assert_false(choose(N, &rejection));
    assert_true(rejection.bound == 1);
}

/* A kind of recogniser: of the images at least as sure as the part u of all, mass[i] * u^power[i]
 * in sum are wrong, so that the true error rate among them is known. */
typedef struct Kind {
    const char *name;
    double mass[2], power[2];
    double least_coverage; /* in the mean of all trials */
} Kind;

static double wrong_within(const Kind *kind, double u)
{
    return kind->mass[0] * pow(u, kind->power[0]) + kind->mass[1] * pow(u, kind->power[1]);
}

static double chance_at(const Kind *kind, double u)
{
    return kind->mass[0] * kind->power[0] * pow(u, kind->power[0] - 1) +
           kind->mass[1] * kind->power[1] * pow(u, kind->power[1] - 1);
}

/* Sorted uniform numbers are sums of exponential ones. */
static void draw(const Kind *kind, Rng *rng)
{
    double sum = 0;
    for (int i = 0; i < N_SAMPLE; i++)
        answers[i].confidence = sum -= log1p(-rng_uniform(rng));
    sum -= log1p(-rng_uniform(rng));
    for (int i = 0; i < N_SAMPLE; i++) {
        double u = answers[i].confidence / sum;
        answers[i] = (EvaluatedAnswer){1 - u, rng_uniform(rng) >= chance_at(kind, u)};
    }
}

/* At most 70 of 1,000 may be broken, where 50 are expected at most. Half of the errors sure:
 * no threshold keeps the error_bound; all the same: none by a hair; rising late: some by a hair. */
static void error_bounds_are_kept(void **state)
{
    static const Kind kinds[] = {
        {"99.7 %, a tenth of the errors sure", {0.0003, 0.0027}, {1, 100}, 0.6},
        {"99.7 %, next to none sure", {0.0001, 0.003}, {1, 50}, 0.9},
        {"99.7 %, wrong labels among the surest", {0.0002, 0.0028}, {0.1, 80}, 0.8},
        {"99.7 %, half of the errors sure", {0.0015, 0.0015}, {1, 100}, 0},
        {"all the same", {0.00100001, 0}, {1, 1}, 0},
        {"rising late", {0.00099, 0.0005}, {1, 40}, 0},
    };
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const Kind *kind = &kinds[k];
        double coverage = 0;
        int n_broken = 0;
        for (uint64_t trial = 0; trial < N_TRIALS; trial++) {
            Rejection rejection;
            Rng rng;
            rng_init(&rng, 20 + k, rng_stream(RNG_PURPOSE_TEST, 2, trial));
            draw(kind, &rng);
            if (!rejection_select(answers, N_SAMPLE, 0.001, 0.05, &rejection))
                continue;
            double u = rejection.threshold > 0 ? 1 - rejection.threshold : 1;
            coverage += u / N_TRIALS;
            n_broken += wrong_within(kind, u) > 0.001 * u;
        }
        if (n_broken > N_TRIALS * 7 / 100 || coverage < kind->least_coverage)
            fail_msg("%s: %d of %d error bounds broken, %.4f accepted", kind->name, n_broken,
                     N_TRIALS, coverage);
        print_message("%s: %d of %d error bounds broken, %.4f accepted\n", kind->name, n_broken,
                      N_TRIALS, coverage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_right),
        cmocka_unit_test(errors_at_the_end),
        cmocka_unit_test(equals_stay_together),
        cmocka_unit_test(surest_may_be_wrong),
        cmocka_unit_test(too_many_errors),
        cmocka_unit_test(error_bounds_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
