/* squeeze_excite: each channel is scaled by a gate that sees the means of all of them.
 * Hu, Shen & Sun, "Squeeze-and-Excitation Networks", CVPR 2018, eq. 2-4:
 *   s = mean over H, W of x;  h = relu(W1 s + b1);  g = sigmoid(W2 h + b2);  y[c] = x[c] g[c]
 * Parameters: fc1.weight [R,C], fc1.bias [R], fc2.weight [C,R], fc2.bias [C];
 * R = max(C / reduction, 1). */
#include <string.h>

#include "nn/kinds.h"

enum { WEIGHT1, BIAS1, WEIGHT2, BIAS2 };

static const SchemaField fields[] = {
    {"reduction", SCHEMA_TYPE_INT, offsetof(LayerOptions, reduction), 1, 16384, NULL, false,
     "channels for one hidden unit"},
    {0},
};

static size_t channels_of(const Layer *layer)
{
    return (size_t)layer->in.channels;
}

static size_t hidden_of(const Layer *layer)
{
    return (size_t)layer->tensors[BIAS1].count;
}

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error)
{
    (void)tree;
    (void)error;
    Shape in = inputs[0];
    int channels = in.channels, hidden = channels / layer->options.reduction;
    if (hidden < 1)
        hidden = 1;
    layer->out = in;
    layer->pool = (PoolShape){channels, in.height, in.width, 1, 1, 1, 1};
    layer_add_weight(layer, "fc1.weight", 2, (int[]){hidden, channels}, channels, hidden,
                     INITIALIZER_HE);
    layer_add_tensor(layer, "fc1.bias", 1, &hidden);
    layer_add_weight(layer, "fc2.weight", 2, (int[]){channels, hidden}, hidden, channels,
                     INITIALIZER_XAVIER);
    layer_add_tensor(layer, "fc2.bias", 1, &channels);
    layer->multiply_adds = 2 * (uint64_t)channels * (uint64_t)hidden + shape_count(in);
    layer->stash_size = 2 * (size_t)channels + (size_t)hidden;
    return SCRAWL_STATUS_OK;
}

/* The stash: s, h and g of the chunk's images, one array after the other. */
static real *pooled_of(const LayerRun *run)
{
    return run->stash;
}

static real *units_of(const LayerRun *run)
{
    return run->stash + run->n * channels_of(run->layer);
}

static real *gate_of(const LayerRun *run)
{
    return units_of(run) + run->n * hidden_of(run->layer);
}

static size_t work_size(const Layer *layer, const Kernels *kernels, size_t n)
{
    size_t channels = channels_of(layer), hidden = hidden_of(layer), gemm = 0;
    const GemmForm forms[] = {GEMM_NT, GEMM_NN};
    for (size_t i = 0; i < 2; i++) {
        gemm = kernels_max(gemm, kernels->gemm_work(forms[i], n, hidden, channels));
        gemm = kernels_max(gemm, kernels->gemm_work(forms[i], n, channels, hidden));
    }
    gemm = kernels_max(gemm, kernels->gemm_work(GEMM_TN, hidden, channels, n));
    gemm = kernels_max(gemm, kernels->gemm_work(GEMM_TN, channels, hidden, n));
    /* The gradients of s, h and g, and of x where nobody else wants that. */
    return gemm + n * (2 * channels + hidden) + n * shape_count(layer->in);
}

/* y = x W^T + b for the chunk's rows. */
static void dense_forward(const LayerRun *run, int weight, const real *x, real *y)
{
    const int *dims = run->layer->tensors[weight].dims;
    size_t units = (size_t)dims[0], in = (size_t)dims[1];
    run->kernels->gemm(GEMM_NT, run->n, units, in, x, in, layer_parameter(run, weight), in, 0, y,
                       units, run->work);
    run->kernels->bias_forward(run->n, units, layer_parameter(run, weight + 1), y);
}

/* The way back; writes the gradients of weight and bias. */
static void dense_backward(const LayerRun *run, int weight, const real *x, const real *dy, real *dx,
                           real *work)
{
    const int *dims = run->layer->tensors[weight].dims;
    size_t units = (size_t)dims[0], in = (size_t)dims[1];
    real *d_bias = layer_gradient(run, weight + 1);
    run->kernels->gemm(GEMM_TN, units, in, run->n, dy, units, x, in, 0, layer_gradient(run, weight),
                       in, work);
    memset(d_bias, 0, units * sizeof *d_bias);
    run->kernels->bias_backward(run->n, units, dy, d_bias);
    run->kernels->gemm(GEMM_NN, run->n, in, units, dy, units, layer_parameter(run, weight), in, 0,
                       dx, in, work);
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    const Layer *layer = run->layer;
    const Kernels *kernels = run->kernels;
    size_t channels = channels_of(layer), area = shape_count(layer->in) / channels;
    real *pooled = pooled_of(run), *units = units_of(run), *gate = gate_of(run);
    kernels->adaptive_avgpool_forward(&layer->pool, run->n, run->input[0], pooled);
    dense_forward(run, WEIGHT1, pooled, units);
    kernels->activation_forward[ACTIVATION_RELU](run->n * hidden_of(layer), units, units);
    dense_forward(run, WEIGHT2, units, gate);
    kernels->activation_forward[ACTIVATION_SIGMOID](run->n * channels, gate, gate);
    kernels->scale_forward(run->n, channels, area, run->input[0], gate, run->output);
}

/* Each value of x had a share of 1 / area in its channel's mean. */
static void add_mean_gradient(size_t rows, size_t area, const real *d_mean, real *dx)
{
    for (size_t i = 0; i < rows; i++) {
        real share = d_mean[i] / (real)area;
        for (size_t j = 0; j < area; j++)
            dx[i * area + j] += share;
    }
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    const Layer *layer = run->layer;
    const Kernels *kernels = run->kernels;
    size_t channels = channels_of(layer), hidden = hidden_of(layer);
    size_t rows = run->n * channels, area = shape_count(layer->in) / channels;
    real *pooled = pooled_of(run), *units = units_of(run), *gate = gate_of(run);
    real *d_gate = run->work, *d_pooled = d_gate + rows, *d_units = d_pooled + rows;
    real *spare = d_units + run->n * hidden, *gemm_work = spare + rows * area;
    real *dx = run->d_input[0] ? run->d_input[0] : spare;

    kernels->scale_backward(run->n, channels, area, run->input[0], gate, run->d_output, dx, d_gate);
    kernels->activation_backward[ACTIVATION_SIGMOID](rows, gate, gate, d_gate, d_gate);
    dense_backward(run, WEIGHT2, units, d_gate, d_units, gemm_work);
    kernels->activation_backward[ACTIVATION_RELU](run->n * hidden, units, units, d_units, d_units);
    dense_backward(run, WEIGHT1, pooled, d_units, d_pooled, gemm_work);
    if (run->d_input[0])
        add_mean_gradient(rows, area, d_pooled, dx);
}

const LayerKind kind_squeeze_excite = {
    .name = "squeeze_excite",
    .stem = "squeeze_excite",
    .fields = fields,
    .defaults = {.reduction = 4},
    .n_inputs = 1,
    .resolve = resolve,
    .work_size = work_size,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
    .backward_needs_input = true,
};
