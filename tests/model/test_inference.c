/* Many answers as one: averages, votes and shifts against what is computed here by hand from
 * sessions of single models; the same bytes for any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "model/inference.h"
#include "sample.h"
#include "scrawl/ensemble.h"

#define N_PIXELS (SAMPLE_SIDE * SAMPLE_SIDE)
#define MANY 70 /* more than one call of the network, and no multiple of anything */
#define K 3

static ScrawlSession *session_of(const ScrawlModel *model, int n_threads, const char *tta)
{
    ScrawlError error = {0};
    ScrawlSession *session;
    ScrawlSessionOptions options = {.n_threads = n_threads, .cpu = "none", .tta = tta};
    if (scrawl_session_create(&session, model, &options, &error))
        fail_msg("%s", error.message);
    return session;
}

static void logits_of(const ScrawlModel *model, const char *tta, size_t n, const uint8_t *pixels,
                      float *logits)
{
    ScrawlSession *session = session_of(model, 1, tta);
    scrawl_session_logits(session, n, pixels, logits);
    scrawl_session_free(session);
}

static void softmax(const float *logits, double temperature, double p[K])
{
    double sum = 0;
    for (int k = 0; k < K; k++)
        sum += exp((double)logits[k] / temperature);
    for (int k = 0; k < K; k++)
        p[k] = exp((double)logits[k] / temperature) / sum;
}

static ScrawlModel *ensemble_of(const ScrawlModel *const *models, int n, const char *combine,
                                const char *tta)
{
    ScrawlError error = {0};
    ScrawlModel *ensemble;
    ScrawlEnsembleOptions options = {.combine = combine, .tta = tta};
    if (scrawl_ensemble_create(&ensemble, models, n, &options, &error))
        fail_msg("%s", error.message);
    return ensemble;
}

/* Networks of two kinds; the second is less sure of itself. */
static void create_members(ScrawlModel *models[3])
{
    static const char dense[] =
        "{\"input\":[1,8,8],\"layers\":[\"flatten\",{\"dense\":{\"units\":3}}]}";
    models[0] = sample_convnet(); /* temperature 1.5, threshold 0.1 */
    models[1] = sample_model(dense, K, 2);
    models[2] = sample_model(dense, K, 3);
    model_calibrate(models[1], 4, 0);
}

static void free_members(ScrawlModel *models[3])
{
    for (int i = 0; i < 3; i++)
        scrawl_model_free(models[i]);
}

static void assert_logarithms(const float *logits, const double *p)
{
    for (int k = 0; k < K; k++)
        if (fabs((double)logits[k] - log(p[k])) > 1e-5)
            fail_msg("log %g is %g, found %g", p[k], log(p[k]), (double)logits[k]);
}

static void test_average(void **state)
{
    (void)state;
    ScrawlModel *models[3];
    create_members(models);
    uint8_t *pixels = sample_pixels(MANY, 5);
    ScrawlModel *ensemble = ensemble_of((const ScrawlModel *const *)models, 3, NULL, NULL);
    float alone[3][MANY * K], logits[MANY * K];
    for (int m = 0; m < 3; m++)
        logits_of(models[m], NULL, MANY, pixels, alone[m]);
    logits_of(ensemble, NULL, MANY, pixels, logits);
    for (int i = 0; i < MANY; i++) {
        double mean[K] = {0}, p[K];
        for (int m = 0; m < 3; m++) {
            softmax(alone[m] + i * K, models[m]->temperature, p);
            for (int k = 0; k < K; k++)
                mean[k] += p[k] / 3;
        }
        assert_logarithms(logits + i * K, mean);
    }
    scrawl_model_free(ensemble);
    free_members(models);
    mem_free(pixels);
}

/* Logits of members that do not look at the picture. */
static void constants(const float (*logits)[K], int n, const char *combine, float out[K])
{
    ScrawlModel *models[4];
    uint8_t pixels[N_PIXELS] = {0};
    for (int i = 0; i < n; i++)
        models[i] = sample_constant(K, logits[i]);
    ScrawlModel *ensemble = ensemble_of((const ScrawlModel *const *)models, n, combine, NULL);
    logits_of(ensemble, NULL, 1, pixels, out);
    scrawl_model_free(ensemble);
    for (int i = 0; i < n; i++)
        scrawl_model_free(models[i]);
}

static void test_vote(void **state)
{
    (void)state;
    /* Two are a little for class 0, one is very sure of class 2. */
    static const float split[][K] = {{0.1f, 0, 0}, {0.1f, 0, 0}, {0, 0, 9}};
    double q[K] = {0}, p[K], sum = 0;
    float out[K];
    for (int m = 0; m < 3; m++) {
        softmax(split[m], 1, p);
        for (int k = 0; k < K; k++)
            q[k] += p[k] / 3;
    }
    constants(split, 3, "average", out);
    assert_int_equal(real_argmax(K, out), 2);
    assert_logarithms(out, q);
    constants(split, 3, "vote", out);
    assert_int_equal(real_argmax(K, out), 0);
    assert_logarithms(out, (double[]){(2 + q[0]) / 4, q[1] / 4, (1 + q[2]) / 4});
    for (int k = 0; k < K; k++)
        sum += exp((double)out[k]);
    assert_true(fabs(sum - 1) < 1e-6);

    /* One vote each: the sum of probabilities decides. */
    static const float tie[][K] = {{0, 2, 0}, {0, 0, 3}};
    constants(tie, 2, "vote", out);
    assert_int_equal(real_argmax(K, out), 2);
    /* Two to two, and the other pair is surer. */
    static const float pairs[][K] = {{1, 0, 0}, {0, 2, 0}, {1, 0, 0}, {0, 2, 0}};
    constants(pairs, 4, "vote", out);
    assert_int_equal(real_argmax(K, out), 1);
    /* Of equals in all the first class. */
    static const float equal[][K] = {{0, 0, 5}, {0, 5, 0}};
    constants(equal, 2, "vote", out);
    assert_int_equal(real_argmax(K, out), 1);
    static const float undecided[][K] = {{2, 2, 0}, {2, 2, 0}};
    constants(undecided, 2, "vote", out);
    assert_int_equal(real_argmax(K, out), 0);
    /* A vote is never outweighed, however sure the others are. */
    static const float sure[][K] = {{0.01f, 0, 0}, {0.01f, 0, 0}, {0, 60, 0}};
    constants(sure, 3, "vote", out);
    assert_int_equal(real_argmax(K, out), 0);
}

/* Pixels moved by hand: what comes in has no ink. */
static void move(const uint8_t *pixels, int dx, int dy, uint8_t *out)
{
    for (int y = 0; y < SAMPLE_SIDE; y++)
        for (int x = 0; x < SAMPLE_SIDE; x++) {
            int from_x = x - dx, from_y = y - dy;
            bool inside =
                from_x >= 0 && from_x < SAMPLE_SIDE && from_y >= 0 && from_y < SAMPLE_SIDE;
            out[y * SAMPLE_SIDE + x] = inside ? pixels[from_y * SAMPLE_SIDE + from_x] : 0;
        }
}

static void mean_of_shifts(const ScrawlModel *model, const uint8_t *pixels, bool square,
                           double mean[K])
{
    int n = square ? 9 : 5;
    memset(mean, 0, K * sizeof *mean);
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            uint8_t moved[N_PIXELS];
            float logits[K];
            double p[K];
            if (!square && dx && dy)
                continue;
            move(pixels, dx, dy, moved);
            logits_of(model, "none", 1, moved, logits);
            softmax(logits, 1, p);
            for (int k = 0; k < K; k++)
                mean[k] += p[k] / n;
        }
}

static void test_shifts(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet(); /* mean 0.5: paper is -1, not 0 */
    model_calibrate(model, 1, 0);
    uint8_t *pixels = sample_pixels(MANY, 6);
    for (int square = 0; square < 2; square++) {
        float logits[MANY * K];
        logits_of(model, square ? "square" : "cross", MANY, pixels, logits);
        for (int i = 0; i < MANY; i++) {
            double mean[K];
            mean_of_shifts(model, pixels + i * N_PIXELS, square, mean);
            assert_logarithms(logits + i * K, mean);
        }
    }
    /* What the model says holds where the session says nothing, and not else. */
    float own[MANY * K], wish[MANY * K], none[MANY * K], plain[MANY * K];
    logits_of(model, NULL, MANY, pixels, plain);
    model_set_passes(model, MODEL_COMBINE_AVERAGE, MODEL_TTA_CROSS);
    assert_string_equal(scrawl_model_info(model)->tta, "cross");
    logits_of(model, NULL, MANY, pixels, own);
    logits_of(model, "cross", MANY, pixels, wish);
    logits_of(model, "none", MANY, pixels, none);
    assert_memory_equal(own, wish, sizeof own);
    assert_memory_equal(none, plain, sizeof own);
    mem_free(pixels);
    scrawl_model_free(model);
}

static void test_threads_and_batches_change_nothing(void **state)
{
    (void)state;
    ScrawlModel *models[3];
    create_members(models);
    uint8_t *pixels = sample_pixels(MANY, 7);
    for (int vote = 0; vote < 2; vote++) {
        ScrawlModel *ensemble =
            ensemble_of((const ScrawlModel *const *)models, 3, vote ? "vote" : "average", "square");
        float first[MANY * K];
        logits_of(ensemble, NULL, MANY, pixels, first);
        for (int n_threads = 2; n_threads <= 5; n_threads++) {
            ScrawlSession *session = session_of(ensemble, n_threads, NULL);
            float logits[MANY * K + 1];
            logits[MANY * K] = 1e30f;
            uint64_t before = mem_count();
            scrawl_session_logits(session, MANY, pixels, logits);
            assert_int_equal(mem_count(), before);
            assert_memory_equal(logits, first, sizeof first);
            assert_true(logits[MANY * K] == 1e30f); /* not one more */
            /* A call that follows a larger one. */
            scrawl_session_logits(session, 16, pixels + 16 * N_PIXELS, logits);
            assert_memory_equal(logits, first + 16 * K, 16 * K * sizeof *logits);
            scrawl_session_free(session);
        }
        scrawl_model_free(ensemble);
    }
    free_members(models);
    mem_free(pixels);
}

static void test_extremes(void **state)
{
    (void)state;
    static const float sure[][K] = {{0, 3e38f, -3e38f}, {0, 1e30f, 0}};
    static const float broken[][K] = {{0, 1, 2}, {0, NAN, 0}},
                       infinite[][K] = {{0, 1, 2}, {0, INFINITY, 0}};
    float out[K];
    constants(sure, 2, "average", out);
    assert_true(out[1] == 0);
    assert_true(fabsf(out[0] - (float)log(1e-300)) < 1e-3f && out[2] == out[0]);
    constants(broken, 2, "average", out);
    assert_false(isfinite(out[0]) || isfinite(out[1]));
    constants(infinite, 2, "average", out);
    assert_false(isfinite(out[1]));
}

static void test_classify(void **state)
{
    (void)state;
    static const float logits[][K] = {{0, 1, 0}, {0, 4, 0}};
    ScrawlModel *a = sample_constant(K, logits[0]), *b = sample_constant(K, logits[1]);
    ScrawlModel *ensemble = ensemble_of((const ScrawlModel *[]){a, b}, 2, NULL, "cross");
    ScrawlSession *session = session_of(ensemble, 1, NULL);
    ScrawlImage image = {0};
    ScrawlPrediction prediction;
    double p[K], q[K];
    assert_int_equal(scrawl_image_create(&image, 20, 20, 255, NULL), SCRAWL_STATUS_OK);
    memset(image.pixels + 200, 0, 12);
    assert_int_equal(scrawl_session_classify(session, &image, 3, &prediction, NULL),
                     SCRAWL_STATUS_OK);
    softmax(logits[0], 1, p);
    softmax(logits[1], 1, q);
    assert_int_equal(prediction.label, 1);
    assert_true(fabs(prediction.confidence - (p[1] + q[1]) / 2) < 1e-6);
    scrawl_image_deinit(&image);
    scrawl_session_free(session);
    scrawl_model_free(ensemble);
    scrawl_model_free(a);
    scrawl_model_free(b);
}

static void test_unknown_shifts(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    ScrawlError error = {0};
    ScrawlSession *session;
    ScrawlSessionOptions options = {.tta = "circle"};
    assert_int_equal(scrawl_session_create(&session, model, &options, &error), SCRAWL_STATUS_USAGE);
    assert_string_equal(error.message, "tta: expected none, cross or square, found \"circle\"");
    assert_null(session);
    scrawl_model_free(model);
}

static void test_no_memory(void **state)
{
    (void)state;
    ScrawlModel *models[3];
    create_members(models);
    ScrawlModel *ensemble = ensemble_of((const ScrawlModel *const *)models, 3, NULL, "cross");
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        ScrawlSession *session;
        ScrawlError error = {0};
        mem_fail_at(n);
        status = scrawl_session_create(&session, ensemble, NULL, &error);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 12));
        assert_true(!!session == !status && error.status == status);
        scrawl_session_free(session);
    }
    scrawl_model_free(ensemble);
    free_members(models);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_vote),
        cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_threads_and_batches_change_nothing),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_classify),
        cmocka_unit_test(test_unknown_shifts),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
