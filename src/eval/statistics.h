/* Exact binomial statistics, in double. No state; any thread. */
#ifndef EVAL_STATISTICS_H
#define EVAL_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/compare.h"
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

/* Two classifiers on the same images. */

/* Fills all of a test but model, data and p_holm. wrong[n], first_wrong[n]: 1 where the model, and
 * the first, errs. NO_MEMORY. Freed by paired_test_deinit. */
SCRAWL_MUST_CHECK ScrawlStatus paired_test(ScrawlPairedTest *test, const uint8_t *wrong,
                                           const uint8_t *first_wrong, size_t n, uint64_t seed,
                                           ScrawlError *error);
void paired_test_deinit(ScrawlPairedTest *test);

/* Sets p_holm of all tests of one comparison. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus paired_tests_correct(ScrawlPairedTest *tests, size_t n,
                                                    ScrawlError *error);

/* The bootstrap of a difference between two classifiers on the same images. */

/* The 95 % percentile interval of (broken - fixed) / n, of SCRAWL_COMPARE_RESAMPLES resamples; both
 * ends 0 where none is fixed or broken. n_fixed + n_broken <= n, 1 <= n < 2^31. A function of the
 * counts and the seed alone: whatever else is compared changes nothing. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus bootstrap_difference(size_t n, size_t n_fixed, size_t n_broken,
                                                    uint64_t seed, ScrawlInterval *interval,
                                                    ScrawlError *error);

/* How well a score tells two kinds apart. */

typedef struct ScoredSample {
    double score; /* no NaN */
    bool positive;
} ScoredSample;

/* The probability that a positive sample scores higher than a negative one, where equals count
 * half: the area under the receiver operating characteristic. Sorts the samples; 0.5 where one kind
 * is missing.
 * J. A. Hanley & B. J. McNeil, "The meaning and use of the area under a receiver operating
 * characteristic (ROC) curve", Radiology 143, 1982, by ranks. */
double auroc(ScoredSample *samples, size_t n);

#endif
