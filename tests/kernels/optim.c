#include "check.h"

#include <math.h>

static void check_sgd(size_t count, const SgdStep *s)
{
    const real *g = check_random(count), *w0 = check_random(count), *v0 = check_random(count);
    real *w = check_copy(count, w0), *v = check_copy(count, v0);
    wide *ws = check_wide(count), *w_sizes = check_wide(count);
    wide *vs = check_wide(count), *v_sizes = check_wide(count);
    for (size_t i = 0; i < count; i++) {
        wide gradient = (wide)g[i] + (wide)s->l2 * w0[i];
        wide size = fabsl((wide)g[i]) + fabsl((wide)s->l2 * w0[i]);
        vs[i] = (wide)s->momentum * v0[i] + gradient;
        v_sizes[i] = fabsl((wide)s->momentum * v0[i]) + size;
        wide step = s->nesterov ? gradient + s->momentum * vs[i] : vs[i];
        wide step_size = s->nesterov ? size + s->momentum * v_sizes[i] : v_sizes[i];
        ws[i] = (1 - (wide)s->rate * s->decay) * w0[i] - s->rate * step;
        w_sizes[i] = fabsl((wide)w0[i]) + s->rate * step_size;
    }
    check_kernels->sgd(count, s, g, w, v);
    check_close(v, vs, v_sizes, count, 4, "sgd, velocity");
    check_close(w, ws, w_sizes, count, 4, "sgd, w");
    check_end();
}

static void test_sgd(void **state)
{
    (void)state;
    static const SgdStep steps[] = {
        {.rate = (real)0.01},
        {.rate = (real)0.1, .momentum = (real)0.9, .l2 = (real)0.01},
        {.rate = (real)0.3,
         .momentum = (real)0.9,
         .l2 = (real)0.01,
         .decay = (real)0.1,
         .nesterov = 1},
        {.rate = (real)0.3, .momentum = (real)0.5, .decay = (real)0.5},
    };
    for (size_t count = 0; count < CHECK_MAX_COUNT; count++)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            check_sgd(count, &steps[i]);
}

static void check_adam(size_t count, const AdamStep *s)
{
    const real *g = check_random(count), *w0 = check_random(count), *m0 = check_random(count);
    const real *v0 = check_random_between(count, 0, 1);
    real *w = check_copy(count, w0), *m = check_copy(count, m0), *v = check_copy(count, v0);
    wide *ws = check_wide(count), *w_sizes = check_wide(count), *ms = check_wide(count);
    wide *m_sizes = check_wide(count), *vs = check_wide(count), *v_sizes = check_wide(count);
    for (size_t i = 0; i < count; i++) {
        wide gradient = (wide)g[i] + (wide)s->l2 * w0[i];
        wide size = fabsl((wide)g[i]) + fabsl((wide)s->l2 * w0[i]);
        ms[i] = (wide)s->beta1 * m0[i] + (1 - (wide)s->beta1) * gradient;
        m_sizes[i] = fabsl((wide)s->beta1 * m0[i]) + (1 - (wide)s->beta1) * size;
        vs[i] = (wide)s->beta2 * v0[i] + (1 - (wide)s->beta2) * gradient * gradient;
        v_sizes[i] = (wide)s->beta2 * v0[i] + (1 - (wide)s->beta2) * size * size;
        wide below = sqrtl(vs[i] / s->correction2) + s->epsilon;
        ws[i] = (1 - (wide)s->rate * s->decay) * w0[i] - s->rate * (ms[i] / s->correction1) / below;
        w_sizes[i] = fabsl((wide)w0[i]) + s->rate * (m_sizes[i] / s->correction1) / below;
    }
    check_kernels->adam(count, s, g, w, m, v);
    check_close(m, ms, m_sizes, count, 4, "adam, m");
    check_close(v, vs, v_sizes, count, 4, "adam, v");
    check_close(w, ws, w_sizes, count, 8, "adam, w");
    check_end();
}

static void test_adam(void **state)
{
    (void)state;
    static const AdamStep steps[] = {
        {.rate = (real)0.001,
         .beta1 = (real)0.9,
         .beta2 = (real)0.999,
         .epsilon = (real)1e-8,
         .correction1 = (real)0.1,
         .correction2 = (real)0.001},
        {.rate = (real)0.5,
         .beta1 = (real)0.9,
         .beta2 = (real)0.99,
         .epsilon = (real)0.1,
         .l2 = (real)0.1,
         .correction1 = (real)0.19,
         .correction2 = (real)0.7},
        {.rate = (real)0.5,
         .beta1 = (real)0.5,
         .beta2 = (real)0.9,
         .epsilon = (real)1e-8,
         .decay = (real)0.5,
         .correction1 = 1,
         .correction2 = 1},
    };
    for (size_t count = 0; count < CHECK_MAX_COUNT; count++)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            check_adam(count, &steps[i]);
}

/* No gradient, no state: no step, and no division of 0 by 0 even without epsilon's help. */
static void test_adam_at_rest(void **state)
{
    (void)state;
    AdamStep step = {.rate = 1,
                     .beta1 = (real)0.9,
                     .beta2 = (real)0.999,
                     .epsilon = (real)1e-8,
                     .correction1 = (real)0.1,
                     .correction2 = (real)0.001};
    real g[5] = {0}, w[5] = {1, 2, 3, 4, 5}, m[5] = {0}, v[5] = {0};
    check_kernels->adam(5, &step, g, w, m, v);
    for (int i = 0; i < 5; i++)
        assert_true(w[i] == (real)(i + 1) && m[i] == 0 && v[i] == 0);
}

/* The three arrays of a step, by one table after the other. */
static void check_twins(size_t count, const SgdStep *sgd, const AdamStep *adam)
{
    const Kernels *tables[] = {check_kernels, check_twin()};
    const real *g = check_random(count), *w0 = check_random(count), *m0 = check_random(count);
    const real *v0 = check_random_between(count, 0, 1);
    real *w[2], *m[2], *v[2];
    for (int t = 0; t < 2; t++) {
        w[t] = check_copy(count, w0), m[t] = check_copy(count, m0), v[t] = check_copy(count, v0);
        tables[t]->sgd(count, sgd, g, w[t], m[t]);
        tables[t]->adam(count, adam, g, w[t], m[t], v[t]);
    }
    check_same(w[0], w[1], count * sizeof *g, "w of two tables");
    check_same(m[0], m[1], count * sizeof *g, "m of two tables");
    check_same(v[0], v[1], count * sizeof *g, "v of two tables");
    check_end();
}

static void test_same_bytes(void **state)
{
    (void)state;
    SgdStep sgd = {.rate = (real)0.3, .momentum = (real)0.9, .l2 = (real)0.01, .decay = (real)0.1};
    AdamStep adam = {.rate = (real)0.01,
                     .beta1 = (real)0.9,
                     .beta2 = (real)0.999,
                     .epsilon = (real)1e-8,
                     .l2 = (real)0.01,
                     .decay = (real)0.1,
                     .correction1 = (real)0.19,
                     .correction2 = (real)0.002};
    if (!check_twin())
        skip();
    for (size_t count = 0; count < 10 * CHECK_MAX_COUNT; count++) {
        sgd.nesterov = (int)(count % 2);
        check_twins(count, &sgd, &adam);
    }
}

CHECK_TESTS(optim, cmocka_unit_test(test_sgd), cmocka_unit_test(test_adam),
            cmocka_unit_test(test_adam_at_rest), cmocka_unit_test(test_same_bytes));
