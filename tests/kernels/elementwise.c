#include "check.h"

#include <math.h>

#include "base/rng.h"

static void test_add_and_axpy(void **state)
{
    (void)state;
    for (size_t count = 0; count < CHECK_MAX_COUNT; count++) {
        const real *a = check_random(count), *b = check_random(count);
        real *y = check_output(count), *same = check_copy(count, a);
        real factor = (real)check_below(7) / 3 - 1;
        wide *expected = check_wide(count), *magnitude = check_wide(count);
        for (size_t i = 0; i < count; i++) {
            expected[i] = (wide)a[i] + b[i];
            magnitude[i] = fabsl(expected[i]);
        }
        check_kernels->add(count, a, b, y);
        check_close(y, expected, magnitude, count, 1, "add");
        check_kernels->add(count, same, b, same);
        check_same(same, y, count * sizeof *y, "add in place");
        for (size_t i = 0; i < count; i++) {
            expected[i] = (wide)y[i] + (wide)factor * b[i];
            magnitude[i] = fabsl((wide)y[i]) + fabsl((wide)factor * b[i]);
        }
        check_kernels->axpy(count, factor, b, y);
        check_close(y, expected, magnitude, count, 2, "axpy");
        check_end();
    }
}

static void test_bias(void **state)
{
    (void)state;
    for (size_t units = 0; units < CHECK_MAX_COUNT; units++) {
        size_t n = check_below(40), count = n * units;
        const real *bias = check_random(units), *before = check_random(count);
        real *y = check_copy(count, before), *dbias = check_copy(units, bias);
        wide *expected = check_wide(count), *magnitude = check_wide(count);
        wide *sums = check_wide(units), *sizes = check_wide(units);
        for (size_t u = 0; u < units; u++) {
            sums[u] = bias[u];
            sizes[u] = fabsl(sums[u]);
        }
        for (size_t i = 0; i < count; i++) {
            expected[i] = (wide)before[i] + bias[i % units];
            magnitude[i] = fabsl(expected[i]);
            sums[i % units] += before[i];
            sizes[i % units] += fabsl((wide)before[i]);
        }
        check_kernels->bias_forward(n, units, bias, y);
        check_close(y, expected, magnitude, count, 1, "bias of %zu x %zu", n, units);
        check_kernels->bias_backward(n, units, before, dbias);
        check_close(dbias, sums, sizes, units, CHECK_ZERO_MEAN, "bias of %zu x %zu, backward", n,
                    units);
        check_end();
    }
}

static void test_scale(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHECK_MAX_COUNT + 5; i++) {
        size_t n = check_below(3), channels = 1 + check_below(4), planes = n * channels;
        size_t area = i < CHECK_MAX_COUNT ? i : 1 + check_below(3000), count = planes * area;
        const real *x = check_random(count), *s = check_random(planes), *dy = check_random(count);
        real *y = check_output(count), *dx = check_output(count), *ds = check_output(planes);
        wide *ys = check_wide(count), *y_sizes = check_wide(count), *dxs = check_wide(count);
        wide *dx_sizes = check_wide(count), *dss = check_wide(planes);
        wide *ds_sizes = check_wide(planes);
        for (size_t j = 0; j < count; j++) {
            ys[j] = (wide)x[j] * s[j / area];
            y_sizes[j] = fabsl(ys[j]);
            dxs[j] = (wide)dy[j] * s[j / area];
            dx_sizes[j] = fabsl(dxs[j]);
            dss[j / area] += (wide)dy[j] * x[j];
            ds_sizes[j / area] += fabsl((wide)dy[j] * x[j]);
        }
        real *same = check_copy(count, x), *same_dx = check_copy(count, dy);
        check_kernels->scale_forward(n, channels, area, x, s, y);
        check_kernels->scale_backward(n, channels, area, x, s, dy, dx, ds);
        check_close(y, ys, y_sizes, count, 1, "scale");
        check_close(dx, dxs, dx_sizes, count, 1, "scale, backward");
        check_kernels->scale_forward(n, channels, area, same, s, same);
        check_same(same, y, count * sizeof *y, "scale in place");
        check_kernels->scale_backward(n, channels, area, x, s, same_dx, same_dx, ds);
        check_same(same_dx, dx, count * sizeof *dx, "scale in place, backward");
        check_close(ds, dss, ds_sizes, planes, CHECK_ZERO_MEAN, "scale, factors of area %zu", area);
        check_end();
    }
}

/* Value i is kept where number i of the stream, as a fraction of 2^32, reaches the rate. */
static void test_dropout(void **state)
{
    (void)state;
    static const double rates[] = {0, 0.25, 0.4, 0.9};
    for (size_t count = 0; count < 3 * CHECK_MAX_COUNT; count++) {
        const real *x = check_random(count);
        real *y = check_output(count), *same = check_copy(count, x), rate = (real)rates[count % 4];
        wide *expected = check_wide(count), *magnitude = check_wide(count);
        uint32_t block[4] = {0};
        for (size_t i = 0; i < count; i++) {
            if (i % 4 == 0)
                rng_philox(7, count, i / 4, block);
            expected[i] = block[i % 4] / 4294967296.0 >= (double)rate ? x[i] / (1 - (wide)rate) : 0;
            magnitude[i] = fabsl(expected[i]);
        }
        check_kernels->dropout(count, 7, count, rate, x, y);
        check_close(y, expected, magnitude, count, 4, "dropout at %g", (double)rate);
        check_kernels->dropout(count, 7, count, rate, same, same);
        check_same(same, y, count * sizeof *y, "dropout in place");
        check_end();
    }
}

/* A number that equals the rate, the only place where >= is not >, keeps its value. */
static void test_dropout_at_the_rate(void **state)
{
    (void)state;
    enum { COUNT = 4096 };
    const real *x = check_random(COUNT);
    real *y = check_output(COUNT);
    int found = 0;
    for (size_t i = 0; i < COUNT; i++) {
        uint32_t block[4];
        rng_philox(7, 1, i / 4, block);
        if (block[i % 4] % 256 != 0)
            continue; /* more than the 24 bits of a float */
        real rate = (real)(block[i % 4] / 4294967296.0);
        check_kernels->dropout(i + 1, 7, 1, rate, x, y);
        assert_true(y[i] == x[i] * (1 / (1 - rate)));
        found++;
    }
    assert_true(found > 0);
    check_end();
}

CHECK_TESTS(elementwise, cmocka_unit_test(test_add_and_axpy), cmocka_unit_test(test_bias),
            cmocka_unit_test(test_scale), cmocka_unit_test(test_dropout),
            cmocka_unit_test(test_dropout_at_the_rate));
