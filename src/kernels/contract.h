/* One engine for every matrix product: C(i, j) = sum over d of A(i, d) B(d, j), where the place of
 * an element in its tensor is the sum of one offset per index.
 *
 * After the block-scatter matrices of D. Matthews, "High-Performance Tensor Contraction without
 * Transposition", SIAM J. Sci. Comput. 40(1), 2018, section 4, and the blocking of K. Goto and R.
 * van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008. A
 * convolution is such a product: the "matrix" of its input has at (c,r,s; n,p,q) the element
 * offset(c,r,s) + offset(n,p,q), so neither im2col nor a transposed copy is ever made. */
#ifndef KERNELS_CONTRACT_H
#define KERNELS_CONTRACT_H

#include "kernels/kernels.h"

/* An index of the product: a number of up to three digits, the last runs fastest, and how far a
 * step of each digit moves in the two tensors that have this index. Unused digits: extent 1. */
typedef struct ContractIndex {
    size_t extent[3];
    ptrdiff_t stride[2][3];
} ContractIndex;

typedef struct Contraction {
    ContractIndex rows;    /* of C: in A and C */
    ContractIndex columns; /* of C: in B and C */
    ContractIndex depth;   /* the sum: in A and B */
} Contraction;

/* What differs between machines: the tile of C that is computed at once, and the two loops that
 * take the time. Panels hold `width` values for each value of depth, and nothing between. */
typedef struct ContractEngine {
    size_t tile_rows, tile_columns; /* of the largest tile: at most CONTRACT_MAX_ROWS, _COLUMNS */
    /* panel[d][i] = source[depth[d] + across[i]], for i < count <= width; the rest of a row is of
     * no matter, but may be read. */
    void (*pack)(size_t width, size_t count, const real *source, size_t n_depth,
                 const ptrdiff_t *depth, const ptrdiff_t *across, real *panel);
    /* tile[i][j] = sum over d, in order, of a[d][i] * b[d][j]; a's panel is `rows` wide, b's and
     * the tile's rows are tile_columns. */
    void (*multiply)(size_t rows, size_t depth, const real *a, const real *b, real *tile);
} ContractEngine;

enum { CONTRACT_MAX_ROWS = 6, CONTRACT_MAX_COLUMNS = 16 };

extern const ContractEngine contract_engine_c;

/* Reals of work memory for a product of this size. Never less for a larger one. */
size_t contract_work(const ContractEngine *engine, size_t rows, size_t depth);

/* Overwrites C, or adds to it where `add` is not 0. Each element is summed in the order of depth,
 * in blocks that depend on the depth only. An empty depth is a sum of 0. */
void contract(const ContractEngine *engine, const Contraction *product, const real *a,
              const real *b, int add, real *c, real *work);

#endif
