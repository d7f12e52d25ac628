/* The network's answers on a whole data set: what validation during training and all of evaluation
 * start from. */
#ifndef MODEL_SCORE_H
#define MODEL_SCORE_H

#include "data/batch.h"
#include "model/inference.h"
#include "nn/runner.h"
#include "scrawl/log.h"

typedef struct Score {
    size_t n, n_correct; /* of equal best logits the first counts */
    double loss;         /* mean cross-entropy, natural logarithm; 0 where n is 0 */
} Score;

#define SCORE_BATCH ((size_t)256)

/* Runs view's images, as they are, through the runner in steps of SCORE_BATCH. Everything is
 * borrowed.
 *   parameters, state  the graph's flat arrays
 *   preprocess         gives mean and sd; the pictures have its size already
 *   runner             made for the same graph, for inference; gets the numbers loaded
 *   logits             [view->n][n_classes], filled in the order of the view; NULL: not wanted
 * The sums are taken in the order of images: the same bytes for any number of threads. A data set
 * may have fewer classes than the network, never more: its labels count as the network's. Progress
 * goes to `log` as "test" once a step, with loss and accuracy so far. MISMATCH where sizes or
 * classes do not fit; INTERRUPTED where the log asks for it; NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus score_view(const Graph *graph, const real *parameters,
                                          const real *state, const Preprocess *preprocess,
                                          const DatasetView *view, Runner *runner, int n_threads,
                                          const Kernels *kernels, const ScrawlLog *log,
                                          float *logits, Score *score, ScrawlError *error);

/* The same of a whole model: `inference` is made of it, for SCORE_BATCH pictures at least. */
SCRAWL_MUST_CHECK ScrawlStatus score_model(const ScrawlModel *model, Inference *inference,
                                           const DatasetView *view, int n_threads,
                                           const Kernels *kernels, const ScrawlLog *log,
                                           float *logits, Score *score, ScrawlError *error);

#endif
