#include "eval/evaluation.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "eval/confusable.h"
#include "eval/statistics.h"
#include "kernels/real.h"

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
