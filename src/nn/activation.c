/* relu: max(x, 0). sigmoid: 1 / (1 + exp(-x)). silu: x sigmoid(x). */
#include "nn/kinds.h"

static const SchemaField fields[] = {{0}};

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error)
{
    (void)tree;
    (void)error;
    layer->out = inputs[0];
    layer->activation = layer->kind == &kind_relu   ? ACTIVATION_RELU
                        : layer->kind == &kind_silu ? ACTIVATION_SILU
                                                    : ACTIVATION_SIGMOID;
    return SCRAWL_STATUS_OK;
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    run->kernels->activation_forward[run->layer->activation](run->n * shape_count(run->layer->out),
                                                             run->input[0], run->output);
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    if (!run->d_input[0])
        return;
    /* Where only the output is kept it stands for the input: relu's has the same sign, and
     * sigmoid's gradient is a function of the output alone. */
    const real *x = run->layer->kind->backward_needs_input ? run->input[0] : run->output;
    run->kernels->activation_backward[run->layer->activation](
        run->n * shape_count(run->layer->out), x, run->output, run->d_output, run->d_input[0]);
}

#define ACTIVATION_KIND(word, needs_input)   \
    const LayerKind kind_##word = {          \
        .name = #word,                       \
        .stem = #word,                       \
        .fields = fields,                    \
        .n_inputs = 1,                       \
        .resolve = resolve,                  \
        .n_forward_phases = 1,               \
        .n_backward_phases = 1,              \
        .forward = forward,                  \
        .backward = backward,                \
        .backward_needs_input = needs_input, \
        .backward_needs_output = true,       \
        .in_place = true,                    \
    }

ACTIVATION_KIND(relu, false);
ACTIVATION_KIND(silu, true);
ACTIVATION_KIND(sigmoid, false);
