/* Optimisers on a graph's flat arrays: the published formulas, element by element in double, which
 * tensors decay, and the same bytes for any number of threads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "train/optimizer.h"

/* Larger than a block of work, so that there are several, and a tensor is cut. */
static const char network[] =
    "{\"input\":[1,14,14],\"layers\":[{\"conv2d\":{\"channels\":3,\"kernel\":3}},\"batchnorm\","
    "\"flatten\",{\"dense\":{\"units\":37}},{\"dense\":{\"units\":10}}]}";

#define N_STEPS 4

typedef struct Fixture {
    Graph *graph;
    size_t n;
    real *parameters, *gradients;
} Fixture;

static void set_up(Fixture *fixture)
{
    assert_int_equal(graph_create_json(&fixture->graph, "network", network, NULL),
                     SCRAWL_STATUS_OK);
    size_t n = fixture->n = fixture->graph->n_parameters;
    assert_true(n > 16000);
    fixture->parameters = mem_alloc(n, sizeof(real));
    fixture->gradients = mem_alloc(N_STEPS * n, sizeof(real));
    assert_true(fixture->parameters && fixture->gradients);
    Rng rng;
    rng_init(&rng, 3, rng_stream(RNG_PURPOSE_TEST, 0, 0));
    for (size_t i = 0; i < n; i++)
        fixture->parameters[i] = (real)rng_normal(&rng);
    for (size_t i = 0; i < N_STEPS * n; i++)
        fixture->gradients[i] = (real)rng_normal(&rng);
}

static void tear_down(Fixture *fixture)
{
    graph_free(fixture->graph);
    mem_free(fixture->parameters);
    mem_free(fixture->gradients);
}

/* A step that has no batches, for gradients that the test makes. */
static void create_step(TrainStep *step, TrainState *state, const Fixture *fixture,
                        const TrainSection *train)
{
    assert_int_equal(train_state_create(state, train, fixture->graph, NULL), SCRAWL_STATUS_OK);
    memcpy(state->parameters, fixture->parameters, fixture->n * sizeof(real));
    *step = (TrainStep){.train = train,
                        .graph = fixture->graph,
                        .kernels = kernels_get(NULL),
                        .n_threads = 3,
                        .state = state,
                        .gradients = mem_alloc(fixture->n, sizeof(real))};
    assert_non_null(step->gradients);
    assert_int_equal(optimizer_init(step, NULL), SCRAWL_STATUS_OK);
}

static void free_step(TrainStep *step)
{
    train_state_deinit(step->state);
    train_step_deinit(step);
}

/* Parts of 0 elements: the update from a whole gradient, on three threads. */
static void take_step(TrainStep *step, double rate, const real *gradients, size_t part)
{
    size_t n = step->graph->n_parameters;
    memcpy(step->gradients, gradients, n * sizeof(real)); /* clipping changes them */
    uint64_t before = mem_count();
    optimizer_begin(step, rate);
    if (part == 0)
        optimizer_apply_whole(step);
    else /* the last part first */
        for (size_t i = (n + part - 1) / part; i-- > 0;)
            optimizer_apply(step, i * part, n - i * part < part ? n - i * part : part);
    assert_int_equal(mem_count(), before);
}

/* The parameters after N_STEPS, then their average; free with mem_free. The average is always
 * there: without ema it is the parameters. */
static real *run(const Fixture *fixture, const TrainSection *train, size_t part)
{
    TrainState state;
    TrainStep step;
    size_t n = fixture->n;
    create_step(&step, &state, fixture, train);
    assert_int_equal(state.n_slots,
                     (train->optimizer == OPTIMIZER_SGD ? 1 : 2) + (train->lookahead_steps > 0));
    real *result = mem_alloc(2 * n, sizeof(real));
    assert_non_null(result);
    assert_true((train->ema > 0) == (step.average != NULL));
    for (int i = 0; i < N_STEPS; i++)
        take_step(&step, 0.1 / (i + 1), fixture->gradients + (size_t)i * n, part);
    assert_int_equal(state.n_steps, N_STEPS);
    memcpy(result, state.parameters, n * sizeof(real));
    memcpy(result + n, step.average ? step.average : state.parameters, n * sizeof(real));
    free_step(&step);
    return result;
}

static bool decays(const Graph *graph, size_t i)
{
    for (int l = 0; l < graph->n_layers; l++) {
        for (int t = 0; t < graph->layers[l].n_tensors; t++) {
            const ParameterTensor *tensor = &graph->layers[l].tensors[t];
            if (tensor->trainable && i >= tensor->offset && i < tensor->offset + tensor->count)
                return tensor->decays;
        }
    }
    fail();
    return false;
}

static double gradient_norm(const Fixture *fixture, int step)
{
    double sum = 0;
    for (size_t i = 0; i < fixture->n; i++) {
        double g = (double)fixture->gradients[(size_t)(step - 1) * fixture->n + i];
        sum += g * g;
    }
    return sqrt(sum);
}

/* One parameter's whole history; its average goes to *average. */
static double expected(const Fixture *fixture, const TrainSection *train, size_t i, double *average)
{
    double w = (double)fixture->parameters[i], v = 0, m = 0, slow = w;
    double l2 = decays(fixture->graph, i) ? train->l2 : 0;
    double decay = decays(fixture->graph, i) ? train->weight_decay : 0;
    for (int step = 1; step <= N_STEPS; step++) {
        double rate = 0.1 / step;
        double g = (double)fixture->gradients[(size_t)(step - 1) * fixture->n + i];
        if (train->clip_norm > 0)
            g *= fmin(1, train->clip_norm / gradient_norm(fixture, step));
        g += l2 * w;
        double move;
        if (train->optimizer == OPTIMIZER_SGD) {
            v = train->momentum * v + g;
            move = train->nesterov ? g + train->momentum * v : v;
        } else {
            m = train->beta1 * m + (1 - train->beta1) * g;
            v = train->beta2 * v + (1 - train->beta2) * g * g;
            move = m / (1 - pow(train->beta1, step)) /
                   (sqrt(v / (1 - pow(train->beta2, step))) + train->epsilon);
        }
        w = (1 - rate * decay) * w - rate * move;
        if (train->lookahead_steps > 0 && step % train->lookahead_steps == 0)
            w = slow += train->lookahead_share * (w - slow);
        double keep = step == 1 ? 0 : fmin(train->ema, (1.0 + step) / (10 + step));
        *average = keep * *average + (1 - keep) * w;
    }
    return w;
}

static void assert_near(size_t i, const char *what, real found, double want)
{
    if (!(fabs((double)found - want) <= 2e-5 * (1 + fabs(want))))
        fail_msg("%s %zu: expected %g, found %g", what, i, want, (double)found);
}

static void check(const TrainSection *train)
{
    static const size_t parts[] = {0, 7, 100, 4096};
    Fixture fixture;
    set_up(&fixture);
    bool whole = optimizer_needs_whole_gradient(train);
    real *one = run(&fixture, train, whole ? 0 : fixture.n);
    for (size_t i = 0; i < fixture.n; i++) {
        double average = 0, want = expected(&fixture, train, i, &average);
        assert_near(i, "parameter", one[i], want);
        assert_near(i, "average", one[fixture.n + i], average);
    }
    for (size_t i = 0; !whole && i < sizeof parts / sizeof parts[0]; i++) {
        real *other = run(&fixture, train, parts[i]);
        assert_memory_equal(one, other, 2 * fixture.n * sizeof(real));
        mem_free(other);
    }
    mem_free(one);
    tear_down(&fixture);
}

static TrainSection section(Optimizer optimizer)
{
    TrainSection train = TRAIN_SECTION_DEFAULT;
    train.optimizer = (int)optimizer;
    return train;
}

static void test_sgd(void **state)
{
    (void)state;
    TrainSection train = section(OPTIMIZER_SGD);
    check(&train);
    train.momentum = 0.9;
    check(&train);
    train.l2 = 0.3;
    check(&train);
    train.nesterov = true;
    train.weight_decay = 0.2;
    check(&train);
}

static void test_adam(void **state)
{
    (void)state;
    TrainSection train = section(OPTIMIZER_ADAM);
    check(&train);
    train.l2 = 0.3;
    check(&train);
}

static void test_adamw(void **state)
{
    (void)state;
    TrainSection train = section(OPTIMIZER_ADAMW);
    train.weight_decay = 0.4;
    train.beta1 = 0.5;
    train.beta2 = 0.9;
    train.epsilon = 0.01;
    check(&train);
}

/* What decays ends at 0, not among the denormals; and the caller's arithmetic is left alone. */
static void test_what_goes_round_a_rule(void **state)
{
    (void)state;
    TrainSection train = section(OPTIMIZER_SGD);
    train.momentum = 0.9;
    train.ema = 0.6;
    check(&train);
    train.lookahead_steps = 2;
    train.lookahead_share = 0.3;
    check(&train);
    train.clip_norm = 5; /* below every norm */
    check(&train);
    train.clip_norm = 1e5;
    check(&train);
}

/* Muon leaves biases and the last layer to AdamW at its own rate, and turns the rest round. */
static void test_muon(void **state)
{
    (void)state;
    Fixture fixture;
    TrainSection muon = section(OPTIMIZER_MUON), adamw = section(OPTIMIZER_ADAMW);
    muon.momentum = 0.9;
    muon.other_rate = 0.5;
    set_up(&fixture);
    real *found = run(&fixture, &muon, 0);
    const Graph *graph = fixture.graph;
    size_t n_same = 0;
    for (size_t i = 0; i < fixture.n; i++) {
        double average = 0, w = (double)fixture.parameters[i];
        TrainSection half = adamw;
        half.learning_rate = 0.5;
        double moved = expected(&fixture, &half, i, &average) - w; /* at the whole rate */
        bool same = fabs((double)found[i] - w - 0.5 * moved) < 1e-4;
        const ParameterTensor *last = &graph->layers[graph->n_layers - 1].tensors[0];
        if (!decays(graph, i) || i >= last->offset)
            assert_true(same);
        n_same += same;
    }
    assert_true(n_same < fixture.n);
    mem_free(found);
    tear_down(&fixture);
}

/* Singular values of random matrices, wide, tall and square, come near 1: x x^T is near one. */
static void test_orthogonal(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 9}, {16, 40}, {40, 16}, {20, 20}, {64, 288}};
    const Kernels *kernels = kernels_get(NULL);
    Rng rng;
    rng_init(&rng, 5, rng_stream(RNG_PURPOSE_TEST, 0, 0));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t rows = sizes[i][0], columns = sizes[i][1], count = rows * columns;
        size_t side = rows < columns ? rows : columns;
        real *x = mem_alloc(count, sizeof *x);
        real *work = mem_alloc(muon_work_size(kernels, rows, columns), sizeof *work);
        for (size_t k = 0; k < count; k++)
            x[k] = (real)rng_normal(&rng);
        muon_orthogonalize(kernels, rows, columns, x, work);
        double trace = 0;
        for (size_t k = 0; k < count; k++)
            trace += (double)x[k] * (double)x[k]; /* the sum of squared singular values */
        assert_true(trace > 0.45 * (double)side && trace < 1.45 * (double)side);
        if (rows == 1) /* a vector keeps its direction, and has length 0.7 to 1.2 */
            assert_true(sqrt(trace) > 0.67 && sqrt(trace) < 1.21);
        mem_free(x);
        mem_free(work);
    }
}

static void test_denormals(void **state)
{
    (void)state;
#if defined(__SSE2__)
    Fixture fixture;
    TrainState adam;
    TrainStep step;
    TrainSection train = section(OPTIMIZER_ADAM);
    set_up(&fixture);
    create_step(&step, &adam, &fixture, &train);
    for (size_t i = 0; i < fixture.n; i++)
        adam.slots[i] = 1e-37f;
    memset(fixture.gradients, 0, fixture.n * sizeof(real));
    for (int i = 0; i < 60; i++)
        take_step(&step, 0.1, fixture.gradients, fixture.n);
    for (size_t i = 0; i < fixture.n; i++)
        assert_true(adam.slots[i] == 0);
    volatile float small = 1e-38f;
    assert_true(small * 0.5f > 0);
    free_step(&step);
    tear_down(&fixture);
#else
    skip();
#endif
}

static void test_no_memory(void **state)
{
    (void)state;
    Fixture fixture;
    TrainState adam;
    TrainStep step;
    TrainSection train = section(OPTIMIZER_ADAM);
    set_up(&fixture);
    create_step(&step, &adam, &fixture, &train);
    optimizer_deinit(&step);
    for (uint64_t i = 1; i <= 2; i++) {
        mem_fail_at(i);
        ScrawlStatus status = optimizer_init(&step, NULL);
        mem_fail_at(0);
        assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
    }
    free_step(&step);
    mem_fail_at(1);
    ScrawlStatus status = train_state_create(&adam, &train, fixture.graph, NULL);
    mem_fail_at(0);
    assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sgd),       cmocka_unit_test(test_adam),
        cmocka_unit_test(test_adamw),     cmocka_unit_test(test_what_goes_round_a_rule),
        cmocka_unit_test(test_muon),      cmocka_unit_test(test_orthogonal),
        cmocka_unit_test(test_denormals), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
