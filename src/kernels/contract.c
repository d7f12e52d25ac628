#include "kernels/contract.h"

/* A tile of C, TILE_ROWS x TILE_COLUMNS, stays in registers: 8 of SSE2's 16 in float, with room for
 * the operands. The packed rows of A (BLOCK_ROWS x BLOCK_DEPTH) stay in the second level of cache,
 * one packed panel of B (BLOCK_DEPTH x TILE_COLUMNS) in the first. */
enum { TILE_ROWS = 4, TILE_COLUMNS = 8, BLOCK_ROWS = 128, BLOCK_DEPTH = 320 };

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static size_t index_count(const ContractIndex *index)
{
    return index->extent[0] * index->extent[1] * index->extent[2];
}

size_t contract_work(size_t rows, size_t depth)
{
    return (round_up(minimum(rows, BLOCK_ROWS), TILE_ROWS) + TILE_COLUMNS) *
           minimum(depth, BLOCK_DEPTH);
}

/* The offsets of `count` values of an index from `first` on, in the tensor 0 or 1. */
static void list_offsets(const ContractIndex *index, int tensor, size_t first, size_t count,
                         ptrdiff_t *offsets)
{
    const size_t *extent = index->extent;
    const ptrdiff_t *stride = index->stride[tensor];
    size_t digit2 = first % extent[2];
    size_t digit1 = first / extent[2] % extent[1];
    size_t digit0 = first / extent[2] / extent[1];
    for (size_t i = 0; i < count; i++) {
        offsets[i] = (ptrdiff_t)digit0 * stride[0] + (ptrdiff_t)digit1 * stride[1] +
                     (ptrdiff_t)digit2 * stride[2];
        if (++digit2 == extent[2]) {
            digit2 = 0;
            if (++digit1 == extent[1]) {
                digit1 = 0;
                digit0++;
            }
        }
    }
}

/* The offsets across a panel of `width`. Places beyond the last repeat it: the tile's rows or
 * columns there are computed from any valid element and dropped. */
static void list_panel_offsets(const ContractIndex *index, int tensor, size_t first, size_t count,
                               size_t width, ptrdiff_t *offsets)
{
    list_offsets(index, tensor, first, count, offsets);
    for (size_t i = count; i < width; i++)
        offsets[i] = offsets[count - 1];
}

/* panel[d][i] = source[depth[d] + across[i]]. `width` is a constant where this is expanded. */
static inline void pack_panel(size_t width, const real *source, size_t n_depth,
                              const ptrdiff_t *depth, const ptrdiff_t *across, real *restrict panel)
{
    int contiguous = 1;
    for (size_t i = 1; i < width; i++)
        contiguous &= across[i] == across[0] + (ptrdiff_t)i;
    if (contiguous) {
        for (size_t d = 0; d < n_depth; d++, panel += width)
            for (size_t i = 0; i < width; i++)
                panel[i] = source[depth[d] + across[0] + (ptrdiff_t)i];
        return;
    }
    const real *from[TILE_COLUMNS];
    for (size_t i = 0; i < width; i++)
        from[i] = source + across[i];
    for (size_t d = 0; d < n_depth; d++, panel += width)
        for (size_t i = 0; i < width; i++)
            panel[i] = from[i][depth[d]];
}

static void pack_rows(const ContractIndex *rows, size_t first, size_t count, const real *a,
                      size_t n_depth, const ptrdiff_t *depth, real *packed)
{
    for (size_t i = 0; i < count; i += TILE_ROWS, packed += TILE_ROWS * n_depth) {
        ptrdiff_t across[TILE_ROWS];
        list_panel_offsets(rows, 0, first + i, minimum(TILE_ROWS, count - i), TILE_ROWS, across);
        pack_panel(TILE_ROWS, a, n_depth, depth, across, packed);
    }
}

/* tile = sum over d of a[d][:] outer b[d][:]. All loops inside the first unroll, and `sum` lives in
 * registers. */
static void multiply_panels(size_t depth, const real *restrict a, const real *restrict b,
                            real tile[TILE_ROWS][TILE_COLUMNS])
{
    real sum[TILE_ROWS][TILE_COLUMNS] = {{0}};
    for (size_t d = 0; d < depth; d++, a += TILE_ROWS, b += TILE_COLUMNS)
        for (int i = 0; i < TILE_ROWS; i++)
            for (int j = 0; j < TILE_COLUMNS; j++)
                sum[i][j] += a[i] * b[j];
    for (int i = 0; i < TILE_ROWS; i++)
        for (int j = 0; j < TILE_COLUMNS; j++)
            tile[i][j] = sum[i][j];
}

static void store_tile(real tile[TILE_ROWS][TILE_COLUMNS], size_t n_rows, size_t n_columns,
                       const ptrdiff_t *rows, const ptrdiff_t *columns, int add, real *c)
{
    for (size_t i = 0; i < n_rows; i++) {
        real *row = c + rows[i];
        if (add)
            for (size_t j = 0; j < n_columns; j++)
                row[columns[j]] += tile[i][j];
        else
            for (size_t j = 0; j < n_columns; j++)
                row[columns[j]] = tile[i][j];
    }
}

/* One block of rows and of depth, all columns. */
static void multiply_block(const Contraction *product, size_t first_row, size_t n_rows,
                           size_t n_depth, const ptrdiff_t *depth, const real *packed,
                           const real *b, int add, real *c, real *panel)
{
    size_t n_columns = index_count(&product->columns);
    ptrdiff_t rows[BLOCK_ROWS];
    list_offsets(&product->rows, 1, first_row, n_rows, rows);
    for (size_t j = 0; j < n_columns; j += TILE_COLUMNS) {
        size_t width = minimum(TILE_COLUMNS, n_columns - j);
        ptrdiff_t across[TILE_COLUMNS], columns[TILE_COLUMNS];
        list_panel_offsets(&product->columns, 0, j, width, TILE_COLUMNS, across);
        list_offsets(&product->columns, 1, j, width, columns);
        pack_panel(TILE_COLUMNS, b, n_depth, depth, across, panel);
        for (size_t i = 0; i < n_rows; i += TILE_ROWS) {
            real tile[TILE_ROWS][TILE_COLUMNS];
            multiply_panels(n_depth, packed + i * n_depth, panel, tile);
            store_tile(tile, minimum(TILE_ROWS, n_rows - i), width, rows + i, columns, add, c);
        }
    }
}

static void clear_result(const Contraction *product, real *c)
{
    size_t n_rows = index_count(&product->rows), n_columns = index_count(&product->columns);
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_columns; j++) {
            ptrdiff_t row, column;
            list_offsets(&product->rows, 1, i, 1, &row);
            list_offsets(&product->columns, 1, j, 1, &column);
            c[row + column] = 0;
        }
    }
}

void contract_c(const Contraction *product, const real *a, const real *b, int add, real *c,
                real *work)
{
    size_t n_rows = index_count(&product->rows), n_depth = index_count(&product->depth);
    if (n_rows == 0 || index_count(&product->columns) == 0)
        return;
    if (n_depth == 0 && !add)
        clear_result(product, c);
    /* Blocks of equal depth, so that the last is not a thin one. */
    size_t n_blocks = (n_depth + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
    for (size_t block = 0; block < n_blocks; block++) {
        size_t first = n_depth * block / n_blocks;
        size_t count = n_depth * (block + 1) / n_blocks - first;
        ptrdiff_t depth_a[BLOCK_DEPTH], depth_b[BLOCK_DEPTH];
        list_offsets(&product->depth, 0, first, count, depth_a);
        list_offsets(&product->depth, 1, first, count, depth_b);
        for (size_t i = 0; i < n_rows; i += BLOCK_ROWS) {
            size_t height = minimum(BLOCK_ROWS, n_rows - i);
            real *panel = work + round_up(height, TILE_ROWS) * count;
            pack_rows(&product->rows, i, height, a, count, depth_a, work);
            multiply_block(product, i, height, count, depth_b, work, b, add || block > 0, c, panel);
        }
    }
}
