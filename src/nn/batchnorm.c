/* batchnorm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, a channel at a time.
 * Ioffe & Szegedy, "Batch Normalization", ICML 2015, algorithms 1 and 2.
 *
 * In training mean and variance are those of the whole batch, so that forward and backward take
 * two phases each: a sum over every chunk, a combine, an elementwise pass. As in PyTorch the
 * biased variance normalises, and the running average takes the unbiased one:
 *   running = (1 - momentum) running + momentum batch
 *
 * Parameters: weight (gamma) [C], bias (beta) [C]; state: running_mean [C], running_var [C]. */
#include "nn/batchnorm.h"

#include <math.h>
#include <string.h>

#include "nn/kinds.h"

/* Counted from the first of the four in the layer. */
enum { GAMMA, BETA, RUNNING_MEAN, RUNNING_VAR };

#define OPTION(name) offsetof(LayerOptions, name)

static const SchemaField fields[] = {
    {"epsilon", SCHEMA_TYPE_DOUBLE, OPTION(epsilon), 1e-12, 1, NULL, false, "added to variances"},
    {"momentum", SCHEMA_TYPE_DOUBLE, OPTION(momentum), 0, 1, NULL, false,
     "share of a batch in the running statistics"},
    {0},
};

static ScrawlStatus resolve(Layer *layer, const Shape *inputs, const Tree *tree, ScrawlError *error)
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
    layer->norm_area = (size_t)layer->in.height * (size_t)layer->in.width;
    layer->partial_size = 2 * (size_t)channels;
    layer->shared_size = NORM_N_SHARED * (size_t)channels;
    return SCRAWL_STATUS_OK;
}

static size_t work_size(const Layer *layer, const Kernels *kernels, size_t n)
{
    (void)kernels;
    (void)n;
    return 2 * (size_t)layer->in.channels;
}

static const ParameterTensor *tensor_of(const LayerRun *run, int which)
{
    return &run->layer->tensors[run->layer->norm_tensor + which];
}

static size_t channels_of(const LayerRun *run)
{
    return tensor_of(run, GAMMA)->count;
}

real *norm_shared(const LayerRun *run, NormShared which)
{
    return run->shared + (size_t)which * channels_of(run);
}

void norm_fold(const LayerRun *run, real *scale, real *shift)
{
    const real *gamma = run->parameters + tensor_of(run, GAMMA)->offset;
    const real *beta = run->parameters + tensor_of(run, BETA)->offset;
    const real *mean = run->state + tensor_of(run, RUNNING_MEAN)->offset;
    const real *variance = run->state + tensor_of(run, RUNNING_VAR)->offset;
    for (size_t c = 0; c < channels_of(run); c++) {
        double factor = gamma[c] / sqrt(variance[c] + run->layer->options.epsilon);
        scale[c] = (real)factor;
        shift[c] = (real)(beta[c] - mean[c] * factor);
    }
}

static double chunk_values(const LayerRun *run, size_t chunk)
{
    size_t left = run->n_batch - chunk * run->chunk_images;
    size_t images = left < run->chunk_images ? left : run->chunk_images;
    return (double)(images * run->layer->norm_area);
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

void norm_combine_forward(const LayerRun *run, int phase)
{
    (void)phase;
    double momentum = run->layer->options.momentum;
    const real *gamma = run->parameters + tensor_of(run, GAMMA)->offset;
    const real *beta = run->parameters + tensor_of(run, BETA)->offset;
    real *running_mean = run->new_state + tensor_of(run, RUNNING_MEAN)->offset;
    real *running_var = run->new_state + tensor_of(run, RUNNING_VAR)->offset;
    for (size_t c = 0; c < channels_of(run); c++) {
        double mean, m2;
        double count = merge_chunks(run, c, &mean, &m2);
        double inv_std = 1 / sqrt(m2 / count + run->layer->options.epsilon);
        double unbiased = m2 / (count > 1 ? count - 1 : 1);
        norm_shared(run, NORM_MEAN)[c] = (real)mean;
        norm_shared(run, NORM_INV_STD)[c] = (real)inv_std;
        norm_shared(run, NORM_SCALE)[c] = (real)(gamma[c] * inv_std);
        norm_shared(run, NORM_SHIFT)[c] = (real)(beta[c] - mean * gamma[c] * inv_std);
        running_mean[c] = (real)((1 - momentum) * running_mean[c] + momentum * mean);
        running_var[c] = (real)((1 - momentum) * running_var[c] + momentum * unbiased);
    }
}

void norm_keep_gradients(const LayerRun *run)
{
    size_t channels = channels_of(run);
    const real *sum_dy = run->partial, *sum_dy_xhat = run->partial + channels;
    memcpy(run->gradients + tensor_of(run, BETA)->offset, sum_dy, channels * sizeof(real));
    memcpy(run->gradients + tensor_of(run, GAMMA)->offset, sum_dy_xhat, channels * sizeof(real));
}

/* dx = gamma inv_std (dy - sum_dy / N - xhat sum_dy_xhat / N), sorted by dy, x and the rest. */
void norm_combine_backward(const LayerRun *run, int phase)
{
    (void)phase;
    size_t channels = channels_of(run);
    double count = (double)(run->n_batch * run->layer->norm_area);
    for (size_t c = 0; c < channels; c++) {
        double sum_dy = 0, sum_dy_xhat = 0;
        for (size_t chunk = 0; chunk < run->n_chunks; chunk++) {
            sum_dy += run->partial[chunk * 2 * channels + c];
            sum_dy_xhat += run->partial[chunk * 2 * channels + channels + c];
        }
        double scale = norm_shared(run, NORM_SCALE)[c];
        double slope = -scale * norm_shared(run, NORM_INV_STD)[c] * sum_dy_xhat / count;
        double offset = -scale * sum_dy / count - slope * norm_shared(run, NORM_MEAN)[c];
        norm_shared(run, NORM_SLOPE)[c] = (real)slope;
        norm_shared(run, NORM_OFFSET)[c] = (real)offset;
    }
}

static void infer(const LayerRun *run)
{
    size_t channels = channels_of(run);
    real *scale = run->work, *shift = run->work + channels;
    norm_fold(run, scale, shift);
    run->kernels->batchnorm_affine(run->n, channels, run->layer->norm_area, run->input[0], scale,
                                   shift, run->output);
}

static void forward(const LayerRun *run, int phase)
{
    size_t channels = channels_of(run), area = run->layer->norm_area;
    if (!run->training) {
        infer(run);
    } else if (phase == 0) {
        run->kernels->batchnorm_statistics(run->n, channels, area, run->input[0], run->partial,
                                           run->partial + channels);
    } else {
        run->kernels->batchnorm_affine(run->n, channels, area, run->input[0],
                                       norm_shared(run, NORM_SCALE), norm_shared(run, NORM_SHIFT),
                                       run->output);
    }
}

static void backward(const LayerRun *run, int phase)
{
    size_t channels = channels_of(run), area = run->layer->norm_area;
    if (phase == 0) {
        run->kernels->batchnorm_sums(run->n, channels, area, run->input[0], run->d_output,
                                     norm_shared(run, NORM_MEAN), norm_shared(run, NORM_INV_STD),
                                     run->partial, run->partial + channels);
        norm_keep_gradients(run);
    } else if (run->d_input[0]) {
        run->kernels->batchnorm_backward(run->n, channels, area, run->input[0], run->d_output,
                                         norm_shared(run, NORM_SCALE), norm_shared(run, NORM_SLOPE),
                                         norm_shared(run, NORM_OFFSET), run->d_input[0]);
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
    .combine_forward = norm_combine_forward,
    .combine_backward = norm_combine_backward,
    .backward_needs_input = true,
    .in_place = true,
};
