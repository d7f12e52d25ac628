#include "nn/layer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const layer_init_names[] = {"he", "xavier", "uniform", "dirac", NULL};

size_t shape_count(Shape shape)
{
    return (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
}

bool shape_equal(Shape a, Shape b)
{
    return a.channels == b.channels && a.height == b.height && a.width == b.width;
}

const char *shape_text(Shape shape, char text[SHAPE_TEXT_SIZE])
{
    snprintf(text, SHAPE_TEXT_SIZE, "%d x %d x %d", shape.channels, shape.height, shape.width);
    return text;
}

ScrawlStatus layer_error(const Layer *layer, const Tree *tree, ScrawlError *error,
                         const char *format, ...)
{
    char text[320];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return tree_error(tree, layer->node, error, "layer %s: %s", layer->name, text);
}

ParameterTensor *layer_add_tensor(Layer *layer, const char *name, int n_dims, const int *dims)
{
    assert(layer->n_tensors < LAYER_MAX_TENSORS && n_dims <= 4);
    ParameterTensor *tensor = &layer->tensors[layer->n_tensors++];
    *tensor = (ParameterTensor){.name = name, .trainable = true, .n_dims = n_dims, .count = 1};
    for (int i = 0; i < n_dims; i++) {
        tensor->dims[i] = dims[i];
        tensor->count *= (size_t)dims[i];
    }
    return tensor;
}

ParameterTensor *layer_add_weight(Layer *layer, const char *name, int n_dims, const int *dims,
                                  int fan_in, int fan_out, Initializer initializer)
{
    ParameterTensor *tensor = layer_add_tensor(layer, name, n_dims, dims);
    tensor->decays = true;
    tensor->fan_in = fan_in;
    tensor->fan_out = fan_out;
    tensor->initializer = initializer;
    return tensor;
}

Initializer layer_weight_initializer(const LayerOptions *options)
{
    static const Initializer meanings[] = {INITIALIZER_HE, INITIALIZER_XAVIER,
                                           INITIALIZER_UNIFORM_FAN_IN, INITIALIZER_DIRAC};
    return meanings[options->init];
}
