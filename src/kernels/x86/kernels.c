#include "kernels/c.h"
#include "kernels/x86/avx2.h"
#include "kernels/x86/block.h"
#include "kernels/x86/build_names.h"
#include "kernels/x86/vector.h"

/* Built twice: the table of AVX-512 differs from AVX2's where wider vectors pay. */
const Kernels BUILD_NAME(kernels) = {
#ifdef __AVX512F__
    .name = "avx512",
#else
    .name = "avx2",
#endif
    .gemm_work = BUILD_NAME(gemm_work),
    .gemm = BUILD_NAME(gemm),
    .conv_work = conv_work_avx2,
    .conv_forward = conv_forward_avx2,
    .conv_backward_data = conv_backward_data_avx2,
    .conv_backward_weights = conv_backward_weights_avx2,
    .maxpool_forward = maxpool_forward_avx2,
    .maxpool_backward = maxpool_backward_avx2,
    .avgpool_forward = avgpool_forward_c,
    .avgpool_backward = avgpool_backward_c,
    .adaptive_avgpool_forward = adaptive_avgpool_forward_avx2,
    .adaptive_avgpool_backward = adaptive_avgpool_backward_avx2,
    .batchnorm_statistics = batchnorm_statistics_avx2,
    .batchnorm_affine = batchnorm_affine_avx2,
    .batchnorm_sums = batchnorm_sums_avx2,
    .batchnorm_backward = batchnorm_backward_avx2,
    .activation_forward = {[ACTIVATION_RELU] = relu_forward_avx2,
                           [ACTIVATION_SILU] = silu_forward_avx2,
                           [ACTIVATION_SIGMOID] = sigmoid_forward_avx2},
    .activation_backward = {[ACTIVATION_RELU] = relu_backward_avx2,
                            [ACTIVATION_SILU] = silu_backward_avx2,
                            [ACTIVATION_SIGMOID] = sigmoid_backward_c},
    .add = add_avx2,
    .axpy = axpy_avx2,
    .bias_forward = bias_forward_avx2,
    .bias_backward = bias_backward_avx2,
    .scale_forward = scale_forward_avx2,
    .scale_backward = scale_backward_avx2,
    .dropout = dropout_avx2,
    .uniform = uniform_avx2,
    .noise = noise_avx2,
    .softmax = softmax_avx2,
    .cross_entropy = cross_entropy_avx2,
    .sgd = BUILD_NAME(sgd),
    .adam = BUILD_NAME(adam),
    .warp_affine = warp_affine_avx2,
    .warp_projective = warp_projective_avx2,
    .warp_field = warp_field_avx2,
    .blur = blur_avx2,
    .dilate = dilate_avx2,
    .pixels_to_real = pixels_to_real_avx2,
    .peak = BUILD_NAME(peak),
    .block = &block_kernels,
};

/* What the widest vectors can multiply and add, an FMA being both at once. */

/* An FMA takes 4 or 5 cycles and a core begins two in each; two registers are for the constants. */
enum { CHAINS = 12 };

double BUILD_NAME(peak)(size_t rounds, float *sum)
{
    Vec x[CHAINS], half = vec_all(0.5f), total = vec_zero(); /* every x goes to 1 */
    float lanes[VEC_LANES];
    for (int i = 0; i < CHAINS; i++)
        x[i] = vec_all((float)(i + 1) * (float)(rounds % 2));
    for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            x[i] = vec_fma(x[i], half, half);
    for (int i = 0; i < CHAINS; i++)
        total = total + x[i];
    vec_store(lanes, total);
    for (int i = 0; i < VEC_LANES; i++)
        *sum += lanes[i];
    return 2.0 * CHAINS * VEC_LANES * (double)rounds;
}
