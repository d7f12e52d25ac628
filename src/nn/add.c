/* add: y = a + b, of two layers of one shape: the end of a residual block. da = db = dy. */
#include <string.h>

#include "nn/kinds.h"

static const SchemaField fields[] = {{0}};

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error)
{
    char a[SHAPE_TEXT_SIZE], b[SHAPE_TEXT_SIZE];
    if (!shape_equal(inputs[0], inputs[1]))
        return layer_error(layer, tree, error,
                           "add expected two inputs of one shape but found "
                           "%s and %s",
                           shape_text(inputs[0], a), shape_text(inputs[1], b));
    layer->out = inputs[0];
    return SCRAWL_STATUS_OK;
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    run->kernels->add(run->n * shape_count(run->layer->out), run->input[0], run->input[1],
                      run->output);
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    size_t size = run->n * shape_count(run->layer->out) * sizeof(real);
    for (int i = 0; i < 2; i++) {
        if (run->d_input[i] && run->d_input[i] != run->d_output)
            memcpy(run->d_input[i], run->d_output, size);
    }
}

const LayerKind kind_add = {
    .name = "add",
    .stem = "add",
    .fields = fields,
    .n_inputs = 2,
    .resolve = resolve,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
    .in_place = true,
};
