#include "kernels/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "kernels/c.h"
#include "kernels/cpu.h"

const Kernels kernels_c = {
    .name = "c",
    .gemm_work = gemm_work_c,
    .gemm = gemm_c,
    .conv_work = conv_work_c,
    .conv_forward = conv_forward_c,
    .conv_backward_data = conv_backward_data_c,
    .conv_backward_weights = conv_backward_weights_c,
    .maxpool_forward = maxpool_forward_c,
    .maxpool_backward = maxpool_backward_c,
    .avgpool_forward = avgpool_forward_c,
    .avgpool_backward = avgpool_backward_c,
    .adaptive_avgpool_forward = adaptive_avgpool_forward_c,
    .adaptive_avgpool_backward = adaptive_avgpool_backward_c,
    .batchnorm_statistics = batchnorm_statistics_c,
    .batchnorm_affine = batchnorm_affine_c,
    .batchnorm_sums = batchnorm_sums_c,
    .batchnorm_backward = batchnorm_backward_c,
    .activation_forward = {[ACTIVATION_RELU] = relu_forward_c,
                           [ACTIVATION_SILU] = silu_forward_c,
                           [ACTIVATION_SIGMOID] = sigmoid_forward_c},
    .activation_backward = {[ACTIVATION_RELU] = relu_backward_c,
                            [ACTIVATION_SILU] = silu_backward_c,
                            [ACTIVATION_SIGMOID] = sigmoid_backward_c},
    .add = add_c,
    .axpy = axpy_c,
    .bias_forward = bias_forward_c,
    .bias_backward = bias_backward_c,
    .scale_forward = scale_forward_c,
    .scale_backward = scale_backward_c,
    .dropout = dropout_c,
    .uniform = uniform_c,
    .noise = noise_c,
    .softmax = softmax_c,
    .cross_entropy = cross_entropy_c,
    .sgd = sgd_c,
    .adam = adam_c,
    .warp_affine = warp_affine_c,
    .warp_projective = warp_projective_c,
    .warp_field = warp_field_c,
    .blur = blur_c,
    .dilate = dilate_c,
    .pixels_to_real = pixels_to_real_c,
    .peak = peak_c,
};

#ifdef KERNELS_X86
extern const Kernels kernels_avx2, kernels_avx512;
#endif

static const Kernels *find_kernels(const char *name)
{
    if (strcmp(name, "none") == 0 || strcmp(name, kernels_c.name) == 0)
        return &kernels_c;
#ifdef KERNELS_X86
    if (strcmp(name, kernels_avx2.name) == 0 && cpu_has_avx2())
        return &kernels_avx2;
    if (strcmp(name, kernels_avx512.name) == 0 && cpu_has_avx512())
        return &kernels_avx512;
#endif
    return NULL;
}

static const Kernels *best_kernels(void)
{
    static const char *const names[] = {"avx512", "avx2"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (find_kernels(names[i]))
            return find_kernels(names[i]);
    return &kernels_c;
}

const Kernels *kernels_get(const char *name)
{
    if (name)
        return find_kernels(name);
    const char *wanted = getenv("SCRAWL_CPU");
    const Kernels *found = wanted ? find_kernels(wanted) : NULL;
    return found ? found : best_kernels();
}

ScrawlStatus kernels_require(const Kernels **kernels, const char *name, ScrawlError *error)
{
    *kernels = kernels_get(name);
    if (!*kernels)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "this machine or this build has no kernels \"%s\"", name);
    return SCRAWL_STATUS_OK;
}
