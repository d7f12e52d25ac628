/* dense: y = W x + b; dx = W^T dy, dW = dy x^T, db = dy. Parameters: weight [units,C], bias
 * [units]. The input is [C,1,1]: a flatten stands before it where it is not. */
#include <string.h>

#include "nn/kinds.h"

enum { WEIGHT, BIAS };

#define OPTION(name) offsetof(LayerOptions, name)

static const SchemaField fields[] = {
    {"units", SCHEMA_TYPE_INT, OPTION(units), 1, 65536, NULL, true, "outputs"},
    {"bias", SCHEMA_TYPE_BOOL, OPTION(bias), 0, 0, NULL, false, "add a number a unit"},
    {"init", SCHEMA_TYPE_CHOICE, OPTION(init), 0, 0, layer_init_names, false, "of the weights"},
    {0},
};

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error)
{
    Shape in = inputs[0];
    int units = layer->options.units;
    if (in.height != 1 || in.width != 1) {
        char text[SHAPE_TEXT_SIZE];
        return layer_error(layer, tree, error,
                           "dense expected a flat input [C,1,1] but found %s: put a flatten "
                           "before it",
                           shape_text(in, text));
    }
    layer->out = (Shape){units, 1, 1};
    layer_add_weight(layer, "weight", 2, (int[]){units, in.channels}, in.channels, units,
                     layer_weight_initializer(&layer->options));
    if (layer->options.bias)
        layer_add_tensor(layer, "bias", 1, &units);
    layer->multiply_adds = (uint64_t)units * (uint64_t)in.channels;
    return SCRAWL_STATUS_OK;
}

static size_t work_size(const Layer *layer, const Kernels *kernels, size_t n)
{
    size_t units = (size_t)layer->out.channels, in = (size_t)layer->in.channels;
    size_t forward = kernels->gemm_work(GEMM_NT, n, units, in);
    size_t data = kernels->gemm_work(GEMM_NN, n, in, units);
    size_t weights = kernels->gemm_work(GEMM_TN, units, in, n); /* for fewer units no more */
    return kernels_max(forward, kernels_max(data, weights));
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    size_t units = (size_t)run->layer->out.channels, in = (size_t)run->layer->in.channels;
    run->kernels->gemm(GEMM_NT, run->n, units, in, run->input[0], in, layer_parameter(run, WEIGHT),
                       in, 0, run->output, units, run->work);
    if (run->layer->options.bias)
        run->kernels->bias_forward(run->n, units, layer_parameter(run, BIAS), run->output);
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    size_t units = (size_t)run->layer->out.channels, in = (size_t)run->layer->in.channels;
    if (run->layer->options.bias) {
        real *d_bias = layer_gradient(run, BIAS);
        memset(d_bias, 0, units * sizeof *d_bias);
        run->kernels->bias_backward(run->n, units, run->d_output, d_bias);
    }
    if (run->d_input[0]) {
        run->kernels->gemm(GEMM_NN, run->n, in, units, run->d_output, units,
                           layer_parameter(run, WEIGHT), in, 0, run->d_input[0], in, run->work);
    }
}

static void weight_gradient(const LayerRun *run, int add, size_t first, size_t n)
{
    size_t units = (size_t)run->layer->out.channels, in = (size_t)run->layer->in.channels;
    run->kernels->gemm(GEMM_TN, n, in, run->n, run->d_output + first, units, run->input[0], in, add,
                       layer_gradient(run, WEIGHT) + first * in, in, run->work);
}

const LayerKind kind_dense = {
    .name = "dense",
    .stem = "dense",
    .fields = fields,
    .defaults = {.bias = true},
    .n_inputs = 1,
    .resolve = resolve,
    .work_size = work_size,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
    .weight_gradient = weight_gradient,
    .backward_needs_input = true,
};
