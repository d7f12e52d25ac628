#include "check.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"

enum { MAX_BLOCKS = 64, CANARY = 0xa5 };

/* [unreadable page][pages: canaries and the array][unreadable page] */
typedef struct Block {
    unsigned char *map, *pages, *array;
    size_t map_size, pages_size, size;
} Block;

const Kernels *check_kernels;

const Kernels *check_twin(void)
{
    return check_kernels == kernels_get("avx512") ? kernels_get("avx2") : NULL;
}

static Block blocks[MAX_BLOCKS];
static size_t n_blocks;
static Rng rng;
static uint64_t seed;

unsigned check_below(unsigned n)
{
    return rng_below(&rng, n);
}

void *check_bytes(size_t size)
{
    assert_true(n_blocks < MAX_BLOCKS);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    Block *block = &blocks[n_blocks++];
    block->size = size;
    block->pages_size = (size + page) / page * page;
    block->map_size = block->pages_size + 2 * page;
    block->map = mmap(NULL, block->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block->map != MAP_FAILED);
    block->pages = block->map + page;
    assert_int_equal(mprotect(block->pages, block->pages_size, PROT_READ | PROT_WRITE), 0);
    memset(block->pages, CANARY, block->pages_size);
    block->array = check_below(2) ? block->pages : block->pages + block->pages_size - size;
    return block->array;
}

static bool canaries_stand(const Block *block)
{
    for (const unsigned char *p = block->pages; p < block->pages + block->pages_size; p++)
        if (*p != CANARY && !(p >= block->array && p < block->array + block->size))
            return false;
    return true;
}

void check_end(void)
{
    bool whole = true;
    for (size_t i = 0; i < n_blocks; i++) {
        whole = whole && canaries_stand(&blocks[i]);
        munmap(blocks[i].map, blocks[i].map_size);
    }
    n_blocks = 0;
    if (!whole)
        fail_msg("written outside an array (--seed %llu)", (unsigned long long)seed);
}

real *check_random_between(size_t count, double low, double high)
{
    real *array = check_bytes(count * sizeof *array);
    for (size_t i = 0; i < count; i++)
        array[i] = (real)rng_range(&rng, low, high);
    return array;
}

real *check_random(size_t count)
{
    return check_random_between(count, -1, 1);
}

real *check_output(size_t count)
{
    real *array = check_bytes(count * sizeof *array);
    for (size_t i = 0; i < count; i++)
        array[i] = (real)NAN;
    return array;
}

real *check_copy(size_t count, const real *from)
{
    real *array = check_bytes(count * sizeof *array);
    memcpy(array, from, count * sizeof *array);
    return array;
}

wide *check_wide(size_t count)
{
    /* On a boundary that long double wants. */
    wide *array = check_bytes((count + 1) * sizeof *array);
    array = (wide *)(((uintptr_t)array + sizeof *array - 1) / sizeof *array * sizeof *array);
    for (size_t i = 0; i < count; i++)
        array[i] = 0;
    return array;
}

void check_close(const real *got, const wide *expected, const wide *magnitude, size_t count,
                 double tolerance, const char *what, ...)
{
    const wide epsilon = sizeof(real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    for (size_t i = 0; i < count; i++) {
        wide error = fabsl((wide)got[i] - expected[i]);
        if (error <= (wide)tolerance * epsilon * magnitude[i])
            continue;
        char text[200];
        va_list arguments;
        va_start(arguments, what);
        vsnprintf(text, sizeof text, what, arguments);
        va_end(arguments);
        fail_msg(
            "%s: [%zu of %zu] is %.9g, expected %.9Lg, off by %.3Lg eps of %.3Lg (--seed %llu)",
            text, i, count, (double)got[i], expected[i], error / epsilon / magnitude[i],
            magnitude[i], (unsigned long long)seed);
    }
}

void check_same(const void *a, const void *b, size_t size, const char *what)
{
    if (size > 0 && memcmp(a, b, size) != 0)
        fail_msg("%s: bytes differ (--seed %llu)", what, (unsigned long long)seed);
}

double check_one_signed(size_t n)
{
    return 4 + sqrt((double)n);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double seconds_of(size_t calls, void (*call)(void *context), void *context)
{
    double begin = seconds_now();
    for (size_t i = 0; i < calls; i++)
        call(context);
    return seconds_now() - begin;
}

/* The least of many runs, each long enough for the clock. */
static double best_time(void (*call)(void *context), void *context)
{
    size_t calls = 1;
    while (seconds_of(calls, call, context) < 20e-6)
        calls *= 2;
    double start = seconds_now(), best = INFINITY;
    do {
        double seconds = seconds_of(calls, call, context) / (double)calls;
        best = seconds < best ? seconds : best;
    } while (seconds_now() - start < 0.05);
    return best;
}

void check_bench(double operations, void (*call)(void *context), void *context, const char *what,
                 ...)
{
    const Kernels *table = check_kernels;
    double seconds = best_time(call, context);
    check_kernels = &kernels_c;
    double plain = table != &kernels_c ? best_time(call, context) : seconds;
    check_kernels = table;
    char text[200];
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(text, sizeof text, what, arguments);
    va_end(arguments);
    printf("%-6s %-66s %9.0f ns %6.1f GFLOP/s", table->name, text, seconds * 1e9,
           1e-9 * operations / seconds);
    if (table != &kernels_c)
        printf(" %5.2f x", plain / seconds);
    printf("\n");
}

/* A comparison that accepts anything would make every other test worthless: a sum of 2,047 terms
 * that misses its last one must be seen, and one in another order must not. */
static void test_tolerance(void **state)
{
    (void)state;
    const wide epsilon = sizeof(real) == sizeof(double) ? DBL_EPSILON : FLT_EPSILON;
    int missed = 0;
    for (int trial = 0; trial < 1000; trial++) {
        wide magnitude = 0, last = 0;
        for (int i = 0; i < 2047; i++) {
            last = (wide)(rng_range(&rng, -1, 1) * rng_range(&rng, -1, 1));
            magnitude += fabsl(last);
        }
        missed += fabsl(last) <= (wide)CHECK_ZERO_MEAN * epsilon * magnitude;
    }
    assert_in_range(missed, 0, 20);
}

static const struct CMUnitTest tests_of_checks[] = {cmocka_unit_test(test_tolerance)};

typedef struct Family {
    const char *name;
    const struct CMUnitTest *tests;
    const size_t *n_tests;
    void (*bench)(void);
} Family;

static const size_t n_of_checks = 1;
static const Family families[] = {
    {"checks", tests_of_checks, &n_of_checks, NULL},
    {"gemm", check_tests_gemm, &check_n_gemm, check_bench_gemm},
    {"conv", check_tests_conv, &check_n_conv, check_bench_conv},
    {"pool", check_tests_pool, &check_n_pool, NULL},
    {"batchnorm", check_tests_batchnorm, &check_n_batchnorm, NULL},
    {"activation", check_tests_activation, &check_n_activation, NULL},
    {"elementwise", check_tests_elementwise, &check_n_elementwise, NULL},
    {"softmax", check_tests_softmax, &check_n_softmax, NULL},
    {"optim", check_tests_optim, &check_n_optim, NULL},
    {"noise", check_tests_noise, &check_n_noise, NULL},
    {"picture", check_tests_picture, &check_n_picture, check_bench_rest},
};

static int run_families(bool bench)
{
    static const char *const tables[] = {"c", "avx2", "avx512"};
    int failures = 0;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        check_kernels = kernels_get(tables[t]);
        if (!check_kernels)
            continue;
        for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
            const Family *family = &families[i];
            char name[64];
            snprintf(name, sizeof name, "%s_%s", family->name, tables[t]);
            rng_init(&rng, seed, rng_stream(RNG_PURPOSE_TEST, i, 0));
            if (!bench)
                failures +=
                    _cmocka_run_group_tests(name, family->tests, *family->n_tests, NULL, NULL);
            else if (family->bench)
                family->bench();
        }
    }
    return failures;
}

/* The command line: [--bench] [--seed N]. */
int main(int argc, char **argv)
{
    bool bench = false;
    seed = 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--bench") == 0)
            bench = true;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 10);
    }
    return run_families(bench) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
