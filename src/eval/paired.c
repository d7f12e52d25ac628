#include "eval/paired.h"

#include "base/error.h"
#include "base/memory.h"
#include "eval/bootstrap.h"
#include "eval/statistics.h"

#define LEVEL 0.05

static void count(ScrawlPairedTest *test, const uint8_t *wrong, const uint8_t *first_wrong,
                  size_t n)
{
    for (size_t i = 0; i < n; i++) {
        test->n_fixed += first_wrong[i] && !wrong[i];
        test->n_broken += wrong[i] && !first_wrong[i];
    }
}

/* One block for both lists. */
static ScrawlStatus list(ScrawlPairedTest *test, const uint8_t *wrong, const uint8_t *first_wrong,
                         size_t n, ScrawlError *error)
{
    size_t n_fixed = 0, n_broken = 0;
    test->fixed = mem_alloc(test->n_fixed + test->n_broken, sizeof *test->fixed);
    if (!test->fixed)
        return error_no_memory(error, "the images on which two models differ");
    test->broken = test->fixed + test->n_fixed;
    for (size_t i = 0; i < n; i++) {
        if (first_wrong[i] && !wrong[i])
            test->fixed[n_fixed++] = (uint32_t)i;
        else if (wrong[i] && !first_wrong[i])
            test->broken[n_broken++] = (uint32_t)i;
    }
    return SCRAWL_STATUS_OK;
}

ScrawlStatus paired_test(ScrawlPairedTest *test, const uint8_t *wrong, const uint8_t *first_wrong,
                         size_t n, uint64_t seed, ScrawlError *error)
{
    count(test, wrong, first_wrong, n);
    test->p = mcnemar_exact(test->n_fixed, test->n_broken);
    test->difference = ((double)test->n_broken - (double)test->n_fixed) / (double)n;
    ScrawlStatus status = list(test, wrong, first_wrong, n, error);
    return status ? status
                  : bootstrap_difference(n, test->n_fixed, test->n_broken, seed, &test->interval,
                                         error);
}

void paired_test_deinit(ScrawlPairedTest *test)
{
    mem_free(test->fixed);
    *test = (ScrawlPairedTest){0};
}

ScrawlStatus paired_tests_correct(ScrawlPairedTest *tests, size_t n, ScrawlError *error)
{
    double *p = mem_alloc(2 * n, sizeof *p);
    if (!p)
        return error_no_memory(error, "the p-values of a comparison");
    for (size_t i = 0; i < n; i++)
        p[i] = tests[i].p;
    holm_adjust(p, n, p + n);
    for (size_t i = 0; i < n; i++)
        tests[i].p_holm = p[n + i];
    mem_free(p);
    return SCRAWL_STATUS_OK;
}

bool scrawl_paired_test_proves(const ScrawlPairedTest *test, bool better)
{
    bool fewer = test->n_fixed > test->n_broken, more = test->n_fixed < test->n_broken;
    return (better ? fewer : more) && test->p_holm < LEVEL;
}
