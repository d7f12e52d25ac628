/* Philox, and the distributions made from it. */
#include "cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

/* The known answers of philox4x32-10 in the file kat_vectors of Random123 (D. E. Shaw Research). */
static void known_answers(void **state)
{
    static const struct {
        uint64_t seed, stream, position;
        uint32_t out[4];
    } known[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        /* counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: digits of pi */
        {UINT64_C(0x299f31d0a4093822),
         UINT64_C(0x0370734413198a2e),
         UINT64_C(0x85a308d3243f6a88),
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(known); i++) {
        uint32_t out[4];
        rng_philox(known[i].seed, known[i].stream, known[i].position, out);
        assert_memory_equal(out, known[i].out, sizeof out);
    }
}

static void a_sequence_is_its_positions(void **state)
{
    uint32_t block[4];
    Rng rng;

    (void)state;
    rng_init(&rng, 5, 77);
    for (uint64_t position = 0; position < 100; position++) {
        rng_philox(5, 77, position, block);
        for (int i = 0; i < 4; i++)
            assert_int_equal(rng_u32(&rng), block[i]);
    }
}

/* Recorded results depend on these numbers. */
static void streams_are_what_they_were(void **state)
{
    (void)state;
    assert_true(rng_stream(RNG_PURPOSE_TEST, 0, 0) == 0);
    assert_true(rng_stream(RNG_PURPOSE_AUGMENT, 3, 17) == UINT64_C(0x0400003000000011));
    assert_true(rng_stream(RNG_PURPOSE_SAMPLE, 0xfffff, UINT64_C(0xfffffffff)) ==
                UINT64_C(0x08ffffffffffffff));
    assert_int_equal(RNG_PURPOSE_INIT, 1);
    assert_int_equal(RNG_PURPOSE_SHUFFLE, 2);
    assert_int_equal(RNG_PURPOSE_SPLIT, 3);
    assert_int_equal(RNG_PURPOSE_DROPOUT, 5);
    assert_int_equal(RNG_PURPOSE_PEN, 6);
    assert_int_equal(RNG_PURPOSE_NOISE, 7);
}

/* Within 4.5 standard errors: a right generator fails for one seed in 150,000; the seeds here are
 * fixed. */
static void assert_near(double value, double expected, double standard_error)
{
    if (fabs(value - expected) > 4.5 * standard_error)
        fail_msg("%g is too far from %g (standard error %g)", value, expected, standard_error);
}

static void uniform_is_flat_in_0_to_1(void **state)
{
    enum { N = 100000 };
    double sum = 0, sum_squares = 0;
    Rng rng;

    (void)state;
    rng_init(&rng, 1, 0);
    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
        sum_squares += u * u;
    }
    assert_near(sum / N, 0.5, sqrt(1 / 12.0 / N));
    assert_near(sum_squares / N, 1 / 3.0, sqrt(4 / 45.0 / N));
}

static void range_stays_below_its_end(void **state)
{
    double low = 1e16, high = 1e16 + 2; /* neighbours: every sum is rounded to one of them */
    double least = 100, most = -100;
    Rng rng;

    (void)state;
    rng_init(&rng, 2, 0);
    for (int i = 0; i < 1000; i++) {
        double value = rng_range(&rng, -3, 5);
        least = fmin(least, value);
        most = fmax(most, value);
        assert_true(rng_range(&rng, low, high) == low);
        assert_true(rng_range(&rng, 4, 4) == 4);
    }
    assert_true(least >= -3 && least < -2.9);
    assert_true(most < 5 && most > 4.9);
}

static void normal_has_its_moments_and_takes_two_values(void **state)
{
    enum { N = 100000 };
    double sum = 0, sum_2 = 0, sum_3 = 0, sum_4 = 0;
    Rng rng, plain;

    (void)state;
    rng_init(&rng, 3, 0);
    for (int i = 0; i < N; i++) {
        double x = rng_normal(&rng);
        assert_true(fabs(x) < 6.8);
        sum += x;
        sum_2 += x * x;
        sum_3 += x * x * x;
        sum_4 += x * x * x * x;
    }
    assert_near(sum / N, 0, sqrt(1.0 / N));
    assert_near(sum_2 / N, 1, sqrt(2.0 / N));
    assert_near(sum_3 / N, 0, sqrt(15.0 / N));
    assert_near(sum_4 / N, 3, sqrt(96.0 / N));
    rng_init(&plain, 3, 0);
    for (int i = 0; i < 2 * N; i++)
        rng_u32(&plain);
    assert_int_equal(rng_u32(&rng), rng_u32(&plain));
}

/* Without the rejection, a third of the values would come twice as often for this n. */
static void below_has_no_bias(void **state)
{
    enum { N = 90000 };
    uint32_t n = UINT32_C(3) << 30;
    int counts[3] = {0};
    Rng rng;

    (void)state;
    rng_init(&rng, 4, 0);
    for (int i = 0; i < N; i++) {
        uint32_t value = rng_below(&rng, n);
        assert_true(value < n);
        counts[value % 3]++;
    }
    for (int i = 0; i < 3; i++)
        assert_near(counts[i], N / 3.0, sqrt(N * 2 / 9.0));
}

static void below_small_numbers(void **state)
{
    enum { N = 100000 };
    int counts[10] = {0};
    Rng rng;

    (void)state;
    rng_init(&rng, 5, 0);
    for (int i = 0; i < N; i++)
        counts[rng_below(&rng, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_near(counts[i], N / 10.0, sqrt(N * 0.09));
    for (int i = 0; i < 10; i++)
        assert_int_equal(rng_below(&rng, 1), 0);
}

static void every_order_is_equally_likely(void **state)
{
    enum { N = 60000 };
    int counts[27] = {0};
    int n_orders = 0;
    Rng rng;

    (void)state;
    rng_init(&rng, 6, 0);
    for (int i = 0; i < N; i++) {
        uint32_t order[3] = {0, 1, 2};
        rng_shuffle(&rng, order, 3);
        assert_true(order[0] != order[1] && order[1] != order[2] && order[0] != order[2]);
        counts[9 * order[0] + 3 * order[1] + order[2]]++;
    }
    for (int i = 0; i < 27; i++)
        if (counts[i] > 0) {
            n_orders++;
            assert_near(counts[i], N / 6.0, sqrt(N * 5 / 36.0));
        }
    assert_int_equal(n_orders, 6);
    rng_shuffle(&rng, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_sequence_is_its_positions),
        cmocka_unit_test(streams_are_what_they_were),
        cmocka_unit_test(uniform_is_flat_in_0_to_1),
        cmocka_unit_test(range_stays_below_its_end),
        cmocka_unit_test(normal_has_its_moments_and_takes_two_values),
        cmocka_unit_test(below_has_no_bias),
        cmocka_unit_test(below_small_numbers),
        cmocka_unit_test(every_order_is_equally_likely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
