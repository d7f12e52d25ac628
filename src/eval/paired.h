/* Two classifiers on the same images. */
#ifndef EVAL_PAIRED_H
#define EVAL_PAIRED_H

#include "scrawl/compare.h"

/* Fills all of a test but model, data and p_holm. wrong[n], first_wrong[n]: 1 where the model, and
 * the first, errs. NO_MEMORY. Freed by paired_test_deinit. */
SCRAWL_MUST_CHECK ScrawlStatus paired_test(ScrawlPairedTest *test, const uint8_t *wrong,
                                           const uint8_t *first_wrong, size_t n, uint64_t seed,
                                           ScrawlError *error);
void paired_test_deinit(ScrawlPairedTest *test);

/* Sets p_holm of all tests of one comparison. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus paired_tests_correct(ScrawlPairedTest *tests, size_t n,
                                                    ScrawlError *error);

#endif
