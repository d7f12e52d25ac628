/* Arrays of random numbers: each value against the formula in a wider type on base/rng.h's bits,
 * and the statistics of many. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

enum { MANY = 1 << 18 };

static const uint64_t any_seed = 0x0123456789abcdef, any_stream = 0xfedcba9876543210;

/* The positions where carries happen, between vectors and inside one. */
static const uint64_t positions[] = {0, 1, UINT64_C(0xfffffffd), UINT64_C(0x300000000)};
enum { N_POSITIONS = sizeof positions / sizeof positions[0] };

static uint32_t word_at(uint64_t position, size_t i)
{
    uint32_t word[4];
    rng_philox(any_seed, any_stream, position + i / 4, word);
    return word[i % 4];
}

static void test_uniform(void **state)
{
    (void)state;
    for (size_t count = 0; count < 2 * CHECK_MAX_COUNT; count++)
        for (int p = 0; p < N_POSITIONS; p++) {
            real *dst = check_output(count), low = -3, high = (real)5.7;
            wide *expected = check_wide(count), *magnitude = check_wide(count);
            for (size_t i = 0; i < count; i++) {
                expected[i] = low + ((wide)high - low) * (word_at(positions[p], i) >> 8) / 16777216;
                magnitude[i] = 5.7L + 3;
            }
            check_kernels->uniform(count, any_seed, any_stream, positions[p], low, high, dst);
            check_close(dst, expected, magnitude, count, 1, "uniform from %d", p);
            check_end();
        }
}

/* Of the pair of words that value i is made of; a radius of real's own rounding of the first. */
static wide normal_at(uint64_t position, size_t i, wide *radius)
{
    real scaled = (real)(word_at(position, i & ~(size_t)1) >> 1);
    scaled += (real)0.5;
    wide turns = (wide)word_at(position, i | 1) / 4294967296.0L;
    wide angle = 2 * acosl(-1) * turns;
    *radius = sqrtl(-2 * logl((wide)scaled / 2147483648.0L));
    return *radius * (i % 2 ? sinl(angle) : cosl(angle));
}

static void test_noise(void **state)
{
    (void)state;
    for (size_t count = 0; count < 2 * CHECK_MAX_COUNT; count++)
        for (int p = 0; p < N_POSITIONS; p++) {
            real *x = check_random(count), sd = (real)0.37;
            wide *expected = check_wide(count), *magnitude = check_wide(count);
            for (size_t i = 0; i < count; i++) {
                wide radius;
                expected[i] = x[i] + sd * normal_at(positions[p], i, &radius);
                expected[i] = fminl(fmaxl(expected[i], -0.9L), 0.6L);
                magnitude[i] = fabsl((wide)x[i]) + sd * radius;
            }
            check_kernels->noise(count, any_seed, any_stream, positions[p], sd, (real)-0.9,
                                 (real)0.6, x);
            check_close(x, expected, magnitude, count, CHECK_ZERO_MEAN, "noise from %d", p);
            check_end();
        }
}

static real *many_normals(uint64_t stream)
{
    real *x = malloc(MANY * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < MANY; i++)
        x[i] = 0;
    check_kernels->noise(MANY, 1, stream, 0, 1, -100, 100, x);
    return x;
}

/* Deviates alone, so that none hides behind x. */
static void test_noise_is_close_everywhere(void **state)
{
    (void)state;
    real *x = malloc(MANY * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < MANY; i++)
        x[i] = 0;
    check_kernels->noise(MANY, any_seed, any_stream, 9, 1, -100, 100, x);
    for (size_t i = 0; i < MANY; i += 3) {
        wide radius, expected = normal_at(9, i, &radius);
        check_close(&x[i], &expected, &radius, 1, CHECK_ZERO_MEAN, "normal %zu", i);
    }
    free(x);
}

/* In units of the statistic's own deviation, five of which no seed but one in a million passes. */
static void assert_about(double found, double expected, double deviation)
{
    if (!(fabs(found - expected) < 5 * deviation))
        fail_msg("%g, expected %g +- %g", found, expected, deviation);
}

static void test_statistics(void **state)
{
    (void)state;
    real *x = many_normals(3), *other = many_normals(4);
    double sums[5] = {0}, lagged[5] = {0}, crossed = 0, squares = 0;
    int beyond[5] = {0};
    for (size_t i = 0; i < MANY; i++) {
        double v = (double)x[i];
        for (int power = 1; power <= 4; power++)
            sums[power] += pow(v, power) / MANY;
        for (size_t lag = 1; lag <= 4; lag++)
            lagged[lag] += i + lag < MANY ? v * (double)x[i + lag] / MANY : 0;
        squares += i % 2 ? (v * v - 1) * ((double)x[i - 1] * (double)x[i - 1] - 1) : 0;
        crossed += v * (double)other[i] / MANY;
        for (int sd = 1; sd <= 4; sd++)
            beyond[sd] += fabs(v) > sd;
    }
    const double one = 1 / sqrt(MANY);
    assert_about(sums[1], 0, one);
    assert_about(sums[2], 1, sqrt(2) * one);
    assert_about(sums[3], 0, sqrt(15) * one);
    assert_about(sums[4], 3, sqrt(96) * one);
    for (int lag = 1; lag <= 4; lag++)
        assert_about(lagged[lag], 0, one);
    assert_about(crossed, 0, one);                            /* streams */
    assert_about(squares / (MANY / 2), 0, 2 * sqrt(2) * one); /* the two of a pair */
    for (int sd = 1; sd <= 4; sd++) {
        double share = erfc(sd / sqrt(2));
        assert_about(beyond[sd], share * MANY, sqrt(share * MANY));
    }
    free(x);
    free(other);
}

/* An array is a window on its stream. */
static void test_position_continues(void **state)
{
    (void)state;
    enum { WHOLE = 100, PART = 36 };
    real *whole = check_output(WHOLE), *parts = check_output(WHOLE);
    check_kernels->uniform(WHOLE, 5, 6, 7, 0, 1, whole);
    check_kernels->uniform(PART, 5, 6, 7, 0, 1, parts);
    check_kernels->uniform(WHOLE - PART, 5, 6, 7 + PART / 4, 0, 1, parts + PART);
    check_same(parts, whole, WHOLE * sizeof *whole, "uniform in two parts");
    check_kernels->noise(WHOLE, 5, 6, 7, 1, -9, 9, whole);
    check_kernels->noise(PART, 5, 6, 7, 1, -9, 9, parts);
    check_kernels->noise(WHOLE - PART, 5, 6, 7 + PART / 4, 1, -9, 9, parts + PART);
    check_same(parts, whole, WHOLE * sizeof *whole, "noise in two parts");
    check_end();
}

CHECK_TESTS(noise, cmocka_unit_test(test_uniform), cmocka_unit_test(test_noise),
            cmocka_unit_test(test_noise_is_close_everywhere), cmocka_unit_test(test_statistics),
            cmocka_unit_test(test_position_continues));
