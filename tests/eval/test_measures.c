/* Every measure against values of other programs: tests/eval/independent.py computed them with
 * scikit-learn 1.2.1, R 4.2.2 and plain Python. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "eval/evaluation.h"
#include "eval/statistics.h"
#include "model/temperature.h"

#define N 500
#define CLASSES 6
#define TEMPERATURE 1.5

static void expect_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-9 * fmax(fabs(expected), 1e-3)))
        fail_msg("%.17g is not %.17g", found, expected);
}

static uint32_t draw(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

/* Class 5 has no images, and class 4 is never answered. */
static ScrawlEvaluation *make_evaluation(void)
{
    static const char *const names[] = {"0", "O", "2", "a", "Z", "6"};
    ScrawlEvaluation *e;
    uint32_t x = 1;

    assert_int_equal(evaluation_create(&e, N, CLASSES, names, NULL), SCRAWL_STATUS_OK);
    e->temperature = TEMPERATURE;
    for (size_t i = 0; i < N; i++) {
        double row[CLASSES];

        e->labels[i] = (uint16_t)(draw(&x) % 5);
        for (size_t k = 0; k < CLASSES; k++)
            row[k] = draw(&x) / 2097152.0 - 4;
        if (draw(&x) % 4)
            row[e->labels[i]] += 3;
        row[4] -= 20;
        row[5] -= 8;
        for (size_t k = 0; k < CLASSES; k++)
            e->logits[i * CLASSES + k] = (float)row[k];
    }
    evaluation_finish(e);
    return e;
}

static void expect_scores(const ScrawlClassScore *found, double precision, double recall, double f1,
                          size_t support)
{
    expect_near(found->precision, precision);
    expect_near(found->recall, recall);
    expect_near(found->f1, f1);
    assert_int_equal(found->support, support);
}

static void classes_as_scikit_learn_has_them(void **state)
{
    static const size_t confusion[CLASSES * CLASSES] = {64, 11, 18, 21, 0, 0, 13, 50, 9,  23, 0, 0,
                                                        19, 16, 48, 11, 0, 0, 13, 15, 13, 47, 0, 0,
                                                        35, 20, 24, 30, 0, 0, 0,  0,  0,  0,  0, 0};
    ScrawlEvaluation *e = make_evaluation();

    (void)state;
    assert_memory_equal(e->confusion, confusion, sizeof confusion);
    expect_scores(&e->classes[0], 0.44444444444444442, 0.56140350877192979, 0.49612403100775193,
                  114);
    expect_scores(&e->classes[1], 0.44642857142857145, 0.52631578947368418, 0.48309178743961351,
                  95);
    expect_scores(&e->classes[2], 0.42857142857142855, 0.51063829787234039, 0.46601941747572817,
                  94);
    expect_scores(&e->classes[3], 0.35606060606060608, 0.53409090909090906, 0.4272727272727273, 88);
    expect_scores(&e->classes[4], 0, 0, 0, 109);
    expect_scores(&e->classes[5], 0, 0, 0, 0);
    expect_scores(&e->macro, 0.33510101010101012, 0.42648970104177264, 0.37450159263916416, N);
    expect_scores(&e->weighted, 0.32939285714285715, 0.41799999999999998, 0.36771536916873088, N);
    expect_near(e->balanced_accuracy, 0.42648970104177264);
    expect_near(e->accuracy, 0.418);
    assert_int_equal(e->n_errors, 291);
    scrawl_evaluation_free(e);
}

static void top_k_counts_the_k_best(void **state)
{
    static const double top[CLASSES] = {0.418, 0.602, 0.712, 0.782, 0.782, 1};
    ScrawlEvaluation *e = make_evaluation();

    (void)state;
    assert_int_equal(e->n_top, CLASSES);
    for (int k = 0; k < CLASSES; k++)
        expect_near(e->top[k], top[k]);
    scrawl_evaluation_free(e);
}

static void probabilities_are_scored(void **state)
{
    ScrawlEvaluation *e = make_evaluation();
    size_t n = 0;

    (void)state;
    expect_near(e->loss, 3.9455118460694591);
    expect_near(e->brier, 0.7930890081024401);
    expect_near(e->ece, 0.23355437004751831);
    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++) {
        const ScrawlReliability *bin = &e->reliability[i];

        n += bin->n;
        if (bin->n)
            assert_true(bin->confidence * SCRAWL_RELIABILITY_BINS > i &&
                        bin->confidence * SCRAWL_RELIABILITY_BINS <= i + 1);
        else
            assert_true(bin->confidence == 0 && bin->accuracy == 0);
    }
    assert_int_equal(n, N);
    scrawl_evaluation_free(e);
}

static void temperature_is_where_the_loss_is_lowest(void **state)
{
    ScrawlEvaluation *e = make_evaluation();
    double found = temperature_fit(N, CLASSES, e->logits, e->labels, 1);

    (void)state;
    expect_near(found, 22.758509213998828);
    expect_near(temperature_loss(N, CLASSES, e->logits, e->labels, found), 1.7475090007866365);
    expect_near(temperature_loss(N, CLASSES, e->logits, e->labels, TEMPERATURE), e->loss);
    scrawl_evaluation_free(e);
}

static void area_under_the_curve(void **state)
{
    ScoredSample samples[N], few[] = {{1, true}, {0, false}, {0, false}, {1, true}};
    uint32_t x = 1;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        samples[i].positive = draw(&x) % 3 == 0;
        samples[i].score = draw(&x) % 40 + (samples[i].positive ? 8 : 0);
    }
    expect_near(auroc(samples, N), 0.67410929762777316);
    assert_true(auroc(few, 4) == 1);
    few[2].score = few[3].score = -1; /* sorted: these are the positive ones */
    assert_true(auroc(few, 4) == 0);
    for (size_t i = 0; i < 4; i++)
        few[i].score = 3;
    assert_true(auroc(few, 4) == 0.5);
    for (size_t i = 0; i < 4; i++)
        few[i].positive = true;
    assert_true(auroc(few, 4) == 0.5 && auroc(few, 0) == 0.5);
}

/* A confidence of 1, and one at the border between two bins. */
static void borders_of_bins(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    ScrawlEvaluation *e;

    (void)state;
    assert_int_equal(evaluation_create(&e, 2, 3, names, NULL), SCRAWL_STATUS_OK);
    e->logits[0] = 1000;
    evaluation_finish(e); /* the second image: 1/3 each */
    assert_int_equal(e->reliability[SCRAWL_RELIABILITY_BINS - 1].n, 1);
    assert_int_equal(e->reliability[4].n, 1);
    scrawl_evaluation_free(e);
}

static void confusable_are_merged(void **state)
{
    ScrawlEvaluation *e = make_evaluation();

    (void)state;
    /* 0 as O and O as 0 11 + 13 times; 2 as Z never, Z as 2 24 times. */
    assert_int_equal(e->n_merged_errors, 291 - 11 - 13 - 24);
    scrawl_evaluation_free(e);
    assert_true(confusable("I", "1") && confusable("g", "q") && confusable("7", "7"));
    assert_false(confusable("1", "7") || confusable("", "") != true || confusable("O", "1"));
    assert_false(confusable("0", "0O") || confusable("zero", "oh") || confusable("o", "0"));
}

static void intervals_as_r_has_them(void **state)
{
    static const struct {
        size_t k, n;
        double low, high;
    } cases[] = {
        {0, 10, 0, 0.27753279986288915},
        {3, 10, 0.10779126740630104, 0.60322185253885452},
        {9965, 10000, 0.99513646812354062, 0.99748222149437760},
        {116323, 116323, 0.99996697702118831, 1},
        {1, 1, 0.2065493143772375, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScrawlInterval found = wilson_interval(cases[i].k, cases[i].n);

        expect_near(found.low, cases[i].low);
        expect_near(found.high, cases[i].high);
    }
}

static void binomials_as_r_has_them(void **state)
{
    (void)state;
    expect_near(binomial_at_most(3, 10, 0.5), 0.171875);
    expect_near(binomial_at_most(40, 100, 0.3), 0.98750159283356176);
    expect_near(binomial_at_most(20, 100, 0.3), 0.016462853241869437);
    expect_near(binomial_at_most(4, 9600, 0.001), 0.037727589800478897);
    expect_near(binomial_at_most(300, 100000, 0.0035), 0.0033877300860381317);
    assert_true(binomial_at_most(10, 10, 0.9) == 1 && binomial_at_most(3, 10, 0) == 1);
    assert_true(binomial_at_most(3, 10, 1) == 0);
    expect_near(binomial_upper(0, 2995, 0.05), 0.00099974442090114239);
    expect_near(binomial_upper(4, 9600, 0.05), 0.00095323565885079356);
    expect_near(binomial_upper(45, 57600, 0.05), 0.001001537087493359);
    expect_near(binomial_upper(3, 10, 0.05), 0.60662421610541339);
    expect_near(binomial_upper(99, 100, 0.05), 0.99948719858373769);
    assert_true(binomial_upper(7, 7, 0.05) == 1);
    expect_near(mcnemar_exact(10, 3), 0.092285156250000028);
    expect_near(mcnemar_exact(0, 6), 0.03125);
    expect_near(mcnemar_exact(345, 400), 0.047810067912585123);
    assert_true(mcnemar_exact(25, 25) == 1 && mcnemar_exact(1, 0) == 1);
    assert_true(mcnemar_exact(0, 0) == 1);
    expect_near(mcnemar_exact(31, 12), 0.0054015726545912895);
    expect_near(mcnemar_exact(456, 383), 0.01288261797408323);
    expect_near(binomial_exactly(3, 10, 0.5), 0.11718750000000014);
    expect_near(binomial_exactly(0, 10, 0.25), 0.056313514709472684);
    expect_near(binomial_exactly(10, 10, 0.75), 0.056313514709472684);
    expect_near(binomial_exactly(43, 10000, 0.0043), 0.060851309429363926);
    expect_near(binomial_exactly(31, 43, 0.7), 0.12861222010474185);
}

/* p.adjust(p, "holm"); two are equal, and two would fall below the one before. */
static void p_values_are_corrected(void **state)
{
    static const double p[] = {0.01, 0.04, 0.03, 0.005, 0.03, 0.9, 0.4, 0};
    static const double expected[] = {0.06, 0.15, 0.15, 0.035, 0.15, 0.9, 0.8, 0};
    double found[8];

    (void)state;
    holm_adjust(p, 8, found);
    for (int i = 0; i < 8; i++)
        expect_near(found[i], expected[i]);
    holm_adjust(p, 1, found);
    assert_true(found[0] == p[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_as_scikit_learn_has_them),
        cmocka_unit_test(top_k_counts_the_k_best),
        cmocka_unit_test(probabilities_are_scored),
        cmocka_unit_test(temperature_is_where_the_loss_is_lowest),
        cmocka_unit_test(area_under_the_curve),
        cmocka_unit_test(borders_of_bins),
        cmocka_unit_test(confusable_are_merged),
        cmocka_unit_test(intervals_as_r_has_them),
        cmocka_unit_test(binomials_as_r_has_them),
        cmocka_unit_test(p_values_are_corrected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
