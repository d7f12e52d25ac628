/* flatten: [C,H,W] as [C*H*W,1,1]: the same bytes under another shape. */
#include "nn/kinds.h"

static const SchemaField fields[] = {{0}};

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error)
{
    (void)tree;
    (void)error;
    layer->out = (Shape){(int)shape_count(inputs[0]), 1, 1};
    return SCRAWL_STATUS_OK;
}

const LayerKind kind_flatten = {
    .name = "flatten",
    .stem = "flatten",
    .fields = fields,
    .n_inputs = 1,
    .resolve = resolve,
    .alias = true,
};
