/* How parameters start.
 * He, Zhang, Ren & Sun, "Delving Deep into Rectifiers", ICCV 2015, eq. 10.
 * Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * AISTATS 2010, eq. 16.
 * Zagoruyko & Komodakis, "DiracNets", arXiv 1706.00388, section 3: a convolution starts as the
 * identity. As in Jordan's cifar10-airbench (arXiv 2404.00498, section 3.3) only as many filters do
 * as there are channels to hand on, and the rest start as He's. */
#include <math.h>

#include "base/rng.h"
#include "nn/graph.h"

static void fill(size_t count, double value, real *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real)value;
}

static void fill_normal(Rng *rng, size_t count, double sd, real *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real)(sd * rng_normal(rng));
}

static void fill_uniform(Rng *rng, size_t count, double bound, real *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real)rng_range(rng, -bound, bound);
}

/* Weights [K,D,R,S], or [K,D] of a dense layer. Filter k of a group hands channel k on. */
static void fill_dirac(const ParameterTensor *tensor, real *out)
{
    int depth = tensor->dims[1];
    int height = tensor->n_dims == 4 ? tensor->dims[2] : 1;
    int width = tensor->n_dims == 4 ? tensor->dims[3] : 1;
    size_t area = (size_t)height * (size_t)width, filter_size = (size_t)depth * area;
    int n_group_filters = tensor->fan_out / (int)area;
    for (int k = 0; k < tensor->dims[0]; k++) {
        int channel = k % n_group_filters;
        if (channel >= depth)
            continue;
        real *filter = out + (size_t)k * filter_size;
        fill(filter_size, 0, filter);
        filter[(size_t)channel * area + (size_t)(height / 2 * width + width / 2)] = 1;
    }
}

static void initialize(const ParameterTensor *tensor, Rng *rng, real *out)
{
    switch (tensor->initializer) {
    case INITIALIZER_ZERO:
        fill(tensor->count, 0, out);
        break;
    case INITIALIZER_ONE:
        fill(tensor->count, 1, out);
        break;
    case INITIALIZER_HE:
        fill_normal(rng, tensor->count, sqrt(2.0 / tensor->fan_in), out);
        break;
    case INITIALIZER_XAVIER:
        fill_uniform(rng, tensor->count, sqrt(6.0 / ((double)tensor->fan_in + tensor->fan_out)),
                     out);
        break;
    case INITIALIZER_UNIFORM_FAN_IN:
        fill_uniform(rng, tensor->count, 1 / sqrt(tensor->fan_in), out);
        break;
    case INITIALIZER_DIRAC:
        fill_normal(rng, tensor->count, sqrt(2.0 / tensor->fan_in), out);
        fill_dirac(tensor, out);
        break;
    }
}

void graph_initialize(const Graph *graph, uint64_t seed, real *parameters, real *state)
{
    uint64_t index = 0; /* of the tensor in the graph */
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        for (int t = 0; t < layer->n_tensors; t++, index++) {
            const ParameterTensor *tensor = &layer->tensors[t];
            Rng rng;
            rng_init(&rng, seed, rng_stream(RNG_PURPOSE_INIT, index, 0));
            initialize(tensor, &rng, (tensor->trainable ? parameters : state) + tensor->offset);
        }
    }
}
