/* Sessions: the same answers as the bare network, for any number of pictures and threads; top-k,
 * temperature and threshold on logits that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "nn/runner.h"
#include "sample.h"

#define N_PIXELS (SAMPLE_SIDE * SAMPLE_SIDE)
#define MANY 101 /* more than one call of the network, and no multiple of anything */

static ScrawlSession *session_of(const ScrawlModel *model, int n_threads)
{
    ScrawlError error = {0};
    ScrawlSession *session;
    ScrawlSessionOptions options = {.n_threads = n_threads, .cpu = "none"};
    assert_int_equal(scrawl_session_create(&session, model, &options, &error), SCRAWL_STATUS_OK);
    return session;
}

/* A ring on white paper: no class in particular, but ink. */
static ScrawlImage picture(void)
{
    ScrawlError error = {0};
    ScrawlImage image = {0};
    assert_int_equal(scrawl_image_create(&image, 20, 20, 255, &error), SCRAWL_STATUS_OK);
    for (int y = 0; y < 20; y++)
        for (int x = 0; x < 20; x++) {
            int distance = (x - 10) * (x - 10) + (y - 10) * (y - 10);
            if (distance > 16 && distance < 50)
                image.pixels[y * 20 + x] = 0;
        }
    return image;
}

/* The network's answers without a session, one picture at a time. */
static float *direct_logits(const ScrawlModel *model, size_t n, const uint8_t *pixels)
{
    ScrawlError error = {0};
    Runner *runner;
    RunnerOptions options = {.max_batch = 1, .n_threads = 1, .kernels = kernels_get("none")};
    assert_int_equal(runner_create(&runner, model->networks->graph, &options, &error),
                     SCRAWL_STATUS_OK);
    size_t n_classes = (size_t)model->networks->graph->n_classes;
    float *logits = mem_alloc(n * n_classes, sizeof *logits);
    assert_non_null(logits);
    runner_load(runner, model->networks->parameters, model->networks->state);
    for (size_t i = 0; i < n; i++) {
        real x[N_PIXELS];
        for (size_t j = 0; j < N_PIXELS; j++)
            x[j] = ((real)pixels[i * N_PIXELS + j] / 255 - (real)model->preprocess.mean) /
                   (real)model->preprocess.sd;
        runner_infer(runner, 1, x, logits + i * n_classes);
    }
    runner_free(runner);
    return logits;
}

static void test_logits_are_the_networks(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    uint8_t *pixels = sample_pixels(MANY, 3);
    float *expected = direct_logits(model, MANY, pixels);
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        ScrawlSession *session = session_of(model, n_threads);
        for (size_t n = 0; n <= MANY; n += n < 3 ? 1 : 49) {
            float logits[MANY * 3 + 1];
            for (size_t i = 0; i < MANY * 3 + 1; i++)
                logits[i] = 1e30f;
            scrawl_session_logits(session, n, pixels, logits);
            for (size_t i = 0; i < n * 3; i++)
                if (fabsf(logits[i] - expected[i]) > 1e-5f)
                    fail_msg("logit %zu of %zu pictures: %g, not %g", i, n, (double)logits[i],
                             (double)expected[i]);
            assert_true(logits[n * 3] == 1e30f); /* not one more */
        }
        scrawl_session_free(session);
    }
    mem_free(expected);
    mem_free(pixels);
    scrawl_model_free(model);
}

static void test_logits_allocate_nothing(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    uint8_t *pixels = sample_pixels(MANY, 4);
    ScrawlSession *session = session_of(model, 2);
    float logits[MANY * 3];
    uint64_t before = mem_count();
    scrawl_session_logits(session, MANY, pixels, logits);
    scrawl_session_logits(session, 1, pixels, logits);
    assert_int_equal(mem_count(), before);
    scrawl_session_free(session);
    mem_free(pixels);
    scrawl_model_free(model);
}

static void test_classify_is_glyph_network_softmax(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model = sample_convnet(); /* temperature 1.5 */
    ScrawlSession *session = session_of(model, 1);
    ScrawlImage image = picture();
    ScrawlPrediction prediction;
    uint8_t glyph[N_PIXELS];
    float logits[3];
    assert_int_equal(scrawl_session_classify(session, &image, 3, &prediction, &error),
                     SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_session_glyph(session, &image, glyph, &error), SCRAWL_STATUS_OK);
    scrawl_session_logits(session, 1, glyph, logits);
    double sum = 0, total = 0;
    for (int i = 0; i < 3; i++)
        sum += exp(logits[i] / 1.5);
    assert_int_equal(prediction.n_top, 3);
    for (int i = 0; i < 3; i++) {
        double expected = exp(logits[prediction.top[i].label] / 1.5) / sum;
        assert_true(fabs(prediction.top[i].confidence - expected) < 1e-12);
        assert_true(i == 0 || prediction.top[i].confidence <= prediction.top[i - 1].confidence);
        total += prediction.top[i].confidence;
    }
    assert_true(fabs(total - 1) < 1e-12);
    assert_int_equal(prediction.label, prediction.top[0].label);
    assert_true(prediction.confidence == prediction.top[0].confidence);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
}

static void classify_constant(int n_classes, const float *logits, double temperature,
                              double threshold, int n_top, ScrawlPrediction *prediction,
                              ScrawlStatus expected)
{
    ScrawlError error = {0};
    ScrawlModel *model = sample_constant(n_classes, logits);
    model_calibrate(model, temperature, threshold);
    ScrawlSession *session = session_of(model, 1);
    ScrawlImage image = picture();
    assert_int_equal(scrawl_session_classify(session, &image, n_top, prediction, &error), expected);
    assert_int_equal(error.status, expected);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
}

static void test_top(void **state)
{
    (void)state;
    static const float logits[] = {-1, 4, 0, 4, 2, -3, 7, 1, 2, -2, 3, 0.5f};
    static const int order[] = {6, 1, 3, 10, 4, 8, 7, 11, 2, 0}; /* equal ones: the first first */
    ScrawlPrediction prediction;
    for (int n_top = 1; n_top <= SCRAWL_MAX_TOP; n_top++) {
        classify_constant(12, logits, 1, 0, n_top, &prediction, SCRAWL_STATUS_OK);
        assert_int_equal(prediction.n_top, n_top);
        for (int i = 0; i < n_top; i++)
            assert_int_equal(prediction.top[i].label, order[i]);
    }
    classify_constant(2, logits, 1, 0, SCRAWL_MAX_TOP, &prediction, SCRAWL_STATUS_OK);
    assert_int_equal(prediction.n_top, 2); /* no more than there are classes */
    classify_constant(12, logits, 1, 0, 0, &prediction, SCRAWL_STATUS_USAGE);
    classify_constant(12, logits, 1, 0, SCRAWL_MAX_TOP + 1, &prediction, SCRAWL_STATUS_USAGE);
}

static void test_temperature_and_threshold(void **state)
{
    (void)state;
    static const float logits[] = {0, 2};
    ScrawlPrediction prediction;
    double sure = 1 / (1 + exp(-2.0)), unsure = 1 / (1 + exp(-0.5));
    classify_constant(2, logits, 1, 0, 1, &prediction, SCRAWL_STATUS_OK);
    assert_true(fabs(prediction.confidence - sure) < 1e-12);
    assert_false(prediction.rejected);
    classify_constant(2, logits, 4, 0, 1, &prediction, SCRAWL_STATUS_OK);
    assert_true(fabs(prediction.confidence - unsure) < 1e-12);
    classify_constant(2, logits, 4, unsure - 0.01, 1, &prediction, SCRAWL_STATUS_OK);
    assert_false(prediction.rejected);
    classify_constant(2, logits, 4, unsure + 0.01, 1, &prediction, SCRAWL_STATUS_OK);
    assert_true(prediction.rejected);
    assert_int_equal(prediction.label, 1); /* the best class also then */
}

static void test_extreme_logits(void **state)
{
    (void)state;
    static const float huge[] = {-3e38f, 3e38f, 0}, infinite[] = {0, INFINITY}, none[] = {NAN, 1};
    ScrawlPrediction prediction;
    classify_constant(3, huge, 1, 0, 3, &prediction, SCRAWL_STATUS_OK);
    assert_int_equal(prediction.label, 1);
    assert_true(prediction.confidence == 1 && prediction.top[2].confidence == 0);
    classify_constant(2, infinite, 1, 0, 1, &prediction, SCRAWL_STATUS_FORMAT);
    classify_constant(2, none, 1, 0, 1, &prediction, SCRAWL_STATUS_FORMAT);
}

static void test_blank_picture(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model = sample_convnet();
    ScrawlSession *session = session_of(model, 1);
    ScrawlImage image = {0};
    ScrawlPrediction prediction;
    assert_int_equal(scrawl_image_create(&image, 20, 20, 255, &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_session_classify(session, &image, 1, &prediction, &error),
                     SCRAWL_STATUS_NO_INK);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(model);
}

static void test_options(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model = sample_convnet();
    ScrawlSession *session;
    assert_int_equal(scrawl_session_create(&session, model, NULL, &error), SCRAWL_STATUS_OK);
    scrawl_session_free(session);
    scrawl_session_free(NULL);
    ScrawlSessionOptions options = {.cpu = "abacus"};
    assert_int_equal(scrawl_session_create(&session, model, &options, &error),
                     SCRAWL_STATUS_UNSUPPORTED);
    assert_null(session);
    assert_non_null(strstr(error.message, "abacus"));
    static const int bad[] = {-1, 257, 1 << 30};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options = (ScrawlSessionOptions){.n_threads = bad[i]};
        assert_int_equal(scrawl_session_create(&session, model, &options, &error),
                         SCRAWL_STATUS_USAGE);
        assert_non_null(strstr(error.message, "threads: expected 1 to 256"));
        assert_null(session);
    }
    scrawl_model_free(model);
}

static void test_no_memory(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    int n = 0;
    while (status) {
        ScrawlError error = {0};
        ScrawlSession *session;
        mem_fail_at((uint64_t)++n);
        status = scrawl_session_create(&session, model, NULL, &error);
        mem_fail_at(0);
        assert_true(!status || status == SCRAWL_STATUS_NO_MEMORY);
        assert_true(!!session == (!status));
        scrawl_session_free(session);
    }
    assert_true(n > 4);
    scrawl_model_free(model);
}

typedef struct Job {
    const ScrawlModel *model;
    const uint8_t *pixels;
    float logits[MANY * 3];
    bool failed;
} Job;

static void *classify_all(void *context)
{
    Job *job = context;
    ScrawlSession *session;
    ScrawlSessionOptions options = {.cpu = "none"};
    job->failed = scrawl_session_create(&session, job->model, &options, NULL);
    for (int round = 0; !job->failed && round < 20; round++)
        scrawl_session_logits(session, MANY, job->pixels, job->logits);
    scrawl_session_free(session);
    return NULL;
}

static void test_two_threads_share_a_model(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    uint8_t *pixels[] = {sample_pixels(MANY, 5), sample_pixels(MANY, 6)};
    Job jobs[] = {{.model = model, .pixels = pixels[0]}, {.model = model, .pixels = pixels[1]}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, classify_all, &jobs[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    ScrawlSession *session = session_of(model, 1);
    for (int i = 0; i < 2; i++) {
        float alone[MANY * 3];
        scrawl_session_logits(session, MANY, pixels[i], alone);
        assert_false(jobs[i].failed);
        assert_memory_equal(alone, jobs[i].logits, sizeof alone);
        mem_free(pixels[i]);
    }
    scrawl_session_free(session);
    scrawl_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logits_are_the_networks),
        cmocka_unit_test(test_logits_allocate_nothing),
        cmocka_unit_test(test_classify_is_glyph_network_softmax),
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_temperature_and_threshold),
        cmocka_unit_test(test_extreme_logits),
        cmocka_unit_test(test_blank_picture),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_two_threads_share_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
