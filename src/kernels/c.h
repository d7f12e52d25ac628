/* The plain C kernels by name, and what they share. What each computes is said in kernels.h, beside
 * the table's field of the same stem.
 *
 * Their loops are written so that compilers vectorise them without -ffast-math: independent
 * elements run in step, a sum is spread over SUM_LANES partial sums, and nothing is read through a
 * pointer that the loop writes. `omp simd` (no threads, only -fopenmp-simd) promises the latter
 * where a caller may pass one array as input and output. */
#ifndef KERNELS_C_H
#define KERNELS_C_H

#include <math.h>

#include "kernels/kernels.h"

size_t gemm_work_c(GemmForm form, size_t m, size_t n, size_t k);
void gemm_c(GemmForm form, size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
            size_t ldb, int add, real *c, size_t ldc, real *work);

size_t conv_work_c(const ConvShape *shape);
void conv_forward_c(const ConvShape *shape, size_t n, const real *x, const real *w,
                    const real *bias, real *y, real *work);
void conv_backward_data_c(const ConvShape *shape, size_t n, const real *dy, const real *w, real *dx,
                          real *work);
void conv_backward_weights_c(const ConvShape *shape, size_t n, const real *x, const real *dy,
                             real *dw, real *dbias, real *work);

void maxpool_forward_c(const PoolShape *shape, size_t n, const real *x, real *y, uint8_t *which);
void maxpool_backward_c(const PoolShape *shape, size_t n, const real *dy, const uint8_t *which,
                        real *dx);
void avgpool_forward_c(const PoolShape *shape, size_t n, const real *x, real *y);
void avgpool_backward_c(const PoolShape *shape, size_t n, const real *dy, real *dx);
void adaptive_avgpool_forward_c(const PoolShape *shape, size_t n, const real *x, real *y);
void adaptive_avgpool_backward_c(const PoolShape *shape, size_t n, const real *dy, real *dx);

void batchnorm_statistics_c(size_t n, size_t channels, size_t area, const real *x, real *mean,
                            real *m2);
void batchnorm_affine_c(size_t n, size_t channels, size_t area, const real *x, const real *scale,
                        const real *shift, real *y);
void batchnorm_sums_c(size_t n, size_t channels, size_t area, const real *x, const real *dy,
                      const real *mean, const real *inv_std, real *sum_dy, real *sum_dy_xhat);
void batchnorm_backward_c(size_t n, size_t channels, size_t area, const real *x, const real *dy,
                          const real *a, const real *b, const real *d, real *dx);

void relu_forward_c(size_t count, const real *x, real *y);
void relu_backward_c(size_t count, const real *x, const real *y, const real *dy, real *dx);
void silu_forward_c(size_t count, const real *x, real *y);
void silu_backward_c(size_t count, const real *x, const real *y, const real *dy, real *dx);
void sigmoid_forward_c(size_t count, const real *x, real *y);
void sigmoid_backward_c(size_t count, const real *x, const real *y, const real *dy, real *dx);

void add_c(size_t count, const real *a, const real *b, real *y);
void axpy_c(size_t count, real factor, const real *x, real *y);
void bias_forward_c(size_t n, size_t units, const real *bias, real *y);
void bias_backward_c(size_t n, size_t units, const real *dy, real *dbias);
void scale_forward_c(size_t n, size_t channels, size_t area, const real *x, const real *s, real *y);
void scale_backward_c(size_t n, size_t channels, size_t area, const real *x, const real *s,
                      const real *dy, real *dx, real *ds);

void dropout_c(size_t count, uint64_t seed, uint64_t stream, real rate, const real *x, real *y);

void uniform_c(size_t count, uint64_t seed, uint64_t stream, uint64_t position, real low, real high,
               real *dst);
void noise_c(size_t count, uint64_t seed, uint64_t stream, uint64_t position, real sd, real low,
             real high, real *x);

void softmax_c(size_t n, size_t classes, const real *x, real *y);
void cross_entropy_c(size_t n, size_t classes, const real *logits, const uint16_t *labels,
                     real smoothing, real scale, real *loss, real *dlogits);

void sgd_c(size_t count, const SgdStep *step, const real *gradient, real *w, real *velocity);
void adam_c(size_t count, const AdamStep *step, const real *gradient, real *w, real *m, real *v);

void warp_affine_c(int height, int width, const real *src, const real matrix[6], real outside,
                   real *dst, real *work);
void warp_projective_c(int height, int width, const real *src, const real m[9], real outside,
                       real *dst, real *work);
void warp_field_c(int height, int width, const real *src, const real *dx, const real *dy,
                  real outside, real *dst, real *work);
void blur_c(int height, int width, const real *src, real sigma, real *dst, real *work);
void dilate_c(int height, int width, const real *src, real radius, real *dst, real *work);

void pixels_to_real_c(size_t count, const uint8_t *src, real mean, real sd, real *dst);

double peak_c(size_t rounds, real *sum);

/* Long sums are cut into blocks, a block into lanes: the rounding error of n terms grows with
 * SUM_BLOCK / SUM_LANES + n / SUM_BLOCK instead of n, and the lanes are vectors. */
enum { SUM_LANES = 8, SUM_BLOCK = 1024 };

/* The total, as a tree, of the lanes and of the terms that did not fill them. The latter have an
 * array of their own because `lane`, indexed by constants only, can live in registers. */
static inline real sum_lanes(const real lane[SUM_LANES], const real rest[SUM_LANES])
{
    real sum[SUM_LANES];
    for (int i = 0; i < SUM_LANES; i++)
        sum[i] = lane[i] + rest[i];
    for (int half = SUM_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            sum[i] += sum[i + half];
    return sum[0];
}

/* The sum of x, or of x * y, each block through the lanes. `products` is a constant. */
static inline __attribute__((always_inline)) real sum_terms(size_t count, const real *x,
                                                            const real *y, int products)
{
    real sum = 0;
    for (size_t first = 0; first < count; first += SUM_BLOCK) {
        size_t end = count - first < SUM_BLOCK ? count : first + SUM_BLOCK, i = first;
        real lane[SUM_LANES] = {0}, rest[SUM_LANES] = {0};
        for (; end - i >= SUM_LANES; i += SUM_LANES)
            for (size_t j = 0; j < SUM_LANES; j++)
                lane[j] += products ? x[i + j] * y[i + j] : x[i + j];
        for (size_t j = 0; i + j < end; j++)
            rest[j] = products ? x[i + j] * y[i + j] : x[i + j];
        sum += sum_lanes(lane, rest);
    }
    return sum;
}

static inline real sum_array(size_t count, const real *x)
{
    return sum_terms(count, x, NULL, 0);
}

static inline real sum_products(size_t count, const real *x, const real *y)
{
    return sum_terms(count, x, y, 1);
}

static inline real real_sqrt(real x)
{
#ifdef SCRAWL_REAL_DOUBLE
    return sqrt(x);
#else
    return sqrtf(x);
#endif
}

/* e^x within 2 ulp. In float it is our own, because a loop over it vectorises and because the C
 * library's may differ in the last bit from machine to machine: x = k ln 2 + r, |r| <= ln 2 / 2,
 * e^x = 2^k e^r, e^r by Taylor's polynomial (next term: 5e-9). Overflows to infinity, underflows
 * through denormals to 0; NaN gives NaN. */
static inline real real_exp(real x)
{
#ifdef SCRAWL_REAL_DOUBLE
    return exp(x);
#else
    const float to_integer = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = x > 89.0f ? 89.0f : x;
    x = x < -105.0f ? -105.0f : x;
    union {
        float value;
        uint32_t bits;
    } k = {x * 1.44269504f + to_integer}, scale[2];
    float whole = k.value - to_integer;
    float r = x - whole * 0.693359375f; /* ln 2 in two parts, the first exact in few bits */
    r += whole * 2.12194440e-4f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    /* 2^k in two factors, because k runs from -151 to 128 and an exponent from -126 to 127. The
     * last bits of k.value are k as an integer; unsigned arithmetic, so that NaN does no harm. */
    uint32_t exponent = k.bits - 0x4b400000u;
    uint32_t low = (uint32_t)((int32_t)exponent >> 1);
    scale[0].bits = (low + 127) << 23;
    scale[1].bits = (exponent - low + 127) << 23;
    return p * scale[0].value * scale[1].value;
#endif
}

/* 1 / (1 + e^-x) */
static inline real real_sigmoid(real x)
{
    return 1 / (1 + real_exp(-x));
}

/* The numbers behind normal deviates in float, for the plain C and the vector version. All are
 * minimax polynomials, lowest power first, found by Remez's exchange in 40 digits (Python's mpmath:
 * from the Chebyshev extremes, one more than coefficients, the linear system of equal and
 * alternating weighted errors; then the extremes of what is left over in their place, until they
 * stay) and rounded to float; the errors said are those after the rounding. */

/* -2 ln(1 + t) / t for sqrt(1/2) <= 1 + t <= sqrt(2), within 1.8e-7 of itself. */
static const float noise_log[8] = {-1.99999988f, 1.00000727f,  -0.666701198f, 0.499398172f,
                                   -0.39800331f, 0.345016599f, -0.324451566f, 0.202137873f};
#define NOISE_MINUS_TWO_LN_2 (-1.38629436f)

/* sin(pi/2 t) / t in t^2 for |t| <= 1/2, within 3.5e-8 of itself. */
static const float noise_sin[4] = {1.57079637f, -0.64596349f, 0.079680033f, -0.00460165786f};

/* (cos(pi/2 t) - 1) / t^2 in t^2, so that the cosine is within 5.5e-8 of itself. */
static const float noise_cos[3] = {-1.23369765f, 0.25360322f, -0.0204172824f};

#define NOISE_SQRT_HALF_BITS UINT32_C(0x3f3504f3) /* sqrt(1/2) as a float */

#endif
