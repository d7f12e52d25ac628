/* How parameters start.
 * He, Zhang, Ren & Sun, "Delving Deep into Rectifiers", ICCV 2015, eq. 10.
 * Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * AISTATS 2010, eq. 16. */
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
