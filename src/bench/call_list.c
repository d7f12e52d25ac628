/* From the recipes inside the binary to the kernels that their networks call. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "bench/call.h"
#include "nn/fuse.h"
#include "nn/kinds.h"
#include "nn/runner.h"

#define MAX_RECIPES 64

/* A recipe's network as its recipe says it, and as the kernels run it. */
typedef struct Network {
    ScrawlRecipe *recipe;
    Graph *plain, *training, *inference;
} Network;

typedef struct Lister {
    const Kernels *kernels;
    Network networks[MAX_RECIPES];
    size_t n_networks;
    CallList *list;
    ScrawlError *error;
} Lister;

static void network_deinit(Network *network)
{
    graph_free(network->plain);
    graph_free(network->training);
    graph_free(network->inference);
    scrawl_recipe_free(network->recipe);
}

static ScrawlStatus network_init(Network *network, const char *name, const Kernels *kernels,
                                 ScrawlError *error)
{
    ScrawlStatus status = scrawl_recipe_load(&network->recipe, name, error);

    if (!status)
        status = scrawl_recipe_check(network->recipe, error);
    if (!status)
        status = recipe_graph(network->recipe, &network->plain, error);
    if (!status)
        status = fuse_graph(&network->training, network->plain, kernels, true, error);
    if (!status)
        status = fuse_graph(&network->inference, network->plain, kernels, false, error);
    return status;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static const char *dimensions(Shape shape, char text[SHAPE_TEXT_SIZE])
{
    if (shape.height == 1 && shape.width == 1)
        snprintf(text, SHAPE_TEXT_SIZE, "%d", shape.channels);
    else
        snprintf(text, SHAPE_TEXT_SIZE, "%dx%dx%d", shape.channels, shape.height, shape.width);
    return text;
}

/* "32x14x14 -> 64x7x7", or the one of them that the kernel is about. */
static int describe_ends(const Call *call, char *text, size_t size)
{
    const CallTraffic *traffic = &call->kind->traffic;
    char in[SHAPE_TEXT_SIZE], out[SHAPE_TEXT_SIZE];

    dimensions(call->layer.in, in);
    dimensions(call->layer.out, out);
    if (call->flops > 0 || traffic->convolved > 0 || (traffic->in > 0 && traffic->out > 0))
        return snprintf(text, size, "%zu x %s -> %s", call->n, in, out);
    return snprintf(text, size, "%zu x %s", call->n, traffic->in > 0 ? in : out);
}

/* What differs between two calls shows, and nothing else, since of calls that look alike only one
 * is listed. */
static void describe(Call *call)
{
    const Layer *layer = &call->layer;
    const ConvShape *conv = &layer->conv;
    size_t size = sizeof call->shape, n;

    if (call->kind->traffic.packed > 0)
        snprintf(call->shape, size, "%d filters of %dx%dx%d", conv->filters, conv->channels,
                 conv->kernel_height, conv->kernel_width);
    else if (call->kind->traffic.parameters > 0)
        snprintf(call->shape, size, "%zu parameters", layer->tensors[0].count);
    else {
        n = (size_t)describe_ends(call, call->shape, size);
        if (conv->kernel_height)
            n += (size_t)snprintf(call->shape + n, size - n, ", %dx%d", conv->kernel_height,
                                  conv->kernel_width);
        if (call->algorithm)
            snprintf(call->shape + n, size - n, "%s%s%s",
                     layer->norm_area && !call->kind->inference ? " norm" : "",
                     layer->block.relu ? " relu" : "", layer->block.pool > 1 ? " pool" : "");
    }
}

/* Of one image, with the frame that a convolution may want. */
static size_t input_size(const Layer *layer)
{
    int frame = 2 * layer->conv.padding;

    return shape_count(
        (Shape){layer->in.channels, layer->in.height + frame, layer->in.width + frame});
}

static size_t convolved_size(const Layer *layer)
{
    return (size_t)layer->conv.filters * (size_t)layer->conv.out_height *
           (size_t)layer->conv.out_width;
}

/* Operations, or bytes that are moved. */
static void count_work(Call *call)
{
    const Layer *layer = &call->layer;
    const CallTraffic *traffic = &call->kind->traffic;
    double n = (double)call->n, products = call->kind->products;

    if (call->first)
        products -= call->kind->data_products;
    call->flops = 2 * products * n * (double)layer->multiply_adds;
    call->bytes = (n * (traffic->in * (double)shape_count(layer->in) +
                        traffic->out * (double)shape_count(layer->out) +
                        traffic->convolved * (double)convolved_size(layer)) +
                   traffic->parameters * (double)layer->tensors[0].count +
                   traffic->packed * (double)layer->prepared_size) *
                  sizeof(real);
}

/* The memory that the call needs, in plain C as well. */
static void find_sizes(Call *call, const Kernels *kernels)
{
    const Layer *layer = &call->layer;
    size_t image = larger(larger(input_size(layer), convolved_size(layer)),
                          larger(layer->output_size, layer->stash_size));

    call->size = larger(call->n * larger(image, shape_count(layer->out)),
                        larger(layer->tensors[0].count, layer->prepared_size));
    if (!layer->kind)
        call->work = augment_work(layer->in.height, layer->in.width);
    else if (layer->kind->work_size)
        call->work = layer->kind->work_size(layer, kernels, call->n);
    if (layer->conv.kernel_height)
        call->work = larger(call->work, kernels_c.conv_work(&layer->conv));
    else if (layer->kind && layer->kind->work_size)
        call->work = larger(call->work, layer->kind->work_size(layer, &kernels_c, call->n));
}

static bool is_listed(const CallList *list, const Call *call)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->calls[i].kind->name, call->kind->name) == 0 &&
            strcmp(list->calls[i].shape, call->shape) == 0)
            return true;
    return false;
}

static ScrawlStatus add(Lister *lister, const CallKind *kind, const Layer *layer, bool first)
{
    CallList *list = lister->list;
    Call call = {
        .kind = kind, .layer = *layer, .n = kind->n ? kind->n : RUNNER_CHUNK, .first = first};
    Call *calls;

    if (first && kind->products > 0 && kind->products <= kind->data_products)
        return SCRAWL_STATUS_OK;
    if (layer->kind == &kind_block || layer->kind == &kind_norm_block)
        call.algorithm = lister->kernels->block->algorithm(&layer->block);
    count_work(&call);
    find_sizes(&call, lister->kernels);
    describe(&call);
    if (is_listed(list, &call))
        return SCRAWL_STATUS_OK;
    calls = mem_grow(list->calls, list->n, list->n + 1, sizeof *calls);
    if (!calls)
        return error_no_memory(lister->error, "the list of kernels");
    list->calls = calls;
    list->calls[list->n++] = call;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus add_layers(Lister *lister, const CallKind *kind, const Graph *graph)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;

    for (int i = 0; !status && i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];

        if (layer->kind == kind->layers[0] || layer->kind == kind->layers[1])
            status = add(lister, kind, layer, graph_value(graph, layer->inputs[0]) < 0);
    }
    return status;
}

static ScrawlStatus add_whole(Lister *lister, const CallKind *kind, const Network *network)
{
    const Graph *graph = network->plain;
    Layer whole = {.in = graph->input,
                   .out = {graph->n_classes, 1, 1},
                   .tensors = {{.count = graph->n_parameters}}};

    return kind->uses(network->recipe) ? add(lister, kind, &whole, true) : SCRAWL_STATUS_OK;
}

/* A kernel's calls in one network. Layers that are part of a block are listed by themselves, too:
 * such kernels serve the shapes that no block takes. */
static ScrawlStatus add_kind(Lister *lister, const CallKind *kind, const Network *network)
{
    ScrawlStatus status;

    if (kind->uses)
        return add_whole(lister, kind, network);
    status = add_layers(lister, kind, kind->inference ? network->inference : network->training);
    return status ? status : add_layers(lister, kind, network->plain);
}

ScrawlStatus call_list_create(CallList *list, const Kernels *kernels, const char *only,
                              ScrawlError *error)
{
    Lister lister = {.kernels = kernels, .list = list, .error = error};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    bool found = false;

    *list = (CallList){0};
    while (!status && lister.n_networks < MAX_RECIPES &&
           scrawl_recipe_embedded(lister.n_networks)) {
        size_t i = lister.n_networks++;

        status = network_init(&lister.networks[i], scrawl_recipe_embedded(i), kernels, error);
    }
    for (size_t k = 0; k < call_n_kinds; k++) {
        if (only && !strstr(call_kinds[k].name, only))
            continue;
        found = true;
        for (size_t i = 0; !status && i < lister.n_networks; i++)
            status = add_kind(&lister, &call_kinds[k], &lister.networks[i]);
    }
    if (!status && !found)
        status = error_set(error, SCRAWL_STATUS_USAGE, "no kernel's name contains \"%s\"", only);
    else if (!status && list->n == 0)
        status = error_set(error, SCRAWL_STATUS_USAGE,
                           "the kernels \"%s\" have none whose name contains \"%s\"", kernels->name,
                           only);
    for (size_t i = 0; i < lister.n_networks; i++)
        network_deinit(&lister.networks[i]);
    if (status)
        call_list_deinit(list);
    return status;
}

void call_list_deinit(CallList *list)
{
    mem_free(list->calls);
    *list = (CallList){0};
}
