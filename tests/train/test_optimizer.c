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

/* One step, taken in parts of `part` elements, the last one first. */
static void step_in_parts(OptimizerState *state, const TrainSection *train, const Graph *graph,
                          double rate, const real *gradients, real *parameters, size_t part)
{
    size_t n = graph->n_parameters;
    OptimizerStep step = optimizer_begin(state, train, graph, kernels_get(NULL), rate, gradients,
                                         parameters);
    for (size_t i = (n + part - 1) / part; i-- > 0;)
        optimizer_apply(&step, i * part, n - i * part < part ? n - i * part : part);
}

/* The parameters after N_STEPS; free with mem_free. */
static real *run(const Fixture *fixture, const TrainSection *train, size_t part)
{
    OptimizerState state;
    assert_int_equal(optimizer_create(&state, train, fixture->graph, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(state.n_slots, train->optimizer == OPTIMIZER_SGD ? 1 : 2);
    real *parameters = mem_alloc(fixture->n, sizeof(real));
    assert_non_null(parameters);
    memcpy(parameters, fixture->parameters, fixture->n * sizeof(real));
    for (int step = 0; step < N_STEPS; step++) {
        uint64_t before = mem_count();
        step_in_parts(&state, train, fixture->graph, 0.1 / (step + 1),
                      fixture->gradients + (size_t)step * fixture->n, parameters, part);
        assert_int_equal(mem_count(), before);
    }
    assert_int_equal(state.step, N_STEPS);
    optimizer_deinit(&state);
    return parameters;
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

/* One parameter's whole history. */
static double expected(const Fixture *fixture, const TrainSection *train, size_t i)
{
    double w = (double)fixture->parameters[i], v = 0, m = 0;
    double l2 = decays(fixture->graph, i) ? train->l2 : 0;
    double decay = decays(fixture->graph, i) ? train->weight_decay : 0;
    for (int step = 1; step <= N_STEPS; step++) {
        double rate = 0.1 / step;
        double g = (double)fixture->gradients[(size_t)(step - 1) * fixture->n + i] + l2 * w;
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
    }
    return w;
}

static void check(const TrainSection *train)
{
    Fixture fixture;
    set_up(&fixture);
    real *one = run(&fixture, train, fixture.n);
    for (size_t i = 0; i < fixture.n; i++) {
        double want = expected(&fixture, train, i);
        if (!(fabs((double)one[i] - want) <= 2e-5 * (1 + fabs(want))))
            fail_msg("parameter %zu: expected %g, found %g", i, want, (double)one[i]);
    }
    static const size_t parts[] = {7, 100, 4096};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        real *other = run(&fixture, train, parts[i]);
        assert_memory_equal(one, other, fixture.n * sizeof(real));
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
static void test_denormals(void **state)
{
    (void)state;
#if defined(__SSE2__)
    Fixture fixture;
    OptimizerState optimizer;
    TrainSection train = section(OPTIMIZER_ADAM);
    set_up(&fixture);
    assert_int_equal(optimizer_create(&optimizer, &train, fixture.graph, NULL), SCRAWL_STATUS_OK);
    for (size_t i = 0; i < fixture.n; i++)
        optimizer.slots[i] = 1e-37f;
    memset(fixture.gradients, 0, fixture.n * sizeof(real));
    for (int step = 0; step < 60; step++)
        step_in_parts(&optimizer, &train, fixture.graph, 0.1, fixture.gradients,
                      fixture.parameters, fixture.n);
    for (size_t i = 0; i < fixture.n; i++)
        assert_true(optimizer.slots[i] == 0);
    volatile float small = 1e-38f;
    assert_true(small * 0.5f > 0);
    optimizer_deinit(&optimizer);
    tear_down(&fixture);
#else
    skip();
#endif
}

static void test_no_memory(void **state)
{
    (void)state;
    Fixture fixture;
    OptimizerState optimizer;
    TrainSection train = section(OPTIMIZER_ADAM);
    set_up(&fixture);
    mem_fail_at(1);
    ScrawlStatus status = optimizer_create(&optimizer, &train, fixture.graph, NULL);
    mem_fail_at(0);
    assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
    optimizer_deinit(&optimizer);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sgd),
        cmocka_unit_test(test_adam),
        cmocka_unit_test(test_adamw),
        cmocka_unit_test(test_denormals),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
