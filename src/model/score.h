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

/* What answers, and how. Everything is borrowed. */
typedef struct Scoring {
    const Graph *graph;           /* input shape and number of classes */
    const Preprocess *preprocess; /* mean and sd; the pictures have its size already */
    /* One of the two, for SCORE_BATCH pictures at least, with its weights loaded. */
    Runner *runner;
    Inference *inference;
    int n_threads;          /* that prepare the pictures */
    const Kernels *kernels; /* NULL: the best */
    const ScrawlLog *log;   /* NULL: none */
} Scoring;

/* Runs the view's images, as they are, in steps of SCORE_BATCH. logits: [view->n][n_classes],
 * filled in the order of the view; NULL: not wanted. The sums are taken in the order of images: the
 * same bytes for any number of threads. A data set may have fewer classes than the network, never
 * more: its labels count as the network's. Progress goes to the log as "test" once a step, with
 * loss and accuracy so far. MISMATCH where sizes or classes do not fit; INTERRUPTED where the log
 * asks for it; NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus score_view(const Scoring *scoring, const DatasetView *view,
                                          float *logits, Score *score, ScrawlError *error);

#endif
