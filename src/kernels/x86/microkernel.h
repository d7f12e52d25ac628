/* The heart of the matrix products: a tile of C, some rows by two vectors, that stays in registers
 * while it runs along the depth. K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", ACM TOMS 34(3), 2008.
 *
 * With AVX2, 6 rows: 12 sums, 2 registers of B and 1 of A are 15 of its 16. With AVX-512, 8 rows
 * are chains enough to hide an FMA's latency (4 cycles, two a cycle).
 *
 * An element is the sum, in the order of depth and with one rounding a term, of what was
 * multiplied: the same bytes whatever the rows and vectors beside it, in either build. */
#ifndef KERNELS_X86_MICROKERNEL_H
#define KERNELS_X86_MICROKERNEL_H

#include "kernels/x86/vector.h"

enum { MICRO_ROWS = VEC_LANES == 16 ? 8 : 6, MICRO_COLUMNS = 2 * VEC_LANES };

/* A's element (i, d) is at i * row + d * depth. */
typedef struct MicroSteps {
    ptrdiff_t row, depth;
} MicroSteps;

/* C = A B, or adds it, for 1 to MICRO_ROWS rows and 1 or 2 whole vectors of columns; rows of B are
 * b_row apart, of C c_row. Pass `rows` and `vectors` as constants. */
VEC_INLINE void micro_tile_of(int rows, int vectors, size_t depth, const float *a,
                              MicroSteps a_steps, const float *b, ptrdiff_t b_row, int add,
                              float *c, ptrdiff_t c_row)
{
    Vec sum[MICRO_ROWS][2];
    VEC_UNROLL
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            sum[i][v] = vec_zero();
    for (size_t d = 0; d < depth; d++, a += a_steps.depth, b += b_row) {
        Vec left = vec_load(b), right = vectors > 1 ? vec_load(b + VEC_LANES) : left;
        VEC_UNROLL
        for (int i = 0; i < rows; i++) {
            Vec factor = vec_all(a[i * a_steps.row]);
            sum[i][0] = vec_fma(factor, left, sum[i][0]);
            if (vectors > 1)
                sum[i][1] = vec_fma(factor, right, sum[i][1]);
        }
    }
    VEC_UNROLL
    for (int i = 0; i < rows; i++, c += c_row)
        for (int v = 0; v < vectors; v++) {
            float *to = c + v * VEC_LANES;
            vec_store(to, sum[i][v] + (add ? vec_load(to) : vec_zero()));
        }
}

VEC_INLINE void micro_tile(size_t rows, int vectors, size_t depth, const float *a,
                           MicroSteps a_steps, const float *b, ptrdiff_t b_row, int add, float *c,
                           ptrdiff_t c_row)
{
#define TILE(n) micro_tile_of(n, vectors, depth, a, a_steps, b, b_row, add, c, c_row)
    switch (rows) {
        VEC_CASES(TILE)
    default:
        break;
    }
#undef TILE
}

/* Tiles for n rows of as equal a height as can be, none of which is a thin and slow one unless n
 * is: 16 = 6 + 5 + 5. Where tile i of micro_tiles(n) begins; it ends where the next one does. */
static inline size_t micro_tiles(size_t n)
{
    return (n + MICRO_ROWS - 1) / MICRO_ROWS;
}

static inline size_t micro_begin(size_t i, size_t n)
{
    return n * i / micro_tiles(n);
}

#endif
