/* The confidence below which an answer is rejected, so that few of the others are wrong: an error
 * bound that is proven on labelled images. docs/evaluation.md derives the procedure.
 *
 * R(t) is the true error rate of answers with a confidence of t or more. The threshold that is
 * chosen has R(t) <= max_error with probability 1 - delta over the images, although the same images
 * choose and prove it:
 *
 *  1. For a fixed t, of N answers that are accepted K are wrong, K ~ Binomial(N, R(t)). The test
 *     "P(Binomial(N, max_error) <= K) <= delta" passes a t with R(t) > max_error with probability
 *     delta at most (C. J. Clopper & E. S. Pearson, Biometrika 26, 1934).
 *  2. Thresholds are tested from a strict one to ever looser ones, each at delta, up to the first
 *     that fails; the last that passed is chosen. So a bad one is chosen only where the first bad
 *     one passes: testing many costs nothing. Fixed-sequence testing, in A. N. Angelopoulos, S.
 *     Bates, E. J. Candes, M. I. Jordan, L. Lei, "Learn then Test", arXiv 2110.01052, section 4.
 *  3. Where to start is chosen from below: images are looked at from the least sure up, and the
 *     start is where wrong answers have become rare among the last ones. That says nothing of the
 *     answers above the start, which are still independent draws, so the first test is as good as
 *     one of a fixed threshold. */
#ifndef EVAL_REJECTION_H
#define EVAL_REJECTION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct EvaluatedAnswer {
    double confidence; /* 0..1 */
    bool right;
} EvaluatedAnswer;

typedef struct Rejection {
    double threshold;            /* accepted: confidence >= threshold; 0: all */
    size_t n_accepted, n_errors; /* answers, and wrong ones among them */
    double bound;                /* Clopper & Pearson's upper bound of R, one-sided, at delta */
} Rejection;

/* answers[n], which are sorted; 0 < max_error < 1; 0 < delta < 1. False where no threshold can be
 * proven; *rejection is then the one of the lowest bound, which no error bound may be made of, not
 * even where it is below max_error: it is the best of many. */
bool rejection_select(EvaluatedAnswer *answers, size_t n, double max_error, double delta,
                      Rejection *rejection);

/* The least number of accepted answers, none of them wrong, that prove max_error at delta. */
size_t rejection_least(double max_error, double delta);

#endif
