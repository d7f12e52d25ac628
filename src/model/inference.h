/* All that a model asks before it answers: its members, and shifted copies of the picture, as one
 * function from pictures to logits.
 *
 * Of one member without shifts they are the network's logits. Else, with q(m) the mean of member
 * m's softmax(logits / temperature of m) over the shifts, and Q the mean of q over the members,
 *     average   p = Q
 *     vote      p[k] = (members whose best class is k + Q[k]) / (members + 1)
 * and the logits are log p: the softmax of them is p again. Of a vote the best class is the one
 * with most votes, and of equals the one with the larger sum of probabilities, since Q is below 1
 * but where all are sure of the same class.
 *
 * Softmax, sums and logarithm are in double, in the order of members and shifts: the same bytes for
 * any number of threads. A probability below 1e-300 counts as that. */
#ifndef MODEL_INFERENCE_H
#define MODEL_INFERENCE_H

#include "kernels/kernels.h"
#include "model/model.h"

typedef struct Inference Inference;

typedef struct InferenceOptions {
    size_t max_batch; /* pictures a call at most */
    int n_threads;    /* 1..TEAM_MAX_THREADS */
    const Kernels *kernels;
    ModelTta tta;
    int first, n; /* of the model's networks, those that are run; n 0: all of them */
} InferenceOptions;

/* Borrows the model. Takes all its memory here. What runner_create returns; NO_MEMORY.
 * *inference is NULL after a failure. */
SCRAWL_MUST_CHECK ScrawlStatus inference_create(Inference **inference, const ScrawlModel *model,
                                                const InferenceOptions *options,
                                                ScrawlError *error);
void inference_free(Inference *inference); /* NULL-safe */

/* x[n,1,H,W] -> logits[n,classes], n at most max_batch. Where a network's answer is no number,
 * neither are the logits. */
void inference_run(Inference *inference, size_t n, const real *x, real *logits);

/* Its parts, for who has the members' answers already. p = softmax(logits / temperature). */
void inference_softmax(size_t n_classes, const real *logits, double temperature, double *p);

/* vote[2][n_classes], zero at first: the members' probabilities summed, and their votes. */
void vote_add(size_t n_classes, const double *q, double *vote);
/* p[n_classes] of n_members that were added. */
void vote_finish(ModelCombine combine, size_t n_classes, int n_members, const double *vote,
                 double *p);

#endif
