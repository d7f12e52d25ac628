#include "eval/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "eval/statistics.h"
#include "kernels/real.h"
#include "scrawl/evaluate.h"

ScrawlStatus evaluation_create(ScrawlEvaluation **evaluation, size_t n, int n_classes,
                               const char *const *class_names, ScrawlError *error)
{
    size_t n_logits;
    size_t k = (size_t)n_classes;
    ScrawlEvaluation *e = mem_alloc_zero(1, sizeof *e);

    *evaluation = NULL;
    if (!e || !size_multiply(n, k, &n_logits))
        goto no_memory;
    e->n = n;
    e->n_classes = n_classes;
    e->n_top = n_classes < SCRAWL_MAX_TOP ? n_classes : SCRAWL_MAX_TOP;
    e->class_names = class_names;
    e->temperature = 1;
    e->confusion = mem_alloc_zero(k * k, sizeof *e->confusion);
    e->classes = mem_alloc_zero(k, sizeof *e->classes);
    e->logits = mem_alloc_zero(n_logits, sizeof *e->logits);
    e->labels = mem_alloc_zero(n, sizeof *e->labels);
    if (!e->confusion || !e->classes || !e->logits || !e->labels)
        goto no_memory;
    *evaluation = e;
    return SCRAWL_STATUS_OK;

no_memory:
    scrawl_evaluation_free(e);
    return error_no_memory(error, "the answers on a data set");
}

void scrawl_evaluation_free(ScrawlEvaluation *evaluation)
{
    if (!evaluation)
        return;
    mem_free(evaluation->confusion);
    mem_free(evaluation->classes);
    mem_free(evaluation->logits);
    mem_free(evaluation->labels);
    mem_free(evaluation);
}

bool scrawl_next_confusion(const ScrawlEvaluation *evaluation, size_t *count, size_t *place)
{
    size_t k = (size_t)evaluation->n_classes, best = 0, at = 0;
    for (size_t i = 0; i < k * k; i++) {
        size_t value = evaluation->confusion[i];
        bool later = value < *count || (value == *count && i > *place);
        if (i / k != i % k && later && value > best) {
            best = value;
            at = i;
        }
    }
    *count = best;
    *place = at;
    return best > 0;
}

/* 0/0 is 0: a class that is never answered has precision 0, one without images recall 0. */
static double ratio(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static void score_classes(ScrawlEvaluation *e)
{
    size_t n_classes = (size_t)e->n_classes;

    for (size_t c = 0; c < n_classes; c++) {
        ScrawlClassScore *score = &e->classes[c];
        size_t hits = e->confusion[c * n_classes + c], answered = 0, support = 0;

        for (size_t k = 0; k < n_classes; k++) {
            support += e->confusion[c * n_classes + k];
            answered += e->confusion[k * n_classes + c];
        }
        score->support = support;
        score->precision = ratio(hits, answered);
        score->recall = ratio(hits, support);
        score->f1 = ratio(2 * hits, answered + support); /* = 2PR / (P + R) */
    }
}

/* Adds a class's scores to a mean; `share` of all shares is 1. */
static void add_share(ScrawlClassScore *mean, const ScrawlClassScore *score, double share)
{
    mean->precision += share * score->precision;
    mean->recall += share * score->recall;
    mean->f1 += share * score->f1;
    mean->support += score->support;
}

static bool is_answered(const ScrawlEvaluation *e, size_t c)
{
    size_t n_classes = (size_t)e->n_classes;

    for (size_t k = 0; k < n_classes; k++)
        if (e->confusion[k * n_classes + c])
            return true;
    return false;
}

/* As scikit-learn has them: a class that has neither images nor answers is not there. */
static void average_classes(ScrawlEvaluation *e)
{
    size_t n_classes = (size_t)e->n_classes, n_there = 0, n_with_images = 0;
    double recalls = 0;

    for (size_t c = 0; c < n_classes; c++) {
        n_there += e->classes[c].support || is_answered(e, c);
        n_with_images += e->classes[c].support > 0;
        recalls += e->classes[c].recall;
    }
    for (size_t c = 0; c < n_classes; c++) {
        const ScrawlClassScore *score = &e->classes[c];

        add_share(&e->macro, score, 1 / fmax((double)n_there, 1));
        add_share(&e->weighted, score, ratio(score->support, e->n));
    }
    e->balanced_accuracy = n_with_images ? recalls / (double)n_with_images : 0;
}

/* How many classes are better than the truth; of equals the first is best. */
static int rank_of(const float *logits, int n_classes, int label)
{
    int rank = 0;

    for (int k = 0; k < n_classes; k++)
        rank += logits[k] > logits[label] || (logits[k] == logits[label] && k < label);
    return rank;
}

static void count_answers(ScrawlEvaluation *e)
{
    size_t n_classes = (size_t)e->n_classes;
    size_t within[SCRAWL_MAX_TOP] = {0};

    for (size_t i = 0; i < e->n; i++) {
        const float *logits = e->logits + i * n_classes;
        size_t answer = real_argmax(n_classes, logits), truth = e->labels[i];

        e->confusion[truth * n_classes + answer]++;
        e->n_errors += answer != truth;
        e->n_merged_errors += !confusable(e->class_names[truth], e->class_names[answer]);
        for (int k = rank_of(logits, e->n_classes, (int)truth); k < e->n_top; k++)
            within[k]++;
    }
    for (int k = 0; k < e->n_top; k++)
        e->top[k] = ratio(within[k], e->n);
    e->accuracy = ratio(e->n - e->n_errors, e->n);
}

void evaluation_finish(ScrawlEvaluation *evaluation)
{
    count_answers(evaluation);
    if (evaluation->n)
        evaluation->interval = wilson_interval(evaluation->n - evaluation->n_errors, evaluation->n);
    score_classes(evaluation);
    average_classes(evaluation);
    measure_probabilities(evaluation);
}

/* How good an evaluation's probabilities are.
 * G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather
 * Review 78, 1950, equation 2.
 * C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML
 * 2017, equations 2 and 3, with fifteen bins. */

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

/* The groups are ours: shapes that EMNIST's classes share when size and slant are gone. ByMerge and
 * Balanced have already merged the two cases of fifteen letters (G. Cohen, S. Afshar, J. Tapson, A.
 * van Schaik, "EMNIST: an extension of MNIST to handwritten letters", arXiv 1702.05373); these go
 * further. */

static const char *const groups[] = {"0O", "1IL", "2Z", "5S", "9gq", "Ff"};

const char *scrawl_confusable_classes(size_t i)
{
    return i < sizeof groups / sizeof groups[0] ? groups[i] : NULL;
}

/* -1: of none. */
static int group_of(const char *name)
{
    for (size_t i = 0; scrawl_confusable_classes(i); i++)
        if (strlen(name) == 1 && strchr(groups[i], name[0]))
            return (int)i;
    return -1;
}

bool confusable(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || (group_of(a) >= 0 && group_of(a) == group_of(b));
}

/* Logits as a .npy file, version 1.0.
 * Source: NumPy, "NEP 1: A Simple File Format for NumPy Arrays", and numpy/lib/format.py's text. */

#define HEADER_SIZE 128 /* magic, version, length and text: a multiple of 64 as NumPy writes it */

static ScrawlStatus append_header(Buffer *out, size_t rows, size_t columns)
{
    static const uint8_t start[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, HEADER_SIZE - 10, 0};
    char text[HEADER_SIZE - sizeof start + 1];
    ScrawlStatus status;
    int length;

    length =
        snprintf(text, sizeof text,
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
    memset(text + length, ' ', sizeof text - (size_t)length);
    text[sizeof text - 2] = '\n';
    status = buffer_append(out, start, sizeof start);
    if (status)
        return status;
    return buffer_append(out, text, sizeof text - 1);
}

static ScrawlStatus append_floats(Buffer *out, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        ScrawlStatus status;

        memcpy(&bits, &values[i], sizeof bits);
        status = writer_u32le(out, bits);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

ScrawlStatus scrawl_evaluation_save_logits(const ScrawlEvaluation *evaluation, const char *path,
                                           ScrawlError *error)
{
    size_t columns = (size_t)evaluation->n_classes;
    size_t n = evaluation->n * columns; /* fits: the logits are in memory */
    ScrawlStatus status;
    Buffer out;

    buffer_init(&out, HEADER_SIZE + n * sizeof(float));
    status = append_header(&out, evaluation->n, columns);
    if (!status)
        status = append_floats(&out, evaluation->logits, n);
    if (status)
        status = error_no_memory(error, "the logits' file");
    else
        status = file_write(path, out.data, out.size, error);
    buffer_deinit(&out);
    return status;
}
