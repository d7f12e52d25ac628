#include "check.h"

#include <math.h>
#include <stdio.h>

static ConvShape make_shape(int channels, int height, int width, int filters, int kernel_height,
                            int kernel_width, int stride, int padding, int groups)
{
    return (ConvShape){.channels = channels,
                       .height = height,
                       .width = width,
                       .filters = filters,
                       .out_height = (height + 2 * padding - kernel_height) / stride + 1,
                       .out_width = (width + 2 * padding - kernel_width) / stride + 1,
                       .kernel_height = kernel_height,
                       .kernel_width = kernel_width,
                       .stride = stride,
                       .padding = padding,
                       .groups = groups};
}

static size_t size_of_input(const ConvShape *s, size_t n)
{
    return n * (size_t)(s->channels * s->height * s->width);
}

static size_t size_of_output(const ConvShape *s, size_t n)
{
    return n * (size_t)(s->filters * s->out_height * s->out_width);
}

static size_t size_of_weights(const ConvShape *s)
{
    return (size_t)(s->filters * (s->channels / s->groups) * s->kernel_height * s->kernel_width);
}

/* One multiplication of the convolution: the places of its three numbers. */
typedef struct Term {
    size_t x, w, y;
    int filter;
} Term;

typedef void TermVisit(void *context, Term term);

/* Calls visit for every product of an input, inside the picture, and a weight. */
static void visit_windows(const ConvShape *s, int image, int k, TermVisit *visit, void *context)
{
    int each = s->channels / s->groups, first = k / (s->filters / s->groups) * each;
    for (int p = 0; p < s->out_height; p++)
        for (int q = 0; q < s->out_width; q++)
            for (int c = 0; c < each; c++)
                for (int r = 0; r < s->kernel_height; r++)
                    for (int t = 0; t < s->kernel_width; t++) {
                        int row = p * s->stride - s->padding + r;
                        int column = q * s->stride - s->padding + t;
                        if (row < 0 || row >= s->height || column < 0 || column >= s->width)
                            continue;
                        visit(
                            context,
                            (Term){
                                (size_t)(((image * s->channels + first + c) * s->height + row) *
                                             s->width +
                                         column),
                                (size_t)(((k * each + c) * s->kernel_height + r) * s->kernel_width +
                                         t),
                                (size_t)(((image * s->filters + k) * s->out_height + p) *
                                             s->out_width +
                                         q),
                                k});
                    }
}

/* What all three directions are computed from, and what they should give. */
typedef struct Reference {
    const real *x, *w, *dy;
    wide *y, *y_magnitude, *dx, *dx_magnitude, *dw, *dw_magnitude;
} Reference;

static void add_term(wide *sum, wide *magnitude, wide term)
{
    *sum += term;
    *magnitude += fabsl(term);
}

static void add_products(void *context, Term t)
{
    Reference *r = context;
    add_term(&r->y[t.y], &r->y_magnitude[t.y], (wide)r->x[t.x] * r->w[t.w]);
    add_term(&r->dx[t.x], &r->dx_magnitude[t.x], (wide)r->dy[t.y] * r->w[t.w]);
    add_term(&r->dw[t.w], &r->dw_magnitude[t.w], (wide)r->x[t.x] * r->dy[t.y]);
}

static void describe(char *text, size_t size, const ConvShape *s, size_t n)
{
    snprintf(text, size,
             "conv n %zu, %dx%dx%d to %d, kernel %dx%d, stride %d, padding %d, groups %d", n,
             s->channels, s->height, s->width, s->filters, s->kernel_height, s->kernel_width,
             s->stride, s->padding, s->groups);
}

static void check_shape(const ConvShape *s, size_t n, int with_bias)
{
    size_t n_x = size_of_input(s, n), n_y = size_of_output(s, n), n_w = size_of_weights(s);
    size_t filters = (size_t)s->filters, area = (size_t)(s->out_height * s->out_width);
    const real *x = check_random(n_x), *w = check_random(n_w), *dy = check_random(n_y);
    const real *bias = check_random(filters), *dw_before = check_random(n_w);
    real *y = check_output(n_y), *dx = check_output(n_x), *dw = check_copy(n_w, dw_before);
    real *dbias = check_copy(filters, bias);
    real *work = check_output(check_kernels->conv_work(s));
    Reference r = {x,
                   w,
                   dy,
                   check_wide(n_y),
                   check_wide(n_y),
                   check_wide(n_x),
                   check_wide(n_x),
                   check_wide(n_w),
                   check_wide(n_w)};
    wide *sums = check_wide(filters), *sums_magnitude = check_wide(filters);
    for (size_t i = 0; i < n_w; i++)
        add_term(&r.dw[i], &r.dw_magnitude[i], dw_before[i]);
    for (size_t k = 0; k < filters; k++)
        add_term(&sums[k], &sums_magnitude[k], bias[k]);
    for (size_t i = 0; i < n_y; i++) {
        add_term(&r.y[i], &r.y_magnitude[i], with_bias ? bias[i / area % filters] : 0);
        add_term(&sums[i / area % filters], &sums_magnitude[i / area % filters], dy[i]);
    }
    for (size_t image = 0; image < n; image++)
        for (int k = 0; k < s->filters; k++)
            visit_windows(s, (int)image, k, add_products, &r);

    char text[160];
    describe(text, sizeof text, s, n);
    check_kernels->conv_forward(s, n, x, w, with_bias ? bias : NULL, y, work);
    check_close(y, r.y, r.y_magnitude, n_y, CHECK_ZERO_MEAN, "%s, forward", text);
    check_kernels->conv_backward_data(s, n, dy, w, dx, work);
    check_close(dx, r.dx, r.dx_magnitude, n_x, CHECK_ZERO_MEAN, "%s, data", text);
    check_kernels->conv_backward_weights(s, n, x, dy, dw, with_bias ? dbias : NULL, work);
    check_close(dw, r.dw, r.dw_magnitude, n_w, CHECK_ZERO_MEAN, "%s, weights", text);
    if (with_bias)
        check_close(dbias, sums, sums_magnitude, filters, CHECK_ZERO_MEAN, "%s, bias", text);
    else
        check_same(dbias, bias, filters * sizeof *bias, "bias gradient that nobody asked for");
    check_end();
}

/* Every kernel, stride and padding on small planes, down to one pixel. */
static void test_kernels_strides_paddings(void **state)
{
    (void)state;
    static const int kernels[] = {1, 2, 3, 5};
    static const int groups[][3] = {{3, 5, 1}, {4, 6, 2}, {4, 4, 4}, {3, 6, 3}, {1, 5, 1}};
    for (size_t k = 0; k < 4; k++)
        for (int stride = 1; stride <= 3; stride++)
            for (int padding = 0; padding <= 2; padding++)
                for (size_t g = 0; g < 5; g++) {
                    int room = kernels[k] - 2 * padding;
                    int height = (int)check_below(9) + (room > 1 ? room : 1);
                    int width = (int)check_below(9) + (room > 1 ? room : 1);
                    ConvShape s = make_shape(groups[g][0], height, width, groups[g][1], kernels[k],
                                             kernels[k], stride, padding, groups[g][2]);
                    check_shape(&s, check_below(4), (int)check_below(2));
                }
}

static void test_one_pixel(void **state)
{
    (void)state;
    for (int padding = 0; padding <= 2; padding++)
        for (int stride = 1; stride <= 2; stride++) {
            ConvShape s = make_shape(7, 1, 1, 9, 1, 1, stride, padding, 1);
            check_shape(&s, 3, 1);
            s = make_shape(6, 1, 1, 6, 2 * padding + 1, 2 * padding + 1, stride, padding, 6);
            check_shape(&s, 3, 1);
        }
}

static void test_oblong_kernels(void **state)
{
    (void)state;
    for (int stride = 1; stride <= 2; stride++)
        for (int groups = 1; groups <= 4; groups += 3) {
            ConvShape s = make_shape(4, 9, 6, 4, 1, 5, stride, 2, groups);
            check_shape(&s, 2, 0);
            s = make_shape(4, 6, 9, 4, 4, 2, stride, 1, groups);
            check_shape(&s, 2, 0);
        }
}

/* The shapes of the reference networks, and ones that need several blocks of depth and rows, and
 * more images than are handled at once. */
static void test_shapes_in_use(void **state)
{
    (void)state;
    ConvShape shapes[] = {
        make_shape(1, 28, 28, 32, 3, 3, 1, 1, 1),   make_shape(32, 14, 14, 64, 3, 3, 1, 1, 1),
        make_shape(64, 7, 7, 128, 3, 3, 1, 1, 1),   make_shape(16, 14, 14, 32, 5, 5, 1, 2, 1),
        make_shape(32, 13, 13, 64, 3, 3, 1, 0, 1),  make_shape(24, 15, 15, 24, 5, 5, 2, 2, 24),
        make_shape(16, 14, 14, 136, 1, 1, 1, 0, 1), make_shape(150, 5, 5, 20, 3, 3, 2, 1, 1),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_shape(&shapes[i], i % 2 + 1, 1);
    ConvShape many = make_shape(64, 14, 14, 2, 3, 3, 1, 1, 2);
    check_shape(&many, 5, 1);
}

/* An image's output does not depend on the images beside it. */
static void test_independent_of_batch(void **state)
{
    (void)state;
    enum { N = 9 };
    ConvShape s = make_shape(40, 14, 14, 11, 3, 3, 1, 1, 1);
    size_t n_x = size_of_input(&s, 1), n_y = size_of_output(&s, 1);
    const real *x = check_random(N * n_x), *w = check_random(size_of_weights(&s));
    real *y = check_output(N * n_y), *one = check_output(n_y);
    real *dx = check_output(N * n_x), *one_dx = check_output(n_x);
    real *work = check_output(check_kernels->conv_work(&s));
    check_kernels->conv_forward(&s, N, x, w, NULL, y, work);
    check_kernels->conv_backward_data(&s, N, y, w, dx, work);
    for (size_t i = 0; i < N; i++) {
        check_kernels->conv_forward(&s, 1, x + i * n_x, w, NULL, one, work);
        check_same(one, y + i * n_y, n_y * sizeof *y, "forward of one image");
        check_kernels->conv_backward_data(&s, 1, one, w, one_dx, work);
        check_same(one_dx, dx + i * n_x, n_x * sizeof *dx, "data gradient of one image");
    }
    check_end();
}

CHECK_TESTS(conv, cmocka_unit_test(test_kernels_strides_paddings), cmocka_unit_test(test_one_pixel),
            cmocka_unit_test(test_oblong_kernels), cmocka_unit_test(test_shapes_in_use),
            cmocka_unit_test(test_independent_of_batch));

typedef struct Layer {
    ConvShape shape;
    size_t n;
    real *x, *w, *y, *work;
} Layer;

static void run_forward(void *context)
{
    Layer *l = context;
    check_kernels->conv_forward(&l->shape, l->n, l->x, l->w, NULL, l->y, l->work);
}

static void run_backward_data(void *context)
{
    Layer *l = context;
    check_kernels->conv_backward_data(&l->shape, l->n, l->y, l->w, l->x, l->work);
}

static void run_backward_weights(void *context)
{
    Layer *l = context;
    check_kernels->conv_backward_weights(&l->shape, l->n, l->x, l->y, l->w, NULL, l->work);
}

static void bench_shape(ConvShape s, size_t n)
{
    Layer l = {s,
               n,
               check_random(size_of_input(&s, n)),
               check_random(size_of_weights(&s)),
               check_random(size_of_output(&s, n)),
               check_output(kernels_max(check_kernels->conv_work(&s), kernels_c.conv_work(&s)))};
    double flop = 2.0 * (double)size_of_output(&s, n) * (double)(s.channels / s.groups) *
                  s.kernel_height * s.kernel_width;
    char text[160];
    snprintf(text, sizeof text, "n %zu, %dx%dx%d to %d, %dx%d, stride %d, groups %d", n, s.channels,
             s.height, s.width, s.filters, s.kernel_height, s.kernel_width, s.stride, s.groups);
    check_bench(flop, run_forward, &l, "conv_forward %s", text);
    check_bench(flop, run_backward_data, &l, "conv_backward_data %s", text);
    check_bench(flop, run_backward_weights, &l, "conv_backward_weights %s", text);
    check_end();
}

/* What no recipe has; `scrawl bench kernels` measures the others. */
void check_bench_conv(void)
{
    bench_shape(make_shape(64, 14, 14, 64, 3, 3, 2, 1, 1), 8);
    bench_shape(make_shape(64, 14, 14, 64, 1, 1, 1, 0, 1), 8);
    bench_shape(make_shape(96, 14, 14, 96, 3, 3, 1, 1, 96), 8);
    bench_shape(make_shape(192, 7, 7, 192, 3, 3, 1, 1, 192), 8);
    bench_shape(make_shape(96, 14, 14, 96, 3, 3, 2, 1, 96), 8);
    bench_shape(make_shape(192, 7, 7, 192, 5, 5, 1, 2, 192), 8);
    bench_shape(make_shape(96, 14, 14, 96, 5, 5, 2, 2, 96), 8);
}
