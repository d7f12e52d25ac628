/* Scores: sums taken by hand from the same logits, any view, any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "model/score.h"
#include "sample.h"

#define N 600 /* more than two batches, the last one short */

typedef struct Fixture {
    ScrawlModel *model;
    ScrawlDataset dataset;
    uint16_t labels[N];
    float logits[N * 3]; /* by a session */
} Fixture;

static int setup(void **state)
{
    static Fixture fixture;
    ScrawlError error = {0};
    ScrawlSession *session;
    ScrawlSessionOptions options = {.cpu = "none"};
    fixture.model = sample_convnet();
    fixture.dataset = (ScrawlDataset){
        .info = {.name = "noise", .split = "test", .n = N, .width = 8, .height = 8, .n_classes = 3},
        .pixels = sample_pixels(N, 9),
        .labels = fixture.labels,
    };
    for (size_t i = 0; i < N; i++)
        fixture.labels[i] = (uint16_t)(i % 3);
    if (scrawl_session_create(&session, fixture.model, &options, &error))
        return -1;
    scrawl_session_logits(session, N, fixture.dataset.pixels, fixture.logits);
    scrawl_session_free(session);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    Fixture *fixture = *state;
    scrawl_model_free(fixture->model);
    mem_free(fixture->dataset.pixels);
    return 0;
}

static Scoring scoring_of(const ScrawlModel *model, Runner *runner)
{
    const Network *network = model->networks;
    runner_load(runner, network->parameters, network->state);
    return (Scoring){.graph = network->graph,
                     .preprocess = &model->preprocess,
                     .runner = runner,
                     .n_threads = 1};
}

static ScrawlStatus score_with(const Fixture *fixture, const DatasetView *view, int n_threads,
                               const ScrawlLog *log, float *logits, Score *score,
                               ScrawlError *error)
{
    const ScrawlModel *model = fixture->model;
    const Kernels *kernels = kernels_get("none");
    RunnerOptions options = {.max_batch = SCORE_BATCH, .n_threads = n_threads, .kernels = kernels};
    Runner *runner;
    assert_int_equal(runner_create(&runner, model->networks->graph, &options, error),
                     SCRAWL_STATUS_OK);
    Scoring scoring = scoring_of(model, runner);
    scoring.n_threads = n_threads;
    scoring.kernels = kernels;
    scoring.log = log;
    ScrawlStatus status = score_view(&scoring, view, logits, score, error);
    runner_free(runner);
    return status;
}

/* Image i counts where its place in the view is given by the indices. */
static Score by_hand(const Fixture *fixture, const uint32_t *indices, size_t n)
{
    Score score = {.n = n};
    for (size_t i = 0; i < n; i++) {
        size_t image = indices ? indices[i] : i;
        const float *logits = fixture->logits + 3 * image;
        int label = fixture->labels[image], best = 0;
        double sum = 0;
        for (int k = 0; k < 3; k++) {
            best = logits[k] > logits[best] ? k : best;
            sum += exp(logits[k]);
        }
        score.n_correct += best == label;
        score.loss += (log(sum) - logits[label]) / (double)n;
    }
    return score;
}

static void test_whole_set(void **state)
{
    const Fixture *fixture = *state;
    ScrawlError error = {0};
    DatasetView view = {.dataset = &fixture->dataset, .n = N};
    Score expected = by_hand(fixture, NULL, N), first = {0};
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        float logits[N * 3];
        Score score;
        assert_int_equal(score_with(fixture, &view, n_threads, NULL, logits, &score, &error),
                         SCRAWL_STATUS_OK);
        assert_memory_equal(logits, fixture->logits, sizeof logits);
        assert_int_equal(score.n, N);
        assert_int_equal(score.n_correct, expected.n_correct);
        assert_true(fabs(score.loss - expected.loss) < 1e-6);
        if (n_threads == 1)
            first = score;
        assert_true(score.loss == first.loss); /* to the last bit */
    }
    assert_in_range(expected.n_correct, 1, N - 1);
}

static void test_view_in_its_own_order(void **state)
{
    const Fixture *fixture = *state;
    ScrawlError error = {0};
    uint32_t indices[300];
    for (uint32_t i = 0; i < 300; i++)
        indices[i] = N - 1 - 2 * i;
    DatasetView view = {.dataset = &fixture->dataset, .indices = indices, .n = 300};
    Score expected = by_hand(fixture, indices, 300), score, without;
    float logits[300 * 3];
    assert_int_equal(score_with(fixture, &view, 1, NULL, logits, &score, &error), SCRAWL_STATUS_OK);
    for (size_t i = 0; i < 300; i++)
        assert_memory_equal(logits + 3 * i, fixture->logits + 3 * indices[i], 3 * sizeof(float));
    assert_int_equal(score.n, 300);
    assert_int_equal(score.n_correct, expected.n_correct);
    assert_true(fabs(score.loss - expected.loss) < 1e-6);
    assert_int_equal(score_with(fixture, &view, 1, NULL, NULL, &without, &error), SCRAWL_STATUS_OK);
    assert_true(without.n_correct == score.n_correct && without.loss == score.loss);
}

static void test_what_does_not_fit(void **state)
{
    const Fixture *fixture = *state;
    ScrawlError error = {0};
    Score score;
    ScrawlDataset other = fixture->dataset;
    DatasetView view = {.dataset = &other, .n = N};
    other.info.width = 9;
    assert_int_equal(score_with(fixture, &view, 1, NULL, NULL, &score, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_non_null(strstr(error.message, "9x8"));
    other = fixture->dataset;
    other.info.n_classes = 4;
    assert_int_equal(score_with(fixture, &view, 1, NULL, NULL, &score, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_non_null(strstr(error.message, "4 classes"));
    other.info.n_classes = 2; /* fewer is fine */
    assert_int_equal(score_with(fixture, &view, 1, NULL, NULL, &score, &error), SCRAWL_STATUS_OK);
}

typedef struct Watch {
    int calls, stop_at;
    uint64_t last;
} Watch;

static bool watch(void *context, const ScrawlProgress *progress)
{
    Watch *self = context;
    assert_true(progress->done > self->last && progress->total == N);
    self->last = progress->done;
    return ++self->calls != self->stop_at;
}

static void test_progress_and_interruption(void **state)
{
    const Fixture *fixture = *state;
    ScrawlError error = {0};
    DatasetView view = {.dataset = &fixture->dataset, .n = N};
    Score score;
    Watch whole = {0}, stopped = {.stop_at = 2};
    ScrawlLog log = {.context = &whole, .progress = watch};
    assert_int_equal(score_with(fixture, &view, 1, &log, NULL, &score, &error), SCRAWL_STATUS_OK);
    assert_int_equal(whole.calls, 3);
    assert_int_equal(whole.last, N);
    log.context = &stopped;
    assert_int_equal(score_with(fixture, &view, 1, &log, NULL, &score, &error),
                     SCRAWL_STATUS_INTERRUPTED);
    assert_int_equal(stopped.calls, 2);
}

static void test_no_memory(void **state)
{
    const Fixture *fixture = *state;
    const ScrawlModel *model = fixture->model;
    DatasetView view = {.dataset = &fixture->dataset, .n = N};
    ScrawlError error = {0};
    Runner *runner;
    RunnerOptions options = {.max_batch = SCORE_BATCH, .n_threads = 1};
    assert_int_equal(runner_create(&runner, model->networks->graph, &options, &error),
                     SCRAWL_STATUS_OK);
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        Score score;
        mem_fail_at(n);
        const Scoring scoring = scoring_of(model, runner);
        status = score_view(&scoring, &view, NULL, &score, &error);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 4));
    }
    runner_free(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_set),         cmocka_unit_test(test_view_in_its_own_order),
        cmocka_unit_test(test_what_does_not_fit), cmocka_unit_test(test_progress_and_interruption),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
