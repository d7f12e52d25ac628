#include "check.h"

#include <math.h>

static PoolShape make_shape(int channels, int height, int width, int kernel, int stride)
{
    return (PoolShape){.channels = channels,
                       .height = height,
                       .width = width,
                       .out_height = (height - kernel) / stride + 1,
                       .out_width = (width - kernel) / stride + 1,
                       .kernel = kernel,
                       .stride = stride};
}

static PoolShape random_shape(void)
{
    int kernel = 1 + (int)check_below(4), stride = 1 + (int)check_below(3);
    if (check_below(2))
        kernel = stride = 2;
    return make_shape(1 + (int)check_below(3), kernel + (int)check_below(19),
                      kernel + (int)check_below(19), kernel, stride);
}

static size_t size_of_input(const PoolShape *s, size_t n)
{
    return n * (size_t)(s->channels * s->height * s->width);
}

static size_t size_of_output(const PoolShape *s, size_t n)
{
    return n * (size_t)(s->channels * s->out_height * s->out_width);
}

/* Where output i's window begins in the input. */
static size_t window_of(const PoolShape *s, size_t i)
{
    size_t width = (size_t)s->out_width, height = (size_t)s->out_height;
    size_t q = i % width, p = i / width % height, plane = i / width / height;
    return (plane * (size_t)s->height + p * (size_t)s->stride) * (size_t)s->width +
           q * (size_t)s->stride;
}

static void check_maxpool(const PoolShape *s, size_t n)
{
    size_t n_x = size_of_input(s, n), n_y = size_of_output(s, n), kernel = (size_t)s->kernel;
    real *x = check_output(n_x), *y = check_output(n_y), *dx = check_output(n_x);
    const real *dy = check_random(n_y);
    uint8_t *which = check_bytes(n_y);
    wide *expected = check_wide(n_x), *magnitude = check_wide(n_x);
    for (size_t i = 0; i < n_x; i++)
        x[i] = (real)check_below(6) - 4; /* many ties */
    check_kernels->maxpool_forward(s, n, x, y, which);
    for (size_t i = 0; i < n_y; i++) {
        size_t window = window_of(s, i), best = 0;
        for (size_t j = 0; j < kernel * kernel; j++)
            if (x[window + j / kernel * (size_t)s->width + j % kernel] >
                x[window + best / kernel * (size_t)s->width + best % kernel])
                best = j;
        size_t place = window + best / kernel * (size_t)s->width + best % kernel;
        assert_int_equal(which[i], best);
        assert_true(y[i] == x[place]);
        expected[place] += dy[i];
        magnitude[place] += fabsl((wide)dy[i]);
    }
    check_kernels->maxpool_backward(s, n, dy, which, dx);
    check_close(dx, expected, magnitude, n_x, CHECK_ZERO_MEAN, "maxpool %d/%d of %dx%d, backward",
                s->kernel, s->stride, s->height, s->width);
    check_end();
}

static void test_maxpool(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        PoolShape s = random_shape();
        check_maxpool(&s, check_below(3));
    }
    PoolShape largest = make_shape(1, 17, 16, 16, 1); /* places up to 255 */
    check_maxpool(&largest, 1);
}

/* A share of x[from] in y[to]: both directions of an average. */
typedef struct Average {
    const real *x, *dy;
    wide *y, *y_magnitude, *dx, *dx_magnitude;
} Average;

static void add_share(Average *a, size_t from, size_t to, wide share)
{
    a->y[to] += share * a->x[from];
    a->y_magnitude[to] += fabsl(share * a->x[from]);
    a->dx[from] += share * a->dy[to];
    a->dx_magnitude[from] += fabsl(share * a->dy[to]);
}

static void check_average(const PoolShape *s, size_t n, int adaptive)
{
    size_t n_x = size_of_input(s, n), n_y = size_of_output(s, n);
    int planes = (int)n * s->channels;
    const real *x = check_random(n_x), *dy = check_random(n_y);
    real *y = check_output(n_y), *dx = check_output(n_x);
    Average a = {x, dy, check_wide(n_y), check_wide(n_y), check_wide(n_x), check_wide(n_x)};
    for (int plane = 0; plane < planes; plane++)
        for (int p = 0; p < s->out_height; p++)
            for (int q = 0; q < s->out_width; q++) {
                int top = p * s->stride, bottom = top + s->kernel;
                int left = q * s->stride, right = left + s->kernel;
                if (adaptive) {
                    top = (int)floor((double)p * s->height / s->out_height);
                    bottom = (int)ceil((double)(p + 1) * s->height / s->out_height);
                    left = (int)floor((double)q * s->width / s->out_width);
                    right = (int)ceil((double)(q + 1) * s->width / s->out_width);
                }
                for (int r = top; r < bottom; r++)
                    for (int c = left; c < right; c++)
                        add_share(&a, (size_t)((plane * s->height + r) * s->width + c),
                                  (size_t)((plane * s->out_height + p) * s->out_width + q),
                                  1 / ((wide)(bottom - top) * (right - left)));
            }
    if (adaptive) {
        check_kernels->adaptive_avgpool_forward(s, n, x, y);
        check_kernels->adaptive_avgpool_backward(s, n, dy, dx);
    } else {
        check_kernels->avgpool_forward(s, n, x, y);
        check_kernels->avgpool_backward(s, n, dy, dx);
    }
    check_close(y, a.y, a.y_magnitude, n_y, CHECK_ZERO_MEAN, "average %dx%d to %dx%d", s->height,
                s->width, s->out_height, s->out_width);
    check_close(dx, a.dx, a.dx_magnitude, n_x, CHECK_ZERO_MEAN, "average %dx%d to %dx%d, backward",
                s->height, s->width, s->out_height, s->out_width);
    check_end();
}

static void test_avgpool(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        PoolShape s = random_shape();
        check_average(&s, check_below(3), 0);
    }
}

static void test_adaptive_avgpool(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        PoolShape s = {.channels = 2,
                       .height = 1 + (int)check_below(40),
                       .width = 1 + (int)check_below(40),
                       .out_height = 1 + (int)check_below(8),
                       .out_width = 1 + (int)check_below(8)};
        if (i % 3 == 0)
            s.out_height = s.out_width = 1;
        check_average(&s, check_below(3), 1);
    }
}

CHECK_TESTS(pool, cmocka_unit_test(test_maxpool), cmocka_unit_test(test_avgpool),
            cmocka_unit_test(test_adaptive_avgpool));
