/* Weights on their way to and from the points of Winograd's algorithm.
 *
 * Transformed weights are [position][K/16][C][16 of K] for the product of the forward pass and
 * [position][C/16][K][16 of C] for the data gradient; the gradient of the weights has the former
 * layout. Work goes by squares of 16 filters and 16 channels. */
#include "kernels/x86/vector.h"
#include "kernels/x86/winograd.h"
#include "kernels/x86/winograd_transform.h"

enum { MAX_TAPS = 5 * 5, SQUARE = 8 };

static size_t filters(const ConvShape *s)
{
    return (size_t)s->filters;
}

static size_t channels(const ConvShape *s)
{
    return (size_t)s->channels;
}

static size_t taps(const ConvShape *s)
{
    return (size_t)(s->kernel_height * s->kernel_width);
}

/* Reals of the weights at all points. */
static size_t transformed_size(const ConvShape *s)
{
    return WINOGRAD_POSITIONS * filters(s) * channels(s);
}

size_t winograd_packed_size(const BlockShape *s)
{
    return 2 * transformed_size(&s->conv);
}

static void weight_offsets(const ConvShape *s, size_t offset[WINOGRAD_POSITIONS])
{
    for (size_t i = 0; i < WINOGRAD_POSITIONS; i++)
        offset[i] = i * filters(s) * channels(s);
}

/* Rows by columns floats, both multiples of 8. */
static void transpose(size_t rows, size_t columns, const float *from, size_t from_step, float *to,
                      size_t to_step)
{
    for (size_t r = 0; r < rows; r += SQUARE)
        for (size_t c = 0; c < columns; c += SQUARE)
            vec_transpose_8x8(from + r * from_step + c, (ptrdiff_t)from_step, to + c * to_step + r,
                              (ptrdiff_t)to_step);
}

static void scale_rows(size_t rows, const real *scale, float *kernels)
{
    for (size_t i = 0; i < rows; i++, kernels += BLOCK_LANES)
        for (int lane = 0; lane < BLOCK_LANES; lane += VEC_LANES)
            vec_store(kernels + lane, vec_load(kernels + lane) * vec_load(scale + lane));
}

static void pack_square(const ConvShape *s, size_t k, size_t c, const real *w, const real *scale,
                        float *packed, const size_t offset[WINOGRAD_POSITIONS])
{
    float kernels[BLOCK_LANES * MAX_TAPS * BLOCK_LANES]; /* [channel][tap][filter] */
    size_t n_taps = taps(s), length = BLOCK_LANES * n_taps;
    ptrdiff_t row_step = (ptrdiff_t)s->kernel_width * BLOCK_LANES;
    WinogradForward map = s->kernel_height == 3 ? WINOGRAD_WEIGHT_3 : WINOGRAD_WEIGHT_5;
    transpose(BLOCK_LANES, length, w + (k * channels(s) + c) * n_taps, channels(s) * n_taps,
              kernels, BLOCK_LANES);
    if (scale)
        scale_rows(length, scale + k, kernels);
    for (size_t i = 0; i < BLOCK_LANES; i++)
        winograd_to_points(map, map, kernels + i * n_taps * BLOCK_LANES, row_step,
                           packed + k * channels(s) + (c + i) * BLOCK_LANES, offset);
}

static void pack_square_backward(const ConvShape *s, size_t k, size_t c, const float *packed,
                                 float *backward)
{
    for (size_t i = 0; i < WINOGRAD_POSITIONS; i++) {
        size_t position = i * filters(s) * channels(s);
        transpose(BLOCK_LANES, BLOCK_LANES, packed + position + k * channels(s) + c * BLOCK_LANES,
                  BLOCK_LANES, backward + position + c * filters(s) + k * BLOCK_LANES, BLOCK_LANES);
    }
}

void winograd_pack(const BlockShape *shape, int part, int backward, const real *w,
                   const real *scale, real *packed)
{
    const ConvShape *s = &shape->conv;
    size_t across = channels(s) / BLOCK_LANES, squares = filters(s) / BLOCK_LANES * across;
    size_t offset[WINOGRAD_POSITIONS];
    weight_offsets(s, offset);
    for (size_t i = squares * (size_t)part / BLOCK_PARTS;
         i < squares * ((size_t)part + 1) / BLOCK_PARTS; i++) {
        size_t k = i / across * BLOCK_LANES, c = i % across * BLOCK_LANES;
        pack_square(s, k, c, w, scale, packed, offset);
        if (backward)
            pack_square_backward(s, k, c, packed, packed + transformed_size(s));
    }
}

void winograd_unpack_gradient(const ConvShape *s, const real *du, real *dw)
{
    float kernels[BLOCK_LANES * MAX_TAPS * BLOCK_LANES]; /* [channel][tap][filter] */
    size_t n_taps = taps(s), offset[WINOGRAD_POSITIONS];
    ptrdiff_t row_step = (ptrdiff_t)s->kernel_width * BLOCK_LANES;
    WinogradBack map =
        s->kernel_height == 3 ? WINOGRAD_WEIGHT_GRADIENT_3 : WINOGRAD_WEIGHT_GRADIENT_5;
    weight_offsets(s, offset);
    for (size_t k = 0; k < filters(s); k += BLOCK_LANES)
        for (size_t c = 0; c < channels(s); c += BLOCK_LANES) {
            for (size_t i = 0; i < BLOCK_LANES; i++)
                winograd_from_points(map, map, du + k * channels(s) + (c + i) * BLOCK_LANES, offset,
                                     NULL, kernels + i * n_taps * BLOCK_LANES, row_step);
            transpose(BLOCK_LANES * n_taps, BLOCK_LANES, kernels, BLOCK_LANES,
                      dw + (k * channels(s) + c) * n_taps, channels(s) * n_taps);
        }
}
