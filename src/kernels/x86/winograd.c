/* The images of a call go through in groups whose values at points fit the second-level cache. For
 * each position (pair of points) the convolution is a product of matrices, [tiles and images, C] by
 * [C, K]: Lavin and Gray's algorithm 1, with the sum over tiles of different sizes
 * (winograd_transform.h). Backward runs the same algorithm transposed, so that the gradient of the
 * output is brought to the points once, for both of its uses:
 *   data      dx += B [(A dy A^T) U^T] B^T      overlapping tiles add up
 *   weights   dw = G^T [sum of V^T (A dy A^T)] G      V: the inputs at points, kept in the stash */
#include "kernels/x86/winograd.h"

#include <string.h>

#include "kernels/x86/block.h"
#include "kernels/x86/block_product.h"

enum {
    GROUP_FLOATS = 192 * 1024, /* of a group's inputs and outputs at points: 768 KB */
    MAX_PATCH = 6,             /* the side of one tile or of those that are joined */
    PATCH_ROW = MAX_PATCH * BLOCK_LANES,
};

static size_t channel_blocks(const BlockShape *s)
{
    return (size_t)(s->conv.channels / BLOCK_LANES);
}

static size_t filter_blocks(const BlockShape *s)
{
    return (size_t)(s->conv.filters / BLOCK_LANES);
}

/* Reals of an image of x: its rows have the length of those of the tiles' inputs. */
static size_t x_row(const BlockShape *s)
{
    return (size_t)(s->conv.width + 2 * s->conv.padding) * BLOCK_LANES;
}

static size_t x_block(const BlockShape *s)
{
    return (size_t)(s->conv.height + 2 * s->conv.padding) * x_row(s);
}

static size_t one_image_block(const BlockShape *s)
{
    WinogradGrid grid;
    winograd_grid_init(&grid, &s->conv, 1);
    return grid.block;
}

int winograd_supports(const ConvShape *s)
{
    return s->channels % BLOCK_LANES == 0 && winograd_can_cut(s->out_height, s->kernel_height) &&
           winograd_can_cut(s->out_width, s->kernel_width);
}

/* Images that a group has at most. */
static size_t largest_group(const BlockShape *s)
{
    size_t fit = GROUP_FLOATS / (one_image_block(s) * (channel_blocks(s) + filter_blocks(s)));
    return fit > 1 ? fit : 1;
}

/* Images a group, such that the groups of n > 0 images are as equal as can be. */
static size_t group_size(const BlockShape *s, size_t n)
{
    size_t fit = largest_group(s), groups = (n + fit - 1) / fit;
    return (n + groups - 1) / groups;
}

size_t winograd_stash_size(const BlockShape *s)
{
    return channel_blocks(s) * one_image_block(s);
}

/* Inputs (or their gradients), outputs (or theirs), and the gradient of the weights. The largest
 * group may be one of fewer images: 16 may be two of 8 where 10 are one. */
size_t winograd_work_size(const BlockShape *s, size_t n)
{
    size_t fit = largest_group(s), images = n < fit ? n : fit;
    size_t points = images * one_image_block(s) * (channel_blocks(s) + filter_blocks(s));
    return points + winograd_packed_size(s) / 2;
}

static WinogradForward input_map(int points)
{
    return WINOGRAD_INPUT_6 + (WinogradForward)(WINOGRAD_POINTS - points);
}

static WinogradBack input_gradient_map(int points)
{
    return WINOGRAD_INPUT_GRADIENT_6 + (WinogradBack)(WINOGRAD_POINTS - points);
}

static WinogradForward gradient_map(const BlockShape *s, int points)
{
    WinogradForward largest =
        s->conv.kernel_height == 3 ? WINOGRAD_GRADIENT_6_3 : WINOGRAD_GRADIENT_6_5;
    return largest + (WinogradForward)(WINOGRAD_POINTS - points);
}

static WinogradBack output_map(const BlockShape *s, int points)
{
    WinogradBack largest = s->conv.kernel_height == 3 ? WINOGRAD_OUTPUT_6_3 : WINOGRAD_OUTPUT_6_5;
    return largest + (WinogradBack)(WINOGRAD_POINTS - points);
}

/* A tile of the grid, the same one of all images. */
typedef struct Tile {
    int row_points, column_points;
    BlockRegion region; /* of the output; the input begins at the same place, in its halo */
    size_t offset[WINOGRAD_POSITIONS];
} Tile;

static void find_tile(const BlockShape *s, const WinogradGrid *grid, int row, int column,
                      Tile *tile)
{
    int taps = s->conv.kernel_height;
    tile->row_points = grid->rows.points[row];
    tile->column_points = grid->columns.points[column];
    tile->region = (BlockRegion){grid->rows.start[row], grid->columns.start[column],
                                 tile->row_points - taps + 1, tile->column_points - taps + 1};
    winograd_tile_offsets(grid, row, column, tile->offset);
}

/* Tiles that are finished together, so that no window of pooling straddles two patches. */
typedef struct Patch {
    Tile tiles[4];
    int count;
    BlockRegion region;
} Patch;

static void find_patch(const BlockShape *s, const WinogradGrid *grid, int row, int column,
                       Patch *patch)
{
    patch->count = grid->joined * grid->joined;
    for (int i = 0; i < patch->count; i++)
        find_tile(s, grid, row + i / grid->joined, column + i % grid->joined, &patch->tiles[i]);
    const BlockRegion *first = &patch->tiles[0].region;
    const BlockRegion *last = &patch->tiles[patch->count - 1].region;
    patch->region = (BlockRegion){first->top, first->left, last->top + last->rows - first->top,
                                  last->left + last->columns - first->left};
}

/* Where a tile begins in an array of the patch, whose rows are PATCH_ROW apart. */
static size_t place_in_patch(const Patch *patch, const Tile *tile)
{
    return (size_t)(tile->region.top - patch->region.top) * PATCH_ROW +
           (size_t)(tile->region.left - patch->region.left) * BLOCK_LANES;
}

static size_t place_in_x(const BlockShape *s, const Tile *tile)
{
    return (size_t)tile->region.top * x_row(s) + (size_t)tile->region.left * BLOCK_LANES;
}

/* V = B^T d B */
static void transform_inputs(const BlockShape *s, const WinogradGrid *grid, const real *x, real *v)
{
    size_t blocks = channel_blocks(s);
    for (int row = 0; row < grid->rows.count; row++)
        for (int column = 0; column < grid->columns.count; column++) {
            Tile tile;
            find_tile(s, grid, row, column, &tile);
            const real *from = x + place_in_x(s, &tile);
            for (size_t i = 0; i < grid->images * blocks; i++)
                winograd_to_points(input_map(tile.row_points), input_map(tile.column_points),
                                   from + i * x_block(s), (ptrdiff_t)x_row(s),
                                   v + i % blocks * grid->block + i / blocks * BLOCK_LANES,
                                   tile.offset);
        }
}

/* dx += B dv B^T, over zeros */
static void transform_input_gradients(const BlockShape *s, const WinogradGrid *grid, const real *dv,
                                      real *dx)
{
    size_t blocks = channel_blocks(s);
    memset(dx, 0, grid->images * blocks * x_block(s) * sizeof *dx);
    for (int row = 0; row < grid->rows.count; row++)
        for (int column = 0; column < grid->columns.count; column++) {
            Tile tile;
            find_tile(s, grid, row, column, &tile);
            real *to = dx + place_in_x(s, &tile);
            for (size_t i = 0; i < grid->images * blocks; i++)
                winograd_from_points(input_gradient_map(tile.row_points),
                                     input_gradient_map(tile.column_points),
                                     dv + i % blocks * grid->block + i / blocks * BLOCK_LANES,
                                     tile.offset, NULL, to + i * x_block(s), (ptrdiff_t)x_row(s));
        }
}

/* One tile of y = A^T m A + bias. */
static void output_tile(const BlockShape *s, const WinogradGrid *grid, const Tile *tile,
                        size_t image, size_t block, const real *m, const real *bias, real *y,
                        size_t y_row)
{
    winograd_from_points(output_map(s, tile->row_points), output_map(s, tile->column_points),
                         m + block * grid->block + image * BLOCK_LANES, tile->offset,
                         bias + block * BLOCK_LANES, y, (ptrdiff_t)y_row);
}

static void transform_outputs(const BlockShape *s, const WinogradGrid *grid, const real *m,
                              const real *bias, real *y)
{
    size_t blocks = filter_blocks(s), y_row = (size_t)s->conv.out_width * BLOCK_LANES;
    size_t y_block = (size_t)s->conv.out_height * y_row;
    for (int row = 0; row < grid->rows.count; row++)
        for (int column = 0; column < grid->columns.count; column++) {
            Tile tile;
            find_tile(s, grid, row, column, &tile);
            real *to = y + (size_t)tile.region.top * y_row + (size_t)tile.region.left * BLOCK_LANES;
            for (size_t i = 0; i < grid->images * blocks; i++)
                output_tile(s, grid, &tile, i / blocks, i % blocks, m, bias, to + i * y_block,
                            y_row);
        }
}

static void finish_outputs(const BlockShape *s, const WinogradGrid *grid, const real *m,
                           const real *bias, real *out, uint8_t *which)
{
    size_t blocks = filter_blocks(s), out_size = block_out_size(s);
    size_t which_size = which ? block_which_size(s) : 0;
    block_clear_halo(s, grid->images, out);
    for (int row = 0; row < grid->rows.count; row += grid->joined)
        for (int column = 0; column < grid->columns.count; column += grid->joined) {
            Patch patch;
            find_patch(s, grid, row, column, &patch);
            for (size_t i = 0; i < grid->images * blocks; i++) {
                real y[MAX_PATCH * PATCH_ROW];
                size_t image = i / blocks, block = i % blocks;
                for (const Tile *tile = patch.tiles; tile < patch.tiles + patch.count; tile++)
                    output_tile(s, grid, tile, image, block, m, bias,
                                y + place_in_patch(&patch, tile), PATCH_ROW);
                block_finish_region(s, (int)block, &patch.region, y, PATCH_ROW, NULL, NULL,
                                    out + image * out_size,
                                    which ? which + image * which_size : NULL);
            }
        }
}

/* A dy A^T; adds the sums of dy to dbias. */
static void transform_gradients(const BlockGradient *g, const WinogradGrid *grid, real *t,
                                real *dbias)
{
    const BlockShape *s = g->shape;
    size_t blocks = filter_blocks(s);
    for (int row = 0; row < grid->rows.count; row += grid->joined)
        for (int column = 0; column < grid->columns.count; column += grid->joined) {
            Patch patch;
            find_patch(s, grid, row, column, &patch);
            for (size_t i = 0; i < grid->images * blocks; i++) {
                real dy[MAX_PATCH * PATCH_ROW];
                size_t image = i / blocks, block = i % blocks;
                BlockGradient one = block_gradient_of_image(g, image);
                block_gradient_region(&one, (int)block, &patch.region, dy, PATCH_ROW,
                                      dbias + block * BLOCK_LANES);
                for (const Tile *tile = patch.tiles; tile < patch.tiles + patch.count; tile++)
                    winograd_to_points(gradient_map(s, tile->row_points),
                                       gradient_map(s, tile->column_points),
                                       dy + place_in_patch(&patch, tile), PATCH_ROW,
                                       t + block * grid->block + image * BLOCK_LANES, tile->offset);
            }
        }
}

/* Here a row of A has its depth side by side, in blocks. */
static void multiply_rows(size_t rows, size_t blocks, const Product *product, const real *a,
                          const real *b, real *c)
{
    product_columns(rows, blocks, BLOCK_LANES, 1, product, a, b, c);
}

/* to = from * u at every position: from has from_blocks blocks of channels, to has to_blocks. */
static void multiply(const WinogradGrid *grid, size_t from_blocks, size_t to_blocks,
                     const real *from, const real *u, real *to)
{
    size_t panel = from_blocks * BLOCK_LANES * BLOCK_LANES;
    Product product = {BLOCK_LANES, from_blocks, grid->block, panel, grid->block, 0};
    for (size_t position = 0; position < WINOGRAD_POSITIONS; position++) {
        size_t height = grid->height[position], offset = grid->offset[position];
        for (size_t block = 0; block < to_blocks; block += PRODUCT_BLOCKS) {
            size_t blocks = to_blocks - block < PRODUCT_BLOCKS ? 1 : PRODUCT_BLOCKS;
            for (size_t i = 0; i < product_tiles(height); i++) {
                size_t first = product_begin(i, height), at = offset + first * BLOCK_LANES;
                size_t rows = product_begin(i + 1, height) - first;
                multiply_rows(rows, blocks, &product, from + at, u, to + block * grid->block + at);
            }
            u += blocks * panel;
        }
    }
}

/* Here a column of A is a row of inputs: 16 channels side by side. */
static void multiply_columns(size_t rows, size_t blocks, const Product *product, const real *a,
                             const real *b, real *c)
{
    product_columns(rows, blocks, 1, BLOCK_LANES, product, a, b, c);
}

/* du = V^T t at every position, or adds it. */
static void multiply_weights(const BlockShape *s, const WinogradGrid *grid, const real *v,
                             const real *t, int add, real *du)
{
    size_t panel = channel_blocks(s) * BLOCK_LANES * BLOCK_LANES;
    for (size_t position = 0; position < WINOGRAD_POSITIONS; position++) {
        Product product = {grid->height[position], 1, 0, grid->block, panel, add};
        const real *a = v + grid->offset[position], *b = t + grid->offset[position];
        for (size_t k = 0; k < filter_blocks(s); k += PRODUCT_BLOCKS) {
            size_t blocks = filter_blocks(s) - k < PRODUCT_BLOCKS ? 1 : PRODUCT_BLOCKS;
            for (size_t c = 0; c < channel_blocks(s); c++)
                for (size_t i = 0; i < product_tiles(BLOCK_LANES); i++) {
                    size_t first = product_begin(i, BLOCK_LANES);
                    multiply_columns(product_begin(i + 1, BLOCK_LANES) - first, blocks, &product,
                                     a + c * grid->block + first, b + k * grid->block,
                                     du + (c * BLOCK_LANES + first) * BLOCK_LANES);
                }
            du += blocks * panel;
        }
    }
}

/* One group of images on its way, and where its parts are. */
typedef struct Group {
    WinogradGrid grid;
    size_t first, images;
    real *v, *m;
} Group;

/* The next group of n images; 0 where there is none. v is where the call keeps its inputs at
 * points: a stash for all images, or work for one group. */
static int next_group(const BlockShape *s, size_t n, Group *group)
{
    group->first += group->images;
    size_t left = n - group->first, size;
    if (left == 0)
        return 0;
    size = group_size(s, n);
    size = left < size ? left : size;
    if (size != group->images)
        winograd_grid_init(&group->grid, &s->conv, size);
    group->images = size;
    return 1;
}

/* Products of a group's images at points. */
static void forward_group(const BlockShape *s, Group *group, const real *x, const real *packed,
                          real *stash, real *work)
{
    group->v = stash ? stash + group->first * winograd_stash_size(s) : work;
    group->m = stash ? work : work + channel_blocks(s) * group->grid.block;
    transform_inputs(s, &group->grid, x + group->first * channel_blocks(s) * x_block(s), group->v);
    multiply(&group->grid, channel_blocks(s), filter_blocks(s), group->v, packed, group->m);
}

void winograd_forward(const BlockShape *s, size_t n, const real *x, const real *packed,
                      const real *bias, real *y, real *stash, real *mean, real *m2, real *work)
{
    Group group = {.first = 0};
    while (next_group(s, n, &group)) {
        real *to = y + group.first * block_y_size(s);
        forward_group(s, &group, x, packed, stash, work);
        transform_outputs(s, &group.grid, group.m, bias, to);
        block_add_statistics(s, group.first, group.images, to, mean, m2);
    }
}

void winograd_forward_finish(const BlockShape *s, size_t n, const real *x, const real *packed,
                             const real *bias, real *out, real *stash, uint8_t *which, real *work)
{
    Group group = {.first = 0};
    while (next_group(s, n, &group)) {
        forward_group(s, &group, x, packed, stash, work);
        finish_outputs(s, &group.grid, group.m, bias, out + group.first * block_out_size(s),
                       which ? which + group.first * block_which_size(s) : NULL);
    }
}

void winograd_backward(const BlockShape *s, size_t n, const real *y, const uint8_t *which,
                       const real *d_out, const real *a, const real *b, const real *d,
                       const real *packed, const real *stash, real *dw, real *dbias, real *dx,
                       real *work)
{
    BlockGradient all = {s, y, d_out, a, b, d, which};
    size_t weights = winograd_packed_size(s) / 2, x_image = channel_blocks(s) * x_block(s);
    real *du = work, *t = work + weights;
    Group group = {.first = 0};
    memset(dbias, 0, (size_t)s->conv.filters * sizeof *dbias);
    if (n == 0)
        memset(du, 0, weights * sizeof *du);
    while (next_group(s, n, &group)) {
        BlockGradient gradient = block_gradient_of_image(&all, group.first);
        transform_gradients(&gradient, &group.grid, t, dbias);
        multiply_weights(s, &group.grid, stash + group.first * winograd_stash_size(s), t,
                         group.first > 0, du);
        if (!dx)
            continue;
        real *dv = t + filter_blocks(s) * group.grid.block;
        multiply(&group.grid, filter_blocks(s), channel_blocks(s), t, packed + weights, dv);
        transform_input_gradients(s, &group.grid, dv, dx + group.first * x_image);
    }
    winograd_unpack_gradient(&s->conv, du, dw);
}
