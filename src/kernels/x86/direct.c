#include "kernels/x86/block.h"

#include <string.h>

#include "kernels/x86/vector.h"

enum {
    HALVES = BLOCK_LANES / VEC_LANES,
    /* In a row at once: enough sums to hide an FMA's latency, few enough for the registers. */
    MAX_PIXELS = VEC_LANES == 16 ? 10 : 6,
};

/* Weights are packed as [K/16][tap][16]. An image is copied into a plane with a border of zeros. */

static size_t taps(const BlockShape *s)
{
    return (size_t)(s->conv.kernel_height * s->conv.kernel_width);
}

static size_t padded_width(const BlockShape *s)
{
    return (size_t)(s->conv.width + 2 * s->conv.padding);
}

static size_t padded_size(const BlockShape *s)
{
    return (size_t)(s->conv.height + 2 * s->conv.padding) * padded_width(s);
}

/* A band of output rows: those of one row of pooling windows. */
static size_t band_size(const BlockShape *s)
{
    return 2 * (size_t)s->conv.out_width * BLOCK_LANES;
}

static int blocks(const BlockShape *s)
{
    return s->conv.filters / BLOCK_LANES;
}

size_t direct_packed_size(const BlockShape *s)
{
    return (size_t)s->conv.filters * taps(s);
}

/* The padded image, a band of y or dy, and the gradient of the weights: an image's and all. */
size_t direct_work_size(const BlockShape *s)
{
    return 2 * padded_size(s) + band_size(s) + 2 * direct_packed_size(s);
}

void direct_pack(const BlockShape *s, int part, const real *w, const real *scale, real *packed)
{
    int first = blocks(s) * part / BLOCK_PARTS, end = blocks(s) * (part + 1) / BLOCK_PARTS;
    for (size_t k = (size_t)first * BLOCK_LANES; k < (size_t)end * BLOCK_LANES; k++)
        for (size_t tap = 0; tap < taps(s); tap++)
            packed[(k / BLOCK_LANES * taps(s) + tap) * BLOCK_LANES + k % BLOCK_LANES] =
                w[k * taps(s) + tap] * (scale ? scale[k] : 1);
}

static void pad_image(const BlockShape *s, const real *x, real *padded)
{
    size_t width = (size_t)s->conv.width, padding = (size_t)s->conv.padding;
    memset(padded, 0, padded_size(s) * sizeof *padded);
    for (size_t row = 0; row < (size_t)s->conv.height; row++)
        memcpy(padded + (row + padding) * padded_width(s) + padding, x + row * width,
               width * sizeof *x);
}

/* `count` outputs in a row: each weight is read once for all of them. */
VEC_INLINE void convolve_pixels(int count, int kernel, const real *x, size_t x_row,
                                const real *weights, const real *bias, real *y)
{
    Vec sum[MAX_PIXELS][HALVES];
    for (int i = 0; i < count; i++)
        for (int v = 0; v < HALVES; v++)
            sum[i][v] = vec_load(bias + v * VEC_LANES);
    for (int r = 0; r < kernel; r++, x += x_row)
        for (int c = 0; c < kernel; c++, weights += BLOCK_LANES) {
            Vec weight[2] = {vec_load(weights), vec_load(weights + (HALVES - 1) * VEC_LANES)};
            for (int i = 0; i < count; i++) {
                Vec pixel = vec_all(x[c + i]);
                for (int v = 0; v < HALVES; v++)
                    sum[i][v] = vec_fma(pixel, weight[v], sum[i][v]);
            }
        }
    for (int i = 0; i < count; i++)
        for (int v = 0; v < HALVES; v++)
            vec_store(y + i * BLOCK_LANES + v * VEC_LANES, sum[i][v]);
}

VEC_INLINE void convolve_any_pixels(size_t count, int kernel, const real *x, size_t x_row,
                                    const real *weights, const real *bias, real *y)
{
#define PIXELS(n) convolve_pixels(n, kernel, x, x_row, weights, bias, y)
    switch (count) {
        VEC_CASES(PIXELS)
#ifdef __AVX512F__
        VEC_CASE(9, PIXELS)
        VEC_CASE(10, PIXELS)
#endif
    default:
        break;
    }
#undef PIXELS
}

VEC_INLINE void convolve_row_of(int kernel, size_t width, const real *x, size_t x_row,
                                const real *weights, const real *bias, real *y)
{
    size_t pieces = (width + MAX_PIXELS - 1) / MAX_PIXELS;
    for (size_t i = 0; i < pieces; i++) {
        size_t first = width * i / pieces, end = width * (i + 1) / pieces;
        convolve_any_pixels(end - first, kernel, x + first, x_row, weights, bias,
                            y + first * BLOCK_LANES);
    }
}

static void convolve_row_3(size_t width, const real *x, size_t x_row, const real *weights,
                           const real *bias, real *y)
{
    convolve_row_of(3, width, x, x_row, weights, bias, y);
}

static void convolve_row_5(size_t width, const real *x, size_t x_row, const real *weights,
                           const real *bias, real *y)
{
    convolve_row_of(5, width, x, x_row, weights, bias, y);
}

/* One row of one block of filters, from a padded image. */
static void convolve_row(const BlockShape *s, int block, int row, const real *padded,
                         const real *packed, const real *bias, real *y)
{
    const real *x = padded + (size_t)row * padded_width(s);
    const real *weights = packed + (size_t)block * taps(s) * BLOCK_LANES;
    (s->conv.kernel_height == 3 ? convolve_row_3 : convolve_row_5)(
        (size_t)s->conv.out_width, x, padded_width(s), weights, bias + block * BLOCK_LANES, y);
}

void direct_forward(const BlockShape *s, size_t n, const real *x, const real *packed,
                    const real *bias, real *y, real *mean, real *m2, real *work)
{
    size_t x_size = (size_t)s->conv.height * (size_t)s->conv.width;
    for (size_t i = 0; i < n; i++) {
        real *to = y + i * block_y_size(s);
        pad_image(s, x + i * x_size, work);
        for (int block = 0; block < blocks(s); block++)
            for (int row = 0; row < s->conv.out_height; row++, to += band_size(s) / 2)
                convolve_row(s, block, row, work, packed, bias, to);
        block_add_statistics(s, i, 1, y + i * block_y_size(s), mean, m2);
    }
}

/* The band of rows that begins at `row`. */
static BlockRegion band_at(const BlockShape *s, int row)
{
    int left = s->conv.out_height - row;
    return (BlockRegion){row, 0, left < 2 ? left : 2, s->conv.out_width};
}

void direct_forward_finish(const BlockShape *s, size_t n, const real *x, const real *packed,
                           const real *bias, real *out, uint8_t *which, real *work)
{
    size_t x_size = (size_t)s->conv.height * (size_t)s->conv.width, y_row = band_size(s) / 2;
    real *padded = work, *band = work + padded_size(s);
    block_clear_halo(s, n, out);
    for (size_t i = 0; i < n; i++) {
        pad_image(s, x + i * x_size, padded);
        for (int block = 0; block < blocks(s); block++)
            for (int row = 0; row < s->conv.out_height; row += 2) {
                BlockRegion region = band_at(s, row);
                for (int r = 0; r < region.rows; r++)
                    convolve_row(s, block, row + r, padded, packed, bias, band + (size_t)r * y_row);
                block_finish_region(s, block, &region, band, (ptrdiff_t)y_row, NULL, NULL, out,
                                    which);
            }
        out += block_out_size(s);
        if (which)
            which += block_which_size(s);
    }
}

/* Adds to dw, [tap][16], one row of dy times what `rows` rows of `kernel` taps see of the image.
 * The sums, rows * kernel * vectors, stay in registers. */
VEC_INLINE void add_weight_gradient(int rows, int kernel, int vectors, size_t width, const real *x,
                                    size_t x_row, const real *dy, real *dw)
{
    Vec sum[15];
    for (int i = 0; i < rows * kernel * vectors; i++)
        sum[i] = vec_load(dw + i / vectors * BLOCK_LANES + i % vectors * VEC_LANES);
    for (size_t q = 0; q < width; q++, x++, dy += BLOCK_LANES) {
        Vec slope[2] = {vec_load(dy), vec_load(dy + (vectors - 1) * VEC_LANES)};
        for (int tap = 0; tap < rows * kernel; tap++) {
            Vec pixel = vec_all(x[(size_t)(tap / kernel) * x_row + (size_t)(tap % kernel)]);
            for (int v = 0; v < vectors; v++)
                sum[tap * vectors + v] = vec_fma(pixel, slope[v], sum[tap * vectors + v]);
        }
    }
    for (int i = 0; i < rows * kernel * vectors; i++)
        vec_store(dw + i / vectors * BLOCK_LANES + i % vectors * VEC_LANES, sum[i]);
}

static void weight_gradient_row(const BlockShape *s, const real *x, const real *dy, real *dw)
{
    size_t width = (size_t)s->conv.out_width, x_row = padded_width(s);
    if (s->conv.kernel_height == 3) {
        for (int lane = 0; lane < BLOCK_LANES; lane += VEC_LANES)
            add_weight_gradient(3, 3, 1, width, x, x_row, dy + lane, dw + lane);
    } else if (HALVES == 1) {
        add_weight_gradient(3, 5, 1, width, x, x_row, dy, dw);
        add_weight_gradient(2, 5, 1, width, x + 3 * x_row, x_row, dy, dw + 15 * BLOCK_LANES);
    } else {
        for (size_t r = 0; r < 5; r++)
            add_weight_gradient(1, 5, 2, width, x + r * x_row, x_row, dy, dw + r * 5 * BLOCK_LANES);
    }
}

/* Adds to the padded dx what one row of dy sends back. Few networks need it (a first layer has
 * nothing below it), so that it is written for shortness. */
static void data_gradient_row(const BlockShape *s, const real *weights, const real *dy, real *dx)
{
    size_t kernel = (size_t)s->conv.kernel_width;
    for (size_t q = 0; q < (size_t)s->conv.out_width; q++, dy += BLOCK_LANES)
        for (size_t tap = 0; tap < taps(s); tap++) {
            real sum = 0;
            for (size_t lane = 0; lane < BLOCK_LANES; lane++)
                sum += dy[lane] * weights[tap * BLOCK_LANES + lane];
            dx[tap / kernel * padded_width(s) + q + tap % kernel] += sum;
        }
}

static void add_array(size_t count, const real *from, real *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

static void unpack_gradient(const BlockShape *s, const real *packed, real *dw)
{
    for (size_t k = 0; k < (size_t)s->conv.filters; k++)
        for (size_t tap = 0; tap < taps(s); tap++)
            *dw++ = packed[(k / BLOCK_LANES * taps(s) + tap) * BLOCK_LANES + k % BLOCK_LANES];
}

static void remove_border(const BlockShape *s, const real *padded, real *x)
{
    size_t width = (size_t)s->conv.width, padding = (size_t)s->conv.padding;
    for (size_t row = 0; row < (size_t)s->conv.height; row++)
        memcpy(x + row * width, padded + (row + padding) * padded_width(s) + padding,
               width * sizeof *x);
}

/* What one image adds to the packed dw and to dbias, and unless NULL its padded dx. */
static void backward_image(const BlockGradient *g, const real *padded, const real *packed,
                           real *band, real *dw, real *dbias, real *dx)
{
    const BlockShape *s = g->shape;
    size_t y_row = band_size(s) / 2, weights = taps(s) * BLOCK_LANES;
    for (int block = 0; block < blocks(s); block++, packed += weights, dw += weights)
        for (int row = 0; row < s->conv.out_height; row += 2) {
            BlockRegion region = band_at(s, row);
            block_gradient_region(g, block, &region, band, (ptrdiff_t)y_row,
                                  dbias + block * BLOCK_LANES);
            for (int r = 0; r < region.rows; r++) {
                size_t x_place = (size_t)(row + r) * padded_width(s);
                const real *dy = band + (size_t)r * y_row;
                weight_gradient_row(s, padded + x_place, dy, dw);
                if (dx)
                    data_gradient_row(s, packed, dy, dx + x_place);
            }
        }
}

void direct_backward(const BlockShape *s, size_t n, const real *x, const real *y,
                     const uint8_t *which, const real *d_out, const real *a, const real *b,
                     const real *d, const real *packed, real *dw, real *dbias, real *dx, real *work)
{
    size_t x_size = (size_t)s->conv.height * (size_t)s->conv.width, weights = direct_packed_size(s);
    real *padded = work, *padded_dx = padded + padded_size(s), *band = padded_dx + padded_size(s);
    real *of_image = band + band_size(s), *of_all = of_image + weights;
    BlockGradient all = {s, y, d_out, a, b, d, which};
    memset(dbias, 0, (size_t)s->conv.filters * sizeof *dbias);
    memset(of_all, 0, weights * sizeof *of_all);
    for (size_t i = 0; i < n; i++) {
        BlockGradient gradient = block_gradient_of_image(&all, i);
        pad_image(s, x + i * x_size, padded);
        memset(of_image, 0, weights * sizeof *of_image);
        memset(padded_dx, 0, padded_size(s) * sizeof *padded_dx);
        backward_image(&gradient, padded, packed, band, of_image, dbias, dx ? padded_dx : NULL);
        add_array(weights, of_image, of_all);
        if (dx)
            remove_border(s, padded_dx, dx + i * x_size);
    }
    unpack_gradient(s, of_all, dw);
}
