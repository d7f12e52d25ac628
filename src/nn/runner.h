/* Runs a graph: forward, and backward for training. Takes all its memory at creation and none
 * afterwards.
 *
 * A batch is cut into chunks of RUNNER_CHUNK images whatever the number of threads. A chunk goes
 * through layer after layer on one thread, in an arena of its own, until a layer needs a sum over
 * the whole batch (batch normalisation does), where all chunks wait for each other. Each chunk
 * sums its own weight gradient, and the chunks' sums are added over a fixed binary tree (those of
 * dense layers one chunk after the other): the same bytes for any number of threads. In inference
 * nothing waits, and an arena a thread is enough. Where the kernels have whole convolution blocks
 * (fuse.h), these run in place of their layers.
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
    double loss;      /* mean cross-entropy over the batch, with the smoothing that was trained */
    size_t n_correct; /* images whose largest logit (the first of equals) is the label's */
} RunnerLoss;

/* Copies what it needs of graph. USAGE where an option is out of its range, LIMIT where
 * sizes overflow, NO_MEMORY; *runner is NULL after a failure. */
SCRAWL_MUST_CHECK ScrawlStatus runner_create(Runner **runner, const Graph *graph,
                                             const RunnerOptions *options, ScrawlError *error);
void runner_free(Runner *runner);           /* NULL-safe */
size_t runner_memory(const Runner *runner); /* bytes of numbers held */

/* The numbers that runner_infer uses from now on. Borrows both arrays until the next runner_load,
 * and works on their values (packed, batch norm folded into the weights before it): after a change
 * they must be loaded again. */
void runner_load(Runner *runner, const real *parameters, const real *state);

/* x[n,C,H,W] -> logits[n,classes], n of any size, inference mode (running statistics, no dropout),
 * after runner_load. An image's logits do not depend on the images beside it beyond its chunk's
 * size. */
void runner_infer(Runner *runner, size_t n, const real *x, real *logits);

/* One batch of a training, and what it changes. Borrowed for the call. */
typedef struct RunnerBatch {
    const real *parameters; /* [n_parameters] */
    real *state;            /* [n_state]: running statistics, updated */
    real *gradients;        /* [n_parameters]: overwritten with the gradient of the mean loss */
    size_t n;               /* images: 1..max_batch */
    const real *x;          /* [n,C,H,W] */
    const uint16_t *labels; /* [n], < classes; or classes: of none of them, see cross_entropy */
    uint64_t first_image;   /* images trained on before, from which dropout streams are named */
    /* Writes x and labels of images first..first + n - 1, on the thread that works on them next;
     * `thread` is 0..n_threads - 1. NULL: they are there. */
    void (*fill)(void *context, size_t first, size_t n, int thread);
    /* Takes gradients first..first + count - 1, all of one tensor, as soon as they are there and
     * while they are in a core's cache: the optimiser's step. May change these parameters. Called
     * on any thread, once for each parameter; not after a loss that is not finite. NULL: the
     * gradients are all that is wanted. */
    void (*apply)(void *context, size_t first, size_t count);
    void *context; /* of both */
} RunnerBatch;

/* Forward in training mode, loss, backward. Where training has diverged, the loss is not finite and
 * the gradients are not set. */
RunnerLoss runner_train(Runner *runner, const RunnerBatch *batch);

/* The gradient of the loss with respect to the input of the last runner_train call, [n,C,H,W]; for
 * gradient checks. Valid until the next call. NULL unless the option input_gradient was set. */
const real *runner_input_gradient(const Runner *runner);

#endif
