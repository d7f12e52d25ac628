/* What the benchmarks count, and that the calls that they time stay inside their arrays. How fast
 * anything is cannot be tested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "bench/call.h"
#include "bench/measure.h"

static const char *const tables[] = {"c", "avx2", "avx512"};

#define N_TABLES (sizeof tables / sizeof tables[0])

static const Call *find(const CallList *list, const char *kernel, const char *shape)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->calls[i].kind->name, kernel) == 0 &&
            strcmp(list->calls[i].shape, shape) == 0)
            return &list->calls[i];
    return NULL;
}

static double flops_of(const CallList *list, const char *kernel, const char *shape)
{
    const Call *call = find(list, kernel, shape);

    if (!call)
        fail_msg("no %s of %s", kernel, shape);
    assert_true(call->bytes == 0 || call->flops == 0);
    return call->flops;
}

static CallList list_of(const Kernels *kernels, const char *only)
{
    CallList list;

    assert_int_equal(call_list_create(&list, kernels, only, NULL), SCRAWL_STATUS_OK);
    return list;
}

/* bn-cnn's second convolution has 32 x 64 x 9 x 14 x 14 multiply-adds an image. */
static const double conv2 = 2.0 * 16 * 32 * 64 * 9 * 14 * 14;

static void test_layers(void **state)
{
    CallList list = list_of(&kernels_c, NULL);

    (void)state;
    assert_true(flops_of(&list, "conv_forward", "16 x 32x14x14 -> 64x14x14, 3x3") == conv2);
    assert_true(flops_of(&list, "conv_backward_data", "16 x 32x14x14 -> 64x14x14, 3x3") == conv2);
    assert_true(flops_of(&list, "conv_forward", "16 x 16x14x14 -> 32x14x14, 5x5") > 0);
    assert_true(flops_of(&list, "conv_forward", "16 x 1x28x28 -> 32x26x26, 3x3") > 0);
    /* Nothing below a first layer wants its gradient. */
    assert_null(find(&list, "conv_backward_data", "16 x 1x28x28 -> 32x28x28, 3x3"));
    assert_null(find(&list, "gemm_nn", "16 x 784 -> 128"));
    assert_true(flops_of(&list, "gemm_tn", "16 x 784 -> 128") == 2.0 * 16 * 784 * 128);
    assert_true(flops_of(&list, "gemm_nt", "1 x 784 -> 128") == 2.0 * 784 * 128);
    assert_true(find(&list, "adam", "101770 parameters")->bytes == 7.0 * 101770 * sizeof(real));
    assert_true(find(&list, "relu_forward", "16 x 32x28x28")->bytes ==
                2.0 * 16 * 32 * 28 * 28 * sizeof(real));
    assert_non_null(find(&list, "sgd", "241994 parameters"));
    assert_null(find(&list, "sgd", "101770 parameters"));
    assert_non_null(find(&list, "cross_entropy", "16 x 10"));
    for (size_t i = 0; i < list.n; i++) {
        assert_true(find(&list, list.calls[i].kind->name, list.calls[i].shape) == &list.calls[i]);
        assert_true((list.calls[i].flops > 0) != (list.calls[i].bytes > 0));
        assert_null(strstr(list.calls[i].kind->name, "block"));
    }
    call_list_deinit(&list);
}

static void test_blocks(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        const Kernels *kernels = kernels_get(tables[t]);
        static const char shape[] = "16 x 32x14x14 -> 64x7x7, 3x3 norm relu pool";
        static const char first[] = "16 x 1x28x28 -> 32x13x13, 3x3 relu pool";
        CallList list;

        if (!kernels || !kernels->block)
            continue;
        list = list_of(kernels, "block");
        assert_true(flops_of(&list, "block_forward", shape) == conv2);
        assert_true(flops_of(&list, "block_backward", shape) == 2 * conv2);
        assert_string_equal(find(&list, "block_forward", shape)->algorithm, "winograd");
        assert_string_equal(find(&list, "block_backward", first)->algorithm, "direct");
        assert_true(flops_of(&list, "block_backward", first) ==
                    flops_of(&list, "block_forward_finish", first));
        assert_true(flops_of(&list, "block_infer", "1 x 32x14x14 -> 64x7x7, 3x3 relu pool") ==
                    conv2 / 16);
        for (size_t i = 0; i < list.n; i++)
            assert_memory_equal(list.calls[i].kind->name, "block", 5);
        call_list_deinit(&list);
    }
}

/* Arrays with a fence behind each. */

enum { N_ARRAYS = 8, FENCE = 64 };
static const real fence = (real)-12345, given = (real)0.5, before = (real)0.25;

static real *new_array(size_t size, real value)
{
    real *array = mem_alloc(size + FENCE, sizeof *array);

    assert_non_null(array);
    for (size_t i = 0; i < size + FENCE; i++)
        array[i] = i < size ? value : fence;
    return array;
}

static bool fence_stands(const real *array, size_t size)
{
    for (size_t i = size; i < size + FENCE; i++)
        if (array[i] != fence)
            return false;
    return true;
}

static void run_fenced(const Call *call, const Kernels *kernels,
                       void (*run)(const Call *, const Kernels *, const CallArrays *))
{
    real *a[N_ARRAYS], *work = new_array(call->work, before);
    uint8_t *codes = mem_alloc_zero(call->size, 1), *which = mem_alloc_zero(call->size + FENCE, 1);
    uint16_t *labels = mem_alloc_zero(call->size, sizeof *labels);
    static const uint8_t zeros[FENCE];
    bool changed = false, whole;

    assert_true(codes && which && labels);
    for (int i = 0; i < N_ARRAYS; i++)
        a[i] = new_array(call->size, i < 4 ? given : before);
    run(call, kernels,
        &(CallArrays){a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], codes, which, labels, work});
    whole = fence_stands(work, call->work) && memcmp(which + call->size, zeros, FENCE) == 0;
    for (int i = 0; i < N_ARRAYS; i++) {
        whole = whole && fence_stands(a[i], call->size);
        for (size_t k = 0; k < call->size; k++)
            if (i < 4)
                whole = whole && a[i][k] == given;
            else
                changed = changed || a[i][k] != before;
        mem_free(a[i]);
    }
    if (!whole || !changed)
        fail_msg("%s %s of %s: %s", kernels->name, call->kind->name, call->shape,
                 whole ? "changes nothing" : "writes outside");
    mem_free(work);
    mem_free(codes);
    mem_free(which);
    mem_free(labels);
}

static void test_arrays(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        const Kernels *kernels = kernels_get(tables[t]);
        CallList list;

        if (!kernels)
            continue;
        list = list_of(kernels, NULL);
        for (size_t i = 0; i < list.n; i++) {
            const CallKind *kind = list.calls[i].kind;

            run_fenced(&list.calls[i], kernels, kind->run);
            if (kind->run_plain)
                run_fenced(&list.calls[i], &kernels_c, kind->run_plain);
            else if (!list.calls[i].algorithm)
                run_fenced(&list.calls[i], &kernels_c, kind->run);
        }
        call_list_deinit(&list);
    }
}

typedef struct Rows {
    int n_starts, n_rows;
    double peak;
} Rows;

static void count_start(void *context, const char *kernels, double peak_gflops)
{
    Rows *rows = context;

    rows->n_starts++;
    rows->peak = peak_gflops;
    assert_string_equal(kernels, "c");
    assert_true(peak_gflops > 0);
}

static void check_row(void *context, const BenchKernel *row)
{
    Rows *rows = context;

    rows->n_rows++;
    assert_memory_equal(row->kernel, "gemm_", 5);
    assert_null(row->algorithm);
    assert_true(row->speedup == 1 && row->gbytes_per_second == 0);
    assert_true(row->share_of_peak == row->gflops / rows->peak);
    if (strcmp(row->kernel, "gemm_nn") == 0 && strcmp(row->shape, "16 x 1152 -> 128") == 0)
        assert_float_equal(row->gflops * row->nanoseconds, 2.0 * 16 * 1152 * 128, 1);
}

static void test_rows(void **state)
{
    BenchKernelsOptions options = {
        .cpu = "none", .only = "gemm", .seconds = 0.01, .start = count_start, .row = check_row};
    Rows rows = {0};
    ScrawlError error = {0};
    CallList list = list_of(&kernels_c, "gemm");

    (void)state;
    assert_int_equal(bench_kernels(&options, &rows, &error), SCRAWL_STATUS_OK);
    assert_int_equal(rows.n_starts, 1);
    assert_true(list.n >= 3 * 4); /* products of the reference networks' dense layers, each once */
    assert_int_equal(rows.n_rows, list.n);
    call_list_deinit(&list);
    options.only = "abacus";
    assert_int_equal(bench_kernels(&options, &rows, &error), SCRAWL_STATUS_USAGE);
    assert_string_equal(error.message, "no kernel's name contains \"abacus\"");
    options.only = "block";
    assert_int_equal(bench_kernels(&options, &rows, &error), SCRAWL_STATUS_USAGE);
    assert_string_equal(error.message, "the kernels \"c\" have none whose name contains \"block\"");
    options.cpu = "abacus";
    assert_int_equal(bench_kernels(&options, &rows, &error), SCRAWL_STATUS_UNSUPPORTED);
    assert_int_equal(rows.n_starts, 1);
}

static void work_for(void *context)
{
    real sum = 0;

    kernels_c.peak(*(const size_t *)context, &sum);
}

static void test_in_turn(void **state)
{
    size_t rounds[] = {1000, 4000};
    Measured measured[] = {{work_for, &rounds[0], 0}, {work_for, &rounds[1], 0}};

    (void)state;
    measure_in_turn(measured, 2, 0.02);
    assert_true(measured[1].seconds > 3 * measured[0].seconds);
    assert_true(measured[1].seconds < 5 * measured[0].seconds);
}

static ScrawlRecipe *load(const char *name)
{
    ScrawlRecipe *recipe;

    assert_int_equal(scrawl_recipe_load(&recipe, name, NULL), SCRAWL_STATUS_OK);
    return recipe;
}

static void test_train_and_infer(void **state)
{
    const double dense1 = 2.0 * 784 * 128, dense2 = 2.0 * 128 * 10;
    ScrawlRecipe *recipe = load("mlp");
    BenchTrain train;
    BenchInfer infer;

    (void)state;
    assert_int_equal(scrawl_recipe_set(recipe, "train.batch=48", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(bench_train(recipe, 2, "none", 0.01, &train, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(train.batch, 48);
    assert_int_equal(train.n_threads, 2);
    assert_true(train.images_per_second > 0 && train.peak.peak_gflops > 0);
    assert_float_equal(train.peak.gflops / train.images_per_second * 1e9, 2 * dense1 + 3 * dense2,
                       1);
    assert_int_equal(bench_infer(recipe, 2, "none", 0.01, &infer, NULL), SCRAWL_STATUS_OK);
    assert_float_equal(infer.many.gflops / infer.images_per_second * 1e9, dense1 + dense2, 1);
    assert_float_equal(infer.single.gflops * infer.single_us * 1e3, dense1 + dense2, 1);
    assert_true(infer.single.peak_gflops > 0 && infer.many.peak_gflops > 0);
    scrawl_recipe_free(recipe);
}

/* A step that has no loss does not reach the optimiser, so that its speed says nothing. */
static void test_divergence(void **state)
{
    ScrawlRecipe *recipe = load("mlp");
    ScrawlError error = {0};
    BenchTrain result;

    (void)state;
    assert_int_equal(scrawl_recipe_set(recipe, "train.optimizer=sgd", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "train.learning_rate=1e6", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "train.weight_decay=1", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(bench_train(recipe, 1, NULL, 0.1, &result, &error), SCRAWL_STATUS_DIVERGED);
    assert_non_null(strstr(error.message, "lower train.learning_rate (1e+06 in the recipe)"));
    assert_true(result.images_per_second == 0);
    scrawl_recipe_free(recipe);
}

static void ignore_start(void *context, const char *kernels, double peak_gflops)
{
    (void)context, (void)kernels, (void)peak_gflops;
}

static void ignore_row(void *context, const BenchKernel *row)
{
    (void)context, (void)row;
}

static void test_no_memory(void **state)
{
    BenchKernelsOptions options = {
        .only = "cross", .seconds = 0, .start = ignore_start, .row = ignore_row};
    ScrawlStatus status;
    uint64_t n = 0;

    (void)state;
    do {
        mem_fail_at(++n);
        status = bench_kernels(&options, NULL, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
    } while (status);
    assert_true(n > 20);
    n = 0;
    do {
        ScrawlRecipe *recipe = load("mlp");
        BenchInfer result;

        mem_fail_at(++n);
        status = bench_infer(recipe, 1, NULL, 0, &result, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
        scrawl_recipe_free(recipe);
    } while (status);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),     cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_arrays),     cmocka_unit_test(test_rows),
        cmocka_unit_test(test_in_turn),    cmocka_unit_test(test_train_and_infer),
        cmocka_unit_test(test_divergence), cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
