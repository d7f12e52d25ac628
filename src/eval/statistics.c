#include "eval/statistics.h"

#include <math.h>

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
