#include "networks.h"

#include <math.h>

#include "nn/kinds.h"
#include "nn/plan.h"

static void check_counts(const char *layers, size_t parameters, size_t state)
{
    Graph *graph = make_network(1, 28, 28, layers);
    assert_int_equal(graph->n_parameters, parameters);
    assert_int_equal(graph->n_state, state);
    assert_int_equal(graph->n_classes, 10);
    graph_free(graph);
}

static void reference_networks_have_their_parameters(void **unused)
{
    (void)unused;
    check_counts(gap_cnn, 93962, 0);
    check_counts(keras_cnn, 34826, 0);
    check_counts(mlp, 101770, 0);
    check_counts(bn_cnn, 241994, 448);
    check_counts(l2_cnn, 28938, 0);
}

static void kinds_are_found_by_name(void **unused)
{
    (void)unused;
    size_t n = 0;
    for (const char *const *name = layer_kind_names(); *name; name++, n++) {
        assert_non_null(layer_kind_find(*name));
        assert_string_equal(layer_kind_find(*name)->name, *name);
    }
    assert_int_equal(n, 14);
    assert_null(layer_kind_find("conv"));
}

static void shapes_follow_the_options(void **unused)
{
    (void)unused;
    Graph *graph = make_network(
        3, 11, 9,
        "[conv2d: {channels: 4, kernel: 3, stride: 2}, depthwise_conv2d: {kernel: 3, padding: 1}, "
        "avgpool: {size: 3, stride: 1}, squeeze_excite, adaptive_avgpool: {size: 2}, flatten, "
        "dense: {units: 7, bias: false}]");
    static const Shape shapes[] = {{4, 5, 4}, {4, 5, 4},  {4, 3, 2}, {4, 3, 2},
                                   {4, 2, 2}, {16, 1, 1}, {7, 1, 1}};
    static const size_t parameters[] = {4 * 3 * 9 + 4, 4 * 9 + 4, 0, 4 + 1 + 4 + 4, 0, 0, 112};
    static const size_t adds[] = {20 * 4 * 27, 20 * 4 * 9, 0, 8 + 24, 0, 0, 112};
    size_t total = 0, total_adds = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        size_t count = 0;
        for (int t = 0; t < graph->layers[i].n_tensors; t++)
            count += graph->layers[i].tensors[t].count;
        assert_true(shape_equal(graph->layers[i].out, shapes[i]));
        assert_int_equal(count, parameters[i]);
        assert_int_equal(graph->layers[i].multiply_adds, adds[i]);
        total += count;
        total_adds += adds[i];
    }
    assert_int_equal(graph->n_parameters, total);
    assert_int_equal(graph->multiply_adds, total_adds);
    graph_free(graph);
}

static void fans_are_those_of_one_value(void **unused)
{
    (void)unused;
    Graph *graph = make_network(2, 5, 5,
                                "[conv2d: {channels: 4, kernel: 3}, "
                                "depthwise_conv2d: {kernel: 3}, "
                                "dense: {units: 6}, squeeze_excite: {reduction: 2}]");
    static const int fans[][2] = {{18, 36}, {9, 9}, {4, 6}, {6, 3}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(graph->layers[i].tensors[0].fan_in, fans[i][0]);
        assert_int_equal(graph->layers[i].tensors[0].fan_out, fans[i][1]);
    }
    graph_free(graph);
}

static void tensors_tile_the_flat_arrays(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 12, 10, mixed);
    size_t parameters = 0, state = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        for (int t = 0; t < graph->layers[i].n_tensors; t++) {
            const ParameterTensor *tensor = &graph->layers[i].tensors[t];
            size_t *end = tensor->trainable ? &parameters : &state;
            assert_int_equal(tensor->offset, *end);
            *end += tensor->count;
            /* Weights decay; biases and batch norm do not. */
            assert_int_equal(tensor->decays, tensor->n_dims > 1);
        }
    }
    assert_int_equal(parameters, graph->n_parameters);
    assert_int_equal(state, graph->n_state);
    graph_free(graph);
}

static void names_and_inputs_are_as_written(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 12, 10, mixed);
    assert_int_equal(graph_find(graph, "stem"), 0);
    assert_int_equal(graph_find(graph, "batchnorm1"), 1);
    assert_int_equal(graph_find(graph, "a"), 2);
    assert_int_equal(graph_find(graph, "conv2"), 3); /* the second conv2d, the first has a name */
    assert_int_equal(graph_find(graph, "conv1"), -1);
    const Layer *add = &graph->layers[graph_find(graph, "add1")];
    assert_int_equal(add->inputs[0], graph_find(graph, "batchnorm2"));
    assert_int_equal(add->inputs[1], 2);
    assert_int_equal(graph->layers[0].inputs[0], -1);
    assert_int_equal(graph->layers[graph_find(graph, "p")].inputs[0], graph_find(graph, "b"));
    int flatten = graph_find(graph, "flatten1");
    assert_int_equal(graph_value(graph, flatten), flatten - 1);
    assert_int_equal(graph_value(graph, flatten - 1), flatten - 1);
    graph_free(graph);
}

static void json_makes_the_same_graph(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 12, 10, mixed), *again;
    ScrawlError error = {0};
    assert_int_equal(graph_create_json(&again, "model", graph->json, &error), 0);
    assert_string_equal(again->json, graph->json);
    assert_null(strchr(graph->json, '\n'));
    assert_int_equal(again->n_layers, graph->n_layers);
    assert_int_equal(again->n_parameters, graph->n_parameters);
    for (int i = 0; i < graph->n_layers; i++) {
        assert_string_equal(again->layers[i].name, graph->layers[i].name);
        assert_memory_equal(again->layers[i].inputs, graph->layers[i].inputs,
                            sizeof graph->layers[i].inputs);
        assert_ptr_equal(again->layers[i].kind, graph->layers[i].kind);
    }
    graph_free(graph);
    graph_free(again);
    assert_int_equal(graph_create_json(&again, "model", "{", &error), SCRAWL_STATUS_FORMAT);
    assert_null(again);
}

typedef struct Mistake {
    const char *text;  /* a network section; its layers start at line 3 */
    const char *where; /* how the message begins */
    const char *what;  /* what else it holds */
    ScrawlStatus status;
} Mistake;

#define HEAD "input: [1, 28, 28]\nlayers:\n"
#define TAIL "  - flatten\n  - dense: {units: 10}\n"

static const Mistake mistakes[] = {
    {HEAD "  - conv2: {channels: 3, kernel: 3}\n" TAIL, "net.yaml:3", "did you mean 'conv2d'", 0},
    {HEAD "  - rely\n" TAIL, "net.yaml:3", "did you mean 'relu'", 0},
    {HEAD "  - lstm\n" TAIL, "net.yaml:3", "there is no kind of layer 'lstm'", 0},
    {HEAD "  - conv2d\n" TAIL, "net.yaml:3", "conv2d needs channels", 0},
    {HEAD "  - conv2d: {channels: 3}\n" TAIL, "net.yaml:3", "conv2d needs kernel", 0},
    {HEAD "  - conv2d: {channels: 3, kernal: 3}\n" TAIL, "net.yaml:3", "kernel", 0},
    {HEAD "  - conv2d: {chanels: 3, kernel: 3}\n" TAIL, "net.yaml:3",
     "unknown key; did you mean \"channels\"?", 0},
    {HEAD "  - relu: {size: 3}\n" TAIL, "net.yaml:3", "size", 0},
    {HEAD "  - conv2d: 3\n" TAIL, "net.yaml:3", "conv2d", 0},
    {HEAD "  - conv2d: {channels: 0, kernel: 3}\n" TAIL, "net.yaml:3", "channels", 0},
    {HEAD "  - conv2d: {channels: 3, kernel: 3, init: zero}\n" TAIL, "net.yaml:3", "init", 0},
    {HEAD "  - dropout: {rate: 1}\n" TAIL, "net.yaml:3", "rate", 0},
    {HEAD "  - conv2d:\n    channels: 3\n" TAIL, "net.yaml:3", "indented", 0},
    {HEAD "  - {}\n" TAIL, "net.yaml:3", "expected a layer", 0},
    {HEAD "  - [relu]\n" TAIL, "net.yaml:3", "expected a layer", 0},
    {HEAD "  - conv2d: {channels: 3, kernel: 31, padding: 1}\n" TAIL, "net.yaml:3",
     "conv1: kernel 31 is larger than its input of 1 x 28 x 28", 0},
    {HEAD "  - conv2d: {channels: 3, kernel: 3, padding: 3}\n" TAIL, "net.yaml:3",
     "padding 3 is not less than kernel 3", 0},
    {HEAD "  - maxpool: {size: 15}\n  - relu\n  - maxpool\n" TAIL, "net.yaml:5",
     "maxpool2: size 2 is larger than its input of 1 x 1 x 1", 0},
    {HEAD "  - adaptive_avgpool: {size: 29}\n" TAIL, "net.yaml:3", "size 29 is larger", 0},
    {HEAD "  - relu\n  - dense: {units: 10}\n", "net.yaml:4", "flatten", 0},
    {HEAD "  - relu\n  - flatten\n", "net.yaml:4", "no parameters", 0},
    {HEAD "  - conv2d: {channels: 10, kernel: 3}\n", "net.yaml:3", "[classes,1,1]", 0},
    {HEAD "  - flatten\n  - dense: {units: 1}\n", "net.yaml:4", "2 to 65535 classes", 0},
    {HEAD "  - relu: {name: x}\n  - relu: {name: x}\n" TAIL, "net.yaml:4",
     "a second layer is called x: the first stands at line 3", 0},
    {HEAD "  - relu\n  - silu: {name: relu2}\n  - relu\n" TAIL, "net.yaml:5", "relu2", 0},
    {HEAD "  - relu: {name: input}\n" TAIL, "net.yaml:3", "the picture itself", 0},
    {HEAD "  - relu: {name: a.b}\n" TAIL, "net.yaml:3", "the name 'a.b'", 0},
    {HEAD "  - relu: {name: 1st}\n" TAIL, "net.yaml:3", "the name '1st'", 0},
    {HEAD "  - relu\n  - silu: {from: relu2}\n" TAIL, "net.yaml:4",
     "silu1: no layer is called 'relu2'; did you mean 'relu1'", 0},
    {HEAD "  - relu\n  - silu: {from: dense1}\n" TAIL, "net.yaml:4",
     "'dense1' comes later, at line 6", 0},
    {HEAD "  - relu: {from: relu1}\n" TAIL, "net.yaml:3", "cannot read itself", 0},
    {HEAD "  - relu\n  - add\n" TAIL, "net.yaml:4", "add needs from: [a, b]", 0},
    {HEAD "  - relu\n  - add: {from: [relu1]}\n" TAIL, "net.yaml:4", "add reads 2 layers", 0},
    {HEAD "  - relu: {from: [input, input]}\n" TAIL, "net.yaml:3", "relu reads 1 layer:", 0},
    {HEAD "  - relu\n  - add: {from: [relu1, [input]]}\n" TAIL, "net.yaml:4", "name of a layer", 0},
    {HEAD "  - maxpool\n  - add: {from: [maxpool1, input]}\n" TAIL, "net.yaml:4",
     "1 x 14 x 14 and 1 x 28 x 28", 0},
    {HEAD "  - relu\n  - silu: {from: input}\n" TAIL, "net.yaml:3", "no later layer reads", 0},
    {"input: [1, 28]\nlayers:\n" TAIL, "net.yaml:1", "[channels, height, width]", 0},
    {"input: 28\nlayers:\n" TAIL, "net.yaml:1", "[channels, height, width]", 0},
    {"input: [1, 28, x]\nlayers:\n" TAIL, "net.yaml:1", "but found x", 0},
    {"input: [1, 28, 0]\nlayers:\n" TAIL, "net.yaml:1", "from 1 to 8192 but found 0", 0},
    {"input: [1, 8193, 2]\nlayers:\n" TAIL, "net.yaml:1", "but found 8193", 0},
    {"layers:\n" TAIL, "net.yaml:", "input", 0},
    {"input: [1, 28, 28]\n", "net.yaml:", "layers", 0},
    {"input: [1, 28, 28]\nlayers: relu\n", "net.yaml:2", "a list of layers", 0},
    {"input: [1, 28, 28]\nlayers: []\n", "net.yaml:2", "a list of layers", 0},
    {"input: [1, 28, 28]\nlayer:\n" TAIL, "net.yaml:2", "layers", 0},
    {"input: [2, 8192, 8192]\nlayers:\n" TAIL, "net.yaml:1", "134217728", SCRAWL_STATUS_LIMIT},
    {"input: [1, 2000, 2000]\nlayers:\n  - conv2d: {channels: 64, kernel: 1}\n" TAIL, "net.yaml:3",
     "conv1: its output of 64 x 2000 x 2000", SCRAWL_STATUS_LIMIT},
    {"input: [1, 2000, 2000]\nlayers:\n  - flatten\n  - dense: {units: 100}\n", "net.yaml:4",
     "dense1: its weight of 400000000 numbers", SCRAWL_STATUS_LIMIT},
};

static void mistakes_are_explained(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const Mistake *mistake = &mistakes[i];
        ScrawlStatus wanted = mistake->status ? mistake->status : SCRAWL_STATUS_RECIPE;
        ScrawlError error = {0};
        Graph *graph;
        ScrawlStatus status = try_network(&graph, mistake->text, &error);
        assert_null(graph);
        if (status != wanted || error.status != wanted ||
            strncmp(error.message, mistake->where, strlen(mistake->where)) != 0 ||
            !strstr(error.message, mistake->what))
            fail_msg("expected %s at %s (%s) but found \"%s\" for:\n%s", mistake->what,
                     mistake->where, scrawl_status_name(wanted), error.message, mistake->text);
    }
}

static void too_many_layers_are_refused(void **unused)
{
    (void)unused;
    char text[16 * GRAPH_MAX_LAYERS] = HEAD;
    for (int i = 0; i < GRAPH_MAX_LAYERS - 1; i++)
        strcat(text, "  - relu\n");
    strcat(text, TAIL);
    Graph *graph;
    ScrawlError error = {0};
    assert_int_equal(try_network(&graph, text, &error), SCRAWL_STATUS_LIMIT);
    assert_non_null(strstr(error.message, "513 layers, at most 512"));
}

/* Mean and variance of a tensor's first values. */
static void check_moments(const real *values, size_t count, double sd)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
    }
    double tolerance = 5 * sd / sqrt((double)count);
    assert_true(fabs(sum / (double)count) < tolerance);
    assert_true(fabs(sqrt(squares / (double)count) - sd) < tolerance);
}

static void initialization_has_its_scale(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 20, 20,
                                "[conv2d: {channels: 50, kernel: 5}, batchnorm, flatten, "
                                "dense: {units: 30, init: xavier}, relu, "
                                "dense: {units: 100, init: uniform}]");
    real *parameters = make_random(graph->n_parameters, 1, 1), *state = make_reals(graph->n_state);
    graph_initialize(graph, 7, parameters, state);
    const Layer *conv = &graph->layers[0], *norm = &graph->layers[1];
    const Layer *dense1 = &graph->layers[3], *dense2 = &graph->layers[5];
    double bound = sqrt(6.0 / (50 * 256 + 30));
    check_moments(parameters, 50 * 25, sqrt(2.0 / 25));
    check_moments(parameters + dense1->tensors[0].offset, 50 * 256 * 30, bound / sqrt(3));
    check_moments(parameters + dense2->tensors[0].offset, 30 * 100, 1 / sqrt(3 * 30));
    for (size_t i = 0; i < dense1->tensors[0].count; i++)
        assert_true(fabs((double)parameters[dense1->tensors[0].offset + i]) <= bound);
    for (size_t i = 0; i < 50; i++) {
        assert_true(parameters[conv->tensors[1].offset + i] == 0);
        assert_true(parameters[norm->tensors[0].offset + i] == 1);
        assert_true(parameters[norm->tensors[1].offset + i] == 0);
        assert_true(state[norm->tensors[2].offset + i] == 0);
        assert_true(state[norm->tensors[3].offset + i] == 1);
    }
    mem_free(parameters);
    mem_free(state);
    graph_free(graph);
}

/* Filter k of [K,D,area] is 1 at channel k's middle and 0 elsewhere, for k below `whole`. */
static void check_dirac(const ParameterTensor *tensor, const real *weights, int whole)
{
    int depth = tensor->dims[1];
    size_t filter_size = tensor->count / (size_t)tensor->dims[0];
    size_t area = filter_size / (size_t)depth;
    for (int k = 0; k < whole; k++) {
        const real *filter = weights + tensor->offset + (size_t)k * filter_size;
        for (size_t i = 0; i < filter_size; i++)
            assert_true(filter[i] == (i == (size_t)(k % depth) * area + area / 2));
    }
}

static void dirac_hands_channels_on(void **unused)
{
    (void)unused;
    Graph *graph = make_network(4, 9, 9,
                                "[conv2d: {channels: 40, kernel: 3, init: dirac}, "
                                "depthwise_conv2d: {kernel: 5, init: dirac}, "
                                "conv2d: {channels: 3, kernel: 1, init: dirac}, flatten, "
                                "dense: {units: 10, init: dirac}]");
    static const int whole[] = {4, 0, 3, 0, 10}; /* filters that are Dirac's, by layer */
    real *parameters = make_random(graph->n_parameters, 1, 1);
    graph_initialize(graph, 7, parameters, NULL);
    for (int i = 0; i < graph->n_layers; i++) {
        if (whole[i])
            check_dirac(&graph->layers[i].tensors[0], parameters, whole[i]);
    }
    const ParameterTensor *conv = &graph->layers[0].tensors[0];
    const ParameterTensor *depthwise = &graph->layers[1].tensors[0];
    check_moments(parameters + conv->offset + 4 * 36, 36 * 36, sqrt(2.0 / 36));
    for (size_t i = 0; i < depthwise->count; i++)
        assert_true(parameters[depthwise->offset + i] == (i % 25 == 12));
    mem_free(parameters);
    graph_free(graph);
}

static void initialization_is_of_the_seed_alone(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 28, 28, bn_cnn);
    size_t size = graph->n_parameters * sizeof(real);
    real *a = make_reals(graph->n_parameters), *b = make_random(graph->n_parameters, 1, 1);
    real *state = make_reals(graph->n_state);
    graph_initialize(graph, 3, a, state);
    graph_initialize(graph, 3, b, state);
    assert_memory_equal(a, b, size);
    graph_initialize(graph, 4, b, state);
    assert_memory_not_equal(a, b, 32 * 9 * sizeof(real));
    mem_free(a);
    mem_free(b);
    mem_free(state);
    graph_free(graph);
}

static void tensors_of_one_shape_start_differently(void **unused)
{
    (void)unused;
    Graph *graph = make_network(6, 1, 1, "[dense: {units: 6}, dense: {units: 6}]");
    real *parameters = make_reals(graph->n_parameters);
    graph_initialize(graph, 3, parameters, NULL);
    for (size_t i = 0; i < 36; i++)
        assert_true(parameters[i] != parameters[graph->layers[1].tensors[0].offset + i]);
    mem_free(parameters);
    graph_free(graph);
}

static void summary_lists_layers_and_totals(void **unused)
{
    (void)unused;
    static const char *const expected[] = {
        "layer (kind)",
        "input",
        "conv1 (conv2d)",
        "32 x 28 x 28",
        "18,496",
        "147,584",
        "3,612,672", /* 14 * 14 * 64 * 32 * 9 */
        "\n\ntotal parameters              242,442 (947.04 KB)",
        "\ntrainable parameters          241,994 (945.29 KB)",
        "\nother (running averages)          448 (1.75 KB)",
        "multiply-adds an image",
    };
    Graph *graph = make_network(1, 28, 28, bn_cnn);
    Buffer text;
    buffer_init(&text, 1 << 16);
    assert_int_equal(graph_summary(graph, &text), 0);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        if (!strstr(buffer_text(&text), expected[i]))
            fail_msg("no \"%s\" in:\n%s", expected[i], buffer_text(&text));
    }
    buffer_deinit(&text);
    buffer_init(&text, 100);
    assert_int_equal(graph_summary(graph, &text), SCRAWL_STATUS_LIMIT);
    buffer_deinit(&text);
    graph_free(graph);
    graph = make_network(1, 12, 10, mixed);
    buffer_init(&text, 1 << 16);
    assert_int_equal(graph_summary(graph, &text), 0);
    assert_non_null(strstr(buffer_text(&text), "add1 (add: batchnorm2, a)"));
    assert_non_null(strstr(buffer_text(&text), "p (maxpool: b)"));
    buffer_deinit(&text);
    graph_free(graph);
}

static void every_allocation_may_fail(void **unused)
{
    (void)unused;
    char text[4096];
    Graph *graph = NULL;
    Plan plan;
    snprintf(text, sizeof text, "input: [1, 12, 10]\nlayers: %s\n", mixed);
    for (uint64_t n = 1; !graph; n++) {
        ScrawlError error = {0};
        assert_in_range(n, 1, 1000);
        mem_fail_at(n);
        ScrawlStatus status = try_network(&graph, text, &error);
        mem_fail_at(0);
        assert_int_equal(status, graph ? SCRAWL_STATUS_OK : SCRAWL_STATUS_NO_MEMORY);
        assert_int_equal(error.status, status);
    }
    for (uint64_t n = 1;; n++) {
        ScrawlError error = {0};
        assert_in_range(n, 1, 100);
        mem_fail_at(n);
        ScrawlStatus status = plan_create(&plan, graph, true, true, &error);
        mem_fail_at(0);
        assert_int_equal(error.status, status);
        if (!status)
            break;
        assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
        assert_null(plan.layers);
    }
    plan_deinit(&plan);
    graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_networks_have_their_parameters),
        cmocka_unit_test(kinds_are_found_by_name),
        cmocka_unit_test(shapes_follow_the_options),
        cmocka_unit_test(fans_are_those_of_one_value),
        cmocka_unit_test(tensors_tile_the_flat_arrays),
        cmocka_unit_test(names_and_inputs_are_as_written),
        cmocka_unit_test(json_makes_the_same_graph),
        cmocka_unit_test(mistakes_are_explained),
        cmocka_unit_test(too_many_layers_are_refused),
        cmocka_unit_test(initialization_has_its_scale),
        cmocka_unit_test(dirac_hands_channels_on),
        cmocka_unit_test(initialization_is_of_the_seed_alone),
        cmocka_unit_test(tensors_of_one_shape_start_differently),
        cmocka_unit_test(summary_lists_layers_and_totals),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
