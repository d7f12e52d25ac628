/* Products of blocked matrices (winograd.h): a tile of C, some rows by two vectors, stays in
 * registers while it runs along the depth. With AVX2 the two vectors are the halves of one block of
 * 16 columns and 6 rows fill the 16 registers; with AVX-512 they belong to two blocks, and 8 rows
 * are enough chains of sums to hide an FMA's latency.
 *
 * An element is the sum in the order of depth, each term rounded once: the same bytes whatever rows
 * and vectors are beside it. */
#ifndef KERNELS_X86_BLOCK_PRODUCT_H
#define KERNELS_X86_BLOCK_PRODUCT_H

#include "kernels/block.h"
#include "kernels/x86/vector.h"

enum {
    PRODUCT_HALVES = BLOCK_LANES / VEC_LANES, /* vectors of a block */
    PRODUCT_BLOCKS = 2 / PRODUCT_HALVES,      /* blocks of columns in a tile */
    PRODUCT_ROWS = VEC_LANES == 16 ? 8 : 6,
};

/* C = A B, or adds it. The depth is `stretches` of `length` each, whose A are a_stretch floats
 * apart; b_next and c_next lead from a block of columns to the next. */
typedef struct Product {
    size_t length, stretches, a_stretch, b_next, c_next;
    int add;
} Product;

/* Tiles of nearly equal height. */
static inline size_t product_tiles(size_t rows)
{
    return (rows + PRODUCT_ROWS - 1) / PRODUCT_ROWS;
}

static inline size_t product_begin(size_t tile, size_t rows)
{
    return rows * tile / product_tiles(rows);
}

VEC_INLINE void product_tile(int rows, int vectors, size_t a_row, size_t a_depth, const Product *p,
                             const float *a, const float *b, float *c)
{
    Vec sum[PRODUCT_ROWS][2];
    VEC_UNROLL
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            sum[i][v] = vec_zero();
    const float *b2 = b + (PRODUCT_HALVES == 2 ? VEC_LANES : p->b_next);
    const ptrdiff_t a_jump = (ptrdiff_t)(p->a_stretch - p->length * a_depth);
    for (size_t s = 0; s < p->stretches; s++, a += a_jump)
        for (size_t d = 0; d < p->length; d++, a += a_depth, b += BLOCK_LANES, b2 += BLOCK_LANES) {
            Vec first = vec_load(b), second = vectors > 1 ? vec_load(b2) : vec_zero();
            VEC_UNROLL
            for (int i = 0; i < rows; i++) {
                Vec factor = vec_all(a[(size_t)i * a_row]);
                sum[i][0] = vec_fma(factor, first, sum[i][0]);
                if (vectors > 1)
                    sum[i][1] = vec_fma(factor, second, sum[i][1]);
            }
        }
    VEC_UNROLL
    for (int i = 0; i < rows; i++, c += BLOCK_LANES)
        for (int v = 0; v < vectors; v++) {
            float *to = c + (v == 0 ? 0 : PRODUCT_HALVES == 2 ? VEC_LANES : p->c_next);
            vec_store(to, sum[i][v] + (p->add ? vec_load(to) : vec_zero()));
        }
}

/* Expanded where the steps of A are constants, for 1 or 2 vectors. */
VEC_INLINE void product_rows(size_t rows, int vectors, size_t a_row, size_t a_depth,
                             const Product *p, const float *a, const float *b, float *c)
{
#define TILE(n) product_tile(n, vectors, a_row, a_depth, p, a, b, c)
    switch (rows) {
        VEC_CASES(TILE)
    default:
        break;
    }
#undef TILE
}

/* `blocks` of columns, as many as a tile has or one less. */
VEC_INLINE void product_columns(size_t rows, size_t blocks, size_t a_row, size_t a_depth,
                                const Product *p, const float *a, const float *b, float *c)
{
    if (blocks == PRODUCT_BLOCKS)
        product_rows(rows, 2, a_row, a_depth, p, a, b, c);
    else
        product_rows(rows, 1, a_row, a_depth, p, a, b, c);
}

#endif
