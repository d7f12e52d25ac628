/* Fused graphs: which layers become blocks, and that a network does the same with and without. In
 * float and, compiled again, in double. */
#include "networks.h"

#include <math.h>

#include "block_reference.h"
#include "nn/fuse.h"
#include "nn/runner.h"

/* Sums in another order: of a chunk's values, in reals. */
#define TOLERANCE (sizeof(real) == sizeof(double) ? 1e-12 : 1e-5)
/* The machine's own blocks may use Winograd's algorithm. Measured: under 2e-5. */
#define NATIVE_TOLERANCE 2e-4

static Kernels reference;

/* "block" is followed by its input's layout and its own: p for plain, b and the halo for blocked.
 * What a 5x5 kernel, a value read twice, other pools, strides and odd sizes do to it. */
static void expect_layers(int channels, int side, const char *layers, const char *expected)
{
    char found[512] = "";
    Graph *graph = make_network(channels, side, side, layers), *fused;
    assert_int_equal(fuse_graph(&fused, graph, &reference, true, NULL), 0);
    for (int i = 0; i < fused->n_layers; i++) {
        const Layer *layer = &fused->layers[i];
        const BlockShape *shape = &layer->block;
        size_t length = strlen(found);
        length += (size_t)snprintf(found + length, sizeof found - length, "%s%s", i ? " " : "",
                                   layer->kind->name);
        if (layer->kind->prepare)
            snprintf(found + length, sizeof found - length, ":%s%s%s%d", shape->relu ? "relu:" : "",
                     shape->pool == 2 ? "pool:" : "", shape->out_plain ? "p" : "b",
                     shape->out_halo);
    }
    if (strcmp(found, expected) != 0)
        fail_msg("%s became\n  %s, not\n  %s", layers, found, expected);
    graph_free(fused);
    graph_free(graph);
}

static const char read_twice[] =
    "[conv2d: {channels: 16, kernel: 3, padding: 1, name: c}, relu, "
    "conv2d: {channels: 16, kernel: 3, padding: 1}, batchnorm, add: {from: [batchnorm1, c]}, "
    "relu: {name: e}, conv2d: {channels: 16, kernel: 3}, batchnorm, "
    "maxpool: {size: 3, stride: 2}, flatten, dropout, dense: {units: 5}]";

/* A block read by two blocks, one of 5x5, whose outputs are added; then by one alone. */
static const char two_readers[] =
    "[conv2d: {channels: 16, kernel: 3, padding: 1}, relu, maxpool: {name: p}, "
    "conv2d: {channels: 32, kernel: 5, padding: 2}, relu: {name: a}, "
    "conv2d: {channels: 32, kernel: 3, padding: 1, bias: false, from: p}, batchnorm, "
    "relu: {name: b}, add: {from: [a, b]}, conv2d: {channels: 16, kernel: 3, padding: 1}, "
    "maxpool, conv2d: {channels: 16, kernel: 5, padding: 2}, relu, flatten, dense: {units: 5}]";

static const char odd_ones[] =
    "[conv2d: {channels: 16, kernel: 3, padding: 1, bias: false}, silu, "
    "conv2d: {channels: 16, kernel: 3, padding: 1, stride: 2}, relu, "
    "conv2d: {channels: 16, kernel: 3, padding: 1, bias: false}, relu, "
    "maxpool: {size: 2, stride: 1}, depthwise_conv2d: {kernel: 3}, batchnorm, relu, "
    "conv2d: {channels: 8, kernel: 3, padding: 1}, relu, conv2d: {channels: 16, kernel: 1}, "
    "batchnorm, relu, adaptive_avgpool, dense: {units: 5}]";

static const char to_the_end[] =
    "[conv2d: {channels: 32, kernel: 3}, batchnorm, conv2d: {channels: 16, kernel: 5}]";

static void layers_become_blocks(void **unused)
{
    (void)unused;
    expect_layers(1, 28, gap_cnn,
                  "block:relu:pool:b1 block:relu:pool:b1 block:relu:p0 "
                  "adaptive_avgpool flatten dense");
    expect_layers(1, 28, keras_cnn, "block:relu:pool:b0 block:relu:pool:p0 flatten dropout dense");
    expect_layers(1, 28, mlp, "flatten dense relu dense");
    expect_layers(1, 28, bn_cnn,
                  "norm_block:relu:pool:b1 norm_block:relu:pool:b1 "
                  "norm_block:relu:pool:p0 flatten dense relu dropout dense");
    expect_layers(1, 28, l2_cnn, "block:relu:pool:b2 block:relu:pool:p0 flatten dense");
    expect_layers(1, 12, read_twice,
                  "block:p0 relu to_blocks norm_block:p0 add relu to_blocks "
                  "norm_block:p0 maxpool flatten dropout dense");
    expect_layers(1, 12, two_readers,
                  "block:relu:pool:p0 to_blocks block:relu:p0 to_blocks "
                  "norm_block:relu:p0 add to_blocks block:pool:b2 "
                  "block:relu:p0 flatten dense");
    expect_layers(1, 12, odd_ones,
                  "block:p0 silu conv2d relu to_blocks block:relu:p0 maxpool "
                  "depthwise_conv2d batchnorm relu conv2d relu conv2d batchnorm "
                  "relu adaptive_avgpool dense");
    expect_layers(16, 7, to_the_end, "to_blocks norm_block:b0 block:p0");
}

static const char *const all_networks[] = {gap_cnn, keras_cnn,  mlp,         bn_cnn,  l2_cnn,
                                           mixed,   read_twice, two_readers, odd_ones};

/* Every tensor of the graph is in the fused one, once, at its place. */
static void tensors_stay_in_place(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof all_networks / sizeof all_networks[0]; k++) {
        Graph *graph = make_network(1, 28, 28, all_networks[k]), *fused;
        int left = 0;
        assert_int_equal(fuse_graph(&fused, graph, &reference, false, NULL), 0);
        assert_int_equal(fused->n_parameters, graph->n_parameters);
        assert_int_equal(fused->n_state, graph->n_state);
        for (int i = 0; i < fused->n_layers; i++)
            left += fused->layers[i].n_tensors;
        for (int i = 0, j = 0, u = 0; i < graph->n_layers; i++) {
            for (int t = 0; t < graph->layers[i].n_tensors; t++, u++, left--) {
                for (; u == fused->layers[j].n_tensors; u = 0)
                    j++; /* these networks have them in the same order */
                assert_memory_equal(&graph->layers[i].tensors[t], &fused->layers[j].tensors[u],
                                    sizeof(ParameterTensor));
            }
        }
        assert_int_equal(left, 0);
        graph_free(fused);
        graph_free(graph);
    }
}

static void without_blocks_nothing_changes(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof all_networks / sizeof all_networks[0]; k++) {
        Graph *graph = make_network(1, 28, 28, all_networks[k]), *fused;
        assert_int_equal(fuse_graph(&fused, graph, &kernels_c, true, NULL), 0);
        assert_int_equal(fused->n_layers, graph->n_layers);
        assert_memory_equal(fused->layers, graph->layers,
                            (size_t)graph->n_layers * sizeof *graph->layers);
        graph_free(fused);
        graph_free(graph);
    }
}

static Runner *make_runner(const Graph *graph, const Kernels *kernels, bool training, int n_threads)
{
    RunnerOptions options = {.training = training,
                             .max_batch = 3 * RUNNER_CHUNK,
                             .seed = 9,
                             .n_threads = n_threads,
                             .kernels = kernels,
                             .input_gradient = training};
    Runner *runner;
    ScrawlError error = {0};
    if (runner_create(&runner, graph, &options, &error))
        fail_msg("%s", error.message);
    return runner;
}

/* One training step, and what the network then answers. */
static RunnerLoss step(Bench *bench, const Kernels *kernels, int n_threads, real *d_input)
{
    const Graph *graph = bench->graph;
    size_t size = bench->n * shape_count(graph->input) * sizeof *d_input;
    Runner *runner = make_runner(graph, kernels, true, n_threads);
    RunnerBatch batch = bench_batch(bench, 70);
    RunnerLoss loss = runner_train(runner, &batch);
    memcpy(d_input, runner_input_gradient(runner), size);
    runner_free(runner);
    runner = make_runner(graph, kernels, false, n_threads);
    runner_load(runner, bench->parameters, bench->state);
    runner_infer(runner, bench->n, bench->x, bench->logits);
    runner_free(runner);
    return loss;
}

static double norm(const real *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i] * values[i];
    return sqrt(sum);
}

/* As vectors; `scale` is added to the size of what should be nearly zero. */
static void expect_near(const char *network, const char *what, const real *found,
                        const real *expected, size_t count, double scale, double tolerance)
{
    double distance = 0;
    for (size_t i = 0; i < count; i++)
        distance += ((double)found[i] - expected[i]) * ((double)found[i] - expected[i]);
    if (!(sqrt(distance) <= tolerance * (norm(expected, count) + scale)))
        fail_msg("%s: %s is off by %g of %g", network, what, sqrt(distance), norm(expected, count));
}

static void expect_gradients(const char *network, const Bench *found, const Bench *expected,
                             double tolerance)
{
    const Graph *graph = expected->graph;
    /* The bias before a batch norm has a gradient of rounding alone. */
    double scale = 0.01 * norm(expected->gradients, graph->n_parameters);
    assert_true(scale > 1e-5);
    for (int i = 0; i < graph->n_layers; i++) {
        for (int t = 0; t < graph->layers[i].n_tensors; t++) {
            const ParameterTensor *tensor = &graph->layers[i].tensors[t];
            char what[2 * LAYER_MAX_NAME];
            snprintf(what, sizeof what, "%s.%s", graph->layers[i].name, tensor->name);
            if (tensor->trainable)
                expect_near(network, what, found->gradients + tensor->offset,
                            expected->gradients + tensor->offset, tensor->count, scale, tolerance);
        }
    }
}

static Bench make_noisy(int channels, int height, int width, const char *layers, size_t n)
{
    Bench bench = make_bench(make_network(channels, height, width, layers), n);
    real *noise = make_random(bench.graph->n_parameters, 0.1, 6);
    for (size_t i = 0; i < bench.graph->n_parameters; i++)
        bench.parameters[i] += noise[i];
    mem_free(noise);
    return bench;
}

/* Values near a kink, of ReLU or of two that pooling chooses between, may fall on either side: then
 * gradients are off by more than what is computed forward. */
static void compare_apart(const Kernels *kernels, int channels, int height, int width,
                          const char *layers, size_t n, double tolerance, double gradient_tolerance)
{
    Bench plain = make_noisy(channels, height, width, layers, n);
    Bench fused = make_noisy(channels, height, width, layers, n);
    size_t n_input = n * shape_count(plain.graph->input);
    real *d_plain = make_reals(n_input), *d_fused = make_reals(n_input);
    RunnerLoss expected = step(&plain, &kernels_c, 2, d_plain);
    RunnerLoss found = step(&fused, kernels, 2, d_fused);
    assert_true(fabs(found.loss - expected.loss) <= tolerance * expected.loss);
    assert_int_equal(found.n_correct, expected.n_correct);
    expect_gradients(layers, &fused, &plain, gradient_tolerance);
    expect_near(layers, "state", fused.state, plain.state, plain.graph->n_state, 0, tolerance);
    expect_near(layers, "logits", fused.logits, plain.logits, n * (size_t)plain.graph->n_classes, 0,
                tolerance);
    expect_near(layers, "the input's gradient", d_fused, d_plain, n_input, 0, gradient_tolerance);
    mem_free(d_plain);
    mem_free(d_fused);
    free_bench(&plain);
    free_bench(&fused);
}

static void compare(const Kernels *kernels, int channels, int height, int width, const char *layers,
                    size_t n, double tolerance)
{
    compare_apart(kernels, channels, height, width, layers, n, tolerance, tolerance);
}

static void compare_all(const Kernels *kernels, double tolerance)
{
    const size_t many = 2 * RUNNER_CHUNK + 3;
    compare(kernels, 1, 28, 28, gap_cnn, 3, tolerance);
    compare(kernels, 1, 28, 28, keras_cnn, 3, tolerance);
    compare(kernels, 1, 28, 28, mlp, many, tolerance);
    compare(kernels, 1, 28, 28, bn_cnn, 4, tolerance);
    compare(kernels, 1, 28, 28, l2_cnn, 3, tolerance);
    compare(kernels, 1, 13, 11, bn_cnn, many, tolerance);
    compare(kernels, 1, 9, 14, l2_cnn, many, tolerance);
    compare(kernels, 1, 11, 9, gap_cnn, many, tolerance);
    compare(kernels, 1, 12, 10, mixed, many, tolerance);
    compare(kernels, 1, 12, 13, read_twice, many, tolerance);
    compare(kernels, 1, 12, 9, two_readers, many, tolerance);
    compare(kernels, 1, 12, 10, odd_ones, many, tolerance);
    compare(kernels, 16, 7, 7, to_the_end, many, tolerance);
}

static void fused_networks_do_the_same(void **unused)
{
    (void)unused;
    compare_all(&reference, TOLERANCE);
}

static void the_machines_blocks_do_the_same(void **unused)
{
    (void)unused;
    const Kernels *native = kernels_get(NULL);
    if (!native->block)
        skip();
    compare_all(native, NATIVE_TOLERANCE);
}

static int draw(Rng *rng, int low, int high)
{
    return low + (int)rng_below(rng, (uint32_t)(high - low + 1));
}

/* A chain of convolutions of all kinds that blocks are made of, and of some that none takes. Batch
 * norm of one pixel is left out: of one image it has no gradient but rounding. */
static void draw_layers(Rng *rng, int side, char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "[");
    for (int i = draw(rng, 1, 4); i > 0; i--) {
        int kernel = 2 * draw(rng, 0, 2) + 1, padding = draw(rng, 0, kernel / 2);
        int channels = draw(rng, 0, 3) ? 16 * draw(rng, 1, 3) : draw(rng, 1, 20);
        if (side + 2 * padding < kernel)
            break;
        side += 2 * padding - kernel + 1;
        /* One draw a statement: the order of arguments is the compiler's. */
        bool bias = draw(rng, 0, 1), norm = draw(rng, 0, 1) && side > 1, relu = draw(rng, 0, 2);
        bool pool = draw(rng, 0, 1) && side > 1;
        length += (size_t)snprintf(text + length, size - length,
                                   "conv2d: {channels: %d, kernel: %d, padding: %d, bias: %s}, "
                                   "%s%s%s",
                                   channels, kernel, padding, bias ? "true" : "false",
                                   norm ? "batchnorm, " : "", relu ? "relu, " : "",
                                   pool ? "maxpool, " : "");
        side /= pool ? 2 : 1;
    }
    snprintf(text + length, size - length, "flatten, dense: {units: 10}]");
}

/* A smaller last chunk, odd sides and mixed widths once let a block write past its memory. */
static void random_networks_do_the_same(void **unused)
{
    (void)unused;
    const Kernels *native = kernels_get(NULL);
    /* In float kinks move a gradient by up to 0.025 in one of 400 networks, in double in none. */
    const double gradient_tolerance = sizeof(real) == sizeof(double) ? TOLERANCE : 0.05;
    for (uint64_t k = 0; k < 40; k++) {
        char layers[1024];
        Rng rng;
        rng_init(&rng, 1, rng_stream(RNG_PURPOSE_TEST, 2, k));
        int channels = draw(&rng, 0, 1) ? 1 : 16, side = draw(&rng, 5, 17);
        size_t n = (size_t)draw(&rng, 1, 2 * RUNNER_CHUNK + 3);
        draw_layers(&rng, side, layers, sizeof layers);
        compare_apart(&reference, channels, side, side, layers, n, TOLERANCE, gradient_tolerance);
        if (native->block)
            compare_apart(native, channels, side, side, layers, n, NATIVE_TOLERANCE,
                          gradient_tolerance);
    }
}

static void check_threads(const Kernels *kernels, const char *layers, size_t n)
{
    Bench one = make_noisy(1, 12, 10, layers, n);
    size_t n_input = n * shape_count(one.graph->input);
    real *d_one = make_reals(n_input), *d_more = make_reals(n_input);
    RunnerLoss loss = step(&one, kernels, 1, d_one);
    const int counts[] = {2, 3, 4, 7};
    for (size_t i = 0; i < 4; i++) {
        Bench more = make_noisy(1, 12, 10, layers, n);
        RunnerLoss same = step(&more, kernels, counts[i], d_more);
        assert_memory_equal(&same.loss, &loss.loss, sizeof loss.loss);
        assert_memory_equal(more.gradients, one.gradients, one.graph->n_parameters * sizeof(real));
        assert_memory_equal(more.state, one.state, one.graph->n_state * sizeof(real));
        assert_memory_equal(more.logits, one.logits,
                            n * (size_t)one.graph->n_classes * sizeof(real));
        assert_memory_equal(d_more, d_one, n_input * sizeof(real));
        free_bench(&more);
    }
    mem_free(d_one);
    mem_free(d_more);
    free_bench(&one);
}

static void threads_do_not_change_a_bit(void **unused)
{
    (void)unused;
    const Kernels *native = kernels_get(NULL);
    const Kernels *const tables[] = {&reference, native};
    for (size_t i = 0; i < (native->block ? 2 : 1); i++) {
        check_threads(tables[i], read_twice, 3 * RUNNER_CHUNK - 5);
        check_threads(tables[i], two_readers, 2 * RUNNER_CHUNK);
        check_threads(tables[i], bn_cnn, RUNNER_CHUNK + 1);
    }
}

static void nothing_is_allocated_while_running(void **unused)
{
    (void)unused;
    Bench bench = make_noisy(1, 12, 10, read_twice, RUNNER_CHUNK + 5);
    Runner *trainer = make_runner(bench.graph, &reference, true, 2);
    Runner *reader = make_runner(bench.graph, &reference, false, 2);
    uint64_t count = mem_count();
    RunnerBatch batch = bench_batch(&bench, 0);
    runner_train(trainer, &batch);
    runner_load(reader, bench.parameters, bench.state);
    runner_infer(reader, bench.n, bench.x, bench.logits);
    assert_int_equal(mem_count(), count);
    runner_free(trainer);
    runner_free(reader);
    free_bench(&bench);
}

/* Weights are prepared when they are loaded, and every part of them again at the next. */
static void what_is_loaded_is_used(void **unused)
{
    (void)unused;
    Bench first = make_noisy(1, 12, 10, two_readers, 2), second = first;
    second.parameters = make_random(first.graph->n_parameters, 0.1, 30);
    second.logits = make_reals(first.n * 5);
    real *again = make_reals(first.n * 5);
    Runner *reader = make_runner(first.graph, &reference, false, 2);
    Runner *fresh = make_runner(first.graph, &reference, false, 1);
    runner_load(reader, first.parameters, first.state);
    runner_infer(reader, first.n, first.x, first.logits);
    runner_load(reader, second.parameters, second.state);
    runner_infer(reader, first.n, first.x, second.logits);
    runner_infer(reader, first.n, first.x, again);
    assert_memory_equal(again, second.logits, first.n * 5 * sizeof *again);
    runner_load(fresh, second.parameters, second.state);
    runner_infer(fresh, first.n, first.x, again);
    assert_memory_equal(again, second.logits, first.n * 5 * sizeof *again);
    assert_memory_not_equal(again, first.logits, first.n * 5 * sizeof *again);
    runner_free(reader);
    runner_free(fresh);
    mem_free(again);
    mem_free(second.parameters);
    mem_free(second.logits);
    free_bench(&first);
}

static void every_allocation_may_fail(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 12, 10, read_twice);
    for (int training = 0; training < 2; training++) {
        RunnerOptions options = {
            .training = training, .max_batch = 20, .n_threads = 2, .kernels = &reference};
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
        runner_free(runner);
    }
    graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_become_blocks),
        cmocka_unit_test(tensors_stay_in_place),
        cmocka_unit_test(without_blocks_nothing_changes),
        cmocka_unit_test(fused_networks_do_the_same),
        cmocka_unit_test(the_machines_blocks_do_the_same),
        cmocka_unit_test(random_networks_do_the_same),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(nothing_is_allocated_while_running),
        cmocka_unit_test(what_is_loaded_is_used),
        cmocka_unit_test(every_allocation_may_fail),
    };
    reference = reference_kernels();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
