/* Runs a graph: forward, and backward for training. Takes all its memory at creation and none afterwards.
 *
 * A batch is cut into chunks of RUNNER_CHUNK images whatever the number of threads; each chunk sums its own weight gradient, and the chunks' sums are added
 * over a fixed binary tree: the same bytes for any number of threads. Inference takes each chunk through all layers on one thread, in an arena of one chunk a
 * thread; training goes layer by layer, since batch normalisation needs the whole batch. One runner is used by one thread at a time. */
#ifndef NN_RUNNER_H
#define NN_RUNNER_H

#include "nn/plan.h"

#define RUNNER_CHUNK 8

typedef struct Runner Runner;

typedef struct RunnerOptions {
    bool training;
    size_t max_batch;       /* images a call at most (training: arena for all of them; inference: any value, arena is by chunk) */
    int n_threads;          /* 1..TEAM_MAX_THREADS */
    const Kernels *kernels; /* NULL: kernels_get(NULL) */
    double label_smoothing; /* 0..1, training */
    uint64_t seed;          /* of dropout */
} RunnerOptions;

typedef struct RunnerLoss {
    double loss;      /* mean cross-entropy over the batch, with the smoothing that was trained */
    size_t n_correct;
} RunnerLoss;

/* Borrows graph, which must outlive it. */
SCRAWL_MUST_CHECK ScrawlStatus runner_create(Runner **runner, const Graph *graph, const RunnerOptions *options, ScrawlError *error);
void runner_free(Runner *runner);
size_t runner_memory(const Runner *runner); /* bytes held */

/* x[n,C,H,W] -> logits[n,classes], n of any size, inference mode (running statistics, no dropout). state is only read. */
void runner_infer(Runner *runner, const real *parameters, const real *state, size_t n, const real *x, real *logits);

/* One batch, 1 <= n <= max_batch: forward in training mode, loss, backward. Overwrites gradients[n_parameters] with the gradient of the mean loss; updates running statistics in state.
 * first_image: how many images were trained on before, from which dropout streams are named. */
RunnerLoss runner_train(Runner *runner, const real *parameters, real *state, size_t n, const real *x, const uint16_t *labels, uint64_t first_image, real *gradients);

/* The gradient of the loss with respect to the input of the last runner_train call, [n,C,H,W]; for gradient checks. NULL unless the runner was made by runner_create with training. */
const real *runner_input_gradient(const Runner *runner);

#endif
