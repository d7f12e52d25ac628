/* Every number of an evaluation against ones worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "eval/evaluation.h"

static const char *const names[] = {"a", "b", "c", "d"};

static ScrawlEvaluation *evaluate(size_t n, int n_classes, const float *logits,
                                  const uint16_t *labels)
{
    ScrawlEvaluation *e;
    ScrawlError error = {0};

    assert_int_equal(evaluation_create(&e, n, n_classes, names, &error), SCRAWL_STATUS_OK);
    memcpy(e->logits, logits, n * (size_t)n_classes * sizeof *logits);
    memcpy(e->labels, labels, n * sizeof *labels);
    evaluation_finish(e);
    return e;
}

/* Seven images, four classes. Class c is never answered; class d has no images and no answers.
 *   truth  a a a b b c c
 *   answer a a b b b a b                                                                        */
static void counts_and_scores(void **state)
{
    static const uint16_t labels[] = {0, 0, 0, 1, 1, 2, 2};
    static const int answers[] = {0, 0, 1, 1, 1, 0, 1};
    static const size_t confusion[] = {2, 1, 0, 0, 0, 2, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0};
    float logits[7 * 4] = {0};
    ScrawlEvaluation *e;

    (void)state;
    for (int i = 0; i < 7; i++)
        logits[4 * i + answers[i]] = 1;
    e = evaluate(7, 4, logits, labels);
    assert_int_equal(e->n, 7);
    assert_int_equal(e->n_errors, 3);
    assert_float_equal(e->accuracy, 4.0 / 7, 1e-15);
    assert_memory_equal(e->confusion, confusion, sizeof confusion);
    /* a: 2 of 3 answers, 2 of 3 images */
    assert_float_equal(e->classes[0].precision, 2.0 / 3, 1e-15);
    assert_float_equal(e->classes[0].recall, 2.0 / 3, 1e-15);
    assert_float_equal(e->classes[0].f1, 2.0 / 3, 1e-15);
    assert_int_equal(e->classes[0].support, 3);
    /* b: 2 of 4 answers, 2 of 2 images; f1 = 2 (1/2) 1 / (3/2) */
    assert_float_equal(e->classes[1].precision, 0.5, 1e-15);
    assert_float_equal(e->classes[1].recall, 1, 1e-15);
    assert_float_equal(e->classes[1].f1, 2.0 / 3, 1e-15);
    assert_int_equal(e->classes[1].support, 2);
    /* c: precision is 0/0, recall 0 of 2 */
    assert_true(e->classes[2].precision == 0 && e->classes[2].recall == 0);
    assert_true(e->classes[2].f1 == 0);
    assert_int_equal(e->classes[2].support, 2);
    /* d: 0/0 everywhere */
    assert_true(e->classes[3].precision == 0 && e->classes[3].recall == 0);
    assert_true(e->classes[3].f1 == 0);
    assert_int_equal(e->classes[3].support, 0);
    scrawl_evaluation_free(e);
}

/* softmax(0, ln 3) = (1/4, 3/4); softmax(0, 0) = (1/2, 1/2). */
static void loss_by_hand(void **state)
{
    static const uint16_t labels[] = {0, 1, 1};
    const float ln3 = logf(3);
    const float logits[] = {0, ln3, 0, ln3, 0, 0};
    ScrawlEvaluation *e = evaluate(3, 2, logits, labels);

    (void)state;
    assert_float_equal(e->loss, (log(4) + log(4.0 / 3) + log(2)) / 3, 1e-7);
    scrawl_evaluation_free(e);
}

/* exp(1000) is no number, and log of a sum that starts at 1 - 1e-9 needs a double. */
static void loss_of_large_and_tiny(void **state)
{
    static const uint16_t labels[] = {0, 1, 0};
    static const float logits[] = {1000, -1000, 1000, -1000, 20, 0};
    ScrawlEvaluation *e = evaluate(2, 2, logits, labels);

    (void)state;
    assert_float_equal(e->loss, 1000, 1e-9);
    scrawl_evaluation_free(e);
    e = evaluate(1, 2, logits + 4, labels);
    assert_float_equal(e->loss / log1p(exp(-20)), 1, 1e-6);
    scrawl_evaluation_free(e);
}

static void ties_go_to_the_first(void **state)
{
    static const uint16_t labels[] = {0, 1};
    static const float logits[] = {2, 2, 2, 2};
    ScrawlEvaluation *e = evaluate(2, 2, logits, labels);

    (void)state;
    assert_int_equal(e->n_errors, 1);
    assert_int_equal(e->confusion[0], 1);
    assert_int_equal(e->confusion[2], 1);
    scrawl_evaluation_free(e);
}

static void any_allocation_may_fail(void **state)
{
    ScrawlEvaluation *e;
    ScrawlError error = {0};
    uint64_t n = 0;
    ScrawlStatus status;

    (void)state;
    do {
        mem_fail_at(++n);
        status = evaluation_create(&e, 3, 2, names, &error);
        mem_fail_at(0);
        if (status) {
            assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
            assert_null(e);
        }
    } while (status);
    assert_int_equal(n, 6); /* five blocks */
    scrawl_evaluation_free(e);
    assert_int_equal(evaluation_create(&e, SIZE_MAX / 2, 4, names, &error),
                     SCRAWL_STATUS_NO_MEMORY);
}

/* The bytes as numpy.save writes them: 128 of header, then little-endian float32. */
static void logits_as_npy(void **state)
{
    static const uint16_t labels[] = {0, 1, 1};
    static const float logits[] = {1, -2, 0.5F, 3, 0, 0.25F};
    static const char start[] = "\x93NUMPY\x01\x00\x76\x00"
                                "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }  ";
    ScrawlEvaluation *e = evaluate(3, 2, logits, labels);
    char path[] = "/tmp/scrawl-npy-XXXXXX";
    unsigned char bytes[256];
    ScrawlError error = {0};
    int folder = mkstemp(path);
    FILE *file;

    (void)state;
    assert_true(folder >= 0);
    close(folder);
    assert_int_equal(scrawl_evaluation_save_logits(e, path, &error), SCRAWL_STATUS_OK);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), 128 + sizeof logits);
    fclose(file);
    unlink(path);
    assert_memory_equal(bytes, start, sizeof start - 1);
    assert_int_equal(bytes[126], ' ');
    assert_int_equal(bytes[127], '\n');
    assert_memory_equal(bytes + 128, "\x00\x00\x80\x3f\x00\x00\x00\xc0", 8);
    assert_int_equal(scrawl_evaluation_save_logits(e, "/nonexistent/x.npy", &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "/nonexistent"));
    scrawl_evaluation_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_scores),       cmocka_unit_test(loss_by_hand),
        cmocka_unit_test(loss_of_large_and_tiny),  cmocka_unit_test(ties_go_to_the_first),
        cmocka_unit_test(any_allocation_may_fail), cmocka_unit_test(logits_as_npy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
