/* Which table one gets: by name, by SCRAWL_CPU, by what the processor says. The largest value. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernels/kernels.h"

static void test_names(void **state)
{
    (void)state;
    assert_ptr_equal(kernels_get("none"), &kernels_c);
    assert_ptr_equal(kernels_get("c"), &kernels_c);
    assert_null(kernels_get("abacus"));
    assert_null(kernels_get(""));
    const Kernels *avx2 = kernels_get("avx2");
    assert_true((avx2 != NULL) == cpu_has_avx2());
    if (avx2)
        assert_string_equal(avx2->name, "avx2");
    const Kernels *avx512 = kernels_get("avx512");
    assert_true((avx512 != NULL) == cpu_has_avx512());
    if (avx512)
        assert_string_equal(avx512->name, "avx512");
}

static void test_require(void **state)
{
    (void)state;
    const Kernels *kernels = NULL;
    ScrawlError error = {0};
    assert_int_equal(kernels_require(&kernels, "none", &error), SCRAWL_STATUS_OK);
    assert_ptr_equal(kernels, &kernels_c);
    assert_int_equal(kernels_require(&kernels, NULL, &error), SCRAWL_STATUS_OK);
    assert_ptr_equal(kernels, kernels_get(NULL));
    assert_int_equal(kernels_require(&kernels, "abacus", &error), SCRAWL_STATUS_UNSUPPORTED);
    assert_null(kernels);
    assert_string_equal(error.message, "this machine or this build has no kernels \"abacus\"");
}

static void test_argmax(void **state)
{
    (void)state;
    assert_int_equal(real_argmax(1, (const real[]){-3}), 0);
    assert_int_equal(real_argmax(3, (const real[]){-3, -1, -2}), 1);
    assert_int_equal(real_argmax(4, (const real[]){0, 1, 2, 3}), 3);
    assert_int_equal(real_argmax(4, (const real[]){1, 5, 5, 2}), 1); /* the first of equals */
    assert_int_equal(real_argmax(3, (const real[]){1, (real)NAN, 2}), 2);
    assert_int_equal(real_argmax(3, (const real[]){(real)NAN, 1, 2}), 0);
}

/* The compiler's own idea of the processor. */
static void test_cpu(void **state)
{
    (void)state;
#if defined(__x86_64__)
    __builtin_cpu_init();
    assert_true(cpu_has_avx2() ==
                (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0));
    assert_true(cpu_has_avx512() == (__builtin_cpu_supports("avx512f") != 0));
#else
    assert_false(cpu_has_avx2());
    assert_false(cpu_has_avx512());
#endif
}

static void test_environment(void **state)
{
    (void)state;
    unsetenv("SCRAWL_CPU");
    const Kernels *best = kernels_get(NULL);
    assert_ptr_equal(best, cpu_has_avx512() ? kernels_get("avx512")
                           : cpu_has_avx2() ? kernels_get("avx2")
                                            : &kernels_c);
    setenv("SCRAWL_CPU", "none", 1);
    assert_ptr_equal(kernels_get(NULL), &kernels_c);
    if (cpu_has_avx2()) {
        setenv("SCRAWL_CPU", "avx2", 1);
        assert_ptr_equal(kernels_get(NULL), kernels_get("avx2"));
        assert_ptr_equal(kernels_get("none"), &kernels_c);
    }
    setenv("SCRAWL_CPU", "abacus", 1);
    assert_ptr_equal(kernels_get(NULL), best);
    setenv("SCRAWL_CPU", "", 1);
    assert_ptr_equal(kernels_get(NULL), best);
}

/* All its numbers go to 1, so that their sum counts them: each took two operations a round. */
static void test_peak(void **state)
{
    (void)state;
    static const char *const names[] = {"c", "avx2", "avx512"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const Kernels *kernels = kernels_get(names[i]);
        real sum = 7;
        if (!kernels)
            continue;
        double operations = kernels->peak(100, &sum), numbers = (double)sum - 7;
        assert_true(numbers >= 8 && numbers == operations / 200);
        sum = 0;
        assert_true(kernels->peak(101, &sum) == 202 * numbers && (double)sum == numbers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),       cmocka_unit_test(test_require),
        cmocka_unit_test(test_argmax),      cmocka_unit_test(test_cpu),
        cmocka_unit_test(test_environment), cmocka_unit_test(test_peak),
    };
    return cmocka_run_group_tests_name("kernels_get", tests, NULL, NULL);
}
