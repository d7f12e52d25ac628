/* B. Efron, "Bootstrap methods: another look at the jackknife", The Annals of Statistics 7, 1979;
 * percentile interval: B. Efron, "Nonparametric standard errors and confidence intervals", Canadian
 * Journal of Statistics 9, 1981, section 4.
 *
 * A resample draws n of the n images with replacement, and the difference is counted anew. Each
 * image adds +1 where it is broken, -1 where it is fixed and else 0, so that nothing of a resample
 * counts but how many of it are of which kind: these numbers are multinomial with n draws and the
 * shares fixed / n, broken / n and the rest. They are drawn from this distribution itself, as two
 * binomials: first how many images differ at all, then how many of those are fixed. That is the
 * bootstrap, not an approximation of it, at the cost of two draws a resample instead of n. */
#include "eval/bootstrap.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "eval/statistics.h"

#define TAIL 250          /* of 10,000 resamples on either side: 2.5 % */
#define LEAST_SHARE 1e-18 /* what is left beyond it is less than a double's last bit */

_Static_assert(TAIL * 40 == SCRAWL_COMPARE_RESAMPLES, "2.5 % of the resamples");

/* The k that u, uniform in [0, 1), falls on when the probabilities of Binomial(n, p) are laid end
 * to end from the mode outwards, one above and one below in turn: few steps, and none inexact.
 * C. D. Kemp, "A modal method for generating binomial variables", Communications in Statistics 15,
 * 1986. */
static size_t draw_binomial(size_t n, double p, double u)
{
    if (p <= 0 || p >= 1)
        return p <= 0 ? 0 : n;
    size_t mode = (size_t)((double)(n + 1) * p);
    double odds = p / (1 - p), up = binomial_exactly(mode, n, p), down = up;
    u -= up;
    for (size_t high = mode, low = mode; u >= 0 && up + down > LEAST_SHARE;) {
        up *= (double)(n - high) / (double)(high + 1) * odds; /* 0 beyond n */
        u -= up;
        if (u < 0)
            return high + 1;
        high++;
        down *= (double)low / (double)(n - low + 1) / odds; /* 0 below 0 */
        u -= down;
        if (u < 0)
            return low - 1;
        low -= low > 0;
    }
    return mode;
}

static double uniform(uint32_t high, uint32_t low)
{
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

ScrawlStatus bootstrap_difference(size_t n, size_t n_fixed, size_t n_broken, uint64_t seed,
                                  ScrawlInterval *interval, ScrawlError *error)
{
    size_t n_differ = n_fixed + n_broken;
    *interval = (ScrawlInterval){0};
    if (n_differ == 0)
        return SCRAWL_STATUS_OK;
    int32_t *differences = mem_alloc(SCRAWL_COMPARE_RESAMPLES, sizeof *differences);
    if (!differences)
        return error_no_memory(error, "the resamples of a bootstrap");
    double share = (double)n_differ / (double)n, of_those = (double)n_fixed / (double)n_differ;
    uint64_t stream = rng_stream(RNG_PURPOSE_BOOTSTRAP, 0, 0);
    for (size_t r = 0; r < SCRAWL_COMPARE_RESAMPLES; r++) {
        uint32_t random[4];
        rng_philox(seed, stream, r, random);
        size_t differ = draw_binomial(n, share, uniform(random[0], random[1]));
        size_t fixed = draw_binomial(differ, of_those, uniform(random[2], random[3]));
        differences[r] = (int32_t)(differ - fixed) - (int32_t)fixed;
    }
    qsort(differences, SCRAWL_COMPARE_RESAMPLES, sizeof *differences, ascending);
    interval->low = differences[TAIL - 1] / (double)n;
    interval->high = differences[SCRAWL_COMPARE_RESAMPLES - TAIL] / (double)n;
    mem_free(differences);
    return SCRAWL_STATUS_OK;
}
