/* Exact binomial statistics, in double. No state; any thread. */
#ifndef EVAL_STATISTICS_H
#define EVAL_STATISTICS_H

#include <stddef.h>

#include "scrawl/evaluate.h"

/* The 95 % interval of a share of which k of n were seen, n >= 1.
 * E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22,
 * 1927, without continuity correction. */
ScrawlInterval wilson_interval(size_t k, size_t n);

/* P(X = k) of X ~ Binomial(n, p), k within 0..n, 0 < p < 1. */
double binomial_exactly(size_t k, size_t n, double p);

/* P(X <= k) of X ~ Binomial(n, p), p within 0..1. */
double binomial_at_most(size_t k, size_t n, double p);

/* The largest p that k hits of n do not exclude at level alpha: P(X <= k) = alpha there; 1 where
 * k = n. C. J. Clopper & E. S. Pearson, "The use of confidence or fiducial limits illustrated in
 * the case of the binomial", Biometrika 26, 1934, one-sided. */
double binomial_upper(size_t k, size_t n, double alpha);

/* Two-sided p-value that of b + c images on which two classifiers differ, b fall to one of them by
 * a fair coin; 1 where there are none. Q. McNemar, "Note on the sampling error of the difference
 * between correlated proportions or percentages", Psychometrika 12, 1947, in its exact form. */
double mcnemar_exact(size_t b, size_t c);

/* adjusted[i] is p[i], corrected so that with n tests the chance of even one false alarm at level
 * alpha is at most alpha. S. Holm, "A simple sequentially rejective multiple test procedure",
 * Scandinavian Journal of Statistics 6, 1979. The arrays may not be the same. */
void holm_adjust(const double *p, size_t n, double *adjusted);

#endif
