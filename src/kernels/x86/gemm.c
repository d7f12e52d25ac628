/* Matrix products without packing A, and B only where that pays: the dense layers' matrices are
 * small, and a copy of the weights for one picture would cost as much as the product. Built for
 * AVX2 and for AVX-512; both give the same bytes. */
#include <string.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/build_names.h"
#include "kernels/x86/lanes.h"
#include "kernels/x86/microkernel.h"

/* A panel of B, BLOCK_DEPTH x MICRO_COLUMNS, stays in the first level of cache. With fewer rows of
 * A than MIN_PACKED, packing it costs more than its scattered rows do. */
enum { BLOCK_DEPTH = 320, MIN_PACKED = 13 };

size_t BUILD_NAME(gemm_work)(GemmForm form, size_t m, size_t n, size_t k)
{
    (void)m;
    (void)n;
    return form == GEMM_NT ? 0 : (k < BLOCK_DEPTH ? k : BLOCK_DEPTH) * MICRO_COLUMNS;
}

/* A B^T: both run along the depth, so that an element is a dot product. Lane l of 8 sums the
 * products of depth l, l + 8, l + 16...; the lanes are added as a tree. A vector of 16 holds the
 * lanes of two rows of A, so that either build adds in this order. */

enum {
    DOT_SHARE = VEC_LANES / LANES, /* rows of A in a vector */
    DOT_VECTORS = VEC_LANES == 16 ? 4 : 3,
    DOT_COLUMNS = VEC_LANES == 16 ? 6 : 4, /* DOT_VECTORS * DOT_COLUMNS sums fit the registers */
    DOT_SINGLE = 8,                        /* vectors where there is but one column */
    DOT_ROWS = 48, /* of A: stay in the second level while all of B passes */
};

#ifdef __AVX512F__

/* Up to 8 floats of each of two rows. */
VEC_INLINE Vec dot_load(const float *first, const float *second, size_t n)
{
    return _mm512_castpd_ps(
        _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_castps_pd(load_first(first, n))),
                           _mm256_castps_pd(load_first(second, n)), 1));
}

/* The same 8 floats twice. */
VEC_INLINE Vec dot_twice(const float *x, size_t n)
{
    return _mm512_castpd_ps(_mm512_broadcast_f64x4(_mm256_castps_pd(load_first(x, n))));
}

#else

VEC_INLINE Vec dot_load(const float *first, const float *second, size_t n)
{
    (void)second;
    return load_first(first, n);
}

VEC_INLINE Vec dot_twice(const float *x, size_t n)
{
    return load_first(x, n);
}

#endif

/* How a product is laid out: rows of A and B are a_row and b_row apart; element (i, j) of C is at
 * i * c_row + j * c_column. */
typedef struct Dot {
    size_t depth, a_row, b_row, c_row, c_column;
    int add;
} Dot;

/* The vectors' terms of depth d, d + 1... */
VEC_INLINE void dot_step(int vectors, int columns, const Dot *dot, const float *const a[],
                         const float *b, size_t d, size_t n, Vec sum[][DOT_COLUMNS])
{
    Vec left[DOT_SINGLE];
    VEC_UNROLL
    for (int v = 0; v < vectors; v++)
        left[v] = dot_load(a[DOT_SHARE * v] + d, a[DOT_SHARE * v + DOT_SHARE - 1] + d, n);
    VEC_UNROLL
    for (int j = 0; j < columns; j++) {
        Vec right = dot_twice(b + (size_t)j * dot->b_row + d, n);
        VEC_UNROLL
        for (int v = 0; v < vectors; v++)
            sum[v][j] = vec_fma(left[v], right, sum[v][j]);
    }
}

/* Adds up the lanes of [vector][column], four sums at a time, and puts them where they belong. */
static void dot_store(size_t columns, size_t rows, const Dot *dot, const float *sums, float *c)
{
    size_t n = rows * columns;
    for (size_t first = 0; first < n; first += 4) {
        __m256 lanes[4];
        float *to[4], four[4];
        for (size_t e = 0; e < 4; e++) {
            size_t i = first + e < n ? first + e : first, row = i / columns, column = i % columns;
            lanes[e] = _mm256_loadu_ps(sums + (row / DOT_SHARE * columns + column) * VEC_LANES +
                                       row % DOT_SHARE * LANES);
            to[e] = c + row * dot->c_row + column * dot->c_column;
        }
        _mm_storeu_ps(four, sum_across_each(lanes[0], lanes[1], lanes[2], lanes[3]));
        for (size_t e = 0; e < 4 && first + e < n; e++)
            *to[e] = dot->add ? *to[e] + four[e] : four[e];
    }
}

/* `rows` of A, at most DOT_SHARE * vectors, by `columns` of B; pass vectors and columns as
 * constants. The last row stands in for those that are missing. */
VEC_INLINE void dot_tile(int vectors, int columns, size_t rows, const Dot *dot, const float *a,
                         const float *b, float *c)
{
    Vec sum[DOT_SINGLE][DOT_COLUMNS];
    float sums[DOT_SINGLE * DOT_COLUMNS * VEC_LANES];
    const float *row[DOT_SINGLE * DOT_SHARE];
    for (size_t i = 0; i < (size_t)vectors * DOT_SHARE; i++)
        row[i] = a + (i < rows ? i : rows - 1) * dot->a_row;
    VEC_UNROLL
    for (int v = 0; v < vectors; v++)
        VEC_UNROLL
    for (int j = 0; j < columns; j++)
        sum[v][j] = vec_zero();
    size_t d = 0;
    for (; d + LANES <= dot->depth; d += LANES)
        dot_step(vectors, columns, dot, row, b, d, LANES, sum);
    if (d < dot->depth)
        dot_step(vectors, columns, dot, row, b, d, dot->depth - d, sum);
    VEC_UNROLL
    for (int v = 0; v < vectors; v++)
        VEC_UNROLL
    for (int j = 0; j < columns; j++)
        vec_store(sums + (v * columns + j) * VEC_LANES, sum[v][j]);
    dot_store((size_t)columns, rows, dot, sums, c);
}

/* All rows of A by `columns` of B. */
VEC_INLINE void dot_columns(int columns, size_t m, const Dot *dot, const float *a, const float *b,
                            float *c)
{
    size_t i = 0, rows = DOT_SHARE * DOT_VECTORS;
    for (; i + rows <= m; i += rows)
        dot_tile(DOT_VECTORS, columns, rows, dot, a + i * dot->a_row, b, c + i * dot->c_row);
    for (rows = DOT_SHARE; i < m; i += rows)
        dot_tile(1, columns, rows < m - i ? rows : m - i, dot, a + i * dot->a_row, b,
                 c + i * dot->c_row);
}

static void dot_block(size_t m, size_t n, const Dot *dot, const float *a, const float *b, float *c)
{
    size_t j = 0;
    for (; j + DOT_COLUMNS <= n; j += DOT_COLUMNS)
        dot_columns(DOT_COLUMNS, m, dot, a, b + j * dot->b_row, c + j * dot->c_column);
    for (; j + 2 <= n; j += 2)
        dot_columns(2, m, dot, a, b + j * dot->b_row, c + j * dot->c_column);
    if (j < n)
        dot_columns(1, m, dot, a, b + j * dot->b_row, c + j * dot->c_column);
}

/* One picture: the weights take the part of A's rows, as many at once as there are sums for. */
static void dot_single(size_t n, const Dot *dot, const float *a, const float *b, float *c)
{
    Dot turned = {dot->depth, dot->b_row, dot->a_row, dot->c_column, dot->c_row, dot->add};
    size_t rows = DOT_SHARE * DOT_SINGLE;
    for (size_t j = 0; j < n; j += rows)
        dot_tile(DOT_SINGLE, 1, rows < n - j ? rows : n - j, &turned, b + j * dot->b_row, a,
                 c + j * dot->c_column);
}

/* A B, or A^T B */

/* Columns of B of which the last may be zeros. */
static void pack_columns(size_t width, size_t depth, const float *b, size_t ldb, float *panel)
{
    size_t left = width < VEC_LANES ? width : VEC_LANES;
    for (size_t d = 0; d < depth; d++, b += ldb, panel += MICRO_COLUMNS) {
        vec_store(panel, vec_load_first(b, left));
        vec_store(panel + VEC_LANES, vec_load_first(b + left, width - left));
    }
}

/* Rows of A by columns of B. */
typedef struct Columns {
    size_t m, width, depth;
    MicroSteps a_steps;
    ptrdiff_t b_row;
    int add;
    size_t ldc;
} Columns;

/* A tile with columns that do not fill their vectors. */
VEC_INLINE void multiply_edge(const Columns *p, size_t rows, int vectors, const float *a,
                              const float *panel, float *c)
{
    float tile[MICRO_ROWS * MICRO_COLUMNS];
    micro_tile(rows, vectors, p->depth, a, p->a_steps, panel, p->b_row, 0, tile, MICRO_COLUMNS);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < p->width; j++) {
            float sum = tile[i * MICRO_COLUMNS + j];
            c[i * p->ldc + j] = p->add ? c[i * p->ldc + j] + sum : sum;
        }
}

VEC_INLINE void multiply_tiles(const Columns *p, int vectors, const float *a, const float *b,
                               float *c)
{
    for (size_t i = 0; i < micro_tiles(p->m); i++) {
        size_t first = micro_begin(i, p->m), rows = micro_begin(i + 1, p->m) - first;
        const float *from = a + (ptrdiff_t)first * p->a_steps.row;
        float *to = c + first * p->ldc;
        if (p->width < (size_t)vectors * VEC_LANES)
            multiply_edge(p, rows, vectors, from, b, to);
        else
            micro_tile(rows, vectors, p->depth, from, p->a_steps, b, p->b_row, p->add, to,
                       (ptrdiff_t)p->ldc);
    }
}

/* Adds up along all of a block's depth. */
static void multiply_columns(Columns *p, const float *a, const float *b, float *c, float *work)
{
    if (p->width % VEC_LANES != 0 || p->m >= MIN_PACKED) {
        pack_columns(p->width, p->depth, b, (size_t)p->b_row, work);
        b = work;
        p->b_row = MICRO_COLUMNS;
    }
    if (p->width > VEC_LANES)
        multiply_tiles(p, 2, a, b, c);
    else
        multiply_tiles(p, 1, a, b, c);
}

void BUILD_NAME(gemm)(GemmForm form, size_t m, size_t n, size_t k, const float *a, size_t lda,
                      const float *b, size_t ldb, int add, float *c, size_t ldc, float *work)
{
    if (form == GEMM_NT) {
        const Dot dot = {k, lda, ldb, ldc, 1, add};
        if (m == 1)
            dot_single(n, &dot, a, b, c);
        for (size_t i = 0; i < m && m > 1; i += DOT_ROWS)
            dot_block(m - i < DOT_ROWS ? m - i : DOT_ROWS, n, &dot, a + i * lda, b, c + i * ldc);
        return;
    }
    if (k == 0 && !add)
        for (size_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, n * sizeof *c);
    MicroSteps steps = {(ptrdiff_t)lda, 1};
    if (form == GEMM_TN)
        steps = (MicroSteps){1, (ptrdiff_t)lda};
    /* Blocks of equal depth, so that the last is not a thin one. */
    size_t n_blocks = (k + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
    for (size_t block = 0; block < n_blocks; block++) {
        size_t first = k * block / n_blocks, depth = k * (block + 1) / n_blocks - first;
        for (size_t j = 0; j < n; j += MICRO_COLUMNS) {
            Columns p = {m,
                         n - j < MICRO_COLUMNS ? n - j : MICRO_COLUMNS,
                         depth,
                         steps,
                         (ptrdiff_t)ldb,
                         add || block > 0,
                         ldc};
            multiply_columns(&p, a + (ptrdiff_t)first * steps.depth, b + first * ldb + j, c + j,
                             work);
        }
    }
}
