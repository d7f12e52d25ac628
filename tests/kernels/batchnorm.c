#include "check.h"

#include <math.h>

/* A batch and numbers per channel. */
typedef struct Batch {
    size_t n, channels, area, size;
    const real *x, *dy, *a, *b, *d;
} Batch;

static Batch random_batch(int i, double low, double high)
{
    Batch batch = {.n = 1 + check_below(4),
                   .channels = 1 + check_below(5),
                   .area = i < CHECK_MAX_COUNT ? (size_t)i : 1 + check_below(3000)};
    batch.size = batch.n * batch.channels * batch.area;
    batch.x = check_random_between(batch.size, low, high);
    batch.dy = check_random(batch.size);
    batch.a = check_random(batch.channels);
    batch.b = check_random(batch.channels);
    batch.d = check_random(batch.channels);
    return batch;
}

static size_t channel_of(const Batch *batch, size_t i)
{
    return i / batch->area % batch->channels;
}

/* Far from 0, sums of squares without a first pass would keep no digit, and those about a rounded
 * mean need its rest; the mean itself is the nearest number or one beside it. */
static void check_statistics(int i, double low, double high)
{
    Batch batch = random_batch(i, low, high);
    size_t count = batch.n * batch.area;
    real *mean = check_output(batch.channels), *m2 = check_output(batch.channels);
    wide *means = check_wide(batch.channels), *sizes = check_wide(batch.channels);
    wide *squares = check_wide(batch.channels);
    for (size_t j = 0; j < batch.size; j++) {
        means[channel_of(&batch, j)] += (wide)batch.x[j] / count;
        sizes[channel_of(&batch, j)] += fabsl((wide)batch.x[j]) / count;
    }
    for (size_t j = 0; j < batch.size; j++) {
        wide d = (wide)batch.x[j] - means[channel_of(&batch, j)];
        squares[channel_of(&batch, j)] += d * d;
    }
    check_kernels->batchnorm_statistics(batch.n, batch.channels, batch.area, batch.x, mean, m2);
    check_close(mean, means, sizes, batch.channels, low > 0 ? 0.75 : CHECK_ZERO_MEAN,
                "mean of %zu x %zu", batch.n, batch.area);
    check_close(m2, squares, squares, batch.channels, check_one_signed(count), "m2 of %zu x %zu",
                batch.n, batch.area);
    check_end();
}

static void test_statistics(void **state)
{
    (void)state;
    for (int i = 0; i < CHECK_MAX_COUNT + 20; i++) {
        check_statistics(i, -1, 1);
        check_statistics(i, 999, 1001);
        check_statistics(i, 99999, 100001);
    }
}

static void test_affine(void **state)
{
    (void)state;
    for (int i = 0; i < CHECK_MAX_COUNT + 5; i++) {
        Batch batch = random_batch(i, -1, 1);
        real *y = check_output(batch.size), *same = check_copy(batch.size, batch.x);
        wide *expected = check_wide(batch.size), *magnitude = check_wide(batch.size);
        for (size_t j = 0; j < batch.size; j++) {
            size_t c = channel_of(&batch, j);
            expected[j] = (wide)batch.x[j] * batch.a[c] + batch.d[c];
            magnitude[j] = fabsl((wide)batch.x[j] * batch.a[c]) + fabsl((wide)batch.d[c]);
        }
        check_kernels->batchnorm_affine(batch.n, batch.channels, batch.area, batch.x, batch.a,
                                        batch.d, y);
        check_close(y, expected, magnitude, batch.size, 2, "affine of area %zu", batch.area);
        check_kernels->batchnorm_affine(batch.n, batch.channels, batch.area, same, batch.a, batch.d,
                                        same);
        check_same(same, y, batch.size * sizeof *y, "affine in place");
        check_end();
    }
}

static void test_sums(void **state)
{
    (void)state;
    for (int i = 0; i < CHECK_MAX_COUNT + 20; i++) {
        Batch batch = random_batch(i, -1, 1);
        size_t channels = batch.channels;
        real *sum = check_output(channels), *products = check_output(channels);
        wide *sums = check_wide(channels), *sizes = check_wide(channels);
        wide *sums2 = check_wide(channels), *sizes2 = check_wide(channels);
        for (size_t j = 0; j < batch.size; j++) {
            size_t c = channel_of(&batch, j);
            wide term = (wide)batch.dy[j] * ((wide)batch.x[j] - batch.a[c]) * batch.b[c];
            sums[c] += batch.dy[j];
            sizes[c] += fabsl((wide)batch.dy[j]);
            sums2[c] += term;
            sizes2[c] += fabsl(term);
        }
        check_kernels->batchnorm_sums(batch.n, channels, batch.area, batch.x, batch.dy, batch.a,
                                      batch.b, sum, products);
        check_close(sum, sums, sizes, channels, CHECK_ZERO_MEAN, "sum of area %zu", batch.area);
        check_close(products, sums2, sizes2, channels, CHECK_ZERO_MEAN, "products of area %zu",
                    batch.area);
        check_end();
    }
}

static void test_backward(void **state)
{
    (void)state;
    for (int i = 0; i < CHECK_MAX_COUNT + 5; i++) {
        Batch batch = random_batch(i, -1, 1);
        real *dx = check_output(batch.size), *same = check_copy(batch.size, batch.dy);
        wide *expected = check_wide(batch.size), *magnitude = check_wide(batch.size);
        for (size_t j = 0; j < batch.size; j++) {
            size_t c = channel_of(&batch, j);
            wide first = (wide)batch.a[c] * batch.dy[j], second = (wide)batch.b[c] * batch.x[j];
            expected[j] = first + second + batch.d[c];
            magnitude[j] = fabsl(first) + fabsl(second) + fabsl((wide)batch.d[c]);
        }
        check_kernels->batchnorm_backward(batch.n, batch.channels, batch.area, batch.x, batch.dy,
                                          batch.a, batch.b, batch.d, dx);
        check_close(dx, expected, magnitude, batch.size, 3, "backward of area %zu", batch.area);
        check_kernels->batchnorm_backward(batch.n, batch.channels, batch.area, batch.x, same,
                                          batch.a, batch.b, batch.d, same);
        check_same(same, dx, batch.size * sizeof *dx, "backward in place");
        check_end();
    }
}

CHECK_TESTS(batchnorm, cmocka_unit_test(test_statistics), cmocka_unit_test(test_affine),
            cmocka_unit_test(test_sums), cmocka_unit_test(test_backward));
