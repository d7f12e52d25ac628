#include "nn/fuse.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/kinds.h"

#define NOT_MADE (-2) /* -1 is the graph's input */

typedef struct Fuser {
    const Graph *graph;
    const BlockKernels *kernels; /* NULL: nothing is fused */
    bool training;
    Graph *made;
    int *made_of; /* [n_layers]: the layer of the new graph that holds what this one computed */
} Fuser;

/* The layers of a block; norm, relu and pool may be NULL. */
typedef struct Chain {
    const Layer *conv, *norm, *relu, *pool;
    const Layer *last;
} Chain;

/* The layer that alone reads this one's output, and once; else NULL. */
static const Layer *only_reader(const Graph *graph, const Layer *layer)
{
    const Layer *reader = NULL;
    for (int i = layer->index + 1; i < graph->n_layers; i++) {
        for (int slot = 0; slot < graph->layers[i].n_inputs; slot++) {
            if (graph->layers[i].inputs[slot] != layer->index)
                continue;
            if (reader)
                return NULL;
            reader = &graph->layers[i];
        }
    }
    return reader;
}

/* The only reader of the chain's end, now its end, if it is of that kind. */
static const Layer *follow(const Graph *graph, Chain *chain, const LayerKind *kind)
{
    const Layer *next = only_reader(graph, chain->last);
    if (!next || next->kind != kind)
        return NULL;
    if (kind == &kind_maxpool && (next->options.size != 2 || next->options.stride != 2))
        return NULL;
    chain->last = next;
    return next;
}

static Chain chain_from(const Graph *graph, const Layer *conv)
{
    Chain chain = {.conv = conv, .last = conv};
    chain.norm = follow(graph, &chain, &kind_batchnorm);
    chain.relu = follow(graph, &chain, &kind_relu);
    chain.pool = follow(graph, &chain, &kind_maxpool);
    return chain;
}

/* A last odd row or column that pooling leaves out is not computed, unless the batch's statistics
 * want it. */
static BlockShape plain_shape(const Chain *chain, bool training)
{
    BlockShape shape = {
        .conv = chain->conv->conv,
        .relu = chain->relu != NULL,
        .pool = chain->pool ? 2 : 1,
        .out_plain = 1,
    };
    if (!(training && chain->norm)) {
        shape.conv.out_height -= shape.conv.out_height % shape.pool;
        shape.conv.out_width -= shape.conv.out_width % shape.pool;
    }
    return shape;
}

/* Does a block start at this layer? Then *chain is what it takes, and *shape has a plain output. */
static bool starts_block(const Fuser *fuser, const Layer *layer, Chain *chain, BlockShape *shape)
{
    if (!fuser->kernels || layer->kind != &kind_conv2d)
        return false;
    *chain = chain_from(fuser->graph, layer);
    *shape = plain_shape(chain, fuser->training);
    return fuser->kernels->supports(shape);
}

/* The output stays blocked where all that reads it is a block, too. */
static void choose_layout(const Fuser *fuser, const Chain *chain, BlockShape *shape)
{
    const Layer *reader = only_reader(fuser->graph, chain->last);
    Chain reading;
    BlockShape blocked = *shape, read_shape;
    if (!reader || !starts_block(fuser, reader, &reading, &read_shape))
        return;
    blocked.out_plain = 0;
    blocked.out_halo = reader->conv.padding;
    if (fuser->kernels->supports(&blocked))
        *shape = blocked;
}

/* A copy of the layer at the end of the new graph, reading what stands there for its inputs. */
static Layer *add_layer(Fuser *fuser, const Layer *layer)
{
    int index = fuser->made->n_layers++;
    Layer *made = &fuser->made->layers[index];
    *made = *layer;
    made->index = index;
    for (int slot = 0; slot < layer->n_inputs; slot++) {
        int input = layer->inputs[slot];
        made->inputs[slot] = input < 0 ? input : fuser->made_of[input];
    }
    fuser->made_of[layer->index] = index;
    return made;
}

/* In front of a block whose input is plain but should not be. */
static void add_to_blocks(Fuser *fuser, const Layer *conv)
{
    Layer *made = add_layer(fuser, conv);
    made->kind = &kind_to_blocks;
    made->out = conv->in;
    made->n_tensors = 0;
    made->multiply_adds = 0;
    made->block = (BlockShape){.out_halo = conv->conv.padding};
    to_blocks_measure(made);
}

static bool is_blocked(const Fuser *fuser, int index)
{
    if (index < 0)
        return false;
    const Layer *made = &fuser->made->layers[index];
    bool is_block = made->kind == &kind_block || made->kind == &kind_norm_block;
    return is_block && !made->block.out_plain;
}

static void add_norm(Layer *made, const Layer *norm)
{
    made->kind = &kind_norm_block;
    made->options.epsilon = norm->options.epsilon;
    made->options.momentum = norm->options.momentum;
    made->norm_tensor = made->n_tensors;
    made->norm_area = norm->norm_area;
    made->partial_size = norm->partial_size;
    made->shared_size = norm->shared_size;
    memcpy(made->tensors + made->n_tensors, norm->tensors,
           (size_t)norm->n_tensors * sizeof *norm->tensors);
    made->n_tensors += norm->n_tensors;
}

static void add_block(Fuser *fuser, const Chain *chain, const BlockShape *shape)
{
    const Layer *conv = chain->conv;
    int input = conv->inputs[0] < 0 ? -1 : fuser->made_of[conv->inputs[0]];
    bool converts = conv->in.channels > 1 && !is_blocked(fuser, input);
    if (converts)
        add_to_blocks(fuser, conv);
    Layer *made = add_layer(fuser, conv);
    if (converts)
        made->inputs[0] = made->index - 1;
    made->kind = &kind_block;
    made->out = chain->last->out;
    made->block = *shape;
    if (chain->norm)
        add_norm(made, chain->norm);
    block_measure(made, fuser->kernels, fuser->training);
    const Layer *parts[] = {conv, chain->norm, chain->relu, chain->pool};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i])
            fuser->made_of[parts[i]->index] = made->index;
    }
}

/* A layer goes where its block's convolution stood: its readers come later, and if the graph's
 * last layer goes into a block, nothing else stands between. */
static void fuse_layers(Fuser *fuser)
{
    const Graph *graph = fuser->graph;
    for (int i = 0; i < graph->n_layers; i++)
        fuser->made_of[i] = NOT_MADE;
    for (int i = 0; i < graph->n_layers; i++) {
        Chain chain;
        BlockShape shape;
        if (fuser->made_of[i] != NOT_MADE)
            continue;
        if (starts_block(fuser, &graph->layers[i], &chain, &shape)) {
            choose_layout(fuser, &chain, &shape);
            add_block(fuser, &chain, &shape);
        } else {
            add_layer(fuser, &graph->layers[i]);
        }
    }
}

ScrawlStatus fuse_graph(Graph **fused, const Graph *graph, const Kernels *kernels, bool training,
                        ScrawlError *error)
{
    size_t n = (size_t)graph->n_layers;
    Fuser fuser = {
        .graph = graph,
        .kernels = kernels->block,
        .training = training,
        .made = mem_alloc_zero(1, sizeof *fuser.made),
        .made_of = mem_alloc(n, sizeof *fuser.made_of),
    };
    ScrawlStatus status = SCRAWL_STATUS_OK;
    *fused = NULL;
    if (fuser.made) {
        *fuser.made = *graph;
        fuser.made->json = NULL;
        fuser.made->n_layers = 0;
        fuser.made->layers = mem_alloc_zero(2 * n, sizeof *graph->layers); /* with to_blocks */
    }
    if (!fuser.made || !fuser.made->layers || !fuser.made_of) {
        status = error_no_memory(error, "the layers of a network");
        graph_free(fuser.made);
    } else {
        fuse_layers(&fuser);
        *fused = fuser.made;
    }
    mem_free(fuser.made_of);
    return status;
}
