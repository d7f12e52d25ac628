/* Corrupted pictures, to evaluate a model on: what pens, paper, cameras and scanners do to writing.
 *
 * Corruptions are asked for by a text SPEC = NAME[=VALUE][,NAME[=VALUE]]... ("gaussian=0.2,lines"):
 * all of them happen to the same picture, in this order, at most 16. VALUE is in the corruption's
 * own unit; without it the middle one of its five strengths is taken. docs/evaluation.md has the
 * table.
 *
 * Fifteen of them are in the spirit of MNIST-C: N. Mu, J. Gilmer, "MNIST-C: A Robustness Benchmark
 * for Computer Vision", 2019 (arXiv 1906.02337). They are written anew: figures on MNIST-C's own
 * files are other figures. Lengths in "28ths" are in parts of a 28th of the picture's smaller side,
 * which is a pixel of MNIST's. */
#ifndef SCRAWL_CORRUPTION_H
#define SCRAWL_CORRUPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/dataset.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRAWL_CORRUPTION_STRENGTHS 5

/* One row of the table of corruptions. Static text. */
typedef struct ScrawlCorruption {
    const char *name;                              /* "shot-noise" */
    const char *unit;                              /* of its number: "28ths" */
    const char *what;                              /* it does: one phrase */
    double strengths[SCRAWL_CORRUPTION_STRENGTHS]; /* rising, as the corruption does */
    double min, max;                               /* of the number, both allowed */
    bool whole;                                    /* only whole numbers are */
    bool benchmark;                                /* one of the fifteen, which come first */
} ScrawlCorruption;

/* Row i; NULL past the end. Any thread. */
SCRAWL_API const ScrawlCorruption *scrawl_corruption(size_t i);

/* Reads the text and forgets it. USAGE for an empty one, an unknown name (with the nearest) and a
 * number out of range (with the range). Any thread. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_corruption_check(const char *spec,
                                                                  ScrawlError *error);

/* {0} is the default. */
typedef struct ScrawlCorruptionOptions {
    uint64_t seed;
    int n_threads; /* 0: all cores; 256 at most. Does not change the result */
} ScrawlCorruptionOptions;

/* A new data set: the same labels, and every picture corrupted. Its name is "NAME with SPEC", its
 * checksum its own. What happens to picture i is a function of (its pixels, spec, seed, i) alone,
 * and what one corruption draws does not depend on the others; a stronger one draws the same.
 * Borrows all arguments for the call; options NULL: defaults. Free with scrawl_dataset_free;
 * *corrupted is NULL after a failure. USAGE as scrawl_corruption_check, and where n_threads is out
 * of range; NO_MEMORY. Any thread. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus
scrawl_dataset_corrupt(ScrawlDataset **corrupted, const ScrawlDataset *dataset, const char *spec,
                       const ScrawlCorruptionOptions *options, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
