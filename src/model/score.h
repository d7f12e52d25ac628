/* The network's answers on a whole data set: what validation during training and all of judging start from. */
#ifndef MODEL_SCORE_H
#define MODEL_SCORE_H

#include "data/batch.h"
#include "nn/runner.h"
#include "scrawl/log.h"

typedef struct Score {
    size_t n, n_correct;
    double loss; /* mean cross-entropy */
} Score;

#define SCORE_BATCH 256

/* Runs view's images through the runner (made for inference) in steps of SCORE_BATCH; logits[n][classes] is filled unless NULL. The sums are taken in the order of images. MISMATCH where sizes or classes do not fit. */
SCRAWL_MUST_CHECK ScrawlStatus score_view(const Graph *graph, const real *parameters, const real *state, const Preprocess *preprocess, const DatasetView *view, Runner *runner, int n_threads, const Kernels *kernels, const ScrawlLog *log, float *logits, Score *score, ScrawlError *error);

#endif
