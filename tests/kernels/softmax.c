#include "check.h"

#include <math.h>

static wide find_maximum(size_t classes, const real *x)
{
    wide maximum = x[0];
    for (size_t k = 1; k < classes; k++)
        maximum = x[k] > maximum ? x[k] : maximum;
    return maximum;
}

static wide sum_exponentials(size_t classes, const real *x, wide maximum)
{
    wide sum = 0;
    for (size_t k = 0; k < classes; k++)
        sum += expl(x[k] - maximum);
    return sum;
}

/* An exponential's relative error grows with its argument's size. */
static void check_softmax(size_t n, size_t classes, double range)
{
    size_t count = n * classes;
    const real *x = check_random_between(count, -range, range);
    real *y = check_output(count), *same = check_copy(count, x);
    wide *expected = check_wide(count), *magnitude = check_wide(count);
    for (size_t i = 0; i < n; i++) {
        const real *row = x + i * classes;
        wide maximum = find_maximum(classes, row), sum = sum_exponentials(classes, row, maximum);
        for (size_t k = 0; k < classes; k++) {
            wide p = expl(row[k] - maximum) / sum;
            expected[i * classes + k] = p;
            magnitude[i * classes + k] = p * (1 + maximum - row[k]);
        }
    }
    check_kernels->softmax(n, classes, x, y);
    check_close(y, expected, magnitude, count, check_one_signed(classes), "softmax of %zu",
                classes);
    check_kernels->softmax(n, classes, same, same);
    check_same(same, y, count * sizeof *y, "softmax in place");
    check_end();
}

static void test_softmax(void **state)
{
    (void)state;
    for (size_t classes = 1; classes < CHECK_MAX_COUNT; classes++) {
        check_softmax(check_below(4), classes, 5);
        check_softmax(1, classes, 40);
    }
    check_softmax(2, 1000, 3);
}

static void check_cross_entropy(size_t n, size_t classes, real smoothing, int with_gradient)
{
    size_t count = n * classes;
    const real *x = check_random_between(count, -6, 6);
    uint16_t *labels = check_bytes(n * sizeof *labels);
    real *loss = check_output(n), *dlogits = check_output(count), scale = (real)0.125;
    wide *losses = check_wide(n), *loss_sizes = check_wide(n);
    wide *gradient = check_wide(count), *sizes = check_wide(count);
    for (size_t i = 0; i < n; i++) {
        const real *row = x + i * classes;
        wide maximum = find_maximum(classes, row), sum = sum_exponentials(classes, row, maximum);
        labels[i] = (uint16_t)check_below((unsigned)classes + 1); /* the last: of no class */
        wide smooth = labels[i] < classes ? (wide)smoothing : 1;
        loss_sizes[i] = 1;
        for (size_t k = 0; k < classes; k++) {
            wide log_p = row[k] - maximum - logl(sum), p = expl(log_p);
            wide q = (k == labels[i] ? 1 - smooth : 0) + smooth / classes;
            losses[i] -= q * log_p;
            loss_sizes[i] += q * fabsl(log_p) + p * (maximum - row[k]);
            gradient[i * classes + k] = (p - q) * scale;
            sizes[i * classes + k] = (p * (1 + maximum - row[k]) + q) * scale;
        }
    }
    check_kernels->cross_entropy(n, classes, x, labels, smoothing, scale, loss,
                                 with_gradient ? dlogits : NULL);
    check_close(loss, losses, loss_sizes, n, check_one_signed(classes), "loss of %zu", classes);
    if (with_gradient)
        check_close(dlogits, gradient, sizes, count, check_one_signed(classes), "dlogits of %zu",
                    classes);
    check_end();
}

static void test_cross_entropy(void **state)
{
    (void)state;
    for (size_t classes = 1; classes < CHECK_MAX_COUNT; classes++)
        for (int i = 0; i < 4; i++)
            check_cross_entropy(check_below(4), classes, (real)(i % 2 * 0.1), i / 2);
    check_cross_entropy(2, 300, (real)0.1, 1);
}

/* Logits that overflow an exponential are still a finite loss. */
static void test_large_logits(void **state)
{
    (void)state;
    const real x[3] = {10000, -10000, 9999};
    const uint16_t label = 1;
    real loss = 0, dlogits[3], y[3];
    check_kernels->cross_entropy(1, 3, x, &label, 0, 1, &loss, dlogits);
    assert_true(fabs((double)loss - 20000.3132616875) < 0.01);
    assert_true(dlogits[1] == -1);
    check_kernels->softmax(1, 3, x, y);
    assert_true(fabs((double)y[0] - 0.7310585786) < 1e-6 && y[1] == 0);
}

CHECK_TESTS(softmax, cmocka_unit_test(test_softmax), cmocka_unit_test(test_cross_entropy),
            cmocka_unit_test(test_large_logits));
