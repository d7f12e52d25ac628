/* The arithmetic: one table of function pointers, filled with plain C (the specification) and,
 * where the machine has better, with SIMD versions of the same functions.
 *
 * Every function works on one thread, allocates nothing, keeps no state, and may run on many
 * threads at once with different outputs. Nothing here fails: sizes of 0 do nothing, and what does
 * not fit (groups that do not divide the channels, labels out of range) is the caller's bug.
 *
 * Tensors are dense and row-major in the order that their shape is written: [N,C,H,W] has W
 * innermost. Weights are [K,C/G,R,S]. Inputs and outputs do not overlap unless said. Outputs are
 * overwritten unless the comment says "adds". Any alignment will do; MEM_ALIGNMENT is fastest.
 *
 * Scratch memory is the caller's: `work` points at as many reals as the *_work function beside
 * says, is not read before it is written, and keeps nothing between calls.
 *
 * Sums run in a fixed order: equal inputs give equal bytes. The bytes of one image's outputs do not
 * depend on the images beside it; sums over images (the gradients of weights, the sums of batch
 * norm) do depend on how a batch is cut, so cut it the same way for any number of threads. */
#ifndef KERNELS_KERNELS_H
#define KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/real.h"
#include "scrawl/status.h"

/* y[K,P,Q] = conv(x[C,H,W], w[K,C/G,R,S]) + bias[K], where P = (H + 2 padding - R) / stride + 1,
 * likewise Q. "Convolution" as in every deep-learning library: cross-correlation. Filters
 * k of group g see the channels of group g only. Depthwise: groups == channels. */
typedef struct ConvShape {
    int channels, height, width;        /* C, H, W */
    int filters, out_height, out_width; /* K, P, Q: at least 1 */
    int kernel_height, kernel_width;    /* R, S */
    int stride, padding, groups;        /* G divides C and K */
} ConvShape;

/* Windows of kernel x kernel, at most 16 x 16; out = (in - kernel) / stride + 1. No padding: a last
 * row or column that does not fill a window is left out, as in PyTorch and Keras "valid". */
typedef struct PoolShape {
    int channels, height, width;
    int out_height, out_width;
    int kernel, stride;
} PoolShape;

typedef enum GemmForm {
    GEMM_NN, /* A [m,k], B [k,n] */
    GEMM_NT, /* A [m,k], B [n,k] */
    GEMM_TN, /* A [k,m], B [k,n] */
} GemmForm;

typedef enum Activation {
    ACTIVATION_RELU,    /* max(x, 0); derivative at 0 is 0 */
    ACTIVATION_SILU,    /* x * sigmoid(x) */
    ACTIVATION_SIGMOID, /* 1 / (1 + exp(-x)) */
    ACTIVATION_COUNT,
} Activation;

/* One step of SGD on a flat array. I. Sutskever et al., "On the importance of initialization and
 * momentum in deep learning", ICML 2013, in PyTorch's form:
 *   g' = g + l2 w
 *   v = momentum v + g'
 *   w = (1 - rate decay) w - rate (nesterov ? g' + momentum v : v) */
typedef struct SgdStep {
    real rate, momentum, l2, decay;
    int nesterov;
} SgdStep;

/* One step of Adam (D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015,
 * algorithm 1) or AdamW (I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR
 * 2019, algorithm 2) on a flat array:
 *   g' = g + l2 w
 *   m = beta1 m + (1 - beta1) g'
 *   v = beta2 v + (1 - beta2) g'^2
 *   w = (1 - rate decay) w - rate (m / correction1) / (sqrt(v / correction2) + epsilon)
 * where correction_i = 1 - beta_i^step, the first step being 1. */
typedef struct AdamStep {
    real rate, beta1, beta2, epsilon, l2, decay;
    real correction1, correction2;
} AdamStep;

typedef struct BlockKernels BlockKernels; /* block.h */

typedef struct Kernels {
    const char *name; /* "c", "avx2", "avx512" */

    /* C[m,n] = A B, or adds A B where `add` is not 0. lda, ldb and ldc are the lengths of rows in
     * memory. An empty k is a sum of 0. */
    size_t (*gemm_work)(GemmForm form, size_t m, size_t n, size_t k);
    void (*gemm)(GemmForm form, size_t m, size_t n, size_t k, const real *a, size_t lda,
                 const real *b, size_t ldb, int add, real *c, size_t ldc, real *work);

    /* n images one after the other: x[N,C,H,W], y[N,K,P,Q]. conv_work serves all three, for any n.
     * bias may be NULL. */
    size_t (*conv_work)(const ConvShape *shape);
    void (*conv_forward)(const ConvShape *shape, size_t n, const real *x, const real *w,
                         const real *bias, real *y, real *work);
    void (*conv_backward_data)(const ConvShape *shape, size_t n, const real *dy, const real *w,
                               real *dx, real *work);
    /* Adds to dw[K,C/G,R,S] and, unless NULL, dbias[K]. */
    void (*conv_backward_weights)(const ConvShape *shape, size_t n, const real *x, const real *dy,
                                  real *dw, real *dbias, real *work);

    /* `which` [N,C,P,Q] keeps the place of each maximum inside its window (row * kernel + column;
     * the first one on ties) for the way back. */
    void (*maxpool_forward)(const PoolShape *shape, size_t n, const real *x, real *y,
                            uint8_t *which);
    void (*maxpool_backward)(const PoolShape *shape, size_t n, const real *dy, const uint8_t *which,
                             real *dx);
    void (*avgpool_forward)(const PoolShape *shape, size_t n, const real *x, real *y);
    void (*avgpool_backward)(const PoolShape *shape, size_t n, const real *dy, real *dx);
    /* Any size to any size: output i covers the rows floor(i H / P) to ceil((i + 1) H / P) - 1, as
     * in PyTorch. The shape's kernel and stride are not used. */
    void (*adaptive_avgpool_forward)(const PoolShape *shape, size_t n, const real *x, real *y);
    void (*adaptive_avgpool_backward)(const PoolShape *shape, size_t n, const real *dy, real *dx);

    /* Batch normalisation (S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015, algorithm 1) in
     * pieces, so that a batch may be cut into chunks. x, y, dx, dy are [N,C,area], area = H * W;
     * all else is [C].
     * statistics: mean, and m2 = sum of (x - mean)^2 over the n * area values of a channel.
     * affine: y = x * scale + shift; x may equal y.
     * sums: sum_dy = sum of dy, sum_dy_xhat = sum of dy * (x - mean) * inv_std.
     * backward: dx = a * dy + b * x + d (the caller folds gamma, mean and the sums into a, b and
     * d); dx may equal dy. */
    void (*batchnorm_statistics)(size_t n, size_t channels, size_t area, const real *x, real *mean,
                                 real *m2);
    void (*batchnorm_affine)(size_t n, size_t channels, size_t area, const real *x,
                             const real *scale, const real *shift, real *y);
    void (*batchnorm_sums)(size_t n, size_t channels, size_t area, const real *x, const real *dy,
                           const real *mean, const real *inv_std, real *sum_dy, real *sum_dy_xhat);
    void (*batchnorm_backward)(size_t n, size_t channels, size_t area, const real *x,
                               const real *dy, const real *a, const real *b, const real *d,
                               real *dx);

    /* Flat arrays; x may equal y, dy may equal dx. Backward takes the input x and the output y of
     * the forward pass; ReLU and sigmoid read y only, SiLU x only, and the other may be NULL. */
    void (*activation_forward[ACTIVATION_COUNT])(size_t count, const real *x, real *y);
    void (*activation_backward[ACTIVATION_COUNT])(size_t count, const real *x, const real *y,
                                                  const real *dy, real *dx);

    void (*add)(size_t count, const real *a, const real *b, real *y); /* y = a + b; may equal a */
    void (*axpy)(size_t count, real factor, const real *x, real *y);  /* adds factor * x to y */
    /* Adds bias[units] to each row of y[n,units]; adds the column sums of dy[n,units] to dbias. */
    void (*bias_forward)(size_t n, size_t units, const real *bias, real *y);
    void (*bias_backward)(size_t n, size_t units, const real *dy, real *dbias);
    /* y[n,c,:] = x[n,c,:] * s[n,c], and back: dx = dy * s, ds[n,c] = sum of dy * x. x may equal y,
     * dy may equal dx. For squeeze-excite. */
    void (*scale_forward)(size_t n, size_t channels, size_t area, const real *x, const real *s,
                          real *y);
    void (*scale_backward)(size_t n, size_t channels, size_t area, const real *x, const real *s,
                           const real *dy, real *dx, real *ds);

    /* Inverted dropout (N. Srivastava et al., "Dropout", JMLR 15, 2014, scaled at training):
     * y = x / (1 - rate) where the value's random number, in [0, 1), is >= rate, else 0. The
     * mask is a function of (seed, stream, index): backward is the same call on the gradient.
     * 0 <= rate < 1. x may equal y. */
    void (*dropout)(size_t count, uint64_t seed, uint64_t stream, real rate, const real *x,
                    real *y);

    /* Arrays of random numbers, made of base/rng.h's: value i of those at `position` + i / 4 of the
     * stream, so that a later part of an array may be had alone.
     * uniform: even from low to high, in steps of (high - low) / 2^24.
     * noise: x[i] = x[i] + sd * normal_i, held between low and high. normal_i has mean 0 and sd 1
     * and is at most 6.7 from 0; in float it is within 1e-6 of the exact one, measured on 16
     * million, and within 1e-6 between tables. */
    void (*uniform)(size_t count, uint64_t seed, uint64_t stream, uint64_t position, real low,
                    real high, real *dst);
    void (*noise)(size_t count, uint64_t seed, uint64_t stream, uint64_t position, real sd,
                  real low, real high, real *x);

    /* Rows of logits[n,classes]. softmax: probabilities; y may equal x. cross_entropy: loss[i] =
     * -sum over k of q_k log p_k with q = (1 - smoothing) onehot + smoothing / classes (C. Szegedy
     * et al., "Rethinking the Inception Architecture", CVPR 2016, section 7), and dlogits =
     * (p - q) * scale; dlogits may be NULL. labels[n] <= classes: `classes` itself is of no class,
     * q = 1 / classes. */
    void (*softmax)(size_t n, size_t classes, const real *x, real *y);
    void (*cross_entropy)(size_t n, size_t classes, const real *logits, const uint16_t *labels,
                          real smoothing, real scale, real *loss, real *dlogits);

    void (*sgd)(size_t count, const SgdStep *step, const real *gradient, real *w, real *velocity);
    void (*adam)(size_t count, const AdamStep *step, const real *gradient, real *w, real *m,
                 real *v);

    /* Pictures [H,W] of one channel.
     * warp_affine: dst(x, y) = src(m0 x + m1 y + m2, m3 x + m4 y + m5), bilinear, `outside` beyond
     * the edge and where the place is NaN; finite pixels; src may equal dst; work:
     * kernels_warp_work reals.
     * warp_projective: dst(x, y) = src((m0 x + m1 y + m2) / w, (m3 x + m4 y + m5) / w) with
     * w = m6 x + m7 y + m8, likewise; `outside` where w is not above 0.
     * warp_field: dst(x, y) = src(x + dx[y,x], y + dy[y,x]), likewise.
     * blur: separable Gaussian of sd `sigma` pixels, of radius ceil(3 sigma) but at most
     * BLUR_MAX_RADIUS, edges replicated; sigma 0 copies; src may equal dst; work: kernels_blur_work
     * reals.
     * dilate: what is bright grows by `radius` pixels, a fraction or a whole, at most
     * DILATE_MAX_RADIUS; below 0, it shrinks (erosion). Of all pixels q of the picture at a
     * distance d of p, dst(p) = max of src(p) + s (src(q) - src(p)). For a whole radius,
     * s = radius + 1 - d within 0..1; for one between two whole ones, s is as far between theirs:
     * an edge moves by the radius, in any direction within a tenth of it. Erosion is the same of
     * the negative. src may equal dst; work: kernels_dilate_work reals. */
    void (*warp_affine)(int height, int width, const real *src, const real matrix[6], real outside,
                        real *dst, real *work);
    void (*warp_projective)(int height, int width, const real *src, const real matrix[9],
                            real outside, real *dst, real *work);
    void (*warp_field)(int height, int width, const real *src, const real *dx, const real *dy,
                       real outside, real *dst, real *work);
    void (*blur)(int height, int width, const real *src, real sigma, real *dst, real *work);
    void (*dilate)(int height, int width, const real *src, real radius, real *dst, real *work);

    /* dst[i] = (src[i] / 255 - mean) / sd: pixels to network input. */
    void (*pixels_to_real)(size_t count, const uint8_t *src, real mean, real sd, real *dst);

    /* What the machine can do with this table's instructions: `rounds` times a handful of
     * multiplications and additions that wait for nobody and read no memory. Returns how many
     * operations these were; adds to *sum, so that none can be left out. */
    double (*peak)(size_t rounds, real *sum);

    const BlockKernels *block; /* whole convolution blocks; NULL: this table has none */
} Kernels;

#define BLUR_MAX_RADIUS 64
#define DILATE_MAX_RADIUS 3

#define WARP_BORDER 3 /* columns and rows of `outside` round a picture: one before, two after */

/* A picture with its border. */
static inline size_t kernels_warp_work(int height, int width)
{
    return ((size_t)height + WARP_BORDER) * ((size_t)width + WARP_BORDER);
}

/* A picture and two rows, padded to vectors. */
static inline size_t kernels_blur_work(int height, int width)
{
    size_t padded = ((size_t)width + 31) / 32 * 32;
    return ((size_t)height + 3) * padded + 4 * BLUR_MAX_RADIUS;
}

/* A picture with a border, and the end of its last vector. */
static inline size_t kernels_dilate_work(int height, int width)
{
    return ((size_t)height + 2 * DILATE_MAX_RADIUS) * ((size_t)width + 2 * DILATE_MAX_RADIUS) + 8;
}

/* The plain C table: always there. Static, never changes. */
extern const Kernels kernels_c;

/* The table that `name` asks for ("none" or "c" is plain C); NULL where this machine or this build
 * lacks it. For NULL, the one that the environment's SCRAWL_CPU asks for, or the best for this
 * machine where that is not set or asks for what is not there. */
const Kernels *kernels_get(const char *name);

/* kernels_get, and UNSUPPORTED where there are none of that name. */
SCRAWL_MUST_CHECK ScrawlStatus kernels_require(const Kernels **kernels, const char *name,
                                               ScrawlError *error);

/* The processor has AVX2 and FMA, and the system keeps their registers (XCR0). */
bool cpu_has_avx2(void);
/* The same, and the foundation of AVX-512. */
bool cpu_has_avx512(void);

/* The larger of two sizes: work memory is shared by kernels that never run at once. */
static inline size_t kernels_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
