#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "scrawl/system.h"

static void version_is_three_numbers(void **state)
{
    int dots = 0;

    (void)state;
    for (const char *c = scrawl_version(); *c; c++) {
        assert_true(isdigit((unsigned char)*c) || *c == '.');
        dots += *c == '.';
    }
    assert_int_equal(dots, 2);
}

static void plain_kernels_are_always_there(void **state)
{
    (void)state;
    assert_string_equal(scrawl_system_kernels("none"), "c");
    assert_non_null(scrawl_system_kernels(NULL));
    assert_null(scrawl_system_kernels("abacus"));
    assert_true(scrawl_system_threads() >= 1);
}

static void libraries_are_named(void **state)
{
    static const char *const linked[] = {"leptonica", "libdeflate", "libzip", "libyaml",
                                         "jansson",   "protobuf-c", "nettle"};
    ScrawlLibrary library;
    size_t n = 0, n_linked = 0;

    (void)state;
    for (; scrawl_system_library(n, &library); n++) {
        assert_true(library.name[0] && library.purpose[0]);
        assert_true(library.found || !library.version[0]);
        for (size_t i = 0; i < sizeof linked / sizeof *linked; i++)
            if (strcmp(linked[i], library.name) == 0) {
                assert_true(library.found);
                assert_true(isdigit((unsigned char)library.version[0]));
                n_linked++;
            }
    }
    assert_int_equal(n_linked, sizeof linked / sizeof *linked);
    assert_int_equal(n, 10);
    assert_false(scrawl_system_library(n, &library));
    assert_null(library.name);
}

/* gnuplot is looked for in PATH. */
static void programs_may_be_missing(void **state)
{
    ScrawlLibrary library;
    bool seen = false;

    (void)state;
    assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
    for (size_t i = 0; scrawl_system_library(i, &library); i++)
        if (strcmp(library.name, "gnuplot") == 0) {
            seen = true;
            assert_false(library.found);
            assert_string_equal(library.version, "");
        }
    assert_true(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_three_numbers),
        cmocka_unit_test(plain_kernels_are_always_there),
        cmocka_unit_test(libraries_are_named),
        cmocka_unit_test(programs_may_be_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
