/* Gradients against central differences, in double precision: every parameter and every value of
 * the input, of every layer and of the loss. */
#include "networks.h"

#include <math.h>

#include "block_reference.h"
#include "nn/runner.h"

#define TOLERANCE 1e-6
#define FLOOR 1e-10 /* what rounding leaves of a difference, with room */

typedef struct Case {
    const char *layers;
    Shape input;
    size_t n;
    double smoothing;
    size_t every; /* check every 1st, 2nd, ... value; 0: all */
    bool blocks;  /* run whole convolution blocks */
} Case;

typedef struct Check {
    Graph *graph;
    Runner *runner;
    size_t n, n_input, every;
    real *parameters, *state, *x, *gradients, *spare;
    uint16_t *labels;
    size_t n_checked, n_skipped;
    double largest;
} Check;

static RunnerLoss train(Check *check, real *gradients)
{
    RunnerBatch batch = {.parameters = check->parameters,
                         .state = check->state,
                         .gradients = gradients,
                         .n = check->n,
                         .x = check->x,
                         .labels = check->labels,
                         .first_image = 1000};
    return runner_train(check->runner, &batch);
}

static double loss_at(Check *check)
{
    return train(check, check->spare).loss;
}

static double difference(Check *check, real *place, double step)
{
    real saved = *place;
    *place = saved + step;
    double above = loss_at(check);
    *place = saved - step;
    double below = loss_at(check);
    *place = saved;
    return (above - below) / (2 * step);
}

/* Two steps give nearly the same difference where the function is smooth, and Richardson's rule
 * takes away the error's square term; a kink within the step gives two that differ. Then smaller
 * steps are tried. False: a kink is too near. */
static bool numeric(Check *check, real *place, double *slope)
{
    for (double step = 1e-3; step > 1e-5; step /= 8) {
        double wide = difference(check, place, step), near = difference(check, place, step / 2);
        *slope = (4 * near - wide) / 3;
        if (fabs(wide - near) <= 2e-6 * fabs(*slope) + FLOOR)
            return true;
    }
    return false;
}

/* A value may lie so near to a kink that every step crosses it: the gradient is then the slope on
 * one side. By three values, exact for parabolas. */
static bool is_slope_of_a_side(Check *check, real *place, double gradient)
{
    const double step = 1e-4;
    real saved = *place;
    for (int side = -1; side <= 1; side += 2) {
        double here = loss_at(check);
        *place = saved + side * step;
        double near = loss_at(check);
        *place = saved + 2 * side * step;
        double far = loss_at(check);
        *place = saved;
        double slope = side * (4 * near - 3 * here - far) / (2 * step);
        if (fabs(slope - gradient) <= TOLERANCE * fabs(gradient) + FLOOR)
            return true;
    }
    return false;
}

/* Element by element, and as a vector. */
static void check_array(Check *check, const char *what, real *values, const real *gradient,
                        size_t count)
{
    double error = 0, norm = 0;
    size_t n = 0;
    for (size_t i = 0; i < count; i += check->every) {
        double slope, analytic = gradient[i];
        if (!numeric(check, &values[i], &slope)) {
            check->n_skipped++;
            continue;
        }
        double distance = fabs(slope - analytic);
        bool agrees = distance <= TOLERANCE * fmax(fabs(slope), fabs(analytic)) + FLOOR;
        if (!agrees && is_slope_of_a_side(check, &values[i], analytic)) {
            check->n_skipped++;
            continue;
        }
        if (!agrees)
            fail_msg("%s[%zu]: gradient %.12g, difference %.12g", what, i, analytic, slope);
        error += distance * distance;
        norm += slope * slope;
        check->largest = fmax(check->largest, fabs(slope));
        n++;
    }
    assert_true(sqrt(error) <= TOLERANCE * sqrt(norm) + FLOOR * sqrt((double)n));
    check->n_checked += n;
}

static void check_everything(Check *check)
{
    const Graph *graph = check->graph;
    real *gradients = make_reals(graph->n_parameters), *d_input = make_reals(check->n_input);
    train(check, gradients);
    memcpy(d_input, runner_input_gradient(check->runner), check->n_input * sizeof *d_input);
    for (int i = 0; i < graph->n_layers; i++) {
        for (int t = 0; t < graph->layers[i].n_tensors; t++) {
            const ParameterTensor *tensor = &graph->layers[i].tensors[t];
            char what[2 * LAYER_MAX_NAME];
            snprintf(what, sizeof what, "%s.%s", graph->layers[i].name, tensor->name);
            if (tensor->trainable)
                check_array(check, what, check->parameters + tensor->offset,
                            gradients + tensor->offset, tensor->count);
        }
    }
    check_array(check, "input", check->x, d_input, check->n_input);
    mem_free(gradients);
    mem_free(d_input);
}

static void check_case(const Case *c)
{
    Check check = {
        .n = c->n, .n_input = c->n * shape_count(c->input), .every = c->every ? c->every : 1};
    Kernels with_blocks = reference_kernels();
    check.graph = make_network(c->input.channels, c->input.height, c->input.width, c->layers);
    RunnerOptions options = {.training = true,
                             .max_batch = c->n,
                             .n_threads = 1,
                             .seed = 5,
                             .label_smoothing = c->smoothing,
                             .input_gradient = true,
                             .kernels = c->blocks ? &with_blocks : &kernels_c};
    ScrawlError error = {0};
    if (runner_create(&check.runner, check.graph, &options, &error))
        fail_msg("%s", error.message);
    size_t n_parameters = check.graph->n_parameters;
    check.parameters = make_reals(n_parameters);
    check.state = make_reals(check.graph->n_state);
    check.spare = make_reals(n_parameters);
    check.x = make_random(check.n_input, 1, 11);
    check.labels = make_labels(c->n, check.graph->n_classes, 12);
    graph_initialize(check.graph, 13, check.parameters, check.state);
    /* Away from zero biases and from unit gammas, where mistakes hide. */
    real *noise = make_random(n_parameters, 0.3, 14);
    for (size_t i = 0; i < n_parameters; i++)
        check.parameters[i] += noise[i];
    check_everything(&check);
    assert_true(check.largest > 1e-3); /* else FLOOR would be all there is */
    assert_true(check.n_skipped * 50 <= check.n_checked);
    mem_free(noise);
    mem_free(check.parameters);
    mem_free(check.state);
    mem_free(check.spare);
    mem_free(check.x);
    mem_free(check.labels);
    runner_free(check.runner);
    graph_free(check.graph);
}

/* One chunk and a part of a second; two and a part of a third. */
#define TWO (RUNNER_CHUNK + 3)
#define THREE (2 * RUNNER_CHUNK + 3)

#define CHECKS(name, ...)                                           \
    static void name(void **unused)                                 \
    {                                                               \
        static const Case cases[] = {__VA_ARGS__};                  \
        (void)unused;                                               \
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) \
            check_case(&cases[i]);                                  \
    }

CHECKS(
    loss_and_dense, {"[dense: {units: 5}]", {4, 1, 1}, 1, 0},
    {"[dense: {units: 5}]", {4, 1, 1}, TWO, 0.1},
    {"[flatten, dense: {units: 6, bias: false}, sigmoid, dense: {units: 2}]", {2, 3, 2}, THREE, 1})

CHECKS(conv2d,
       {"[conv2d: {channels: 3, kernel: 3, padding: 1}, sigmoid, flatten, dense: {units: 3}]",
        {2, 5, 4},
        TWO,
        0},
       {"[conv2d: {channels: 3, kernel: 3, stride: 2, padding: 1, bias: false}, sigmoid, flatten, "
        "dense: {units: 3}]",
        {2, 7, 6},
        TWO,
        0},
       {"[conv2d: {channels: 2, kernel: 1}, sigmoid, conv2d: {channels: 3, kernel: 5, padding: 2}, "
        "sigmoid, conv2d: {channels: 2, kernel: 2, stride: 3}, flatten, dense: {units: 2}]",
        {1, 5, 6},
        RUNNER_CHUNK,
        0},
       {"[conv2d: {channels: 4, kernel: 4}]", {2, 4, 4}, TWO, 0})

CHECKS(depthwise_conv2d,
       {"[depthwise_conv2d: {kernel: 3, padding: 1}, sigmoid, flatten, dense: {units: 3}]",
        {3, 5, 4},
        TWO,
        0},
       {"[depthwise_conv2d: {kernel: 3, stride: 2, padding: 1, bias: false}, sigmoid, "
        "depthwise_conv2d: {kernel: 2}, flatten, dense: {units: 3}]",
        {3, 7, 5},
        TWO,
        0})

CHECKS(batchnorm, {"[batchnorm, flatten, dense: {units: 3}]", {2, 3, 3}, THREE, 0},
       {"[conv2d: {channels: 3, kernel: 3}, batchnorm: {epsilon: 0.1}, sigmoid, flatten, "
        "dense: {units: 4}, batchnorm, sigmoid, dense: {units: 3}]",
        {1, 5, 4},
        THREE,
        0},
       {"[flatten, dense: {units: 4}, batchnorm, batchnorm, silu, dense: {units: 3}]",
        {1, 3, 2},
        4,
        0})

CHECKS(activations,
       {"[relu, flatten, dense: {units: 4}, relu, dense: {units: 3}]", {2, 3, 3}, TWO, 0},
       {"[silu, flatten, dense: {units: 4}, silu, dense: {units: 3}]", {2, 3, 3}, TWO, 0},
       {"[sigmoid, flatten, dense: {units: 4}, sigmoid, dense: {units: 3}]", {2, 3, 3}, TWO, 0})

CHECKS(pools, {"[maxpool, flatten, dense: {units: 3}]", {2, 5, 4}, TWO, 0},
       {"[conv2d: {channels: 2, kernel: 2}, maxpool: {size: 3, stride: 2}, flatten, "
        "dense: {units: 3}]",
        {1, 8, 6},
        TWO,
        0},
       {"[avgpool, sigmoid, flatten, dense: {units: 3}]", {2, 5, 4}, TWO, 0},
       {"[conv2d: {channels: 2, kernel: 2}, avgpool: {size: 3, stride: 2}, sigmoid, flatten, "
        "dense: {units: 3}]",
        {1, 8, 6},
        TWO,
        0},
       {"[adaptive_avgpool, sigmoid, dense: {units: 3}]", {3, 4, 3}, TWO, 0},
       {"[conv2d: {channels: 2, kernel: 2}, adaptive_avgpool: {size: 3}, sigmoid, flatten, "
        "dense: {units: 3}]",
        {1, 8, 6},
        TWO,
        0})

CHECKS(dropout,
       {"[dropout: {rate: 0.4}, flatten, dense: {units: 8}, sigmoid, dropout, dense: {units: 3}]",
        {2, 3, 3},
        THREE,
        0.1},
       {"[dense: {units: 6}, relu, dropout: {rate: 0.3}, dense: {units: 3}]", {5, 1, 1}, TWO, 0})

CHECKS(squeeze_excite,
       {"[squeeze_excite: {reduction: 2}, flatten, dense: {units: 3}]", {4, 3, 2}, TWO, 0},
       {"[conv2d: {channels: 11, kernel: 1}, squeeze_excite: {reduction: 1}, sigmoid, "
        "squeeze_excite: {reduction: 1}, flatten, dense: {units: 2}]",
        {1, 1, 2},
        TWO,
        0},
       {"[conv2d: {channels: 4, kernel: 2}, squeeze_excite: {reduction: 8}, sigmoid, flatten, "
        "dense: {units: 3}]",
        {1, 4, 4},
        TWO,
        0})

CHECKS(residuals, {"[add: {from: [input, input]}, flatten, dense: {units: 3}]", {2, 2, 2}, TWO, 0},
       {"[conv2d: {channels: 2, kernel: 3, padding: 1}, sigmoid, add: {from: [sigmoid1, input]}, "
        "flatten, dense: {units: 3}]",
        {2, 3, 3},
        TWO,
        0},
       {"[dense: {units: 4}, sigmoid: {name: a}, dense: {units: 4, name: b}, sigmoid, "
        "add: {from: [a, sigmoid2]}, silu, add: {from: [silu1, a]}, add: {from: [add2, add2]}, "
        "dense: {units: 3}]",
        {4, 1, 1},
        TWO,
        0},
       {"[conv2d: {channels: 3, kernel: 3, padding: 1}, batchnorm, silu: {name: a}, "
        "conv2d: {channels: 3, kernel: 3, padding: 1}, batchnorm, add: {from: [batchnorm2, a]}, "
        "silu: {name: b}, conv2d: {channels: 2, kernel: 3, padding: 1, stride: 2}, "
        "conv2d: {channels: 2, kernel: 1, stride: 2, from: b}, add: {from: [conv3, conv4]}, "
        "adaptive_avgpool, dense: {units: 3}]",
        {1, 5, 4},
        THREE,
        0})

/* One value read by a flatten, a pool and an activation. */
CHECKS(shared_values,
       {"[conv2d: {channels: 2, kernel: 2}, flatten: {name: f}, dense: {units: 3, name: d}, "
        "adaptive_avgpool: {from: conv1, name: p}, dense: {units: 3, name: e}, "
        "add: {from: [d, e]}, sigmoid: {from: conv1}, flatten, dense: {units: 3, name: g}, "
        "add: {from: [add1, g]}]",
        {1, 4, 3},
        TWO,
        0},
       {"[relu: {name: a}, batchnorm: {name: b}, silu: {from: a, name: c}, "
        "dropout: {from: a, name: d}, add: {from: [b, c]}, add: {from: [add1, d]}, flatten, "
        "dense: {units: 3}]",
        {2, 3, 2},
        THREE,
        0},
       {mixed, {1, 6, 5}, TWO, 0.1})

/* The reference networks, scaled down. */
CHECKS(reference_networks,
       {"[conv2d: {channels: 2, kernel: 3, padding: 1}, relu, maxpool, "
        "conv2d: {channels: 3, kernel: 3, padding: 1}, relu, maxpool, "
        "conv2d: {channels: 4, kernel: 3, padding: 1}, relu, adaptive_avgpool, flatten, "
        "dense: {units: 4}]",
        {1, 9, 8},
        TWO,
        0},
       {"[conv2d: {channels: 2, kernel: 3}, relu, maxpool, conv2d: {channels: 3, kernel: 2}, "
        "relu, maxpool, flatten, dropout: {rate: 0.5}, dense: {units: 4}]",
        {1, 9, 8},
        TWO,
        0},
       {"[flatten, dense: {units: 8}, relu, dense: {units: 4}]", {1, 4, 4}, TWO, 0},
       {"[conv2d: {channels: 2, kernel: 3, padding: 1}, batchnorm, relu, maxpool, "
        "conv2d: {channels: 3, kernel: 3, padding: 1}, batchnorm, relu, maxpool, "
        "conv2d: {channels: 4, kernel: 3, padding: 1}, batchnorm, relu, maxpool, "
        "flatten, dense: {units: 5}, relu, dropout: {rate: 0.4}, dense: {units: 4}]",
        {1, 8, 9},
        THREE,
        0},
       {"[conv2d: {channels: 2, kernel: 5, padding: 2}, relu, maxpool, "
        "conv2d: {channels: 3, kernel: 5, padding: 2}, relu, maxpool, flatten, "
        "dense: {units: 4}]",
        {1, 8, 7},
        TWO,
        0})

/* The blocks' own work stands in kernels/; here it is what is added around it: layouts, combined
 * statistics, what is kept for the way back. */
CHECKS(blocks,
       {"[conv2d: {channels: 16, kernel: 3, padding: 1}, batchnorm, relu, maxpool, "
        "conv2d: {channels: 16, kernel: 3, padding: 1}, batchnorm, relu, flatten, "
        "dense: {units: 3}]",
        {1, 7, 6},
        TWO,
        0,
        41,
        true},
       {"[conv2d: {channels: 16, kernel: 5, padding: 2, bias: false}, maxpool, "
        "conv2d: {channels: 16, kernel: 3, bias: false}, batchnorm, adaptive_avgpool, "
        "dense: {units: 3}]",
        {1, 8, 7},
        TWO,
        0.1,
        37,
        true},
       {"[conv2d: {channels: 16, kernel: 3, padding: 1, name: a}, "
        "conv2d: {channels: 16, kernel: 3, padding: 1}, relu: {name: b}, "
        "conv2d: {channels: 16, kernel: 3, padding: 1, from: a}, batchnorm: {name: c}, "
        "add: {from: [b, c]}, silu, adaptive_avgpool, dense: {units: 3}]",
        {16, 3, 4},
        TWO,
        0,
        61,
        true})

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_dense),
        cmocka_unit_test(conv2d),
        cmocka_unit_test(depthwise_conv2d),
        cmocka_unit_test(batchnorm),
        cmocka_unit_test(activations),
        cmocka_unit_test(pools),
        cmocka_unit_test(dropout),
        cmocka_unit_test(squeeze_excite),
        cmocka_unit_test(residuals),
        cmocka_unit_test(shared_values),
        cmocka_unit_test(reference_networks),
        cmocka_unit_test(blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
