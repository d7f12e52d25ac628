#include "judge/evaluation.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
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
    e->class_names = class_names;
    e->confusion = mem_alloc_zero(k * k, sizeof *e->confusion);
    e->classes = mem_alloc_zero(k, sizeof *e->classes);
    e->logits = mem_alloc_zero(n_logits, sizeof *e->logits);
    if (!e->confusion || !e->classes || !e->logits)
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
    mem_free(evaluation);
}

/* -log softmax(logits)[label]; the largest logit is taken out first, so that nothing overflows. */
static double cross_entropy(const float *logits, int n_classes, int label, int best)
{
    double sum = 0;

    for (int k = 0; k < n_classes; k++)
        sum += exp((double)logits[k] - (double)logits[best]);
    return log(sum) + (double)logits[best] - (double)logits[label];
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

void evaluation_finish(ScrawlEvaluation *evaluation, const uint16_t *labels)
{
    ScrawlEvaluation *e = evaluation;
    size_t n_classes = (size_t)e->n_classes, n_correct = 0;
    double loss = 0;

    for (size_t i = 0; i < e->n; i++) {
        const float *logits = e->logits + i * n_classes;
        int answer = (int)real_argmax(n_classes, logits);

        e->confusion[labels[i] * n_classes + (size_t)answer]++;
        n_correct += answer == labels[i];
        loss += cross_entropy(logits, e->n_classes, labels[i], answer);
    }
    e->n_errors = e->n - n_correct;
    e->accuracy = ratio(n_correct, e->n);
    e->loss = e->n ? loss / (double)e->n : 0;
    score_classes(e);
}
