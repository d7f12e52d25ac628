/* The table of kernels, and for each the call. */
#include "bench/call.h"

#include "nn/kinds.h"

#define CALL(name) static void name(const Call *call, const Kernels *kernels, const CallArrays *a)

static size_t filters_of(const Call *call)
{
    return (size_t)call->layer.out.channels;
}

static size_t channels_of(const Call *call)
{
    return (size_t)call->layer.in.channels;
}

static size_t area_of(Shape shape)
{
    return (size_t)shape.height * (size_t)shape.width;
}

static size_t parameters_of(const Call *call)
{
    return call->layer.tensors[0].count;
}

/* Blocks. Their bias and all else that is an array of a number a filter is in c. */

CALL(block_pack)
{
    for (int part = 0; part < BLOCK_PARTS; part++)
        kernels->block->pack(&call->layer.block, part, true, a->w, NULL, a->y);
}

CALL(block_forward)
{
    kernels->block->forward(&call->layer.block, call->n, a->x, a->w, a->c, a->y, a->z, a->u, a->v,
                            a->work);
}

CALL(block_finish)
{
    kernels->block->finish(&call->layer.block, call->n, a->x, a->c, a->c, a->y, a->which);
}

CALL(block_forward_finish)
{
    kernels->block->forward_finish(&call->layer.block, call->n, a->x, a->w, a->c, a->y, a->z,
                                   a->which, a->work);
}

CALL(block_infer)
{
    kernels->block->forward_finish(&call->layer.block, call->n, a->x, a->w, a->c, a->y, NULL, NULL,
                                   a->work);
}

CALL(block_sums)
{
    kernels->block->sums(&call->layer.block, call->n, a->x, a->codes, a->d, a->c, a->c, a->u, a->v);
}

CALL(block_backward)
{
    const real *slope = call->layer.norm_area ? a->c : NULL;

    kernels->block->backward(&call->layer.block, call->n, a->x, a->x, a->codes, a->d, slope, slope,
                             slope, a->w, a->x, a->u, a->v, call->first ? NULL : a->y, a->work);
}

/* Layers one by one. */

CALL(conv_forward)
{
    kernels->conv_forward(&call->layer.conv, call->n, a->x, a->w, a->c, a->y, a->work);
}

CALL(conv_backward_data)
{
    kernels->conv_backward_data(&call->layer.conv, call->n, a->d, a->w, a->z, a->work);
}

CALL(conv_backward_weights)
{
    kernels->conv_backward_weights(&call->layer.conv, call->n, a->x, a->d, a->u, a->v, a->work);
}

CALL(gemm_nt)
{
    size_t n = filters_of(call), k = channels_of(call);

    kernels->gemm(GEMM_NT, call->n, n, k, a->x, k, a->w, k, 0, a->y, n, a->work);
}

CALL(gemm_nn)
{
    size_t n = channels_of(call), k = filters_of(call);

    kernels->gemm(GEMM_NN, call->n, n, k, a->d, k, a->w, n, 0, a->y, n, a->work);
}

CALL(gemm_tn)
{
    size_t m = filters_of(call), n = channels_of(call);

    kernels->gemm(GEMM_TN, m, n, call->n, a->d, m, a->x, n, 0, a->y, n, a->work);
}

CALL(bias_forward)
{
    kernels->bias_forward(call->n, filters_of(call), a->c, a->y);
}

CALL(bias_backward)
{
    kernels->bias_backward(call->n, filters_of(call), a->d, a->y);
}

CALL(batchnorm_statistics)
{
    kernels->batchnorm_statistics(call->n, channels_of(call), area_of(call->layer.in), a->x, a->u,
                                  a->v);
}

CALL(batchnorm_affine)
{
    kernels->batchnorm_affine(call->n, channels_of(call), area_of(call->layer.in), a->x, a->c, a->c,
                              a->y);
}

CALL(batchnorm_sums)
{
    kernels->batchnorm_sums(call->n, channels_of(call), area_of(call->layer.in), a->x, a->d, a->c,
                            a->c, a->u, a->v);
}

CALL(batchnorm_backward)
{
    kernels->batchnorm_backward(call->n, channels_of(call), area_of(call->layer.in), a->x, a->d,
                                a->c, a->c, a->c, a->y);
}

CALL(relu_forward)
{
    kernels->activation_forward[ACTIVATION_RELU](call->n * shape_count(call->layer.in), a->x, a->y);
}

CALL(relu_backward)
{
    kernels->activation_backward[ACTIVATION_RELU](call->n * shape_count(call->layer.in), a->x, a->w,
                                                  a->d, a->y);
}

CALL(maxpool_forward)
{
    kernels->maxpool_forward(&call->layer.pool, call->n, a->x, a->y, a->which);
}

CALL(maxpool_backward)
{
    kernels->maxpool_backward(&call->layer.pool, call->n, a->d, a->codes, a->y);
}

CALL(adaptive_avgpool_forward)
{
    kernels->adaptive_avgpool_forward(&call->layer.pool, call->n, a->x, a->y);
}

CALL(adaptive_avgpool_backward)
{
    kernels->adaptive_avgpool_backward(&call->layer.pool, call->n, a->d, a->y);
}

CALL(dropout)
{
    kernels->dropout(call->n * shape_count(call->layer.in), 1, 1, (real)call->layer.options.rate,
                     a->x, a->y);
}

/* Once for a network. */

CALL(softmax)
{
    kernels->softmax(call->n, filters_of(call), a->x, a->y);
}

CALL(cross_entropy)
{
    kernels->cross_entropy(call->n, filters_of(call), a->x, a->labels, 0, 1, a->z, a->y);
}

CALL(sgd)
{
    static const SgdStep step = {.rate = (real)1e-6, .momentum = (real)0.9};

    kernels->sgd(parameters_of(call), &step, a->d, a->y, a->z);
}

CALL(adam)
{
    static const AdamStep step = {.rate = (real)1e-6,
                                  .beta1 = (real)0.9,
                                  .beta2 = (real)0.999,
                                  .epsilon = (real)1e-8,
                                  .correction1 = 1,
                                  .correction2 = 1};

    kernels->adam(parameters_of(call), &step, a->d, a->y, a->z, a->u);
}

CALL(pixels_to_real)
{
    kernels->pixels_to_real(call->n * shape_count(call->layer.in), a->codes, (real)0.5, (real)0.5,
                            a->y);
}

/* Augmentation, a picture a call. */

static size_t pixels_of(const Call *call)
{
    return shape_count(call->layer.in);
}

CALL(warp_affine)
{
    static const real turned[6] = {(real)0.98, (real)0.17, -2, (real)-0.17, (real)0.98, 3};

    kernels->warp_affine(call->layer.in.height, call->layer.in.width, a->x, turned, 0, a->y,
                         a->work);
}

CALL(uniform)
{
    kernels->uniform(pixels_of(call), 1, 1, 0, -8, 8, a->y);
}

CALL(blur)
{
    kernels->blur(call->layer.in.height, call->layer.in.width, a->x, 4, a->y, a->work);
}

CALL(warp_projective)
{
    static const real askew[9] = {(real)0.98,  (real)0.17,   -2, (real)-0.17, (real)0.98, 3,
                                  (real)0.003, (real)-0.002, 1};

    kernels->warp_projective(call->layer.in.height, call->layer.in.width, a->x, askew, 0, a->y,
                             a->work);
}

CALL(dilate)
{
    kernels->dilate(call->layer.in.height, call->layer.in.width, a->x, (real)0.5, a->y, a->work);
}

CALL(warp_field)
{
    kernels->warp_field(call->layer.in.height, call->layer.in.width, a->x, a->w, a->d, 0, a->y,
                        a->work);
}

CALL(noise)
{
    kernels->noise(pixels_of(call), 1, 1, 0, (real)0.1, 0, 1, a->y);
}

/* What a block does, layer by layer. The way back through ReLU and pooling is done once: before the
 * sums where there is batch norm, before the convolution's gradients where there is none. */

static PoolShape pool_after(const ConvShape *conv)
{
    return (PoolShape){conv->filters,
                       conv->out_height,
                       conv->out_width,
                       conv->out_height / 2,
                       conv->out_width / 2,
                       2,
                       2};
}

static size_t convolved_area(const Call *call)
{
    return (size_t)call->layer.conv.out_height * (size_t)call->layer.conv.out_width;
}

static void finish_plain(const Call *call, const Kernels *kernels, const CallArrays *a)
{
    const BlockShape *block = &call->layer.block;
    size_t count = call->n * filters_of(call) * convolved_area(call);
    PoolShape pool = pool_after(&block->conv);

    if (block->relu)
        kernels->activation_forward[ACTIVATION_RELU](count, a->y, a->y);
    if (block->pool > 1)
        kernels->maxpool_forward(&pool, call->n, a->y, a->z, a->which);
}

static void unfinish_plain(const Call *call, const Kernels *kernels, const CallArrays *a)
{
    const BlockShape *block = &call->layer.block;
    size_t count = call->n * filters_of(call) * convolved_area(call);
    PoolShape pool = pool_after(&block->conv);

    if (block->pool > 1)
        kernels->maxpool_backward(&pool, call->n, a->d, a->codes, a->y);
    if (block->relu)
        kernels->activation_backward[ACTIVATION_RELU](count, a->x, a->x,
                                                      block->pool > 1 ? a->y : a->d, a->y);
}

CALL(block_forward_plain)
{
    conv_forward(call, kernels, a);
    kernels->batchnorm_statistics(call->n, filters_of(call), convolved_area(call), a->y, a->u,
                                  a->v);
}

CALL(block_finish_plain)
{
    kernels->batchnorm_affine(call->n, filters_of(call), convolved_area(call), a->x, a->c, a->c,
                              a->y);
    finish_plain(call, kernels, a);
}

CALL(block_forward_finish_plain)
{
    conv_forward(call, kernels, a);
    finish_plain(call, kernels, a);
}

CALL(block_sums_plain)
{
    unfinish_plain(call, kernels, a);
    kernels->batchnorm_sums(call->n, filters_of(call), convolved_area(call), a->x, a->y, a->c, a->c,
                            a->u, a->v);
}

CALL(block_backward_plain)
{
    if (call->layer.norm_area)
        kernels->batchnorm_backward(call->n, filters_of(call), convolved_area(call), a->x, a->d,
                                    a->c, a->c, a->c, a->y);
    else
        unfinish_plain(call, kernels, a);
    conv_backward_weights(call, kernels, a);
    if (!call->first)
        conv_backward_data(call, kernels, a);
}

static bool always(const ScrawlRecipe *recipe)
{
    (void)recipe;
    return true;
}

static bool augments(const ScrawlRecipe *recipe)
{
    return !augment_is_none(&recipe->augment);
}

static bool uses_sgd(const ScrawlRecipe *recipe)
{
    return recipe->train.optimizer == OPTIMIZER_SGD;
}

static bool uses_adam(const ScrawlRecipe *recipe)
{
    return !uses_sgd(recipe);
}

#define BLOCKS                        \
    {                                 \
        &kind_norm_block, &kind_block \
    }

/* A byte is a quarter of a real. */
const CallKind call_kinds[] = {
    {"block_pack", BLOCKS, .run = block_pack, .traffic = {.parameters = 1, .packed = 1}},
    {"block_forward",
     {&kind_norm_block},
     .run = block_forward,
     .run_plain = block_forward_plain,
     .products = 1},
    {"block_finish",
     {&kind_norm_block},
     .run = block_finish,
     .run_plain = block_finish_plain,
     .traffic = {.convolved = 1, .out = 1.25}},
    {"block_forward_finish",
     {&kind_block},
     .run = block_forward_finish,
     .run_plain = block_forward_finish_plain,
     .products = 1},
    {"block_sums",
     {&kind_norm_block},
     .run = block_sums,
     .run_plain = block_sums_plain,
     .traffic = {.convolved = 1, .out = 1.25}},
    {"block_backward", BLOCKS, .run = block_backward, .run_plain = block_backward_plain,
     .products = 2, .data_products = 1},
    {"block_infer", BLOCKS, .run = block_infer, .run_plain = block_forward_finish_plain,
     .products = 1, .inference = true},
    {"block_infer", BLOCKS, .run = block_infer, .run_plain = block_forward_finish_plain,
     .products = 1, .inference = true, .n = 1},
    {"conv_forward", {&kind_conv2d}, .run = conv_forward, .products = 1},
    {"conv_backward_data",
     {&kind_conv2d},
     .run = conv_backward_data,
     .products = 1,
     .data_products = 1},
    {"conv_backward_weights", {&kind_conv2d}, .run = conv_backward_weights, .products = 1},
    {"gemm_nt", {&kind_dense}, .run = gemm_nt, .products = 1},
    {"gemm_nt", {&kind_dense}, .run = gemm_nt, .products = 1, .inference = true, .n = 1},
    {"gemm_nn", {&kind_dense}, .run = gemm_nn, .products = 1, .data_products = 1},
    {"gemm_tn", {&kind_dense}, .run = gemm_tn, .products = 1},
    {"bias_forward", {&kind_dense}, .run = bias_forward, .traffic = {.out = 2}},
    {"bias_backward", {&kind_dense}, .run = bias_backward, .traffic = {.out = 1}},
    {"batchnorm_statistics", {&kind_batchnorm}, .run = batchnorm_statistics, .traffic = {.in = 1}},
    {"batchnorm_affine", {&kind_batchnorm}, .run = batchnorm_affine, .traffic = {.in = 2}},
    {"batchnorm_sums", {&kind_batchnorm}, .run = batchnorm_sums, .traffic = {.in = 2}},
    {"batchnorm_backward", {&kind_batchnorm}, .run = batchnorm_backward, .traffic = {.in = 3}},
    {"relu_forward", {&kind_relu}, .run = relu_forward, .traffic = {.in = 2}},
    {"relu_backward", {&kind_relu}, .run = relu_backward, .traffic = {.in = 3}},
    {"maxpool_forward", {&kind_maxpool}, .run = maxpool_forward, .traffic = {.in = 1, .out = 1.25}},
    {"maxpool_backward",
     {&kind_maxpool},
     .run = maxpool_backward,
     .traffic = {.in = 1, .out = 1.25}},
    {"adaptive_avgpool_forward",
     {&kind_adaptive_avgpool},
     .run = adaptive_avgpool_forward,
     .traffic = {.in = 1, .out = 1}},
    {"adaptive_avgpool_backward",
     {&kind_adaptive_avgpool},
     .run = adaptive_avgpool_backward,
     .traffic = {.in = 1, .out = 1}},
    {"dropout", {&kind_dropout}, .run = dropout, .traffic = {.in = 2}},
    {"softmax", .uses = always, .run = softmax, .traffic = {.out = 2}},
    {"cross_entropy", .uses = always, .run = cross_entropy, .traffic = {.out = 2}},
    {"sgd", .uses = uses_sgd, .run = sgd, .traffic = {.parameters = 5}},
    {"adam", .uses = uses_adam, .run = adam, .traffic = {.parameters = 7}},
    {"pixels_to_real", .uses = always, .run = pixels_to_real, .traffic = {.in = 1.25}},
    {"warp_affine", .uses = augments, .run = warp_affine, .traffic = {.in = 2}, .n = 1},
    {"uniform", .uses = augments, .run = uniform, .traffic = {.in = 1}, .n = 1},
    {"blur", .uses = augments, .run = blur, .traffic = {.in = 2}, .n = 1},
    {"warp_projective", .uses = augments, .run = warp_projective, .traffic = {.in = 2}, .n = 1},
    {"dilate", .uses = augments, .run = dilate, .traffic = {.in = 2}, .n = 1},
    {"warp_field", .uses = augments, .run = warp_field, .traffic = {.in = 4}, .n = 1},
    {"noise", .uses = augments, .run = noise, .traffic = {.in = 2}, .n = 1},
};
const size_t call_n_kinds = sizeof call_kinds / sizeof call_kinds[0];
