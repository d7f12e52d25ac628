#include "kernels/contract.h"

#include <string.h>

#include "kernels/c.h"

/* The packed rows of A (BLOCK_ROWS x BLOCK_DEPTH) stay in the second level of cache, one packed
 * panel of B (BLOCK_DEPTH x a tile's columns) in the first. */
enum { BLOCK_ROWS = 128, BLOCK_DEPTH = 320 };

/* The plain C tile stays in registers: 8 of SSE2's 16 in float, with room for the operands. */
enum { TILE_ROWS = 4, TILE_COLUMNS = 8 };

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t index_count(const ContractIndex *index)
{
    return index->extent[0] * index->extent[1] * index->extent[2];
}

size_t contract_work(const ContractEngine *engine, size_t rows, size_t depth)
{
    return (minimum(rows, BLOCK_ROWS) + engine->tile_columns) * minimum(depth, BLOCK_DEPTH);
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

/* `width` is a constant where this is expanded. Places beyond `count` repeat the last. */
static inline __attribute__((always_inline)) void
pack_width(size_t width, size_t count, const real *source, size_t n_depth, const ptrdiff_t *depth,
           const ptrdiff_t *across, real *restrict panel)
{
    int contiguous = count == width;
    for (size_t i = 1; i < count; i++)
        contiguous &= across[i] == across[0] + (ptrdiff_t)i;
    if (contiguous) {
        for (size_t d = 0; d < n_depth; d++, panel += width)
            for (size_t i = 0; i < width; i++)
                panel[i] = source[depth[d] + across[0] + (ptrdiff_t)i];
        return;
    }
    const real *from[TILE_COLUMNS];
    for (size_t i = 0; i < width; i++)
        from[i] = source + across[i < count ? i : count - 1];
    for (size_t d = 0; d < n_depth; d++, panel += width)
        for (size_t i = 0; i < width; i++)
            panel[i] = from[i][depth[d]];
}

static void pack_c(size_t width, size_t count, const real *source, size_t n_depth,
                   const ptrdiff_t *depth, const ptrdiff_t *across, real *panel)
{
    if (width == TILE_COLUMNS)
        pack_width(TILE_COLUMNS, count, source, n_depth, depth, across, panel);
    else if (width == TILE_ROWS)
        pack_width(TILE_ROWS, count, source, n_depth, depth, across, panel);
    else
        pack_width(width, count, source, n_depth, depth, across, panel);
}

/* All loops inside the first unroll, and `sum` lives in registers. */
static inline __attribute__((always_inline)) void
multiply_rows(int rows, size_t depth, const real *restrict a, const real *restrict b, real *tile)
{
    real sum[TILE_ROWS][TILE_COLUMNS] = {{0}};
    for (size_t d = 0; d < depth; d++, a += rows, b += TILE_COLUMNS)
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < TILE_COLUMNS; j++)
                sum[i][j] += a[i] * b[j];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < TILE_COLUMNS; j++)
            tile[i * TILE_COLUMNS + j] = sum[i][j];
}

static void multiply_c(size_t rows, size_t depth, const real *a, const real *b, real *tile)
{
    switch (rows) {
    case 1:
        multiply_rows(1, depth, a, b, tile);
        break;
    case 2:
        multiply_rows(2, depth, a, b, tile);
        break;
    case 3:
        multiply_rows(3, depth, a, b, tile);
        break;
    default:
        multiply_rows(4, depth, a, b, tile);
        break;
    }
}

const ContractEngine contract_engine_c = {
    .tile_rows = TILE_ROWS,
    .tile_columns = TILE_COLUMNS,
    .pack = pack_c,
    .multiply = multiply_c,
};

/* n rows are cut into tiles of as equal a height as can be: a thin one would be slow. Where tile i
 * begins; it ends where the next one does. */
static size_t tile_begin(const ContractEngine *engine, size_t n, size_t i)
{
    size_t n_tiles = (n + engine->tile_rows - 1) / engine->tile_rows;
    return n * i / n_tiles;
}

static void pack_rows(const ContractEngine *engine, const ContractIndex *rows, size_t first,
                      size_t count, const real *a, size_t n_depth, const ptrdiff_t *depth,
                      real *packed)
{
    for (size_t i = 0, begin = 0, end; begin < count; i++, begin = end) {
        ptrdiff_t across[CONTRACT_MAX_ROWS];
        end = tile_begin(engine, count, i + 1);
        list_offsets(rows, 0, first + begin, end - begin, across);
        engine->pack(end - begin, end - begin, a, n_depth, depth, across, packed + begin * n_depth);
    }
}

static void store_row(size_t count, const real *restrict tile, int add, real *restrict c)
{
    if (add)
        for (size_t j = 0; j < count; j++)
            c[j] += tile[j];
    else
        memcpy(c, tile, count * sizeof *c);
}

static void store_tile(const real *tile, size_t tile_columns, size_t n_rows, size_t n_columns,
                       const ptrdiff_t *rows, const ptrdiff_t *columns, int add, real *c)
{
    int contiguous = columns[n_columns - 1] - columns[0] == (ptrdiff_t)n_columns - 1;
    for (size_t i = 0; i < n_rows; i++, tile += tile_columns) {
        real *row = c + rows[i];
        if (contiguous)
            store_row(n_columns, tile, add, row + columns[0]);
        else if (add)
            for (size_t j = 0; j < n_columns; j++)
                row[columns[j]] += tile[j];
        else
            for (size_t j = 0; j < n_columns; j++)
                row[columns[j]] = tile[j];
    }
}

/* One block of rows and of depth, all columns. */
static void multiply_block(const ContractEngine *engine, const Contraction *product,
                           size_t first_row, size_t n_rows, size_t n_depth, const ptrdiff_t *depth,
                           const real *packed, const real *b, int add, real *c, real *panel)
{
    size_t n_columns = index_count(&product->columns), tile_columns = engine->tile_columns;
    ptrdiff_t rows[BLOCK_ROWS];
    list_offsets(&product->rows, 1, first_row, n_rows, rows);
    for (size_t j = 0; j < n_columns; j += tile_columns) {
        size_t width = minimum(tile_columns, n_columns - j);
        ptrdiff_t across[CONTRACT_MAX_COLUMNS], columns[CONTRACT_MAX_COLUMNS];
        list_offsets(&product->columns, 0, j, width, across);
        list_offsets(&product->columns, 1, j, width, columns);
        engine->pack(tile_columns, width, b, n_depth, depth, across, panel);
        for (size_t i = 0, begin = 0, end; begin < n_rows; i++, begin = end) {
            real tile[CONTRACT_MAX_ROWS * CONTRACT_MAX_COLUMNS];
            end = tile_begin(engine, n_rows, i + 1);
            engine->multiply(end - begin, n_depth, packed + begin * n_depth, panel, tile);
            store_tile(tile, tile_columns, end - begin, width, rows + begin, columns, add, c);
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

void contract(const ContractEngine *engine, const Contraction *product, const real *a,
              const real *b, int add, real *c, real *work)
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
            real *panel = work + height * count;
            pack_rows(engine, &product->rows, i, height, a, count, depth_a, work);
            multiply_block(engine, product, i, height, count, depth_b, work, b, add || block > 0, c,
                           panel);
        }
    }
}

size_t gemm_work_c(GemmForm form, size_t m, size_t n, size_t k)
{
    (void)form;
    (void)n;
    return contract_work(&contract_engine_c, m, k);
}

/* An index of one digit. */
static ContractIndex plain_index(size_t count, size_t stride0, size_t stride1)
{
    return (ContractIndex){{1, 1, count}, {{0, 0, (ptrdiff_t)stride0}, {0, 0, (ptrdiff_t)stride1}}};
}

void gemm_c(GemmForm form, size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
            size_t ldb, int add, real *c, size_t ldc, real *work)
{
    int a_turned = form == GEMM_TN, b_turned = form == GEMM_NT;
    Contraction product = {
        .rows = plain_index(m, a_turned ? 1 : lda, ldc),
        .columns = plain_index(n, b_turned ? ldb : 1, 1),
        .depth = plain_index(k, a_turned ? lda : 1, b_turned ? 1 : ldb),
    };
    contract(&contract_engine_c, &product, a, b, add, c, work);
}
