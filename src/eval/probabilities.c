/* How good an evaluation's probabilities are.
 * G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather
 * Review 78, 1950, equation 2.
 * C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML
 * 2017, equations 2 and 3, with fifteen bins. */
#include <math.h>
#include <string.h>

#include "eval/evaluation.h"
#include "kernels/real.h"

/* exp((logit - largest) / temperature): nothing overflows. */
static double weight_of(const ScrawlEvaluation *e, const float *logits, size_t k, size_t best)
{
    return exp(((double)logits[k] - (double)logits[best]) / e->temperature);
}

static void add_brier(ScrawlEvaluation *e, const float *logits, size_t best, double sum,
                      size_t truth)
{
    for (size_t k = 0; k < (size_t)e->n_classes; k++) {
        double miss = weight_of(e, logits, k, best) / sum - (k == truth);

        e->brier += miss * miss;
    }
}

static void add_to_bin(ScrawlEvaluation *e, double confidence, bool right)
{
    int bin = (int)ceil(confidence * SCRAWL_RELIABILITY_BINS) - 1; /* a best one is above 0 */
    ScrawlReliability *found = &e->reliability[bin];

    found->n++;
    found->confidence += confidence;
    found->accuracy += right;
}

static void finish_bins(ScrawlEvaluation *e)
{
    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++) {
        ScrawlReliability *bin = &e->reliability[i];

        if (!bin->n)
            continue;
        e->ece += fabs(bin->confidence - bin->accuracy) / (double)e->n;
        bin->confidence /= (double)bin->n;
        bin->accuracy /= (double)bin->n;
    }
}

double evaluation_confidence(const ScrawlEvaluation *e, size_t i, size_t *answer)
{
    const float *logits = e->logits + i * (size_t)e->n_classes;
    double sum = 0;

    *answer = real_argmax((size_t)e->n_classes, logits);
    for (size_t k = 0; k < (size_t)e->n_classes; k++)
        sum += weight_of(e, logits, k, *answer);
    return 1 / sum;
}

void evaluation_calibrate(ScrawlEvaluation *evaluation, double temperature, double threshold)
{
    evaluation->temperature = temperature;
    evaluation->threshold = threshold;
    evaluation->n_accepted = evaluation->n_accepted_errors = 0;
    evaluation->loss = evaluation->brier = evaluation->ece = 0;
    memset(evaluation->reliability, 0, sizeof evaluation->reliability);
    measure_probabilities(evaluation);
}

void measure_probabilities(ScrawlEvaluation *evaluation)
{
    ScrawlEvaluation *e = evaluation;
    size_t n_classes = (size_t)e->n_classes;

    for (size_t i = 0; i < e->n; i++) {
        const float *logits = e->logits + i * n_classes;
        size_t truth = e->labels[i], best = real_argmax(n_classes, logits);
        double sum = 0;

        for (size_t k = 0; k < n_classes; k++)
            sum += weight_of(e, logits, k, best);
        e->loss += log(sum) - ((double)logits[truth] - (double)logits[best]) / e->temperature;
        add_brier(e, logits, best, sum, truth);
        add_to_bin(e, 1 / sum, best == truth);
        if (1 / sum >= e->threshold) {
            e->n_accepted++;
            e->n_accepted_errors += best != truth;
        }
    }
    if (e->n) {
        e->loss /= (double)e->n;
        e->brier /= (double)e->n;
    }
    finish_bins(e);
}
