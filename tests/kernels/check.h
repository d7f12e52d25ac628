/* Checks of the kernels, in the manner of dav1d's checkasm: each against an obvious loop in a wider
 * type, on arrays that end at an unreadable page and are fenced by canaries, with sizes from
 * nothing to two vectors and a tail. One file per family; all take the table to check, so that SIMD
 * versions are held to the same. */
#ifndef TESTS_KERNELS_CHECK_H
#define TESTS_KERNELS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels/kernels.h"

/* What references are computed in: wider than either `real`. */
typedef long double wide;

/* The table under test. */
extern const Kernels *check_kernels;

/* The table whose bytes those of check_kernels must be: AVX2's for AVX-512's; else NULL. A test of
 * that is skipped where there is none. */
const Kernels *check_twin(void);

/* Sizes of flat arrays: 0 to two of the widest vectors (16 floats) and a tail. */
enum { CHECK_MAX_COUNT = 2 * 16 + 5 };

/* Arrays live until check_end. Those of random numbers are uniform in [-1, 1) or [low, high);
 * outputs begin as NaN; all are placed by chance directly before or after an unreadable page. */
real *check_random(size_t count);
real *check_random_between(size_t count, double low, double high);
real *check_output(size_t count);
real *check_copy(size_t count, const real *from);
void *check_bytes(size_t size);
wide *check_wide(size_t count); /* zeros, for references */

unsigned check_below(unsigned n); /* a random number, 0 to n - 1 */

/* got[i] must be within tolerance * eps * magnitude[i] of expected[i]; magnitude is the sum of
 * the absolute terms. `what` names the case in the message. */
void check_close(const real *got, const wide *expected, const wide *magnitude, size_t count,
                 double tolerance, const char *what, ...) __attribute__((format(printf, 6, 7)));
/* Bytes that must be equal. */
void check_same(const void *a, const void *b, size_t size, const char *what);

/* Verifies the canaries and frees the arrays. */
void check_end(void);

/* Sums of n terms: of any sign, of one sign. */
#define CHECK_ZERO_MEAN 4.0
double check_one_signed(size_t n);

/* Prints what one call takes: the least of many, in the thread's own time, so that other programs
 * on the machine do not count; and for SIMD tables how many times faster than plain C that is. */
void check_bench(double operations, void (*call)(void *context), void *context, const char *what,
                 ...) __attribute__((format(printf, 4, 5)));

/* The families' tests, and benches where they have one. */
extern const struct CMUnitTest check_tests_gemm[], check_tests_conv[], check_tests_pool[],
    check_tests_batchnorm[], check_tests_activation[], check_tests_elementwise[],
    check_tests_softmax[], check_tests_optim[], check_tests_noise[], check_tests_picture[];
extern const size_t check_n_gemm, check_n_conv, check_n_pool, check_n_batchnorm, check_n_activation,
    check_n_elementwise, check_n_softmax, check_n_optim, check_n_noise, check_n_picture;
void check_bench_gemm(void);
void check_bench_conv(void);
void check_bench_rest(void);

#define CHECK_TESTS(family, ...)                                    \
    const struct CMUnitTest check_tests_##family[] = {__VA_ARGS__}; \
    const size_t check_n_##family = sizeof check_tests_##family / sizeof(struct CMUnitTest)

#endif
