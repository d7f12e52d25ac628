#include "check.h"

#include <float.h>
#include <math.h>
#include <string.h>

static wide sigmoid(wide x)
{
    return 1 / (1 + expl(-x));
}

static wide value_of(Activation kind, wide x)
{
    switch (kind) {
    case ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case ACTIVATION_SILU:
        return x * sigmoid(x);
    default:
        return sigmoid(x);
    }
}

static wide slope_of(Activation kind, wide x)
{
    wide s = sigmoid(x);
    switch (kind) {
    case ACTIVATION_RELU:
        return x > 0;
    case ACTIVATION_SILU:
        return s + x * s * (1 - s);
    default:
        return s * (1 - s);
    }
}

/* What the slope is made of: near 1, 1 - s keeps the error of s. */
static wide slope_terms(Activation kind, wide x)
{
    switch (kind) {
    case ACTIVATION_RELU:
        return 1;
    case ACTIVATION_SILU:
        return sigmoid(x) * (1 + fabsl(x));
    default:
        return sigmoid(x);
    }
}

static void check_activation(Activation kind, size_t count, double range)
{
    real *x = check_random_between(count, -range, range), *y = check_output(count);
    const real *dy = check_random(count);
    real *dx = check_output(count), *same = NULL;
    wide *expected = check_wide(count), *magnitude = check_wide(count);
    if (count > 2)
        x[count - 1] = 0;
    same = check_copy(count, x);
    for (size_t i = 0; i < count; i++) {
        expected[i] = value_of(kind, x[i]);
        magnitude[i] = fabsl(expected[i]);
    }
    check_kernels->activation_forward[kind](count, x, y);
    check_close(y, expected, magnitude, count, 5, "activation %d", (int)kind);
    check_kernels->activation_forward[kind](count, same, same);
    check_same(same, y, count * sizeof *y, "activation in place");

    for (size_t i = 0; i < count; i++) {
        expected[i] = dy[i] * slope_of(kind, x[i]);
        magnitude[i] = fabsl(dy[i] * slope_terms(kind, x[i]));
    }
    check_kernels->activation_backward[kind](count, x, y, dy, dx);
    check_close(dx, expected, magnitude, count, 8, "activation %d, backward", (int)kind);
    same = check_copy(count, dy);
    check_kernels->activation_backward[kind](count, x, y, same, same);
    check_same(same, dx, count * sizeof *dx, "activation in place, backward");
    check_end();
}

static void test_values_and_slopes(void **state)
{
    (void)state;
    for (int kind = 0; kind < ACTIVATION_COUNT; kind++)
        for (size_t count = 0; count < CHECK_MAX_COUNT; count++) {
            check_activation((Activation)kind, count, 3);
            check_activation((Activation)kind, count, 80);
        }
}

static void test_extremes(void **state)
{
    (void)state;
    real x[8] = {-1000, -200, 200, 1000, (real)-INFINITY, (real)INFINITY, (real)NAN, 0}, y[8];
    check_kernels->activation_forward[ACTIVATION_SIGMOID](8, x, y);
    assert_true(y[0] >= 0 && y[0] < FLT_MIN && y[1] >= 0 && y[1] < FLT_MIN && y[4] == 0);
    assert_true(y[2] == 1 && y[3] == 1 && y[5] == 1);
    assert_true(isnan(y[6]));
    assert_true(y[7] == (real)0.5);
    check_kernels->activation_forward[ACTIVATION_SILU](8, x, y);
    assert_true(fabs((double)y[0]) < FLT_MIN && fabs((double)y[1]) < FLT_MIN);
    assert_true(y[2] == 200 && y[3] == 1000 && y[5] == (real)INFINITY);
    assert_true(isnan(y[6]));
    check_kernels->activation_forward[ACTIVATION_RELU](8, x, y);
    assert_true(y[0] == 0 && y[4] == 0 && y[5] == (real)INFINITY && isnan(y[6]) && y[7] == 0);
}

CHECK_TESTS(activation, cmocka_unit_test(test_values_and_slopes), cmocka_unit_test(test_extremes));
