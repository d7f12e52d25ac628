#include "check.h"

#include <math.h>

static const char *const form_names[] = {"NN", "NT", "TN"};

/* A product whose rows are `gap` longer in memory than they need to be. */
static void check_product(GemmForm form, size_t m, size_t n, size_t k, size_t gap, int add)
{
    size_t lda = (form == GEMM_TN ? m : k) + gap, ldb = (form == GEMM_NT ? k : n) + gap;
    size_t ldc = n + gap;
    const real *a = check_random(lda * (form == GEMM_TN ? k : m));
    const real *b = check_random(ldb * (form == GEMM_NT ? n : k));
    const real *before = check_random(ldc * m);
    real *c = check_copy(ldc * m, before);
    real *work = check_output(check_kernels->gemm_work(form, m, n, k));
    wide *expected = check_wide(ldc * m), *magnitude = check_wide(ldc * m);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < ldc; j++) {
            wide *sum = &expected[i * ldc + j];
            if (j >= n || add) {
                *sum = before[i * ldc + j];
                magnitude[i * ldc + j] = j < n ? fabsl(*sum) : 0; /* gaps stay as they are */
            }
            for (size_t d = 0; j < n && d < k; d++) {
                wide term = (wide)(form == GEMM_TN ? a[d * lda + i] : a[i * lda + d]) *
                            (form == GEMM_NT ? b[j * ldb + d] : b[d * ldb + j]);
                *sum += term;
                magnitude[i * ldc + j] += fabsl(term);
            }
        }
    check_kernels->gemm(form, m, n, k, a, lda, b, ldb, add, c, ldc, work);
    check_close(c, expected, magnitude, ldc * m, CHECK_ZERO_MEAN,
                "gemm %s m %zu n %zu k %zu add %d", form_names[form], m, n, k, add);
    check_end();
}

static void test_small_sizes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 400; i++)
        check_product((GemmForm)(i % 3), check_below(20), check_below(CHECK_MAX_COUNT),
                      check_below(CHECK_MAX_COUNT), check_below(4), (int)check_below(2));
}

static void test_edges_of_blocks(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{127, 9, 319}, {128, 8, 320}, {129, 7, 321},  {257, 17, 3},
                                      {1, 1, 961},   {5, 40, 700},  {130, 10, 641}, {3, 5, 2047}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int form = GEMM_NN; form <= GEMM_TN; form++)
            check_product((GemmForm)form, sizes[i][0], sizes[i][1], sizes[i][2], 0, form & 1);
}

/* An element's bytes depend on its row of A and its column of B only: not on the product's size. */
static void check_neighbours(GemmForm form)
{
    enum { M = 37, N = 131, K = 500 };
    size_t lda = form == GEMM_TN ? M : K, ldb = form == GEMM_NT ? K : N;
    size_t a_step = form == GEMM_TN ? 1 : K, b_step = form == GEMM_NT ? K : 1;
    const real *a = check_random(M * K), *b = check_random(K * N);
    real *work = check_output(check_kernels->gemm_work(form, M, N, K));
    real *whole = check_output(M * N), *row = check_output(N), *one = check_output(1);
    check_kernels->gemm(form, M, N, K, a, lda, b, ldb, 0, whole, N, work);
    for (size_t i = 0; i < M; i += 6) {
        check_kernels->gemm(form, 1, N, K, a + i * a_step, lda, b, ldb, 0, row, N, work);
        check_same(row, &whole[i * N], N * sizeof *row, "gemm of one row");
        for (size_t j = 0; j < N; j += 5) {
            check_kernels->gemm(form, 1, 1, K, a + i * a_step, lda, b + j * b_step, ldb, 0, one, 1,
                                work);
            check_same(one, &whole[i * N + j], sizeof *one, "gemm of one element");
        }
    }
    check_end();
}

static void test_independent_of_neighbours(void **state)
{
    (void)state;
    for (int form = GEMM_NN; form <= GEMM_TN; form++)
        check_neighbours((GemmForm)form);
}

static void check_twins(GemmForm form, size_t m, size_t n, size_t k, int add)
{
    const Kernels *tables[] = {check_kernels, check_twin()};
    const real *a = check_random(m * k), *b = check_random(k * n), *before = check_random(m * n);
    real *c[2];
    for (int t = 0; t < 2; t++) {
        real *work = check_output(tables[t]->gemm_work(form, m, n, k));
        c[t] = check_copy(m * n, before);
        tables[t]->gemm(form, m, n, k, a, form == GEMM_TN ? m : k, b, form == GEMM_NT ? k : n, add,
                        c[t], n, work);
    }
    check_same(c[0], c[1], m * n * sizeof *before, "gemm of two tables");
    check_end();
}

static void test_same_bytes(void **state)
{
    (void)state;
    if (!check_twin())
        skip();
    for (unsigned i = 0; i < 600; i++)
        check_twins((GemmForm)(i % 3), check_below(71), check_below(71), check_below(400),
                    (int)check_below(2));
}

CHECK_TESTS(gemm, cmocka_unit_test(test_small_sizes), cmocka_unit_test(test_edges_of_blocks),
            cmocka_unit_test(test_independent_of_neighbours), cmocka_unit_test(test_same_bytes));

typedef struct Product {
    GemmForm form;
    size_t m, n, k;
    const real *a, *b;
    real *c, *work;
} Product;

static void run_product(void *context)
{
    Product *p = context;
    check_kernels->gemm(p->form, p->m, p->n, p->k, p->a, p->form == GEMM_TN ? p->m : p->k, p->b,
                        p->form == GEMM_NT ? p->k : p->n, 0, p->c, p->n, p->work);
}

void check_bench_gemm(void)
{
    /* Beside the dense layers of the recipes, which `scrawl bench kernels` measures. */
    static const size_t sizes[][4] = {{GEMM_NN, 256, 256, 256},
                                      {GEMM_NT, 256, 128, 784},
                                      {GEMM_NT, 32, 128, 1152},
                                      {GEMM_TN, 128, 1152, 32},
                                      {GEMM_NN, 1, 1152, 128}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Product p = {
            .form = (GemmForm)sizes[i][0], .m = sizes[i][1], .n = sizes[i][2], .k = sizes[i][3]};
        p.a = check_random(p.m * p.k);
        p.b = check_random(p.k * p.n);
        p.c = check_output(p.m * p.n);
        p.work = check_output(kernels_max(check_kernels->gemm_work(p.form, p.m, p.n, p.k),
                                          kernels_c.gemm_work(p.form, p.m, p.n, p.k)));
        check_bench(2.0 * (double)(p.m * p.n * p.k), run_product, &p, "gemm %s %zu x %zu x %zu",
                    form_names[p.form], p.m, p.n, p.k);
        check_end();
    }
}
