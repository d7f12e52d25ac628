#include "train/optimizer.h"

#include <math.h>

#include "base/denormal.h"
#include "base/error.h"
#include "base/memory.h"

/* Elements first..first+count-1 of the flat arrays, all of tensors that decay or that do not. */
typedef void (*Rule)(const OptimizerStep *step, bool decays, size_t first, size_t count);

static void sgd(const OptimizerStep *step, bool decays, size_t first, size_t count)
{
    const TrainSection *train = step->train;
    SgdStep rule = {
        .rate = (real)step->rate,
        .momentum = (real)train->momentum,
        .l2 = decays ? (real)train->l2 : 0,
        .decay = decays ? (real)train->weight_decay : 0,
        .nesterov = train->nesterov,
    };
    step->kernels->sgd(count, &rule, step->gradients + first, step->parameters + first,
                       step->state->slots + first);
}

static void adam(const OptimizerStep *step, bool decays, size_t first, size_t count)
{
    const TrainSection *train = step->train;
    const OptimizerState *state = step->state;
    AdamStep rule = {
        .rate = (real)step->rate,
        .beta1 = (real)train->beta1,
        .beta2 = (real)train->beta2,
        .epsilon = (real)train->epsilon,
        .l2 = decays ? (real)train->l2 : 0,
        .decay = decays ? (real)train->weight_decay : 0,
        .correction1 = (real)step->correction1,
        .correction2 = (real)step->correction2,
    };
    real *m = state->slots, *v = m + state->n_parameters;
    step->kernels->adam(count, &rule, step->gradients + first, step->parameters + first, m + first,
                        v + first);
}

/* In the order of Optimizer. Adam and AdamW differ in which of l2 and weight_decay is meant. */
static const struct {
    int n_slots;
    Rule rule;
} optimizers[] = {{1, sgd}, {2, adam}, {2, adam}};

ScrawlStatus optimizer_create(OptimizerState *state, const TrainSection *train, const Graph *graph,
                              ScrawlError *error)
{
    *state = (OptimizerState){0};
    int n_slots = optimizers[train->optimizer].n_slots;
    real *slots = mem_alloc_zero(graph->n_parameters, (size_t)n_slots * sizeof *slots);
    if (!slots)
        return error_no_memory(error, "the optimiser's state");
    *state = (OptimizerState){graph->n_parameters, n_slots, slots, 0};
    return SCRAWL_STATUS_OK;
}

void optimizer_deinit(OptimizerState *state)
{
    if (!state)
        return;
    mem_free(state->slots);
    *state = (OptimizerState){0};
}

OptimizerStep optimizer_begin(OptimizerState *state, const TrainSection *train, const Graph *graph,
                              const Kernels *kernels, double rate, const real *gradients,
                              real *parameters)
{
    double t = (double)++state->step;
    return (OptimizerStep){
        .state = state,
        .train = train,
        .graph = graph,
        .kernels = kernels,
        .gradients = gradients,
        .parameters = parameters,
        .rate = rate,
        .correction1 = 1 - pow(train->beta1, t),
        .correction2 = 1 - pow(train->beta2, t),
    };
}

/* Cut where it meets another tensor. Without denormals: after four epochs of mlp on MNIST one in
 * seventeen of Adam's means is one. */
void optimizer_apply(void *context, size_t begin, size_t count)
{
    const OptimizerStep *step = context;
    size_t end = begin + count;
    unsigned before = denormals_off();
    for (int l = 0; l < step->graph->n_layers; l++) {
        const Layer *layer = &step->graph->layers[l];
        for (int i = 0; i < layer->n_tensors; i++) {
            const ParameterTensor *tensor = &layer->tensors[i];
            size_t first = tensor->offset > begin ? tensor->offset : begin;
            size_t last = tensor->offset + tensor->count;
            last = last < end ? last : end;
            if (tensor->trainable && first < last)
                optimizers[step->train->optimizer].rule(step, tensor->decays, first, last - first);
        }
    }
    denormals_restore(before);
}
