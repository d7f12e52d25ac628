/* Where the values of Winograd's algorithm lie (winograd.h): how an output is cut into tiles, and
 * weights on their way to and from the points. */
#include <string.h>

#include "kernels/block.h"
#include "kernels/x86/vector.h"
#include "kernels/x86/winograd.h"

static int largest_tile(int taps)
{
    return WINOGRAD_POINTS - taps + 1;
}

static int smallest_tile(int taps)
{
    return taps == 3 ? 2 : 1; /* of 4 points, of 5 points */
}

int winograd_can_cut(int length, int taps)
{
    return length >= smallest_tile(taps) && length <= WINOGRAD_MAX_TILES * largest_tile(taps);
}

/* 6 x 6 outputs are cut into four tiles of 3 x 3: as much to multiply as with 4 + 2, at 25
 * positions instead of 36. One small picture is as fast as its weights arrive. */
static int is_halved(const ConvShape *s)
{
    return s->out_height == 6 && s->out_width == 6 && s->kernel_height == 3;
}

/* The largest tiles first; one left over by tiles of 4 makes 5 = 2 + 3. All but the last tile have
 * even sizes, unless halved. */
static int next_tile(int left, int taps, int halved)
{
    int largest = largest_tile(taps);
    if (halved)
        return 3;
    if (left == largest + 1 && smallest_tile(taps) > 1)
        return smallest_tile(taps);
    return left < largest ? left : largest;
}

static void cut(WinogradCut *c, int length, int taps, int halved)
{
    int t = 0;
    memset(c->before[0], 0, sizeof c->before[0]);
    for (int start = 0; start < length; t++) {
        int size = next_tile(length - start, taps, halved);
        c->start[t] = start;
        c->points[t] = size + taps - 1;
        for (int i = 0; i < WINOGRAD_POINTS; i++)
            c->before[t + 1][i] = c->before[t][i] + winograd_has_point(c->points[t], i);
        start += size;
    }
    c->count = t;
}

void winograd_grid_init(WinogradGrid *grid, const ConvShape *s, size_t images)
{
    int halved = is_halved(s);
    cut(&grid->rows, s->out_height, s->kernel_height, halved);
    cut(&grid->columns, s->out_width, s->kernel_width, halved);
    grid->joined = halved ? 2 : 1;
    grid->images = images;
    const int *rows = grid->rows.before[grid->rows.count];
    const int *columns = grid->columns.before[grid->columns.count];
    size_t offset = 0;
    for (int i = 0; i < WINOGRAD_POINTS; i++)
        for (int j = 0; j < WINOGRAD_POINTS; j++) {
            int position = i * WINOGRAD_POINTS + j;
            grid->offset[position] = offset;
            grid->height[position] = (size_t)rows[i] * (size_t)columns[j] * images;
            /* One line of space: without it the positions of a tile often are a power of two apart
             * and share the same few lines of the cache. */
            offset += (grid->height[position] + 1) * BLOCK_LANES;
        }
    grid->block = offset;
}

void winograd_tile_offsets(const WinogradGrid *grid, int row, int column,
                           size_t offset[WINOGRAD_POSITIONS])
{
    const int *above = grid->rows.before[row], *left = grid->columns.before[column];
    const int *columns = grid->columns.before[grid->columns.count];
    for (int i = 0; i < WINOGRAD_POINTS; i++)
        for (int j = 0; j < WINOGRAD_POINTS; j++) {
            int position = i * WINOGRAD_POINTS + j;
            size_t tile = (size_t)(above[i] * columns[j] + left[j]);
            offset[position] = grid->offset[position] + tile * grid->images * BLOCK_LANES;
        }
}

/* Transformed weights are [position][K/16][C][16 of K] for the product of the forward pass and
 * [position][C/16][K][16 of C] for the data gradient; the gradient of the weights has the former
 * layout. Work goes by squares of 16 filters and 16 channels. */

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
