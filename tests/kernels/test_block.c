/* Every function of block.h against the obvious way in double (block_reference.h). What is written
 * begins as NaN and lies between canaries; what is bounded not to be read is NaN. The bounds are
 * relative errors of whole tensors (L2), four times those measured on the shapes of the reference
 * networks: Winograd's algorithm spreads its rounding errors over a tile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "block_reference.h"
#include "block_shapes.h"
#include "kernels/c.h"
#include "kernels/x86/block.h"

#define FORWARD_BOUND 4e-6
#define DATA_BOUND 8e-6
#define WEIGHTS_BOUND 16e-6

enum { MAX_ARRAYS = 100, FENCE = 32 };
static const float fence_value = -12345.0f;

static const BlockKernels *kernels; /* under test */
static Rng rng;

/* Arrays of a case, freed by end_case. */
static struct {
    float *start;
    size_t count;
} fenced[MAX_ARRAYS];
static void *others[MAX_ARRAYS];
static size_t n_fenced, n_others;

static float *new_output(size_t count)
{
    assert_true(n_fenced < MAX_ARRAYS);
    float *start = malloc((count + 2 * FENCE) * sizeof *start);
    assert_non_null(start);
    for (size_t i = 0; i < count + 2 * FENCE; i++)
        start[i] = i >= FENCE && i < FENCE + count ? NAN : fence_value;
    fenced[n_fenced].start = start;
    fenced[n_fenced++].count = count;
    return start + FENCE;
}

static void *new_array(size_t count, size_t size)
{
    assert_true(n_others < MAX_ARRAYS);
    void *array = calloc(count + 1, size);
    assert_non_null(array);
    return others[n_others++] = array;
}

static void end_case(void)
{
    for (size_t i = 0; i < n_fenced; i++) {
        const float *after = fenced[i].start + FENCE + fenced[i].count;
        for (size_t j = 0; j < FENCE; j++)
            if (fenced[i].start[j] != fence_value || after[j] != fence_value)
                fail_msg("written outside array %zu", i);
        free(fenced[i].start);
    }
    for (size_t i = 0; i < n_others; i++)
        free(others[i]);
    n_fenced = n_others = 0;
}

/* Random floats, as doubles. */
static double *new_random(size_t count, double low, double high)
{
    double *array = new_array(count, sizeof *array);
    for (size_t i = 0; i < count; i++)
        array[i] = (float)rng_range(&rng, low, high);
    return array;
}

static float *to_float(size_t count, const double *from)
{
    float *to = new_output(count);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
    return to;
}

static double *to_double(size_t count, const float *from)
{
    double *to = new_array(count, sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
    return to;
}

static double relative_error(size_t count, const double *got, const double *expected)
{
    double error = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        error += (got[i] - expected[i]) * (got[i] - expected[i]);
        size += expected[i] * expected[i];
    }
    return error == 0 ? 0 : sqrt(error / size);
}

/* One shape with its data: plain in double, and as the kernels want it. */
typedef struct Case {
    BlockShape shape;
    size_t n, x_count, y_count, out_count, w_count, filters;
    double *x, *w, *bias, *d_out, *a, *b, *d, *scale, *shift;
    float *x_given, *w_given, *d_out_given, *packed, *work;
    char name[120];
} Case;

static void check_error(const Case *c, const char *what, size_t count, const double *got,
                        const double *expected, double bound)
{
    double error = relative_error(count, got, expected);
    if (!(error <= bound))
        fail_msg("%s: %s: relative error %.3g, at most %.3g expected", c->name, what, error, bound);
}

static float *new_x(const Case *c, const double *plain, float outside)
{
    const ConvShape *s = &c->shape.conv;
    if (s->channels == 1)
        return to_float(c->x_count, plain);
    float *x = new_output(reference_x_size(&c->shape, c->n));
    reference_block(c->n, s->channels, s->height, s->width, s->padding, outside, plain, x);
    return x;
}

static double *read_x(const Case *c, const float *given)
{
    const ConvShape *s = &c->shape.conv;
    double *plain = to_double(c->x_count, given);
    if (s->channels != 1)
        reference_unblock(c->n, s->channels, s->height, s->width, s->padding, given, plain);
    return plain;
}

static double *read_y(const Case *c, const float *given)
{
    const ConvShape *s = &c->shape.conv;
    double *plain = new_array(c->y_count, sizeof *plain);
    reference_unblock(c->n, s->filters, s->out_height, s->out_width, 0, given, plain);
    return plain;
}

static double *read_out(const Case *c, const float *given)
{
    const BlockShape *s = &c->shape;
    double *plain = to_double(c->out_count, given);
    if (!s->out_plain)
        reference_unblock(c->n, s->conv.filters, reference_out_height(s), reference_out_width(s),
                          s->out_halo, given, plain);
    return plain;
}

static float *new_out(const Case *c, const double *plain, float outside)
{
    const BlockShape *s = &c->shape;
    if (s->out_plain)
        return to_float(c->out_count, plain);
    float *out = new_output(reference_out_size(s, c->n));
    reference_block(c->n, s->conv.filters, reference_out_height(s), reference_out_width(s),
                    s->out_halo, outside, plain, out);
    return out;
}

/* Blocked to plain: through floats, which hold small integers. */
static uint8_t *read_which(const Case *c, const uint8_t *given)
{
    const BlockShape *s = &c->shape;
    float *blocked = new_array(c->out_count, sizeof *blocked);
    double *values = new_array(c->out_count, sizeof *values);
    uint8_t *plain = new_array(c->out_count, 1);
    for (size_t i = 0; i < c->out_count; i++)
        blocked[i] = given[i];
    reference_unblock(c->n, s->conv.filters, reference_out_height(s), reference_out_width(s), 0,
                      blocked, values);
    for (size_t i = 0; i < c->out_count; i++)
        plain[i] = (uint8_t)values[i];
    return plain;
}

/* Between two canaries of 16 bytes; checked by check_which. */
static uint8_t *new_which(const Case *c)
{
    uint8_t *which = new_array(c->out_count + 32, 1);
    memset(which, 77, c->out_count + 32);
    return which + 16;
}

static void check_fence_of_which(const Case *c, const uint8_t *which)
{
    const uint8_t *before = which - 16;
    for (size_t i = 0; i < 16; i++)
        if (before[i] != 77 || which[c->out_count + i] != 77)
            fail_msg("%s: written outside which", c->name);
}

/* The halo of a blocked out must be zeros: written anew with such a halo it is the same. */
static void check_halo(const Case *c, const float *out)
{
    size_t size = reference_out_size(&c->shape, c->n);
    if (memcmp(new_out(c, read_out(c, out), 0), out, size * sizeof *out) != 0)
        fail_msg("%s: the halo of out is not zero", c->name);
}

static Case begin_case(const BlockShape *shape, size_t n)
{
    const ConvShape *s = &shape->conv;
    Case c = {.shape = *shape, .n = n, .filters = (size_t)s->filters};
    snprintf(c.name, sizeof c.name, "%zu of %dx%dx%d to %dx%dx%d%s%s%s%d", n, s->channels,
             s->height, s->width, s->filters, s->out_height, s->out_width,
             shape->relu ? " relu" : "", shape->pool == 2 ? " pool" : "",
             shape->out_plain ? " plain" : " halo ", shape->out_halo);
    if (!kernels->supports(shape))
        fail_msg("%s: not supported", c.name);
    c.x_count = n * (size_t)(s->channels * s->height * s->width);
    c.y_count = reference_y_size(shape, n);
    c.out_count =
        n * c.filters * (size_t)(reference_out_height(shape) * reference_out_width(shape));
    c.w_count = (size_t)(s->filters * s->channels * s->kernel_height * s->kernel_width);
    c.x = new_random(c.x_count, -1, 1);
    c.w = new_random(c.w_count, -0.5, 0.5);
    c.bias = new_random(c.filters, -1, 1);
    c.scale = new_random(c.filters, -2, 2);
    c.shift = new_random(c.filters, -1, 1);
    c.a = new_random(c.filters, -2, 2);
    c.b = new_random(c.filters, -0.1, 0.1);
    c.d = new_random(c.filters, -0.1, 0.1);
    c.d_out = new_random(c.out_count, -1, 1);
    c.x_given = new_x(&c, c.x, 0);
    c.w_given = to_float(c.w_count, c.w);
    c.d_out_given = new_out(&c, c.d_out, NAN);
    c.packed = new_output(kernels->packed_size(shape));
    c.work = new_output(kernels->work_size(shape, n));
    for (int part = 0; part < BLOCK_PARTS; part++)
        kernels->pack(shape, part, 1, c.w_given, NULL, c.packed);
    return c;
}

static void check_statistics(const Case *c, const double *y, const float *mean, const float *m2)
{
    size_t area = (size_t)(c->shape.conv.out_height * c->shape.conv.out_width);
    for (size_t k = 0; k < c->filters; k++) {
        double sum = 0, squares = 0, count = (double)(c->n * area);
        for (size_t i = 0; i < c->n * area; i++)
            sum += y[(i / area * c->filters + k) * area + i % area];
        for (size_t i = 0; i < c->n * area; i++)
            squares += pow(y[(i / area * c->filters + k) * area + i % area] - sum / count, 2);
        if (!(fabs(mean[k] - sum / count) <= 4e-7 * (fabs(sum / count) + sqrt(squares / count))))
            fail_msg("%s: mean %zu is %.9g, not %.9g", c->name, k, mean[k], sum / count);
        if (!(fabs(m2[k] - squares) <= 1e-5 * squares))
            fail_msg("%s: m2 %zu is %.9g, not %.9g", c->name, k, m2[k], squares);
    }
}

/* out against the reference; which must point at a value that rounding can not tell from the
 * largest. */
static void check_finished(const Case *c, const double *y, const double *scale, const double *shift,
                           const float *out, const uint8_t *which)
{
    double *expected = new_array(c->out_count, sizeof *expected);
    uint8_t *place = new_array(c->out_count, 1), *got = read_which(c, which);
    reference_finish(&c->shape, c->n, y, scale, shift, expected, place);
    check_error(c, "out", c->out_count, read_out(c, out), expected, FORWARD_BOUND);
    check_halo(c, out);
    check_fence_of_which(c, which);
    size_t different = 0;
    for (size_t i = 0; i < c->out_count; i++)
        different += got[i] != place[i];
    if (different > c->out_count / 500 + 2)
        fail_msg("%s: %zu of %zu maxima in other places", c->name, different, c->out_count);
}

/* backward, given y and which, or no y. */
static void check_backward(const Case *c, const float *y, const uint8_t *which, const float *stash)
{
    const ConvShape *s = &c->shape.conv;
    double *dy = new_array(c->y_count, sizeof *dy), *dx = new_array(c->x_count, sizeof *dx);
    double *dw = new_array(c->w_count, sizeof *dw), *dbias = new_array(c->filters, sizeof *dbias);
    size_t area = (size_t)(s->out_height * s->out_width);
    double *y_plain = y ? read_y(c, y) : NULL, size = 0;
    reference_unpool(&c->shape, c->n, c->d_out, read_which(c, which), dy);
    for (size_t i = 0; i < c->y_count; i++) {
        size_t k = i / area % c->filters;
        if (y)
            dy[i] = c->a[k] * dy[i] + c->b[k] * y_plain[i] + c->d[k];
        size += fabs(dy[i]);
    }
    reference_data_gradient(s, c->n, dy, c->w, dx);
    reference_weight_gradient(s, c->n, c->x, dy, dw, dbias);

    float *got_dw = new_output(c->w_count), *got_dbias = new_output(c->filters);
    float *got_dx = new_output(reference_x_size(&c->shape, c->n));
    kernels->backward(&c->shape, c->n, c->x_given, y, which, c->d_out_given,
                      y ? to_float(c->filters, c->a) : NULL, to_float(c->filters, c->b),
                      to_float(c->filters, c->d), c->packed, stash, got_dw, got_dbias, got_dx,
                      c->work);
    check_error(c, "dx", c->x_count, read_x(c, got_dx), dx, DATA_BOUND);
    check_error(c, "dw", c->w_count, to_double(c->w_count, got_dw), dw, WEIGHTS_BOUND);
    for (size_t k = 0; k < c->filters; k++)
        if (!(fabs(got_dbias[k] - dbias[k]) <= 4e-6 * size / (double)c->filters))
            fail_msg("%s: dbias %zu is %.9g, not %.9g", c->name, k, got_dbias[k], dbias[k]);

    float *again = new_output(c->w_count);
    kernels->backward(&c->shape, c->n, c->x_given, y, which, c->d_out_given,
                      y ? to_float(c->filters, c->a) : NULL, to_float(c->filters, c->b),
                      to_float(c->filters, c->d), c->packed, stash, again, got_dbias, NULL,
                      c->work);
    assert_memory_equal(again, got_dw, c->w_count * sizeof *again);
}

static void check_sums(const Case *c, const float *y, const uint8_t *which)
{
    size_t area = (size_t)(c->shape.conv.out_height * c->shape.conv.out_width);
    double *dz = new_array(c->y_count, sizeof *dz), *y_plain = read_y(c, y);
    float *sum = new_output(c->filters), *products = new_output(c->filters);
    reference_unpool(&c->shape, c->n, c->d_out, read_which(c, which), dz);
    kernels->sums(&c->shape, c->n, y, which, c->d_out_given, to_float(c->filters, c->shift),
                  to_float(c->filters, c->scale), sum, products);
    for (size_t k = 0; k < c->filters; k++) {
        double of_dz = 0, of_products = 0, size = 0;
        for (size_t i = 0; i < c->n * area; i++) {
            size_t at = (i / area * c->filters + k) * area + i % area;
            of_dz += dz[at];
            of_products += dz[at] * (y_plain[at] - c->shift[k]) * c->scale[k];
            size += fabs(dz[at]) * (1 + fabs((y_plain[at] - c->shift[k]) * c->scale[k]));
        }
        if (!(fabs(sum[k] - of_dz) <= 1e-6 * size &&
              fabs(products[k] - of_products) <= 1e-6 * size))
            fail_msg("%s: sums %zu are %.9g, %.9g, not %.9g, %.9g", c->name, k, sum[k], products[k],
                     of_dz, of_products);
    }
}

/* With batch statistics: forward, finish, sums, backward. */
static void check_with_statistics(const Case *c)
{
    const BlockShape *s = &c->shape;
    float *y = new_output(c->y_count), *stash = new_output(c->n * kernels->stash_size(s));
    float *mean = new_output(c->filters), *m2 = new_output(c->filters);
    float *out = new_output(reference_out_size(s, c->n));
    uint8_t *which = new_which(c);
    double *expected = new_array(c->y_count, sizeof *expected);
    reference_convolve(&s->conv, c->n, c->x, c->w, c->bias, expected);
    kernels->forward(s, c->n, c->x_given, c->packed, to_float(c->filters, c->bias), y, stash, mean,
                     m2, c->work);
    double *y_plain = read_y(c, y);
    check_error(c, "y", c->y_count, y_plain, expected, FORWARD_BOUND);
    check_statistics(c, y_plain, mean, m2);
    kernels->finish(s, c->n, y, to_float(c->filters, c->scale), to_float(c->filters, c->shift), out,
                    which);
    check_finished(c, y_plain, c->scale, c->shift, out, which);
    check_sums(c, y, which);
    check_backward(c, y, which, stash);
}

/* Without: forward_finish with and without what backward wants, backward. */
static void check_without_statistics(const Case *c)
{
    const BlockShape *s = &c->shape;
    size_t out_size = reference_out_size(s, c->n);
    float *stash = new_output(c->n * kernels->stash_size(s)), *out = new_output(out_size);
    float *only = new_output(out_size), *bias = to_float(c->filters, c->bias);
    uint8_t *which = new_which(c);
    double *y = new_array(c->y_count, sizeof *y);
    double *ones = new_random(c->filters, 1, 1), *zeros = new_random(c->filters, 0, 0);
    reference_convolve(&s->conv, c->n, c->x, c->w, c->bias, y);
    kernels->forward_finish(s, c->n, c->x_given, c->packed, bias, out, stash, which, c->work);
    check_finished(c, y, ones, zeros, out, which);
    check_backward(c, NULL, which, stash);
    kernels->forward_finish(s, c->n, c->x_given, c->packed, bias, only, NULL, NULL, c->work);
    assert_memory_equal(only, out, out_size * sizeof *out);
    /* The last image alone gives the same bytes. */
    if (c->n > 1) {
        size_t last = c->n - 1, x_image = reference_x_size(s, 1);
        size_t out_image = reference_out_size(s, 1);
        float *alone = new_output(out_image);
        kernels->forward_finish(s, 1, c->x_given + last * x_image, c->packed, bias, alone, NULL,
                                NULL, c->work);
        assert_memory_equal(alone, out + last * out_image, out_image * sizeof *out);
    }
}

static void check_shape(const BlockShape *shape, size_t n)
{
    Case c = begin_case(shape, n);
    check_with_statistics(&c);
    end_case();
    c = begin_case(shape, n);
    check_without_statistics(&c);
    end_case();
}

static BlockShape shape_of(int channels, int filters, int height, int width, int kernel,
                           int padding)
{
    return (BlockShape){
        .conv = {channels, height, width, filters, height + 2 * padding - kernel + 1,
                 width + 2 * padding - kernel + 1, kernel, kernel, 1, padding, 1},
        .relu = 1,
        .pool = 2,
    };
}

static void test_reference_networks(void **state)
{
    (void)state;
    for (size_t i = 0; i < BLOCK_N_SHAPES; i++) {
        check_shape(&block_shapes[i], 1);
        check_shape(&block_shapes[i], 3);
    }
    check_shape(&block_shapes[1], 16);
    check_shape(&block_shapes[2], 16);
}

/* All cuts into tiles, in both directions; all that may follow, by turns. */
static void test_odd_sizes(void **state)
{
    (void)state;
    static const int sizes[] = {2, 3, 4, 5, 6, 7, 8, 9, 11, 13};
    int turn = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++)
            for (int kernel = 3; kernel <= 5; kernel += 2, turn++) {
                int padding = turn % (kernel / 2 + 1), grow = kernel - 1 - 2 * padding;
                int channels = turn % 3 == 0 ? 1 : turn % 3 == 1 ? 16 : 32;
                BlockShape s = shape_of(channels, turn % 5 == 0 ? 48 : 16, sizes[i] + grow,
                                        sizes[j] + grow, kernel, padding);
                s.relu = turn % 2;
                s.pool = 1 + turn / 2 % 2;
                s.out_plain = turn % 7 == 0;
                s.out_halo = s.out_plain ? 0 : turn % 4 % 3;
                check_shape(&s, turn % 11 == 0 ? 16 : turn % 3 == 0 ? 3 : 1);
            }
}

/* The work of 16 images must do for fewer, which may go through in larger groups. */
static void test_work_of_more_images(void **state)
{
    (void)state;
    for (size_t i = 0; i < BLOCK_N_SHAPES; i++)
        for (int cut = 0; cut < 2; cut++) {
            BlockShape s = block_shapes[i];
            s.conv.out_height -= s.conv.out_height % 2 * cut;
            s.conv.out_width -= s.conv.out_width % 2 * cut;
            size_t enough = kernels->work_size(&s, 16);
            for (size_t n = 1; n < 16; n++)
                if (kernels->work_size(&s, n) > enough)
                    fail_msg("shape %zu: %zu images need more work than 16", i, n);
        }
    /* Eleven fit a group, and sixteen are two groups of eight. */
    BlockShape s = shape_of(32, 32, 9, 9, 3, 1);
    Case c = begin_case(&s, 11);
    c.work = new_output(kernels->work_size(&s, 16));
    check_without_statistics(&c);
    end_case();
}

/* What pooling leaves out need not be computed. */
static void test_cropped_outputs(void **state)
{
    (void)state;
    static const int sides[] = {3, 5, 7, 15};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
        for (int kernel = 3; kernel <= 5; kernel += 2)
            for (int channels = 1; channels <= 16; channels += 15) {
                BlockShape s = shape_of(channels, 32, sides[i], sides[i] + 2, kernel, kernel / 2);
                s.conv.out_height--;
                s.conv.out_width--;
                s.out_plain = (int)i % 2;
                check_shape(&s, 2);
                s.conv.width = s.conv.height;
                s.conv.out_width = s.conv.out_height;
                check_shape(&s, 17);
            }
}

/* finish alone on small integers and NaN, exactly as the plain kernels one after the other. */
static void test_ties_and_nan(void **state)
{
    (void)state;
    for (int relu = 0; relu < 2; relu++) {
        BlockShape s = shape_of(16, 16, 9, 12, 3, 1);
        s.relu = relu;
        s.out_plain = 1;
        size_t n = 3, area = 9 * 12, out_area = 4 * 6, count = n * 16 * area;
        double *y = new_array(count, sizeof *y);
        float *plain = new_output(count), *given = new_output(count);
        float ones[16], zeros[16] = {0};
        for (size_t i = 0; i < 16; i++)
            ones[i] = 1;
        for (size_t i = 0; i < count; i++)
            y[i] = rng_below(&rng, 20) == 0 ? NAN : (int)rng_below(&rng, 5) - 2;
        for (size_t i = 0; i < count; i++)
            plain[i] = (float)y[i];
        reference_block(n, 16, 9, 12, 0, 0, y, given);
        float *out = new_output(n * 16 * out_area), *expected = new_output(n * 16 * out_area);
        Case c = {.shape = s, .n = n, .out_count = n * 16 * out_area};
        uint8_t *which = new_which(&c), *place = new_array(n * 16 * out_area, 1);
        kernels->finish(&s, n, given, ones, zeros, out, which);
        PoolShape pool = {16, 9, 12, 4, 6, 2, 2};
        if (relu)
            relu_forward_c(count, plain, plain);
        maxpool_forward_c(&pool, n, plain, expected, place);
        uint8_t *got = read_which(&c, which);
        for (size_t i = 0; i < n * 16 * out_area; i++) {
            assert_true(out[i] == expected[i] || (isnan(out[i]) && isnan(expected[i])));
            assert_int_equal(got[i], relu && !(expected[i] > 0) ? BLOCK_NONE : place[i]);
        }
        end_case();
    }
}

/* Scaled weights: batch norm folded in. */
static void test_scaled_weights(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 16; channels += 15) {
        BlockShape s = shape_of(channels, 32, 8, 10, 3, 1);
        s.relu = 0;
        s.pool = 1;
        Case c = begin_case(&s, 2);
        for (int part = 0; part < BLOCK_PARTS; part++)
            kernels->pack(&s, part, 0, c.w_given, to_float(c.filters, c.scale), c.packed);
        for (size_t i = 0; i < c.w_count; i++)
            c.w[i] *= c.scale[i / (c.w_count / c.filters)];
        double *y = new_array(c.y_count, sizeof *y);
        float *out = new_output(c.y_count);
        reference_convolve(&s.conv, c.n, c.x, c.w, c.bias, y);
        kernels->forward_finish(&s, c.n, c.x_given, c.packed, to_float(c.filters, c.bias), out,
                                NULL, NULL, c.work);
        check_error(&c, "out", c.out_count, read_out(&c, out), y, FORWARD_BOUND);
        end_case();
    }
}

/* A mean far from zero must not drown a small variance. */
static void test_large_mean(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 16; channels += 15) {
        BlockShape s = shape_of(channels, 16, 14, 14, 3, 1);
        Case c = begin_case(&s, 5);
        for (size_t k = 0; k < c.filters; k++)
            c.bias[k] = 500;
        float *y = new_output(c.y_count), *mean = new_output(16), *m2 = new_output(16);
        kernels->forward(&s, c.n, c.x_given, c.packed, to_float(16, c.bias), y,
                         new_output(c.n * kernels->stash_size(&s)), mean, m2, c.work);
        check_statistics(&c, read_y(&c, y), mean, m2);
        end_case();
    }
}

/* Both instruction sets give the same bytes: forward with statistics, then backward. */
static void test_same_bytes(void **state)
{
    (void)state;
    if (!__builtin_cpu_supports("avx512f"))
        skip();
    for (size_t i = 0; i < BLOCK_N_SHAPES; i++) {
        const BlockShape *s = &block_shapes[i];
        Case c = begin_case(s, 2);
        size_t stash_size = c.n * kernels->stash_size(s), x_size = reference_x_size(s, c.n);
        float *bias = to_float(c.filters, c.bias), *a = to_float(c.filters, c.a);
        float *y[2], *stash[2], *m2[2], *dw[2], *dx[2], *unused = new_output(2 * c.filters);
        uint8_t *which = new_which(&c);
        memset(which, 0, c.out_count);
        for (int set = 0; set < 2; set++) {
            const BlockKernels *k = set == 0 ? &block_avx2 : &block_avx512;
            y[set] = new_output(c.y_count), stash[set] = new_output(stash_size);
            m2[set] = new_output(c.filters), dw[set] = new_output(c.w_count);
            dx[set] = new_output(x_size);
            memset(dx[set], 0, x_size * sizeof *dx[set]);
            k->forward(s, c.n, c.x_given, c.packed, bias, y[set], stash[set], unused, m2[set],
                       c.work);
            k->backward(s, c.n, c.x_given, y[set], which, c.d_out_given, a, bias, bias, c.packed,
                        stash[set], dw[set], unused, dx[set], c.work);
        }
        assert_memory_equal(y[0], y[1], c.y_count * sizeof **y);
        assert_memory_equal(m2[0], m2[1], c.filters * sizeof **m2);
        assert_memory_equal(dw[0], dw[1], c.w_count * sizeof **dw);
        assert_memory_equal(dx[0], dx[1], x_size * sizeof **dx);
        end_case();
    }
}

/* The bounds see a lost value, so surely a lost tile. */
static void test_bounds(void **state)
{
    (void)state;
    size_t count = 16 * 64 * 14 * 14;
    double *all = new_random(count, -1, 1), *lost = new_array(count, sizeof *lost);
    memcpy(lost, all, count * sizeof *lost);
    lost[count - 1] = 0;
    assert_true(relative_error(count, lost, all) > WEIGHTS_BOUND || fabs(all[count - 1]) < 0.01);
    end_case();
}

static void test_what_is_not_supported(void **state)
{
    (void)state;
    BlockShape good = shape_of(16, 16, 8, 8, 3, 1), s = good;
    assert_true(kernels->supports(&s));
    s.conv.channels = 3;
    assert_false(kernels->supports(&s));
    s = good, s.conv.filters = 24;
    assert_false(kernels->supports(&s));
    s = good, s.conv.stride = 2;
    assert_false(kernels->supports(&s));
    s = good, s.conv.groups = 16;
    assert_false(kernels->supports(&s));
    s = shape_of(16, 16, 8, 8, 1, 0);
    assert_false(kernels->supports(&s));
    s = shape_of(16, 16, 8, 8, 3, 2);
    assert_false(kernels->supports(&s));
    s = shape_of(16, 16, 3, 8, 3, 0);
    assert_false(kernels->supports(&s));
    s = shape_of(16, 16, 300, 8, 3, 1);
    assert_false(kernels->supports(&s));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),          cmocka_unit_test(test_what_is_not_supported),
        cmocka_unit_test(test_ties_and_nan),    cmocka_unit_test(test_scaled_weights),
        cmocka_unit_test(test_large_mean),      cmocka_unit_test(test_odd_sizes),
        cmocka_unit_test(test_cropped_outputs), cmocka_unit_test(test_work_of_more_images),
        cmocka_unit_test(test_same_bytes),      cmocka_unit_test(test_reference_networks),
    };
    int failures = 0;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 77; /* meson: skipped */
    for (int set = 0; set < 2; set++) {
        if (set == 1 && !__builtin_cpu_supports("avx512f"))
            break;
        const char *name = set == 0 ? "avx2" : "avx512";
        kernels = set == 0 ? &block_avx2 : &block_avx512;
        rng_init(&rng, 1, rng_stream(RNG_PURPOSE_TEST, 0, 0));
        failures +=
            _cmocka_run_group_tests(name, tests, sizeof tests / sizeof tests[0], NULL, NULL);
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
