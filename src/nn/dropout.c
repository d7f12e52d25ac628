/* dropout: in training each value is dropped with probability `rate` and the others are divided by
 * 1 - rate; in inference nothing happens. Srivastava et al., "Dropout", JMLR 2014.
 * An image's mask is a function of the seed, the layer and the image's number since training
 * began: backward draws it again instead of keeping it. */
#include <string.h>

#include "base/rng.h"
#include "nn/kinds.h"

static const SchemaField fields[] = {
    {"rate", SCHEMA_TYPE_DOUBLE, offsetof(LayerOptions, rate), 0, 0.99, NULL, false,
     "share that is dropped"},
    {0},
};

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error)
{
    (void)tree;
    (void)error;
    layer->out = inputs[0];
    return SCRAWL_STATUS_OK;
}

static void mask(const LayerRun *run, const real *x, real *y)
{
    size_t count = shape_count(run->layer->out);
    for (size_t i = 0; i < run->n; i++) {
        uint64_t stream =
            rng_stream(RNG_PURPOSE_DROPOUT, (uint64_t)run->layer->stream, run->first_image + i);
        run->kernels->dropout(count, run->seed, stream, (real)run->layer->options.rate,
                              x + i * count, y + i * count);
    }
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    if (run->training)
        mask(run, run->input[0], run->output);
    else if (run->output != run->input[0])
        memcpy(run->output, run->input[0], run->n * shape_count(run->layer->out) * sizeof(real));
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    if (run->d_input[0])
        mask(run, run->d_output, run->d_input[0]);
}

const LayerKind kind_dropout = {
    .name = "dropout",
    .stem = "dropout",
    .fields = fields,
    .defaults = {.rate = 0.5},
    .n_inputs = 1,
    .resolve = resolve,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
    .in_place = true,
};
