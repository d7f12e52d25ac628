/* Runs a graph: forward, and backward for training. Takes all its memory at creation and none
 * afterwards.
 *
 * A batch is cut into chunks of RUNNER_CHUNK images whatever the number of threads. A chunk goes
 * through layer after layer on one thread, in an arena of its own, until a layer needs a sum over
 * the whole batch (batch normalisation does), where all chunks wait for each other. Each chunk
 * sums its own weight gradient, and the chunks' sums are added over a fixed binary tree: the same
 * bytes for any number of threads. In inference nothing waits, and an arena a thread is enough.
 * Where the kernels have whole convolution blocks (fuse.h), these run in place of their layers.
 *
 * One runner is used by one thread at a time. */
#ifndef NN_RUNNER_H
#define NN_RUNNER_H

#include "nn/plan.h"

#define RUNNER_CHUNK 16
#define RUNNER_MAX_BATCH ((size_t)1 << 20)

typedef struct Runner Runner;

typedef struct RunnerOptions {
    bool training;    /* true: for runner_train only; false: for runner_infer only */
    size_t max_batch; /* training: images a call at most, 1..RUNNER_MAX_BATCH; inference: unused */
    int n_threads;    /* 1..TEAM_MAX_THREADS */
    const Kernels *kernels; /* NULL: kernels_get(NULL) */
    double label_smoothing; /* 0..1, training */
    uint64_t seed;          /* of dropout */
    bool input_gradient;    /* training: compute runner_input_gradient, too */
} RunnerOptions;

typedef struct RunnerLoss {
    double loss; /* mean cross-entropy over the batch, with the smoothing that was trained */
    size_t n_correct; /* images whose largest logit (the first of equals) is the label's */
} RunnerLoss;

/* Copies what it needs of graph. USAGE where an option is out of its range, LIMIT where
 * sizes overflow, NO_MEMORY; *runner is NULL after a failure. */
SCRAWL_MUST_CHECK ScrawlStatus runner_create(Runner **runner, const Graph *graph,
                                             const RunnerOptions *options, ScrawlError *error);
void runner_free(Runner *runner); /* NULL-safe */
size_t runner_memory(const Runner *runner); /* bytes of numbers held */

/* The numbers that runner_infer uses from now on. Borrows both arrays until the next runner_load,
 * and works on their values (packed, batch norm folded into the weights before it): after a change
 * they must be loaded again. */
void runner_load(Runner *runner, const real *parameters, const real *state);

/* x[n,C,H,W] -> logits[n,classes], n of any size, inference mode (running statistics, no dropout),
 * after runner_load. An image's logits do not depend on the images beside it beyond its chunk's
 * size. */
void runner_infer(Runner *runner, size_t n, const real *x, real *logits);

/* One batch, 1 <= n <= max_batch: x[n,C,H,W], labels[n] < classes; forward in training mode, loss,
 * backward. Overwrites gradients[n_parameters] with the gradient of the mean loss; updates running
 * statistics in state[n_state]. first_image: how many images were trained on before, from which
 * dropout streams are named. The loss of a training that diverged is not finite. */
RunnerLoss runner_train(Runner *runner, const real *parameters, real *state, size_t n,
                        const real *x, const uint16_t *labels, uint64_t first_image,
                        real *gradients);

/* The gradient of the loss with respect to the input of the last runner_train call, [n,C,H,W]; for
 * gradient checks. Valid until the next call. NULL unless the option input_gradient was set. */
const real *runner_input_gradient(const Runner *runner);

#endif
