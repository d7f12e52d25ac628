/* The AVX2 and FMA kernels by name, and those of AVX-512 where wider vectors pay. What each
 * computes is said in kernels.h, beside the table's field of the same stem. They are built with
 * flags of their own and run only where cpu.h has found such a machine. What is not here is as fast
 * in plain C, and the table takes that. */
#ifndef KERNELS_X86_AVX2_H
#define KERNELS_X86_AVX2_H

#include "kernels/contract.h"
#include "kernels/kernels.h"

extern const Kernels kernels_avx2, kernels_avx512;

extern const ContractEngine contract_engine_avx2;

size_t gemm_work_avx2(GemmForm form, size_t m, size_t n, size_t k);
void gemm_avx2(GemmForm form, size_t m, size_t n, size_t k, const float *a, size_t lda,
               const float *b, size_t ldb, int add, float *c, size_t ldc, float *work);
size_t gemm_work_avx512(GemmForm form, size_t m, size_t n, size_t k);
void gemm_avx512(GemmForm form, size_t m, size_t n, size_t k, const float *a, size_t lda,
                 const float *b, size_t ldb, int add, float *c, size_t ldc, float *work);

size_t conv_work_avx2(const ConvShape *shape);
void conv_forward_avx2(const ConvShape *shape, size_t n, const float *x, const float *w,
                       const float *bias, float *y, float *work);
void conv_backward_data_avx2(const ConvShape *shape, size_t n, const float *dy, const float *w,
                             float *dx, float *work);
void conv_backward_weights_avx2(const ConvShape *shape, size_t n, const float *x, const float *dy,
                                float *dw, float *dbias, float *work);

void maxpool_forward_avx2(const PoolShape *shape, size_t n, const float *x, float *y,
                          uint8_t *which);
void maxpool_backward_avx2(const PoolShape *shape, size_t n, const float *dy, const uint8_t *which,
                           float *dx);
void adaptive_avgpool_forward_avx2(const PoolShape *shape, size_t n, const float *x, float *y);
void adaptive_avgpool_backward_avx2(const PoolShape *shape, size_t n, const float *dy, float *dx);

void batchnorm_statistics_avx2(size_t n, size_t channels, size_t area, const float *x, float *mean,
                               float *m2);
void batchnorm_affine_avx2(size_t n, size_t channels, size_t area, const float *x,
                           const float *scale, const float *shift, float *y);
void batchnorm_sums_avx2(size_t n, size_t channels, size_t area, const float *x, const float *dy,
                         const float *mean, const float *inv_std, float *sum_dy,
                         float *sum_dy_xhat);
void batchnorm_backward_avx2(size_t n, size_t channels, size_t area, const float *x,
                             const float *dy, const float *a, const float *b, const float *d,
                             float *dx);

void relu_forward_avx2(size_t count, const float *x, float *y);
void relu_backward_avx2(size_t count, const float *x, const float *y, const float *dy, float *dx);
void silu_forward_avx2(size_t count, const float *x, float *y);
void silu_backward_avx2(size_t count, const float *x, const float *y, const float *dy, float *dx);
void sigmoid_forward_avx2(size_t count, const float *x, float *y);

void add_avx2(size_t count, const float *a, const float *b, float *y);
void axpy_avx2(size_t count, float factor, const float *x, float *y);
void bias_forward_avx2(size_t n, size_t units, const float *bias, float *y);
void bias_backward_avx2(size_t n, size_t units, const float *dy, float *dbias);
void scale_forward_avx2(size_t n, size_t channels, size_t area, const float *x, const float *s,
                        float *y);
void scale_backward_avx2(size_t n, size_t channels, size_t area, const float *x, const float *s,
                         const float *dy, float *dx, float *ds);

void dropout_avx2(size_t count, uint64_t seed, uint64_t stream, float rate, const float *x,
                  float *y);

void uniform_avx2(size_t count, uint64_t seed, uint64_t stream, uint64_t position, float low,
                  float high, float *dst);
void noise_avx2(size_t count, uint64_t seed, uint64_t stream, uint64_t position, float sd,
                float low, float high, float *x);

void softmax_avx2(size_t n, size_t classes, const float *x, float *y);
void cross_entropy_avx2(size_t n, size_t classes, const float *logits, const uint16_t *labels,
                        float smoothing, float scale, float *loss, float *dlogits);

void sgd_avx2(size_t count, const SgdStep *step, const float *gradient, float *w, float *velocity);
void adam_avx2(size_t count, const AdamStep *step, const float *gradient, float *w, float *m,
               float *v);
void sgd_avx512(size_t count, const SgdStep *step, const float *gradient, float *w,
                float *velocity);
void adam_avx512(size_t count, const AdamStep *step, const float *gradient, float *w, float *m,
                 float *v);

void warp_affine_avx2(int height, int width, const float *src, const float matrix[6], float outside,
                      float *dst, float *work);
void warp_projective_avx2(int height, int width, const float *src, const float m[9], float outside,
                          float *dst, float *work);
void warp_field_avx2(int height, int width, const float *src, const float *dx, const float *dy,
                     float outside, float *dst, float *work);
void blur_avx2(int height, int width, const float *src, float sigma, float *dst, float *work);
void dilate_avx2(int height, int width, const float *src, float radius, float *dst, float *work);

void pixels_to_real_avx2(size_t count, const uint8_t *src, float mean, float sd, float *dst);

size_t depthwise_work_avx2(const ConvShape *shape);
void depthwise_forward_avx2(const ConvShape *shape, size_t n, const float *x, const float *w,
                            const float *bias, float *y, float *work);
void depthwise_backward_data_avx2(const ConvShape *shape, size_t n, const float *dy, const float *w,
                                  float *dx, float *work);
void depthwise_backward_weights_avx2(const ConvShape *shape, size_t n, const float *x,
                                     const float *dy, float *dw, float *work);

double peak_avx2(size_t rounds, float *sum);
double peak_avx512(size_t rounds, float *sum);

#endif
