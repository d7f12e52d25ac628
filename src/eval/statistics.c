#include "eval/statistics.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"

#define WILSON_Z 1.959963984540054 /* of 95 %, two-sided */
#define LEAST_TERM 1e-18           /* of a sum, as a part of its largest: what follows is lost */
#define BISECTIONS 200             /* more than a double has bits: ends when nothing moves */

ScrawlInterval wilson_interval(size_t k, size_t n)
{
    double share = (double)k / (double)n, z2 = WILSON_Z * WILSON_Z / (double)n;
    double centre = (share + z2 / 2) / (1 + z2);
    double half = sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2);
    return (ScrawlInterval){
        .low = k == 0 ? 0 : centre - half,
        .high = k == n ? 1 : centre + half,
    };
}

/* log(n!) minus Stirling's formula for it. C. Loader, "Fast and accurate computation of binomial
 * probabilities", 2000, section 2.1; the series is exact to a double from 16 on. */
static double stirling_error(double n)
{
    if (n < 16)
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * M_PI);
    double n2 = n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / n2) / n2) / n2) / n2) /
           n;
}

/* x log(x / mean) + mean - x: Loader's deviance, without cancellation near x = mean. */
static double deviance(double x, double mean)
{
    double difference = x - mean;
    if (fabs(difference) >= 0.1 * (x + mean))
        return x * log(x / mean) - difference;
    double v = difference / (x + mean), sum = difference * v, term = 2 * x * v;
    for (int j = 1; j < 1000; j++) {
        term *= v * v;
        double more = sum + term / (2 * j + 1);
        if (more == sum)
            break;
        sum = more;
    }
    return sum;
}

/* log P(X = k), Loader's equation 5. */
static double log_binomial(size_t k, size_t n, double p)
{
    double x = (double)k, count = (double)n, rest = count - x;
    if (k == 0)
        return count * log1p(-p);
    if (k == n)
        return count * log(p);
    return stirling_error(count) - stirling_error(x) - stirling_error(rest) -
           deviance(x, count * p) - deviance(rest, count * (1 - p)) +
           0.5 * log(count / (2 * M_PI * x * rest));
}

double binomial_exactly(size_t k, size_t n, double p)
{
    return exp(log_binomial(k, n, p));
}

/* P(X <= k) as P(X = k) times a sum of ratios that fall towards 0; right of the mean P(X > k) falls
 * instead. */
double binomial_at_most(size_t k, size_t n, double p)
{
    if (k >= n || p <= 0)
        return 1;
    if (p >= 1)
        return 0;
    bool left = (double)k <= (double)n * p;
    size_t first = left ? k : k + 1;
    double odds = p / (1 - p), sum = 0, term = 1;
    for (size_t i = first;; i += left ? (size_t)-1 : 1) {
        sum += term;
        if (i == (left ? 0 : n) || term < LEAST_TERM * sum)
            break;
        double up = (double)(n - i) / (double)(i + 1) * odds;
        double down = (double)i / (double)(n - i + 1) / odds;
        term *= left ? down : up;
    }
    double part = exp(log_binomial(first, n, p)) * sum;
    return left ? part : 1 - part;
}

double binomial_upper(size_t k, size_t n, double alpha)
{
    if (k >= n)
        return 1;
    double low = (double)k / (double)n, high = 1;
    for (int i = 0; i < BISECTIONS && low < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle == low || middle == high)
            break;
        if (binomial_at_most(k, n, middle) > alpha)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double mcnemar_exact(size_t b, size_t c)
{
    return fmin(1, 2 * binomial_at_most(b < c ? b : c, b + c, 0.5));
}

/* The jth smallest of n values is multiplied by n - j + 1, and is no less than the one before: the
 * maximum over those that are no larger. Of equal values the first has the largest factor. */
void holm_adjust(const double *p, size_t n, double *adjusted)
{
    for (size_t i = 0; i < n; i++) {
        size_t n_smaller = 0;
        for (size_t j = 0; j < n; j++)
            n_smaller += p[j] < p[i];
        adjusted[i] = fmin(1, (double)(n - n_smaller) * p[i]);
    }
    /* In place: a value that has been raised was raised by one that counts here as well. */
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            adjusted[i] = p[j] <= p[i] ? fmax(adjusted[i], adjusted[j]) : adjusted[i];
}

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

static int by_score(const void *a, const void *b)
{
    double x = ((const ScoredSample *)a)->score, y = ((const ScoredSample *)b)->score;
    return (x > y) - (x < y);
}

/* The end of those that score as the first of them, and how many of these are positive. */
static size_t find_equals(const ScoredSample *samples, size_t n, size_t first, size_t *n_positive)
{
    size_t end = first;
    *n_positive = 0;
    while (end < n && samples[end].score == samples[first].score)
        *n_positive += samples[end++].positive;
    return end;
}

double auroc(ScoredSample *samples, size_t n)
{
    double pairs = 0, below = 0, above = 0; /* won pairs; negatives and positives met so far */
    qsort(samples, n, sizeof *samples, by_score);
    for (size_t first = 0, end; first < n; first = end) {
        size_t n_positive;
        end = find_equals(samples, n, first, &n_positive);
        double equal = (double)(end - first - n_positive);
        pairs += (double)n_positive * (below + equal / 2);
        below += equal;
        above += (double)n_positive;
    }
    return below > 0 && above > 0 ? pairs / (below * above) : 0.5;
}
