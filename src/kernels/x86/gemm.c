/* Matrix products without packing A, and B only where that pays: the dense layers' matrices are
 * small, and a copy of the weights for one picture would cost as much as the product. */
#include <string.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/microkernel.h"
#include "kernels/x86/lanes.h"

/* A panel of B, BLOCK_DEPTH x 16, stays in the first level of cache. With fewer rows of A than
 * MIN_PACKED, packing it costs more than its scattered rows do. DOT_ROWS rows of A stay in the
 * second level while all of B passes. */
enum { BLOCK_DEPTH = 320, MIN_PACKED = 13, DOT_ROWS = 48 };

size_t gemm_work_avx2(GemmForm form, size_t m, size_t n, size_t k)
{
    (void)m;
    (void)n;
    return form == GEMM_NT ? 0 : (k < BLOCK_DEPTH ? k : BLOCK_DEPTH) * MICRO_COLUMNS;
}

/* A B^T: both run along the depth, so that an element is a dot product. Lane l sums the products
 * of depth l, l + 8, l + 16...; the lanes are added as a tree. */
MICRO_INLINE void dot_products(int rows, int columns, size_t k, const float *a, size_t lda,
                               const float *b, size_t ldb, __m256 sum[][8])
{
    __m256 s[3][8];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            s[i][j] = _mm256_setzero_ps();
    size_t d = 0;
    for (; d + LANES <= k; d += LANES) {
        __m256 left[3];
        for (int i = 0; i < rows; i++)
            left[i] = _mm256_loadu_ps(a + (size_t)i * lda + d);
        for (int j = 0; j < columns; j++) {
            __m256 right = _mm256_loadu_ps(b + (size_t)j * ldb + d);
            for (int i = 0; i < rows; i++)
                s[i][j] = _mm256_fmadd_ps(left[i], right, s[i][j]);
        }
    }
    if (d < k)
        for (int j = 0; j < columns; j++) {
            __m256 right = load_first(b + (size_t)j * ldb + d, k - d);
            for (int i = 0; i < rows; i++)
                s[i][j] =
                    _mm256_fmadd_ps(load_first(a + (size_t)i * lda + d, k - d), right, s[i][j]);
        }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            sum[i][j] = s[i][j];
}

MICRO_INLINE void dot_tile(int rows, int columns, size_t k, const float *a, size_t lda,
                           const float *b, size_t ldb, int add, float *c, size_t ldc)
{
    __m256 sum[3][8];
    dot_products(rows, columns, k, a, lda, b, ldb, sum);
    for (int i = 0; i < rows; i++, c += ldc)
        for (int j = 0; j < columns; j += 4) {
            int rest = columns - j;
            float four[4];
            _mm_storeu_ps(four,
                          sum_across_each(sum[i][j], sum[i][rest > 1 ? j + 1 : j],
                                   sum[i][rest > 2 ? j + 2 : j], sum[i][rest > 3 ? j + 3 : j]));
            for (int e = 0; e < rest && e < 4; e++)
                c[j + e] = add ? c[j + e] + four[e] : four[e];
        }
}

/* All rows of a block by `columns` columns of C. */
MICRO_INLINE void dot_columns(int columns, size_t m, size_t k, const float *a, size_t lda,
                              const float *b, size_t ldb, int add, float *c, size_t ldc)
{
    size_t i = 0;
    for (; i + 3 <= m; i += 3)
        dot_tile(3, columns, k, a + i * lda, lda, b, ldb, add, c + i * ldc, ldc);
    if (m - i == 2)
        dot_tile(2, columns, k, a + i * lda, lda, b, ldb, add, c + i * ldc, ldc);
    if (m - i == 1)
        dot_tile(1, columns, k, a + i * lda, lda, b, ldb, add, c + i * ldc, ldc);
}

static void gemm_nt(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                    size_t ldb, int add, float *c, size_t ldc)
{
    size_t j = 0;
    if (m == 1) /* one picture: as many rows of B as there are accumulators for */
        for (; j + 8 <= n; j += 8)
            dot_tile(1, 8, k, a, lda, b + j * ldb, ldb, add, c + j, ldc);
    for (; j + 4 <= n; j += 4)
        dot_columns(4, m, k, a, lda, b + j * ldb, ldb, add, c + j, ldc);
    if (j + 2 <= n) {
        dot_columns(2, m, k, a, lda, b + j * ldb, ldb, add, c + j, ldc);
        j += 2;
    }
    if (j < n)
        dot_columns(1, m, k, a, lda, b + j * ldb, ldb, add, c + j, ldc);
}

/* 16 columns of B, of which the last may be zeros. */
static void pack_columns(size_t width, size_t depth, const float *b, size_t ldb, float *panel)
{
    __m256i left = lane_mask(width < LANES ? width : LANES);
    __m256i right = lane_mask(width < LANES ? 0 : width - LANES);
    for (size_t d = 0; d < depth; d++, b += ldb, panel += MICRO_COLUMNS) {
        _mm256_storeu_ps(panel, _mm256_maskload_ps(b, left));
        _mm256_storeu_ps(panel + LANES, _mm256_maskload_ps(b + LANES, right));
    }
}

/* A tile whose columns are fewer than 16. */
static void multiply_edge(size_t rows, size_t width, size_t depth, const float *a, ptrdiff_t a_row,
                          ptrdiff_t a_depth, const float *panel, int add, float *c, size_t ldc)
{
    float tile[MICRO_ROWS * MICRO_COLUMNS];
    micro_tile(rows, depth, a, a_row, a_depth, panel, MICRO_COLUMNS, 0, tile, MICRO_COLUMNS);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++)
            c[i * ldc + j] =
                add ? c[i * ldc + j] + tile[i * MICRO_COLUMNS + j] : tile[i * MICRO_COLUMNS + j];
}

/* A's element (i, d) is at i a_row + d a_depth. Adds up along all of a block's depth. */
static void multiply_columns(size_t m, size_t width, size_t depth, const float *a, ptrdiff_t a_row,
                             ptrdiff_t a_depth, const float *b, size_t ldb, int add, float *c,
                             size_t ldc, float *work)
{
    ptrdiff_t b_depth = (ptrdiff_t)ldb;
    if (width < MICRO_COLUMNS || m >= MIN_PACKED) {
        pack_columns(width, depth, b, ldb, work);
        b = work;
        b_depth = MICRO_COLUMNS;
    }
    for (size_t i = 0; i < micro_tiles(m); i++) {
        size_t first = micro_begin(i, m), rows = micro_begin(i + 1, m) - first;
        const float *from = a + (ptrdiff_t)first * a_row;
        float *to = c + first * ldc;
        if (width < MICRO_COLUMNS)
            multiply_edge(rows, width, depth, from, a_row, a_depth, b, add, to, ldc);
        else
            micro_tile(rows, depth, from, a_row, a_depth, b, b_depth, add, to, (ptrdiff_t)ldc);
    }
}

/* One row of C, 64 columns at once: enough sums to hide an FMA's latency. */
static void multiply_row(size_t depth, const float *a, ptrdiff_t a_depth, const float *b,
                         size_t ldb, int add, float *c)
{
    __m256 sum[8];
    for (int v = 0; v < 8; v++)
        sum[v] = _mm256_setzero_ps();
    for (size_t d = 0; d < depth; d++, a += a_depth, b += ldb) {
        __m256 factor = _mm256_broadcast_ss(a);
        for (int v = 0; v < 8; v++)
            sum[v] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(b + v * LANES), sum[v]);
    }
    for (int v = 0; v < 8; v++, c += LANES)
        _mm256_storeu_ps(c, add ? _mm256_add_ps(_mm256_loadu_ps(c), sum[v]) : sum[v]);
}

static void multiply_block(size_t m, size_t n, size_t depth, const float *a, ptrdiff_t a_row,
                           ptrdiff_t a_depth, const float *b, size_t ldb, int add, float *c,
                           size_t ldc, float *work)
{
    size_t j = 0;
    if (m == 1)
        for (; j + 64 <= n; j += 64)
            multiply_row(depth, a, a_depth, b + j, ldb, add, c + j);
    for (; j < n; j += MICRO_COLUMNS) {
        size_t width = n - j < MICRO_COLUMNS ? n - j : MICRO_COLUMNS;
        multiply_columns(m, width, depth, a, a_row, a_depth, b + j, ldb, add, c + j, ldc, work);
    }
}

void gemm_avx2(GemmForm form, size_t m, size_t n, size_t k, const float *a, size_t lda,
               const float *b, size_t ldb, int add, float *c, size_t ldc, float *work)
{
    if (form == GEMM_NT) {
        for (size_t i = 0; i < m; i += DOT_ROWS)
            gemm_nt(m - i < DOT_ROWS ? m - i : DOT_ROWS, n, k, a + i * lda, lda, b, ldb, add,
                    c + i * ldc, ldc);
        return;
    }
    if (k == 0 && !add)
        for (size_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, n * sizeof *c);
    size_t a_row = form == GEMM_TN ? 1 : lda, a_depth = form == GEMM_TN ? lda : 1;
    /* Blocks of equal depth, so that the last is not a thin one. */
    size_t n_blocks = (k + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
    for (size_t block = 0; block < n_blocks; block++) {
        size_t first = k * block / n_blocks, depth = k * (block + 1) / n_blocks - first;
        multiply_block(m, n, depth, a + first * a_depth, (ptrdiff_t)a_row, (ptrdiff_t)a_depth,
                       b + first * ldb, ldb, add || block > 0, c, ldc, work);
    }
}
