/* A plan is right when, played step by step, everybody finds what was written for them. Each cell
 * of a picture of the arena holds the mark of what lies there. */
#include "networks.h"

#include "block_reference.h"
#include "nn/fuse.h"
#include "nn/plan.h"

enum { OUTPUT, GRADIENT, STASH };

typedef struct Play {
    const Graph *graph;
    Plan plan;
    int *cells; /* [image_size] */
} Play;

static int mark(int layer, int role)
{
    return 1 + layer * 3 + role;
}

static size_t offset_of(const Play *play, int layer, int role)
{
    const PlanLayer *plan = &play->plan.layers[layer];
    return role == OUTPUT ? plan->output : role == GRADIENT ? plan->gradient : plan->stash;
}

static size_t size_of(const Play *play, int layer, int role)
{
    const Layer *l = &play->graph->layers[layer];
    return role == STASH ? l->stash_size : l->output_size;
}

static void write_cells(Play *play, int layer, int role)
{
    size_t offset = offset_of(play, layer, role), size = size_of(play, layer, role);
    assert_true(offset != PLAN_NONE && offset % PLAN_ALIGNMENT == 0);
    assert_true(offset + size <= play->plan.image_size);
    for (size_t i = 0; i < size; i++)
        play->cells[offset + i] = mark(layer, role);
}

static void expect_cells(const Play *play, int layer, int role)
{
    size_t offset = offset_of(play, layer, role), size = size_of(play, layer, role);
    for (size_t i = 0; i < size; i++) {
        if (play->cells[offset + i] != mark(layer, role))
            fail_msg("role %d of %s holds %d, not %d", role, play->graph->layers[layer].name,
                     play->cells[offset + i], mark(layer, role));
    }
}

static bool has_stash(const Layer *layer)
{
    return layer->stash_size > 0;
}

static void play_forward(Play *play)
{
    for (int i = 0; i < play->graph->n_layers; i++) {
        const Layer *layer = &play->graph->layers[i];
        if (layer->kind->alias)
            continue;
        for (int slot = 0; slot < layer->n_inputs; slot++) {
            int value = graph_value(play->graph, layer->inputs[slot]);
            if (value >= 0)
                expect_cells(play, value, OUTPUT);
        }
        if (has_stash(layer))
            write_cells(play, i, STASH);
        write_cells(play, i, OUTPUT);
        for (int slot = 0; slot < layer->n_inputs; slot++) {
            int value = graph_value(play->graph, layer->inputs[slot]);
            /* Only a layer that works in place may write over what it reads, and only slot 0. */
            if (value >= 0 && !(slot == 0 && layer->kind->in_place))
                expect_cells(play, value, OUTPUT);
        }
        if (has_stash(layer))
            expect_cells(play, i, STASH);
    }
    expect_cells(play, graph_value(play->graph, play->graph->n_layers - 1), OUTPUT);
}

static void play_backward_layer(Play *play, int i, bool *written)
{
    const Layer *layer = &play->graph->layers[i];
    expect_cells(play, i, GRADIENT);
    if (layer->kind->backward_needs_output)
        expect_cells(play, i, OUTPUT);
    if (has_stash(layer))
        expect_cells(play, i, STASH);
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        int value = graph_value(play->graph, layer->inputs[slot]);
        if (value >= 0 && layer->kind->backward_needs_input)
            expect_cells(play, value, OUTPUT);
    }
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        int value = graph_value(play->graph, layer->inputs[slot]);
        if (value < 0 || play->plan.layers[value].gradient == PLAN_NONE)
            continue;
        assert_int_equal(play->plan.layers[i].accumulates[slot], written[value]);
        /* Until the call ends d_output is read: only slot 0 of an in-place layer lies over it. */
        if (written[value])
            expect_cells(play, value, GRADIENT);
        else if (!(slot == 0 && layer->kind->in_place))
            assert_true(offset_of(play, value, GRADIENT) != offset_of(play, i, GRADIENT));
        write_cells(play, value, GRADIENT);
        written[value] = true;
    }
}

static void play_backward(Play *play)
{
    bool written[GRAPH_MAX_LAYERS] = {false};
    write_cells(play, graph_value(play->graph, play->graph->n_layers - 1), GRADIENT);
    for (int i = play->graph->n_layers - 1; i >= 0; i--) {
        if (!play->graph->layers[i].kind->alias && play->plan.layers[i].gradient != PLAN_NONE)
            play_backward_layer(play, i, written);
    }
}

/* The planned share of the naive memory. */
static double play_graph(const Graph *graph, bool training)
{
    Play play = {.graph = graph};
    assert_int_equal(plan_create(&play.plan, graph, training, training, NULL), 0);
    play.cells = mem_alloc_zero(play.plan.image_size, sizeof *play.cells);
    play_forward(&play);
    if (training)
        play_backward(&play);
    else
        assert_true(play.plan.layers[graph->n_layers - 1].gradient == PLAN_NONE);
    double share = (double)play.plan.image_size / (double)play.plan.naive_size;
    mem_free(play.cells);
    plan_deinit(&play.plan);
    return share;
}

static double play_network(int height, int width, const char *layers, bool training)
{
    Graph *graph = make_network(1, height, width, layers);
    double share = play_graph(graph, training);
    graph_free(graph);
    return share;
}

/* With whole convolution blocks: halos make outputs larger than their shapes. */
static void play_fused(int height, int width, const char *layers, bool training)
{
    Kernels kernels = reference_kernels();
    Graph *graph = make_network(1, height, width, layers), *fused;
    assert_int_equal(fuse_graph(&fused, graph, &kernels, training, NULL), 0);
    play_graph(fused, training);
    graph_free(fused);
    graph_free(graph);
}

static void everybody_finds_what_was_written(void **unused)
{
    (void)unused;
    const char *const networks[] = {gap_cnn, keras_cnn, mlp, bn_cnn, l2_cnn, mixed};
    for (size_t i = 0; i < 6; i++) {
        play_network(28, 28, networks[i], false);
        play_network(28, 28, networks[i], true);
        play_network(13, 11, networks[i], true);
        play_fused(28, 28, networks[i], false);
        play_fused(28, 28, networks[i], true);
        play_fused(13, 11, networks[i], true);
    }
}

/* Random networks of one shape: chains and additions over random earlier layers. */
static void random_graphs_are_planned(void **unused)
{
    (void)unused;
    const char *const kinds[] = {"relu",      "silu",    "sigmoid",
                                 "batchnorm", "dropout", "squeeze_excite"};
    for (uint64_t seed = 0; seed < 200; seed++) {
        char text[4096] = "[conv2d: {channels: 2, kernel: 1, name: l0}";
        size_t length = strlen(text);
        Rng rng;
        rng_init(&rng, seed, rng_stream(RNG_PURPOSE_TEST, 2, 0));
        for (int i = 1; i < 20; i++) {
            const char *kind = kinds[rng_below(&rng, 6)];
            if (rng_below(&rng, 3) == 0)
                length += (size_t)snprintf(text + length, sizeof text - length,
                                           ", add: {from: [l%d, l%u], name: l%d}", i - 1,
                                           rng_below(&rng, (uint32_t)i), i);
            else
                length += (size_t)snprintf(text + length, sizeof text - length, ", %s: {name: l%d}",
                                           kind, i);
        }
        snprintf(text + length, sizeof text - length, ", flatten, dense: {units: 3}]");
        play_network(3, 3, text, true);
        play_network(3, 3, text, false);
    }
}

static void memory_is_reused(void **unused)
{
    (void)unused;
    /* A chain that only runs forward needs no more than its two largest neighbours. */
    Graph *graph = make_network(1, 28, 28, bn_cnn);
    Plan plan;
    assert_int_equal(plan_create(&plan, graph, false, false, NULL), 0);
    assert_in_range(plan.image_size, 32 * 784 + 32 * 196, 32 * 784 + 64 * 196 + 32 * 196);
    plan_deinit(&plan);
    graph_free(graph);
    assert_true(play_network(28, 28, bn_cnn, false) < 0.4);
    assert_true(play_network(28, 28, bn_cnn, true) < 0.62);
    assert_true(play_network(28, 28, gap_cnn, true) < 0.6);
}

static void an_input_that_is_not_trained_has_no_gradient(void **unused)
{
    (void)unused;
    Graph *graph = make_network(1, 8, 8, "[maxpool, relu, flatten, dense: {units: 3}]");
    Plan plan;
    assert_int_equal(plan_create(&plan, graph, true, false, NULL), 0);
    assert_true(plan.layers[0].gradient == PLAN_NONE && plan.layers[1].gradient == PLAN_NONE);
    assert_true(plan.layers[2].gradient == PLAN_NONE && plan.layers[3].gradient != PLAN_NONE);
    plan_deinit(&plan);
    assert_int_equal(plan_create(&plan, graph, true, true, NULL), 0);
    assert_true(plan.layers[0].gradient != PLAN_NONE);
    plan_deinit(&plan);
    graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_finds_what_was_written),
        cmocka_unit_test(random_graphs_are_planned),
        cmocka_unit_test(memory_is_reused),
        cmocka_unit_test(an_input_that_is_not_trained_has_no_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
