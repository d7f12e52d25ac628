/* maxpool, avgpool: windows of size x size, without padding; what does not fill a window is left
 * out. adaptive_avgpool: means over size x size bins of any input (size 1: the global mean). */
#include "nn/kinds.h"

#define OPTION(name) offsetof(LayerOptions, name)

/* A place inside a window is kept in a byte: 16 x 16 of them. */
#define MAXPOOL_MAX_SIZE 16

static const SchemaField maxpool_fields[] = {
    {"size", SCHEMA_TYPE_INT, OPTION(size), 1, MAXPOOL_MAX_SIZE, NULL, false, "window's side"},
    {"stride", SCHEMA_TYPE_INT, OPTION(stride), 1, 255, NULL, false, "default: size"},
    {0},
};

static const SchemaField avgpool_fields[] = {
    {"size", SCHEMA_TYPE_INT, OPTION(size), 1, 255, NULL, false, "window's side"},
    {"stride", SCHEMA_TYPE_INT, OPTION(stride), 1, 255, NULL, false, "default: size"},
    {0},
};

static const SchemaField adaptive_fields[] = {
    {"size", SCHEMA_TYPE_INT, OPTION(size), 1, 255, NULL, false, "output's side"},
    {0},
};

static ScrawlStatus check_size(const Layer *layer, const Tree *tree, ScrawlError *error)
{
    int size = layer->options.size;
    char text[SHAPE_TEXT_SIZE];
    if (size > layer->in.height || size > layer->in.width)
        return layer_error(layer, tree, error, "size %d is larger than its input of %s", size,
                           shape_text(layer->in, text));
    return SCRAWL_STATUS_OK;
}

static void set_out(Layer *layer, int height, int width)
{
    Shape in = layer->in;
    layer->out = (Shape){in.channels, height, width};
    layer->pool =
        (PoolShape){in.channels,          in.height, in.width, height, width, layer->options.size,
                    layer->options.stride};
}

static ScrawlStatus resolve_window(Layer *layer, const Shape *inputs, const Tree *tree,
                                   ScrawlError *error)
{
    ScrawlStatus status = check_size(layer, tree, error);
    if (status)
        return status;
    LayerOptions *options = &layer->options;
    if (options->stride == 0)
        options->stride = options->size;
    set_out(layer, (inputs[0].height - options->size) / options->stride + 1,
            (inputs[0].width - options->size) / options->stride + 1);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus resolve_maxpool(Layer *layer, const Shape *inputs, const Tree *tree,
                                    ScrawlError *error)
{
    ScrawlStatus status = resolve_window(layer, inputs, tree, error);
    if (status)
        return status;
    /* A byte for each output. */
    layer->stash_size = (shape_count(layer->out) + sizeof(real) - 1) / sizeof(real);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus resolve_adaptive(Layer *layer, const Shape *inputs, const Tree *tree,
                                     ScrawlError *error)
{
    (void)inputs;
    ScrawlStatus status = check_size(layer, tree, error);
    if (status)
        return status;
    set_out(layer, layer->options.size, layer->options.size);
    return SCRAWL_STATUS_OK;
}

static void maxpool_forward(const LayerRun *run, int phase)
{
    (void)phase;
    run->kernels->maxpool_forward(&run->layer->pool, run->n, run->input[0], run->output,
                                  (uint8_t *)run->stash);
}

static void maxpool_backward(const LayerRun *run, int phase)
{
    (void)phase;
    if (run->d_input[0]) {
        run->kernels->maxpool_backward(&run->layer->pool, run->n, run->d_output,
                                       (const uint8_t *)run->stash, run->d_input[0]);
    }
}

static void avgpool_forward(const LayerRun *run, int phase)
{
    (void)phase;
    run->kernels->avgpool_forward(&run->layer->pool, run->n, run->input[0], run->output);
}

static void avgpool_backward(const LayerRun *run, int phase)
{
    (void)phase;
    if (run->d_input[0])
        run->kernels->avgpool_backward(&run->layer->pool, run->n, run->d_output, run->d_input[0]);
}

static void adaptive_forward(const LayerRun *run, int phase)
{
    (void)phase;
    run->kernels->adaptive_avgpool_forward(&run->layer->pool, run->n, run->input[0], run->output);
}

static void adaptive_backward(const LayerRun *run, int phase)
{
    (void)phase;
    if (run->d_input[0]) {
        run->kernels->adaptive_avgpool_backward(&run->layer->pool, run->n, run->d_output,
                                                run->d_input[0]);
    }
}

const LayerKind kind_maxpool = {
    .name = "maxpool",
    .stem = "maxpool",
    .fields = maxpool_fields,
    .defaults = {.size = 2},
    .n_inputs = 1,
    .resolve = resolve_maxpool,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = maxpool_forward,
    .backward = maxpool_backward,
};

const LayerKind kind_avgpool = {
    .name = "avgpool",
    .stem = "avgpool",
    .fields = avgpool_fields,
    .defaults = {.size = 2},
    .n_inputs = 1,
    .resolve = resolve_window,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = avgpool_forward,
    .backward = avgpool_backward,
};

const LayerKind kind_adaptive_avgpool = {
    .name = "adaptive_avgpool",
    .stem = "adaptive_avgpool",
    .fields = adaptive_fields,
    .defaults = {.size = 1},
    .n_inputs = 1,
    .resolve = resolve_adaptive,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = adaptive_forward,
    .backward = adaptive_backward,
};
