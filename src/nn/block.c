/* block: a convolution, and batch norm, ReLU and 2x2 max pooling where they follow it, by the
 * kernels of kernels/block.h. norm_block is the kind with batch norm, which in training waits twice
 * for the whole batch: for the statistics, and for the sums of its gradient.
 *
 * Parameters and state: those of conv2d, then those of batchnorm. In inference batch norm is folded
 * into the weights and the bias. */
#include "nn/batchnorm.h"
#include "nn/kinds.h"

enum { WEIGHT, BIAS };

static size_t filters_of(const Layer *layer)
{
    return (size_t)layer->conv.filters;
}

static size_t round_up(size_t size)
{
    return (size + BLOCK_LANES - 1) / BLOCK_LANES * BLOCK_LANES;
}

/* Of an image: the convolution's output, which batch norm needs again. */
static size_t y_size(const Layer *layer)
{
    return layer->norm_area * filters_of(layer);
}

/* Of an image: a byte for each output. */
static size_t which_size(const Layer *layer)
{
    return (shape_count(layer->out) + sizeof(real) - 1) / sizeof(real);
}

void block_measure(Layer *layer, const BlockKernels *kernels, bool training)
{
    const BlockShape *shape = &layer->block;
    Shape framed = {layer->out.channels, layer->out.height + 2 * shape->out_halo,
                    layer->out.width + 2 * shape->out_halo};
    layer->output_size = shape_count(framed);
    layer->stash_size =
        training ? y_size(layer) + round_up(kernels->stash_size(shape)) + which_size(layer) : 0;
    layer->prepared_size = round_up(kernels->packed_size(shape)) + filters_of(layer);
}

/* Two arrays a filter beside what the kernels need: prepare's scale and shift, or the gradient of a
 * bias that the layer does not have. */
static size_t work_size(const Layer *layer, const Kernels *kernels, size_t n)
{
    return 2 * filters_of(layer) + kernels->block->work_size(&layer->block, n);
}

static real *kernel_work(const LayerRun *run)
{
    return run->work + 2 * filters_of(run->layer);
}

/* What forward leaves for backward; all NULL in inference. */
typedef struct Kept {
    real *y, *stash;
    uint8_t *which;
} Kept;

static Kept kept_of(const LayerRun *run)
{
    const Layer *layer = run->layer;
    if (!run->stash)
        return (Kept){0};
    size_t which = layer->stash_size - which_size(layer);
    return (Kept){
        .y = run->stash,
        .stash = run->stash + run->chunk_images * y_size(layer),
        .which = (uint8_t *)(run->stash + run->chunk_images * which),
    };
}

/* The packed weights come first, then the bias, which a block always has. */
static real *bias_of(const LayerRun *run)
{
    return run->prepared + run->layer->prepared_size - filters_of(run->layer);
}

static void prepare_bias(const LayerRun *run, const real *scale, const real *shift)
{
    const real *given = run->layer->options.bias ? layer_parameter(run, BIAS) : NULL;
    real *bias = bias_of(run);
    for (size_t k = 0; k < filters_of(run->layer); k++) {
        real value = given ? given[k] : 0;
        bias[k] = scale ? value * scale[k] + shift[k] : value;
    }
}

/* Each part folds for itself: it is a few hundred divisions. */
static void prepare(const LayerRun *run, int part)
{
    const Layer *layer = run->layer;
    real *scale = NULL, *shift = NULL;
    if (layer->norm_area > 0 && !run->training) {
        scale = run->work;
        shift = run->work + filters_of(layer);
        norm_fold(run, scale, shift);
    }
    run->kernels->block->pack(&layer->block, part, run->training, layer_parameter(run, WEIGHT),
                              scale, run->prepared);
    if (part == 0)
        prepare_bias(run, scale, shift);
}

static void forward(const LayerRun *run, int phase)
{
    (void)phase;
    Kept kept = kept_of(run);
    run->kernels->block->forward_finish(&run->layer->block, run->n, run->input[0], run->prepared,
                                        bias_of(run), run->output, kept.stash, kept.which,
                                        kernel_work(run));
}

static void norm_forward(const LayerRun *run, int phase)
{
    const BlockKernels *kernels = run->kernels->block;
    const BlockShape *shape = &run->layer->block;
    Kept kept = kept_of(run);
    if (!run->training) {
        forward(run, phase);
    } else if (phase == 0) {
        real *mean = run->partial, *m2 = run->partial + filters_of(run->layer);
        kernels->forward(shape, run->n, run->input[0], run->prepared, bias_of(run), kept.y,
                         kept.stash, mean, m2, kernel_work(run));
    } else {
        kernels->finish(shape, run->n, kept.y, norm_shared(run, NORM_SCALE),
                        norm_shared(run, NORM_SHIFT), run->output, kept.which);
    }
}

/* dy = a dz + b y + d, or dz where a is NULL. */
static void convolve_back(const LayerRun *run, const real *a, const real *b, const real *d)
{
    Kept kept = kept_of(run);
    real *d_bias = run->layer->options.bias ? layer_gradient(run, BIAS) : run->work;
    run->kernels->block->backward(&run->layer->block, run->n, run->input[0], kept.y, kept.which,
                                  run->d_output, a, b, d, run->prepared, kept.stash,
                                  layer_gradient(run, WEIGHT), d_bias, run->d_input[0],
                                  kernel_work(run));
}

static void backward(const LayerRun *run, int phase)
{
    (void)phase;
    convolve_back(run, NULL, NULL, NULL);
}

static void norm_backward(const LayerRun *run, int phase)
{
    Kept kept = kept_of(run);
    if (phase == 0) {
        real *sum_dz = run->partial, *sum_dz_xhat = run->partial + filters_of(run->layer);
        run->kernels->block->sums(&run->layer->block, run->n, kept.y, kept.which, run->d_output,
                                  norm_shared(run, NORM_MEAN), norm_shared(run, NORM_INV_STD),
                                  sum_dz, sum_dz_xhat);
        norm_keep_gradients(run);
    } else {
        convolve_back(run, norm_shared(run, NORM_SCALE), norm_shared(run, NORM_SLOPE),
                      norm_shared(run, NORM_OFFSET));
    }
}

const LayerKind kind_block = {
    .name = "block",
    .n_inputs = 1,
    .work_size = work_size,
    .n_forward_phases = 1,
    .n_backward_phases = 1,
    .forward = forward,
    .backward = backward,
    .n_parts = BLOCK_PARTS,
    .prepare = prepare,
    .backward_needs_input = true,
};

const LayerKind kind_norm_block = {
    .name = "norm_block",
    .n_inputs = 1,
    .work_size = work_size,
    .n_forward_phases = 2,
    .n_backward_phases = 2,
    .forward = norm_forward,
    .backward = norm_backward,
    .combine_forward = norm_combine_forward,
    .combine_backward = norm_combine_backward,
    .n_parts = BLOCK_PARTS,
    .prepare = prepare,
    .backward_needs_input = true,
};
