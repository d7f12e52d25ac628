/* The bootstrap of a difference between two classifiers on the same images. */
#ifndef EVAL_BOOTSTRAP_H
#define EVAL_BOOTSTRAP_H

#include <stdint.h>

#include "scrawl/compare.h"

/* The 95 % percentile interval of (broken - fixed) / n, of SCRAWL_COMPARE_RESAMPLES resamples; both
 * ends 0 where none is fixed or broken. n_fixed + n_broken <= n, 1 <= n < 2^31. A function of the
 * counts and the seed alone: whatever else is compared changes nothing. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus bootstrap_difference(size_t n, size_t n_fixed, size_t n_broken,
                                                    uint64_t seed, ScrawlInterval *interval,
                                                    ScrawlError *error);

#endif
