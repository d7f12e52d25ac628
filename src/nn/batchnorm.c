/* batchnorm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, a channel at a time.
 * Ioffe & Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2.
 *
 * In training mean and variance are those of the whole batch, so that forward and backward take
 * two phases each: a sum over every chunk, a combine, an elementwise pass. As in PyTorch the
 * biased variance normalises, and the running average takes the unbiased one:
 *   running = (1 - momentum) running + momentum batch
 *
 * Parameters: weight (gamma) [C], bias (beta) [C]; state: running_mean [C], running_var [C]. */
#include <math.h>
#include <string.h>

#include "nn/kinds.h"

enum { GAMMA, BETA, RUNNING_MEAN, RUNNING_VAR };

/* The shared memory: arrays of C. dx = scale * dy + slope * x + offset. */
enum { MEAN, INV_STD, SCALE, SHIFT, SLOPE, OFFSET, N_SHARED };

#define OPTION(name) offsetof(LayerOptions, name)

static const SchemaField fields[] = {
    {"epsilon", SCHEMA_TYPE_DOUBLE, OPTION(epsilon), 1e-12, 1, NULL, false, "added to variances"},
    {"momentum", SCHEMA_TYPE_DOUBLE, OPTION(momentum), 0, 1, NULL, false,
     "share of a batch in the running statistics"},
    {0},
};

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree,
                            ScrawlError *error)
{
    (void)tree;
    (void)error;
    int channels = inputs[0].channels;
    layer->out = inputs[0];
    layer_add_tensor(layer, "weight", 1, &channels)->initializer = INITIALIZER_ONE;
    layer_add_tensor(layer, "bias", 1, &channels);
    layer_add_tensor(layer, "running_mean", 1, &channels)->trainable = false;
    ParameterTensor *variance = layer_add_tensor(layer, "running_var", 1, &channels);
    variance->trainable = false;
    variance->initializer = INITIALIZER_ONE;
    layer->multiply_adds = shape_count(layer->out);
    layer->partial_size = 2 * (size_t)channels;
    layer->shared_size = N_SHARED * (size_t)channels;
    return SCRAWL_STATUS_OK;
}

static size_t work_size(const Layer *layer, const Kernels *kernels, size_t n)
{
    (void)kernels;
    (void)n;
    return 2 * (size_t)layer->in.channels;
}

static size_t channels_of(const LayerRun *run)
{
    return (size_t)run->layer->in.channels;
}

static size_t area_of(const LayerRun *run)
{
    return (size_t)run->layer->in.height * (size_t)run->layer->in.width;
}

static real *shared_of(const LayerRun *run, int which)
{
    return run->shared + (size_t)which * channels_of(run);
}

/* y = x * scale + shift with the running statistics, folded for this call. */
static void infer(const LayerRun *run)
{
    size_t channels = channels_of(run);
    const real *gamma = layer_parameter(run, GAMMA), *beta = layer_parameter(run, BETA);
    const real *mean = run->state + run->layer->tensors[RUNNING_MEAN].offset;
    const real *variance = run->state + run->layer->tensors[RUNNING_VAR].offset;
    real *scale = run->work, *shift = run->work + channels;
    for (size_t c = 0; c < channels; c++) {
        double factor = gamma[c] / sqrt(variance[c] + run->layer->options.epsilon);
        scale[c] = (real)factor;
        shift[c] = (real)(beta[c] - mean[c] * factor);
    }
    run->kernels->batchnorm_affine(run->n, channels, area_of(run), run->input[0], scale, shift,
                                   run->output);
}

static void forward(const LayerRun *run, int phase)
{
    size_t channels = channels_of(run);
    if (!run->training) {
        infer(run);
    } else if (phase == 0) {
        run->kernels->batchnorm_statistics(run->n, channels, area_of(run), run->input[0],
                                           run->partial, run->partial + channels);
    } else {
        run->kernels->batchnorm_affine(run->n, channels, area_of(run), run->input[0],
                                       shared_of(run, SCALE), shared_of(run, SHIFT), run->output);
    }
}

static double chunk_values(const LayerRun *run, size_t chunk)
{
    size_t left = run->n_batch - chunk * run->chunk_images;
    return (double)((left < run->chunk_images ? left : run->chunk_images) * area_of(run));
}

/* Mean and sum of squared deviations of channel c over all chunks, merged in their order: Chan,
 * Golub & LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
 * 1979, eq. 2.1. Returns the number of values. */
static double merge_chunks(const LayerRun *run, size_t c, double *mean, double *m2)
{
    size_t channels = channels_of(run);
    double count = 0;
    *mean = *m2 = 0;
    for (size_t chunk = 0; chunk < run->n_chunks; chunk++) {
        const real *partial = run->partial + chunk * 2 * channels;
        double more = chunk_values(run, chunk), delta = partial[c] - *mean;
        *mean += delta * more / (count + more);
        *m2 += partial[channels + c] + delta * delta * count * more / (count + more);
        count += more;
    }
    return count;
}

static void combine_forward(const LayerRun *run, int phase)
{
    (void)phase;
    const Layer *layer = run->layer;
    double momentum = layer->options.momentum;
    const real *gamma = layer_parameter(run, GAMMA), *beta = layer_parameter(run, BETA);
    real *running_mean = run->new_state + layer->tensors[RUNNING_MEAN].offset;
    real *running_var = run->new_state + layer->tensors[RUNNING_VAR].offset;
    for (size_t c = 0; c < channels_of(run); c++) {
        double mean, m2;
        double count = merge_chunks(run, c, &mean, &m2);
        double inv_std = 1 / sqrt(m2 / count + layer->options.epsilon);
        double unbiased = m2 / (count > 1 ? count - 1 : 1);
        shared_of(run, MEAN)[c] = (real)mean;
        shared_of(run, INV_STD)[c] = (real)inv_std;
        shared_of(run, SCALE)[c] = (real)(gamma[c] * inv_std);
        shared_of(run, SHIFT)[c] = (real)(beta[c] - mean * gamma[c] * inv_std);
        running_mean[c] = (real)((1 - momentum) * running_mean[c] + momentum * mean);
        running_var[c] = (real)((1 - momentum) * running_var[c] + momentum * unbiased);
    }
}

static void backward(const LayerRun *run, int phase)
{
    size_t channels = channels_of(run), area = area_of(run);
    const Kernels *kernels = run->kernels;
    if (phase == 0) {
        real *sum_dy = run->partial, *sum_dy_xhat = run->partial + channels;
        kernels->batchnorm_sums(run->n, channels, area, run->input[0], run->d_output,
                                shared_of(run, MEAN), shared_of(run, INV_STD), sum_dy, sum_dy_xhat);
        /* The sums are this chunk's gradients of beta and gamma, too. */
        memcpy(layer_gradient(run, BETA), sum_dy, channels * sizeof(real));
        memcpy(layer_gradient(run, GAMMA), sum_dy_xhat, channels * sizeof(real));
    } else if (run->d_input[0]) {
        kernels->batchnorm_backward(run->n, channels, area, run->input[0], run->d_output,
                                    shared_of(run, SCALE), shared_of(run, SLOPE),
                                    shared_of(run, OFFSET), run->d_input[0]);
    }
}

/* dx = gamma inv_std (dy - sum_dy / N - xhat sum_dy_xhat / N), sorted by dy, x and the rest. */
static void combine_backward(const LayerRun *run, int phase)
{
    (void)phase;
    size_t channels = channels_of(run);
    double count = (double)(run->n_batch * area_of(run));
    for (size_t c = 0; c < channels; c++) {
        double sum_dy = 0, sum_dy_xhat = 0;
        for (size_t chunk = 0; chunk < run->n_chunks; chunk++) {
            sum_dy += run->partial[chunk * 2 * channels + c];
            sum_dy_xhat += run->partial[chunk * 2 * channels + channels + c];
        }
        double scale = shared_of(run, SCALE)[c];
        double slope = -scale * shared_of(run, INV_STD)[c] * sum_dy_xhat / count;
        double offset = -scale * sum_dy / count - slope * shared_of(run, MEAN)[c];
        shared_of(run, SLOPE)[c] = (real)slope;
        shared_of(run, OFFSET)[c] = (real)offset;
    }
}

const LayerKind kind_batchnorm = {
    .name = "batchnorm",
    .stem = "batchnorm",
    .fields = fields,
    .defaults = {.epsilon = 1e-5, .momentum = 0.1},
    .n_inputs = 1,
    .resolve = resolve,
    .work_size = work_size,
    .n_forward_phases = 2,
    .n_backward_phases = 2,
    .forward = forward,
    .backward = backward,
    .combine_forward = combine_forward,
    .combine_backward = combine_backward,
    .backward_needs_input = true,
    .in_place = true,
};
