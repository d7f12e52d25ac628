#include "kernels/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "kernels/c.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* What plain C can multiply and add: two operations where other instruction sets have one.
 * Vectors have the baseline's 16 bytes and are written with the compilers' vector types, since
 * loops over floats may or may not end up in registers. 14 chains hide the latency of both
 * operations on cores that start two of each in a cycle, and leave two of x86-64's 16 registers for
 * the constants. */
typedef real Vector __attribute__((vector_size(16)));

enum { CHAINS = 14, LANES = sizeof(Vector) / sizeof(real) };

double peak_c(size_t rounds, real *sum)
{
    Vector x[CHAINS], total = {0}, factor = {0}, term = {0};
    factor += (real)0.5, term += (real)0.5; /* every x goes to 1 */
    for (int i = 0; i < CHAINS; i++)
        x[i] = term * (real)(i + 1) * (real)(rounds % 2);
    for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 14
        for (int i = 0; i < CHAINS; i++)
            x[i] = x[i] * factor + term;
    for (int i = 0; i < CHAINS; i++)
        total += x[i];
    for (int i = 0; i < LANES; i++)
        *sum += total[i];
    return 2.0 * CHAINS * LANES * (double)rounds;
}

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

#if defined(__x86_64__)

/* Intel SDM volume 1, sections 13.3 (XCR0), 14.7.1 (how to look for AVX2) and 15.2 (AVX-512). */
enum {
    LEAF1_ECX_FMA = 1 << 12,
    LEAF1_ECX_OSXSAVE = 1 << 27,
    LEAF1_ECX_AVX = 1 << 28,
    LEAF7_EBX_AVX2 = 1 << 5,
    LEAF7_EBX_AVX512F = 1 << 16,
    XCR0_SSE_AND_AVX = 1 << 1 | 1 << 2,
    XCR0_AVX512 = 1 << 5 | 1 << 6 | 1 << 7, /* masks, upper halves, registers 16 to 31 */
};

/* Only where OSXSAVE says that the instruction is there. */
static unsigned read_xcr0(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool cpu_has_avx2(void)
{
    const unsigned wanted = LEAF1_ECX_FMA | LEAF1_ECX_OSXSAVE | LEAF1_ECX_AVX;
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & wanted) != wanted)
        return false;
    if ((read_xcr0() & XCR0_SSE_AND_AVX) != XCR0_SSE_AND_AVX)
        return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & LEAF7_EBX_AVX2);
}

bool cpu_has_avx512(void)
{
    unsigned eax, ebx, ecx, edx;
    return cpu_has_avx2() && (read_xcr0() & XCR0_AVX512) == XCR0_AVX512 &&
           __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & LEAF7_EBX_AVX512F);
}

#else

bool cpu_has_avx2(void)
{
    return false;
}

bool cpu_has_avx512(void)
{
    return false;
}

#endif

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
