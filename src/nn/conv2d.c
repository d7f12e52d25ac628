/* conv2d: y[k] = bias[k] + sum over c of w[k,c] * x[c], "*" being cross-correlation.
 * depthwise_conv2d: each channel by its own filter, y[c] = bias[c] + w[c] * x[c].
 * Parameters: weight [K,C/G,R,S], bias [K]. */
#include <string.h>

#include "nn/kinds.h"

enum { WEIGHT, BIAS };

#define OPTION(name) offsetof(LayerOptions, name)

#define CONV_FIELDS                                                                               \
    {"kernel", SCHEMA_TYPE_INT, OPTION(kernel), 1, 255, NULL, true, "width and height"},          \
        {"stride", SCHEMA_TYPE_INT, OPTION(stride), 1, 255, NULL, false, "pixels a step"},        \
        {"padding", SCHEMA_TYPE_INT, OPTION(padding), 0, 254, NULL, false, "zeros on each side"}, \
        {"bias", SCHEMA_TYPE_BOOL, OPTION(bias), 0, 0, NULL, false, "add a number a channel"},    \
    {                                                                                             \
        "init", SCHEMA_TYPE_CHOICE, OPTION(init), 0, 0, layer_init_names, false, "of the weights" \
    }

static const SchemaField conv2d_fields[] = {
    {"channels", SCHEMA_TYPE_INT, OPTION(channels), 1, 16384, NULL, true, "filters"},
    CONV_FIELDS,
    {0},
};

static const SchemaField depthwise_fields[] = {CONV_FIELDS, {0}};

static ScrawlStatus resolve(Layer *layer, const Tree *tree, int filters, int groups,
                            ScrawlError *error)
{
    const LayerOptions *options = &layer->options;
    Shape in = layer->in;
    int kernel = options->kernel, padding = options->padding, stride = options->stride;
    /* Windows that lie in the padding alone would be wasted. */
    if (padding >= kernel)
        return layer_error(layer, tree, error, "padding %d is not less than kernel %d", padding,
                           kernel);
    if (kernel > in.height + 2 * padding || kernel > in.width + 2 * padding) {
        char text[SHAPE_TEXT_SIZE];
        return layer_error(layer, tree, error,
                           "kernel %d is larger than its input of %s with padding %d", kernel,
                           shape_text(in, text), padding);
    }
    int out_height = (in.height + 2 * padding - kernel) / stride + 1;
    int out_width = (in.width + 2 * padding - kernel) / stride + 1;
    layer->out = (Shape){filters, out_height, out_width};
    layer->conv = (ConvShape){in.channels, in.height, in.width, filters, out_height, out_width,
                              kernel,      kernel,    stride,   padding, groups};

    int area = kernel * kernel, depth = in.channels / groups;
    layer_add_weight(layer, "weight", 4, (int[]){filters, depth, kernel, kernel}, depth * area,
                     filters / groups * area, layer_weight_initializer(options));
    if (options->bias)
        layer_add_tensor(layer, "bias", 1, &filters);
    layer->multiply_adds = (uint64_t)out_height * (uint64_t)out_width * (uint64_t)filters *
                           (uint64_t)depth * (uint64_t)area;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus resolve_conv2d(Layer *layer, const Shape *inputs, const Tree *tree,
                                   ScrawlError *error)
{
    (void)inputs;
    return resolve(layer, tree, layer->options.channels, 1, error);
}

static ScrawlStatus resolve_depthwise(Layer *layer, const Shape *inputs, const Tree *tree,
                                      ScrawlError *error)
{
    return resolve(layer, tree, inputs[0].channels, inputs[0].channels, error);
}

static size_t work_size(const Layer *layer, const Kernels *kernels, size_t n)
{
    (void)n;
    return kernels->conv_work(&layer->conv);
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    const real *bias = run->layer->options.bias ? layer_parameter(run, BIAS) : NULL;
    run->kernels->conv_forward(&run->layer->conv, run->n, run->input[0],
                               layer_parameter(run, WEIGHT), bias, run->output, run->work);
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    const Layer *layer = run->layer;
    real *d_weight = layer_gradient(run, WEIGHT), *d_bias = NULL;
    memset(d_weight, 0, layer->tensors[WEIGHT].count * sizeof *d_weight);
    if (layer->options.bias) {
        d_bias = layer_gradient(run, BIAS);
        memset(d_bias, 0, layer->tensors[BIAS].count * sizeof *d_bias);
    }
    run->kernels->conv_backward_weights(&layer->conv, run->n, run->input[0], run->d_output,
                                        d_weight, d_bias, run->work);
    if (run->d_input[0]) {
        run->kernels->conv_backward_data(&layer->conv, run->n, run->d_output,
                                         layer_parameter(run, WEIGHT), run->d_input[0], run->work);
    }
}

const LayerKind kind_conv2d = {
    .name = "conv2d",
    .stem = "conv",
    .fields = conv2d_fields,
    .defaults = {.stride = 1, .bias = true},
    .n_inputs = 1,
    .resolve = resolve_conv2d,
    .work_size = work_size,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
    .backward_needs_input = true,
};

const LayerKind kind_depthwise_conv2d = {
    .name = "depthwise_conv2d",
    .stem = "depthwise",
    .fields = depthwise_fields,
    .defaults = {.stride = 1, .bias = true},
    .n_inputs = 1,
    .resolve = resolve_depthwise,
    .work_size = work_size,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
    .backward_needs_input = true,
};
