#include "networks.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/team.h"
#include "nn/runner.h"

static Runner *make_runner(const Graph *graph, bool training, size_t max_batch, int n_threads)
{
    RunnerOptions options = {
        .training = training, .max_batch = max_batch, .n_threads = n_threads, .seed = 9};
    Runner *runner;
    ScrawlError error = {0};
    if (runner_create(&runner, graph, &options, &error))
        fail_msg("%s", error.message);
    return runner;
}

static RunnerLoss train(Runner *runner, Bench *bench, uint64_t first_image)
{
    RunnerBatch batch = bench_batch(bench, first_image);
    return runner_train(runner, &batch);
}

static void infer(Runner *runner, Bench *bench)
{
    runner_load(runner, bench->parameters, bench->state);
    runner_infer(runner, bench->n, bench->x, bench->logits);
}

/* Three steps of descent; the bench then holds all that came of them. */
static RunnerLoss train_steps(Bench *bench, int n_threads)
{
    RunnerLoss loss = {0};
    Runner *runner = make_runner(bench->graph, true, bench->n, n_threads);
    for (int step = 0; step < 3; step++) {
        loss = train(runner, bench, (uint64_t)step * bench->n);
        for (size_t i = 0; i < bench->graph->n_parameters; i++)
            bench->parameters[i] -= (real)0.05 * bench->gradients[i];
    }
    runner_free(runner);
    runner = make_runner(bench->graph, false, 0, n_threads);
    infer(runner, bench);
    runner_free(runner);
    return loss;
}

static void check_threads(const char *layers, size_t n)
{
    Bench one = make_bench(make_network(1, 12, 10, layers), n);
    RunnerLoss loss = train_steps(&one, 1);
    assert_true(isfinite(loss.loss));
    const int counts[] = {2, 3, 4, 7};
    for (size_t i = 0; i < 4; i++) {
        Bench more = make_bench(make_network(1, 12, 10, layers), n);
        RunnerLoss same = train_steps(&more, counts[i]);
        assert_memory_equal(&same.loss, &loss.loss, sizeof loss.loss);
        assert_int_equal(same.n_correct, loss.n_correct);
        assert_memory_equal(more.gradients, one.gradients, one.graph->n_parameters * sizeof(real));
        assert_memory_equal(more.parameters, one.parameters,
                            one.graph->n_parameters * sizeof(real));
        assert_memory_equal(more.state, one.state, one.graph->n_state * sizeof(real));
        assert_memory_equal(more.logits, one.logits,
                            n * (size_t)one.graph->n_classes * sizeof(real));
        free_bench(&more);
    }
    free_bench(&one);
}

static void threads_do_not_change_a_bit(void **unused)
{
    (void)unused;
    check_threads(mixed, 7 * RUNNER_CHUNK + 5);
    check_threads(l2_cnn, 3 * RUNNER_CHUNK);
    check_threads(mlp, RUNNER_CHUNK + 1);
}

static void nothing_is_allocated_while_running(void **unused)
{
    (void)unused;
    Bench bench = make_bench(make_network(1, 12, 10, mixed), 2 * RUNNER_CHUNK + 5);
    Runner *trainer = make_runner(bench.graph, true, bench.n, 2);
    Runner *reader = make_runner(bench.graph, false, 0, 2);
    uint64_t count = mem_count();
    train(trainer, &bench, 0);
    infer(reader, &bench);
    assert_int_equal(mem_count(), count);
    runner_free(trainer);
    runner_free(reader);
    free_bench(&bench);
}

static uint16_t largest(const real *row, size_t classes)
{
    size_t best = 0;
    for (size_t k = 1; k < classes; k++)
        best = row[k] > row[best] ? k : best;
    return (uint16_t)best;
}

static double loss_of_logits(const Bench *bench, size_t *n_correct)
{
    double sum = 0;
    size_t classes = (size_t)bench->graph->n_classes;
    *n_correct = 0;
    for (size_t i = 0; i < bench->n; i++) {
        const real *row = bench->logits + i * classes;
        double total = 0;
        for (size_t k = 0; k < classes; k++)
            total += exp((double)row[k]);
        sum += log(total) - (double)row[bench->labels[i]];
        *n_correct += largest(row, classes) == bench->labels[i];
    }
    return sum / (double)bench->n;
}

/* Without batch norm and dropout the two modes are one function. */
static void inference_is_the_forward_pass(void **unused)
{
    (void)unused;
    const char *const networks[] = {gap_cnn, mlp, l2_cnn};
    for (size_t i = 0; i < 3; i++) {
        Bench bench = make_bench(make_network(1, 15, 17, networks[i]), 3 * RUNNER_CHUNK + 1);
        Runner *trainer = make_runner(bench.graph, true, 100, 2);
        Runner *reader = make_runner(bench.graph, false, 0, 2);
        size_t n_correct;
        infer(reader, &bench);
        for (size_t k = 0; k < bench.n; k += 2) /* half of the answers are right */
            bench.labels[k] = largest(bench.logits + k * 10, 10);
        RunnerLoss loss = train(trainer, &bench, 0);
        assert_true(fabs(loss_of_logits(&bench, &n_correct) - loss.loss) < 1e-5 * loss.loss);
        assert_int_equal(n_correct, loss.n_correct);
        assert_in_range(n_correct, bench.n / 2, bench.n - 1);
        runner_free(trainer);
        runner_free(reader);
        free_bench(&bench);
    }
}

static void images_are_read_one_by_one(void **unused)
{
    (void)unused;
    Bench bench = make_bench(make_network(1, 12, 10, mixed), 2 * RUNNER_CHUNK + 3);
    Runner *reader = make_runner(bench.graph, false, 0, 2);
    size_t classes = (size_t)bench.graph->n_classes, input = shape_count(bench.graph->input);
    real single[5];
    assert_int_equal(classes, 5);
    infer(reader, &bench);
    for (size_t i = 0; i < bench.n; i++) {
        runner_infer(reader, 1, bench.x + i * input, single);
        for (size_t k = 0; k < classes; k++)
            assert_true(fabs((double)(single[k] - bench.logits[i * classes + k])) < 1e-4);
    }
    runner_infer(reader, 0, NULL, NULL);
    runner_free(reader);
    free_bench(&bench);
}

/* A batch smaller than the largest, after a full one, gives what it gives alone. */
static void small_batches_stand_alone(void **unused)
{
    (void)unused;
    Bench bench = make_bench(make_network(1, 12, 10, mixed), 5 * RUNNER_CHUNK);
    Bench small = make_bench(make_network(1, 12, 10, mixed), RUNNER_CHUNK + 3);
    Runner *large = make_runner(bench.graph, true, bench.n, 2);
    Runner *exact = make_runner(small.graph, true, small.n, 2);
    size_t size = small.graph->n_parameters * sizeof(real);
    train(large, &bench, 0);
    RunnerLoss a = train(large, &small, 7);
    memcpy(bench.gradients, small.gradients, size);
    RunnerLoss b = train(exact, &small, 7);
    assert_memory_equal(bench.gradients, small.gradients, size);
    assert_true(a.loss == b.loss);
    runner_free(large);
    runner_free(exact);
    free_bench(&bench);
    free_bench(&small);
}

/* What the callbacks of a batch saw. */
typedef struct Seen {
    const Bench *bench;
    real *x;
    uint16_t *labels;
    const real *gradients;
    real *applied;                    /* copies of the gradients as they came */
    atomic_int *n_filled, *n_applied; /* calls for each image, for each parameter */
    int n_threads;
} Seen;

static void see_fill(void *context, size_t first, size_t n, int thread)
{
    Seen *seen = context;
    size_t input = shape_count(seen->bench->graph->input);
    memcpy(seen->x + first * input, seen->bench->x + first * input, n * input * sizeof(real));
    memcpy(seen->labels + first, seen->bench->labels + first, n * sizeof *seen->labels);
    for (size_t i = first; i < first + n; i++)
        atomic_fetch_add(&seen->n_filled[i], thread >= 0 && thread < seen->n_threads ? 1 : 100);
}

static void see_apply(void *context, size_t first, size_t count)
{
    Seen *seen = context;
    memcpy(seen->applied + first, seen->gradients + first, count * sizeof(real));
    for (size_t i = first; i < first + count; i++)
        atomic_fetch_add(&seen->n_applied[i], 1);
}

/* Images made and gradients taken on the way are those of before and after, each once. */
static void check_callbacks(const char *layers, size_t n, int n_threads)
{
    Bench bench = make_bench(make_network(1, 12, 10, layers), n);
    size_t n_parameters = bench.graph->n_parameters;
    Runner *runner = make_runner(bench.graph, true, n, n_threads);
    RunnerLoss loss = train(runner, &bench, 3);
    real *want = make_reals(n_parameters);
    memcpy(want, bench.gradients, n_parameters * sizeof(real));
    Seen seen = {.bench = &bench,
                 .x = make_reals(n * shape_count(bench.graph->input)),
                 .labels = calloc(n, sizeof(uint16_t)),
                 .gradients = bench.gradients,
                 .applied = make_reals(n_parameters),
                 .n_filled = calloc(n, sizeof(atomic_int)),
                 .n_applied = calloc(n_parameters, sizeof(atomic_int)),
                 .n_threads = n_threads};
    RunnerBatch batch = bench_batch(&bench, 3);
    batch.x = seen.x;
    batch.labels = seen.labels;
    batch.fill = see_fill;
    batch.apply = see_apply;
    batch.context = &seen;
    RunnerLoss same = runner_train(runner, &batch);
    assert_memory_equal(&same.loss, &loss.loss, sizeof loss.loss);
    assert_memory_equal(seen.applied, want, n_parameters * sizeof(real));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(seen.n_filled[i], 1);
    for (size_t i = 0; i < n_parameters; i++)
        assert_int_equal(seen.n_applied[i], 1);
    bench.x[0] = (real)NAN;
    assert_false(isfinite(runner_train(runner, &batch).loss));
    assert_int_equal(seen.n_applied[0], 1); /* a loss that is no number teaches nothing */
    free(seen.n_applied);
    free(seen.n_filled);
    free(seen.labels);
    mem_free(seen.applied);
    mem_free(seen.x);
    mem_free(want);
    runner_free(runner);
    free_bench(&bench);
}

static void callbacks(void **unused)
{
    (void)unused;
    check_callbacks("[flatten, dense: {units: 70}, relu, dense: {units: 5}]", 2 * RUNNER_CHUNK, 2);
    check_callbacks(mixed, 3 * RUNNER_CHUNK + 1, 3);
    check_callbacks(mixed, 5, 1);
}

/* The mask belongs to the image: two half batches have the gradients of the whole. */
static void dropout_follows_the_image(void **unused)
{
    (void)unused;
    const size_t half = RUNNER_CHUNK + 2;
    Bench bench = make_bench(make_network(1, 4, 4,
                                          "[flatten, dense: {units: 30}, relu, dropout, "
                                          "dense: {units: 5}]"),
                             2 * half);
    Runner *runner = make_runner(bench.graph, true, bench.n, 2);
    size_t n = bench.graph->n_parameters;
    real *whole = make_reals(n), *first = make_reals(n), *second = make_reals(n);
    size_t input = shape_count(bench.graph->input);
    RunnerLoss loss = train(runner, &bench, 50);
    memcpy(whole, bench.gradients, n * sizeof(real));
    RunnerBatch batch = bench_batch(&bench, 50);
    batch.n = half;
    batch.gradients = first;
    RunnerLoss loss1 = runner_train(runner, &batch);
    batch.x = bench.x + half * input;
    batch.labels = bench.labels + half;
    batch.first_image = 50 + half;
    batch.gradients = second;
    RunnerLoss loss2 = runner_train(runner, &batch);
    assert_true(fabs((loss1.loss + loss2.loss) / 2 - loss.loss) < 1e-6);
    for (size_t i = 0; i < n; i++)
        assert_true(fabs(((double)first[i] + second[i]) / 2 - whole[i]) < 1e-6);
    RunnerLoss other = train(runner, &bench, 51);
    assert_true(fabs(other.loss - loss.loss) > 1e-6);
    mem_free(whole);
    mem_free(first);
    mem_free(second);
    runner_free(runner);
    free_bench(&bench);
}

/* Two masks of a half leave a quarter; one mask twice would leave a half. */
static void dropout_layers_have_masks_of_their_own(void **unused)
{
    (void)unused;
    const size_t n = RUNNER_CHUNK + 1, units = 200;
    Bench bench = make_bench(make_network(200, 1, 1, "[dropout, dropout, dense: {units: 3}]"), n);
    RunnerOptions options = {
        .training = true, .max_batch = n, .n_threads = 1, .input_gradient = true};
    Runner *runner;
    size_t n_left = 0;
    assert_int_equal(runner_create(&runner, bench.graph, &options, NULL), 0);
    train(runner, &bench, 0);
    for (size_t i = 0; i < n * units; i++)
        n_left += runner_input_gradient(runner)[i] != 0;
    assert_in_range(n_left, n * units / 5, n * units / 3);
    runner_free(runner);
    free_bench(&bench);
}

static void dropout_is_nothing_in_inference(void **unused)
{
    (void)unused;
    Bench with = make_bench(make_network(1, 3, 3,
                                         "[conv2d: {channels: 2, kernel: 2, name: a}, "
                                         "dropout: {name: d}, add: {from: [d, a]}, "
                                         "dropout, flatten, dense: {units: 3}]"),
                            5);
    Bench without = make_bench(make_network(1, 3, 3,
                                            "[conv2d: {channels: 2, kernel: 2, name: a}, "
                                            "add: {from: [a, a]}, flatten, "
                                            "dense: {units: 3}]"),
                               5);
    Runner *a = make_runner(with.graph, false, 0, 1), *b = make_runner(without.graph, false, 0, 1);
    infer(a, &with);
    infer(b, &without);
    assert_memory_equal(with.logits, without.logits, 15 * sizeof(real));
    runner_free(a);
    runner_free(b);
    free_bench(&with);
    free_bench(&without);
}

/* Mean and unbiased variance of channel c over the batch, in double. */
static double channel_moments(const Bench *bench, size_t c, double *variance)
{
    size_t channels = (size_t)bench->graph->input.channels;
    size_t area = shape_count(bench->graph->input) / channels;
    double sum = 0, squares = 0, count = (double)(bench->n * area);
    for (size_t i = 0; i < bench->n; i++) {
        for (size_t j = 0; j < area; j++)
            sum += bench->x[(i * channels + c) * area + j];
    }
    for (size_t i = 0; i < bench->n; i++) {
        for (size_t j = 0; j < area; j++)
            squares += pow(bench->x[(i * channels + c) * area + j] - sum / count, 2);
    }
    *variance = squares / (count - 1);
    return sum / count;
}

static void running_statistics_follow_the_batches(void **unused)
{
    (void)unused;
    Bench bench = make_bench(make_network(2, 3, 5,
                                          "[batchnorm: {momentum: 0.3}, flatten, "
                                          "dense: {units: 3}]"),
                             3 * RUNNER_CHUNK + 1);
    Runner *runner = make_runner(bench.graph, true, bench.n, 2);
    const Layer *norm = &bench.graph->layers[0];
    const real *mean = bench.state + norm->tensors[2].offset;
    const real *variance = bench.state + norm->tensors[3].offset;
    for (size_t i = 0; i < bench.n * 30; i++)
        bench.x[i] = bench.x[i] * (real)(i % 30 < 15 ? 2 : 0.5) + (real)(i / 100);
    for (int step = 1; step <= 2; step++) {
        double keep = step == 1 ? 0.7 : 0.49;
        train(runner, &bench, 0);
        for (size_t c = 0; c < 2; c++) {
            double batch_variance, batch_mean = channel_moments(&bench, c, &batch_variance);
            double expected = keep + (1 - keep) * batch_variance;
            assert_true(fabs(mean[c] - (1 - keep) * batch_mean) < 1e-5 * fabs(batch_mean));
            assert_true(fabs(variance[c] - expected) < 1e-5 * expected);
        }
    }
    runner_free(runner);
    free_bench(&bench);
}

static void inference_uses_running_statistics(void **unused)
{
    (void)unused;
    const size_t n = RUNNER_CHUNK + 1;
    Bench bench = make_bench(make_network(3, 1, 1, "[batchnorm: {epsilon: 0.5}]"), n);
    Runner *reader = make_runner(bench.graph, false, 0, 1);
    const real gamma[] = {1, 2, -1}, beta[] = {0, 1, 3}, mean[] = {5, -1, 0};
    const real variance[] = {1, 4, (real)0.25};
    memcpy(bench.parameters, gamma, sizeof gamma);
    memcpy(bench.parameters + 3, beta, sizeof beta);
    memcpy(bench.state, mean, sizeof mean);
    memcpy(bench.state + 3, variance, sizeof variance);
    infer(reader, &bench);
    for (size_t i = 0; i < 3 * n; i++) {
        size_t c = i % 3;
        double expected = gamma[c] * (bench.x[i] - mean[c]) / sqrt(variance[c] + 0.5) + beta[c];
        assert_true(fabs(bench.logits[i] - expected) < 1e-5);
    }
    runner_free(reader);
    free_bench(&bench);
}

static void check_size(int height, int width, const char *layers)
{
    Bench bench = make_bench(make_network(1, height, width, layers), RUNNER_CHUNK + 1);
    RunnerLoss first = {0}, last = {0};
    Runner *runner = make_runner(bench.graph, true, bench.n, 2);
    for (int step = 0; step < 8; step++) {
        last = train(runner, &bench, 0);
        if (step == 0)
            first = last;
        for (size_t i = 0; i < bench.graph->n_parameters; i++)
            bench.parameters[i] -= (real)0.05 * bench.gradients[i];
    }
    assert_true(isfinite(first.loss) && last.loss < first.loss - 0.01);
    runner_free(runner);
    free_bench(&bench);
}

static void pictures_of_any_size_are_learned(void **unused)
{
    (void)unused;
    check_size(8, 8, gap_cnn);
    check_size(28, 28, gap_cnn);
    check_size(41, 57, gap_cnn);
    check_size(41, 57,
               "[conv2d: {channels: 8, kernel: 3}, relu, adaptive_avgpool: {size: 7}, "
               "conv2d: {channels: 16, kernel: 3}, relu, adaptive_avgpool: {size: 2}, "
               "flatten, dense: {units: 10}]");
}

static void smoothing_changes_the_loss(void **unused)
{
    (void)unused;
    Bench bench = make_bench(make_network(1, 5, 5, mlp), RUNNER_CHUNK);
    RunnerOptions options = {.training = true,
                             .max_batch = bench.n,
                             .n_threads = 1,
                             .kernels = &kernels_c,
                             .label_smoothing = 0.2};
    Runner *smooth, *plain = make_runner(bench.graph, true, bench.n, 1);
    assert_int_equal(runner_create(&smooth, bench.graph, &options, NULL), 0);
    Runner *reader = make_runner(bench.graph, false, 0, 1);
    infer(reader, &bench);
    double expected = 0.8 * train(plain, &bench, 0).loss;
    for (uint16_t k = 0; k < 10; k++) {
        size_t n_correct;
        for (size_t i = 0; i < bench.n; i++)
            bench.labels[i] = k;
        expected += 0.02 * loss_of_logits(&bench, &n_correct);
    }
    uint16_t *labels = make_labels(bench.n, 10, 4);
    memcpy(bench.labels, labels, bench.n * sizeof *labels);
    assert_true(fabs(train(smooth, &bench, 0).loss - expected) < 1e-5);
    assert_null(runner_input_gradient(smooth));
    mem_free(labels);
    runner_free(smooth);
    runner_free(plain);
    runner_free(reader);
    free_bench(&bench);
}

static void wrong_options_are_refused(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 5, 5, mlp);
    const RunnerOptions wrong[] = {
        {.training = false, .n_threads = 0},
        {.training = false, .n_threads = TEAM_MAX_THREADS + 1},
        {.training = true, .max_batch = 0, .n_threads = 1},
        {.training = true, .max_batch = RUNNER_MAX_BATCH + 1, .n_threads = 1},
        {.training = true, .max_batch = 1, .n_threads = 1, .label_smoothing = 1.5},
        {.training = true, .max_batch = 1, .n_threads = 1, .label_smoothing = NAN},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Runner *runner;
        ScrawlError error = {0};
        assert_int_equal(runner_create(&runner, graph, &wrong[i], &error), SCRAWL_STATUS_USAGE);
        assert_null(runner);
        assert_int_equal(error.status, SCRAWL_STATUS_USAGE);
    }
    graph_free(graph);
}

static void every_allocation_may_fail(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 12, 10, mixed);
    for (int training = 0; training < 2; training++) {
        RunnerOptions options = {
            .training = training, .max_batch = 20, .n_threads = 2, .input_gradient = training};
        Runner *runner = NULL;
        for (uint64_t n = 1; !runner; n++) {
            ScrawlError error = {0};
            assert_in_range(n, 1, 100);
            mem_fail_at(n);
            ScrawlStatus status = runner_create(&runner, graph, &options, &error);
            mem_fail_at(0);
            assert_int_equal(status, runner ? SCRAWL_STATUS_OK : SCRAWL_STATUS_NO_MEMORY);
            assert_int_equal(error.status, status);
        }
        assert_true(runner_memory(runner) > 0);
        runner_free(runner);
    }
    graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(nothing_is_allocated_while_running),
        cmocka_unit_test(inference_is_the_forward_pass),
        cmocka_unit_test(images_are_read_one_by_one),
        cmocka_unit_test(small_batches_stand_alone),
        cmocka_unit_test(callbacks),
        cmocka_unit_test(dropout_follows_the_image),
        cmocka_unit_test(dropout_layers_have_masks_of_their_own),
        cmocka_unit_test(dropout_is_nothing_in_inference),
        cmocka_unit_test(running_statistics_follow_the_batches),
        cmocka_unit_test(inference_uses_running_statistics),
        cmocka_unit_test(pictures_of_any_size_are_learned),
        cmocka_unit_test(smoothing_changes_the_loss),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
