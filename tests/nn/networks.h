/* Networks for the tests of nn/: the five reference networks, and graphs from a line of layers. */
#ifndef TESTS_NN_NETWORKS_H
#define TESTS_NN_NETWORKS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/tree.h"
#include "nn/runner.h"

static const char gap_cnn[] =
    "[conv2d: {channels: 32, kernel: 3, padding: 1}, relu, maxpool, "
    "conv2d: {channels: 64, kernel: 3, padding: 1}, relu, maxpool, "
    "conv2d: {channels: 128, kernel: 3, padding: 1}, relu, adaptive_avgpool, flatten, "
    "dense: {units: 10}]";

static const char keras_cnn[] =
    "[conv2d: {channels: 32, kernel: 3}, relu, maxpool, conv2d: {channels: 64, kernel: 3}, "
    "relu, maxpool, flatten, dropout: {rate: 0.5}, dense: {units: 10}]";

static const char mlp[] = "[flatten, dense: {units: 128}, relu, dense: {units: 10}]";

static const char bn_cnn[] =
    "[conv2d: {channels: 32, kernel: 3, padding: 1}, batchnorm, relu, maxpool, "
    "conv2d: {channels: 64, kernel: 3, padding: 1}, batchnorm, relu, maxpool, "
    "conv2d: {channels: 128, kernel: 3, padding: 1}, batchnorm, relu, maxpool, "
    "flatten, dense: {units: 128}, relu, dropout: {rate: 0.4}, dense: {units: 10}]";

static const char l2_cnn[] =
    "[conv2d: {channels: 16, kernel: 5, padding: 2}, relu, maxpool, "
    "conv2d: {channels: 32, kernel: 5, padding: 2}, relu, maxpool, flatten, dense: {units: 10}]";

/* Everything at once: residual blocks, squeeze-excite, depthwise, strides, dropout, fan-out. */
static const char mixed[] =
    "[conv2d: {channels: 6, kernel: 3, padding: 1, name: stem}, batchnorm, relu: {name: a}, "
    "conv2d: {channels: 6, kernel: 3, padding: 1, bias: false}, batchnorm, "
    "add: {from: [batchnorm2, a]}, silu: {name: b}, "
    "depthwise_conv2d: {kernel: 3, padding: 1, stride: 2}, batchnorm, silu, squeeze_excite, "
    "conv2d: {channels: 8, kernel: 1}, maxpool: {size: 1, stride: 2, from: b, name: p}, "
    "conv2d: {channels: 8, kernel: 1, name: shortcut}, add: {from: [conv3, shortcut]}, "
    "relu, adaptive_avgpool: {size: 2}, flatten, dropout: {rate: 0.3}, dense: {units: 5}]";

static inline ScrawlStatus try_network(Graph **graph, const char *text, ScrawlError *error)
{
    Tree tree;
    *graph = NULL;
    ScrawlStatus status = yaml_parse(&tree, "net.yaml", text, strlen(text), error);
    if (status)
        return status;
    status = graph_create(graph, &tree, tree.root, error);
    tree_deinit(&tree);
    return status;
}

/* `layers` is a list in YAML's flow style, where "kind: {...}" alone is a map of one key. */
static inline Graph *make_network(int channels, int height, int width, const char *layers)
{
    char text[4096];
    Graph *graph;
    ScrawlError error = {0};
    snprintf(text, sizeof text, "input: [%d, %d, %d]\nlayers: %s\n", channels, height, width,
             layers);
    if (try_network(&graph, text, &error))
        fail_msg("%s", error.message);
    return graph;
}

static inline real *make_reals(size_t count)
{
    real *values = mem_alloc_zero(count, sizeof *values);
    assert_non_null(values);
    return values;
}

/* Normal numbers from a seed. */
static inline real *make_random(size_t count, double sd, uint64_t seed)
{
    real *values = make_reals(count);
    Rng rng;
    rng_init(&rng, seed, rng_stream(RNG_PURPOSE_TEST, 0, 0));
    for (size_t i = 0; i < count; i++)
        values[i] = (real)(sd * rng_normal(&rng));
    return values;
}

static inline uint16_t *make_labels(size_t count, int classes, uint64_t seed)
{
    uint16_t *labels = mem_alloc(count, sizeof *labels);
    assert_non_null(labels);
    Rng rng;
    rng_init(&rng, seed, rng_stream(RNG_PURPOSE_TEST, 1, 0));
    for (size_t i = 0; i < count; i++)
        labels[i] = (uint16_t)rng_below(&rng, (uint32_t)classes);
    return labels;
}

/* A network with its numbers and a batch for it. */
typedef struct Bench {
    Graph *graph;
    size_t n;
    real *parameters, *state, *x, *gradients, *logits;
    uint16_t *labels;
} Bench;

static inline Bench make_bench(Graph *graph, size_t n)
{
    Bench bench = {
        .graph = graph,
        .n = n,
        .parameters = make_reals(graph->n_parameters),
        .state = make_reals(graph->n_state),
        .x = make_random(n * shape_count(graph->input), 1, 1),
        .gradients = make_random(graph->n_parameters, 1, 2), /* garbage to be overwritten */
        .logits = make_random(n * (size_t)graph->n_classes, 1, 3),
        .labels = make_labels(n, graph->n_classes, 4),
    };
    graph_initialize(graph, 5, bench.parameters, bench.state);
    return bench;
}

/* All of its images, for a training step that changes the bench. */
static inline RunnerBatch bench_batch(Bench *bench, uint64_t first_image)
{
    return (RunnerBatch){
        .parameters = bench->parameters,
        .state = bench->state,
        .gradients = bench->gradients,
        .n = bench->n,
        .x = bench->x,
        .labels = bench->labels,
        .first_image = first_image,
    };
}

static inline void free_bench(Bench *bench)
{
    mem_free(bench->parameters);
    mem_free(bench->state);
    mem_free(bench->x);
    mem_free(bench->gradients);
    mem_free(bench->logits);
    mem_free(bench->labels);
    graph_free(bench->graph);
}

#endif
