/* The error bound on a real network's answers: MNIST's test images stand for all pictures of their
 * kind, samples of them calibrate the built-in model, and of all of them the true error rate is
 * known. Skipped where MNIST is not at hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "eval/evaluation.h"
#include "eval/rejection.h"
#include "model/temperature.h"

#define MAX_ERROR 0.001
#define N_REFITTED 100 /* trials with a temperature of their own: most of the time of this test */

enum { N_TRIALS = 1000 };

static ScrawlEvaluation *all, *sample;

static int setup(void **state)
{
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TEST, .no_download = true};
    ScrawlDataset *data;
    ScrawlModel *model;
    (void)state;
    if (scrawl_dataset_open(&data, "mnist", &options, NULL))
        return 0;
    if (scrawl_model_load(&model, "digits", NULL) ||
        scrawl_evaluate(&all, model, data, NULL, NULL) ||
        evaluation_create(&sample, all->n, all->n_classes, NULL, NULL))
        return -1;
    scrawl_model_free(model);
    scrawl_dataset_free(data);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scrawl_evaluation_free(all);
    scrawl_evaluation_free(sample);
    return 0;
}

/* As many images as there are, some of them again and again. */
static void draw(uint64_t trial)
{
    size_t k = (size_t)all->n_classes;
    Rng rng;
    rng_init(&rng, 7, rng_stream(RNG_PURPOSE_TEST, 3, trial));
    for (size_t i = 0; i < sample->n; i++) {
        size_t from = rng_below(&rng, (uint32_t)all->n);
        memcpy(sample->logits + i * k, all->logits + from * k, k * sizeof *all->logits);
        sample->labels[i] = all->labels[from];
    }
}

static bool choose(Rejection *rejection)
{
    EvaluatedAnswer *answers = mem_alloc(sample->n, sizeof *answers);
    assert_non_null(answers);
    for (size_t i = 0; i < sample->n; i++) {
        size_t answer;
        answers[i].confidence = evaluation_confidence(sample, i, &answer);
        answers[i].right = answer == sample->labels[i];
    }
    bool proven = rejection_select(answers, sample->n, MAX_ERROR, 0.05, rejection);
    mem_free(answers);
    return proven;
}

/* The share of all that is accepted; *broken where too many of these are wrong. */
static double try_on_all(double temperature, double threshold, bool *broken)
{
    evaluation_calibrate(all, temperature, threshold);
    *broken = (double)all->n_accepted_errors > MAX_ERROR * (double)all->n_accepted;
    return (double)all->n_accepted / (double)all->n;
}

static void check(int n_trials, bool refitted)
{
    double coverage = 0;
    int n_broken = 0;
    for (int trial = 0; trial < n_trials; trial++) {
        Rejection rejection;
        bool broken;
        draw((uint64_t)trial);
        sample->temperature = refitted ? temperature_fit(sample->n, (size_t)sample->n_classes,
                                                         sample->logits, sample->labels, 1)
                                       : 1;
        if (!choose(&rejection))
            continue;
        coverage += try_on_all(sample->temperature, rejection.threshold, &broken) / n_trials;
        n_broken += broken;
    }
    print_message("%d of %d error bounds broken, %.4f accepted\n", n_broken, n_trials, coverage);
    assert_true(n_broken <= n_trials * 7 / 100);
    assert_true(coverage > 0.96);
}

static void kept_with_a_fixed_temperature(void **state)
{
    (void)state;
    if (!all)
        skip();
    check(N_TRIALS, false);
}

static void kept_with_a_fitted_temperature(void **state)
{
    (void)state;
    if (!all)
        skip();
    check(N_REFITTED, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_with_a_fixed_temperature),
        cmocka_unit_test(kept_with_a_fitted_temperature),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
