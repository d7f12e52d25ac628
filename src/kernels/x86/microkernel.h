/* The heart of every matrix product here: a tile of C, up to 6 rows of 16 floats, that stays in
 * registers while it runs along the depth. 12 accumulators, 2 registers of B and 1 of A are 15 of
 * AVX2's 16; from 4 rows on, the chains of sums are enough to hide an FMA's latency (4 cycles, two
 * a cycle). K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS
 * 34(3), 2008.
 *
 * All is expanded where it is used: pass `rows` and `vectors` as constants, so that the loops
 * unroll and the tile is registers; strides that are constants fold too. A tile may run along
 * several stretches of depth (a list of blocks) before it is stored.
 *
 *     MicroTile tile;
 *     micro_clear(6, 2, &tile);
 *     for each block:
 *         micro_multiply(6, 2, depth, a, a_row, a_depth, b, b_depth, &tile);
 *     micro_store(6, 2, &tile, add, c, c_row);
 *
 * An element is the sum, in the order of depth and with one rounding a term, of what was
 * multiplied: the same bytes whatever the rows and vectors beside it. */
#ifndef KERNELS_X86_MICROKERNEL_H
#define KERNELS_X86_MICROKERNEL_H

#include <immintrin.h>
#include <stddef.h>

enum { MICRO_ROWS = 6, MICRO_VECTORS = 2, MICRO_FLOATS = 8, MICRO_COLUMNS = 16 };

#define MICRO_INLINE static inline __attribute__((always_inline))

typedef struct MicroTile {
    __m256 sum[MICRO_ROWS][MICRO_VECTORS];
} MicroTile;

MICRO_INLINE void micro_clear(int rows, int vectors, MicroTile *tile)
{
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            tile->sum[i][v] = _mm256_setzero_ps();
}

/* sum[i][:] += over d of a[i a_row + d a_depth] * b[d b_depth + :]. Any alignment; reads no A
 * beyond its rows, and exactly 8 * vectors floats of each row of B. */
MICRO_INLINE void micro_multiply(int rows, int vectors, size_t depth, const float *a,
                                 ptrdiff_t a_row, ptrdiff_t a_depth, const float *b,
                                 ptrdiff_t b_depth, MicroTile *tile)
{
    __m256 sum[MICRO_ROWS][MICRO_VECTORS];
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            sum[i][v] = tile->sum[i][v];
    for (size_t d = 0; d < depth; d++, a += a_depth, b += b_depth) {
        __m256 left = _mm256_loadu_ps(b);
        __m256 right = vectors > 1 ? _mm256_loadu_ps(b + MICRO_FLOATS) : left;
        for (int i = 0; i < rows; i++) {
            __m256 factor = _mm256_broadcast_ss(a + i * a_row);
            sum[i][0] = _mm256_fmadd_ps(factor, left, sum[i][0]);
            if (vectors > 1)
                sum[i][1] = _mm256_fmadd_ps(factor, right, sum[i][1]);
        }
    }
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vectors; v++)
            tile->sum[i][v] = sum[i][v];
}

/* Stores the tile into rows of c, c_row apart; or adds it. */
MICRO_INLINE void micro_store(int rows, int vectors, const MicroTile *tile, int add, float *c,
                              ptrdiff_t c_row)
{
    for (int i = 0; i < rows; i++, c += c_row)
        for (int v = 0; v < vectors; v++) {
            __m256 sum = tile->sum[i][v];
            if (add)
                sum = _mm256_add_ps(_mm256_loadu_ps(c + v * MICRO_FLOATS), sum);
            _mm256_storeu_ps(c + v * MICRO_FLOATS, sum);
        }
}

/* The whole of a tile of 1 to 6 rows by 16 columns, where one stretch of depth is all. */
MICRO_INLINE void micro_tile_of(int rows, size_t depth, const float *a, ptrdiff_t a_row,
                                ptrdiff_t a_depth, const float *b, ptrdiff_t b_depth, int add,
                                float *c, ptrdiff_t c_row)
{
    MicroTile tile;
    micro_clear(rows, 2, &tile);
    micro_multiply(rows, 2, depth, a, a_row, a_depth, b, b_depth, &tile);
    micro_store(rows, 2, &tile, add, c, c_row);
}

MICRO_INLINE void micro_tile(size_t rows, size_t depth, const float *a, ptrdiff_t a_row,
                             ptrdiff_t a_depth, const float *b, ptrdiff_t b_depth, int add,
                             float *c, ptrdiff_t c_row)
{
    switch (rows) {
    case 1:
        micro_tile_of(1, depth, a, a_row, a_depth, b, b_depth, add, c, c_row);
        break;
    case 2:
        micro_tile_of(2, depth, a, a_row, a_depth, b, b_depth, add, c, c_row);
        break;
    case 3:
        micro_tile_of(3, depth, a, a_row, a_depth, b, b_depth, add, c, c_row);
        break;
    case 4:
        micro_tile_of(4, depth, a, a_row, a_depth, b, b_depth, add, c, c_row);
        break;
    case 5:
        micro_tile_of(5, depth, a, a_row, a_depth, b, b_depth, add, c, c_row);
        break;
    case 6:
        micro_tile_of(6, depth, a, a_row, a_depth, b, b_depth, add, c, c_row);
        break;
    default:
        break;
    }
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
