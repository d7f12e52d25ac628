#include "train/muon.h"

#include <math.h>
#include <string.h>

#define N_STEPS 5

/* x -> A x + B x^3 + C x^5, which brings (0, 1] near 1: Jordan's coefficients, steep at 0. */
#define A ((real)3.4445)
#define B ((real)-4.7750)
#define C ((real)2.0315)

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What the products need beside their matrices. */
static size_t gemm_size(const Kernels *k, size_t rows, size_t columns)
{
    size_t side = smaller(rows, columns);
    size_t gram = rows <= columns ? k->gemm_work(GEMM_NT, side, side, columns)
                                  : k->gemm_work(GEMM_TN, side, side, rows);
    size_t square = k->gemm_work(GEMM_NN, side, side, side);
    size_t apply = k->gemm_work(GEMM_NN, rows, columns, side);
    return kernels_max(gram, kernels_max(square, apply));
}

size_t muon_work_size(const Kernels *kernels, size_t rows, size_t columns)
{
    size_t side = smaller(rows, columns);
    return 2 * rows * columns + 2 * side * side + gemm_size(kernels, rows, columns);
}

static void scale(const Kernels *kernels, size_t count, real factor, const real *x, real *y)
{
    kernels->scale_forward(1, 1, count, x, &factor, y);
}

static double norm(size_t count, const real *x)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* to = A x + (B g + C g g) x with g = x x^T; or, of a tall x, with g = x^T x on the other side. */
static void newton_schulz(const Kernels *k, size_t rows, size_t columns, const real *x, real *to,
                          real *work)
{
    size_t side = smaller(rows, columns), area = side * side;
    real *gram = work, *factor = work + area, *gemm_work = work + 2 * area;
    if (rows <= columns)
        k->gemm(GEMM_NT, side, side, columns, x, columns, x, columns, 0, gram, side, gemm_work);
    else
        k->gemm(GEMM_TN, side, side, rows, x, columns, x, columns, 0, gram, side, gemm_work);
    k->gemm(GEMM_NN, side, side, side, gram, side, gram, side, 0, factor, side, gemm_work);
    scale(k, area, C, factor, factor);
    k->axpy(area, B, gram, factor);
    scale(k, rows * columns, A, x, to);
    if (rows <= columns)
        k->gemm(GEMM_NN, rows, columns, side, factor, side, x, columns, 1, to, columns, gemm_work);
    else
        k->gemm(GEMM_NN, rows, columns, side, x, columns, factor, side, 1, to, columns, gemm_work);
}

void muon_orthogonalize(const Kernels *kernels, size_t rows, size_t columns, real *x, real *work)
{
    size_t count = rows * columns;
    real *other = work, *rest = work + count;
    scale(kernels, count, (real)(1 / (norm(count, x) + 1e-7)), x, x);
    for (int i = 0; i < N_STEPS; i++) {
        newton_schulz(kernels, rows, columns, i % 2 ? other : x, i % 2 ? x : other, rest);
    }
    memcpy(x, other, count * sizeof *x); /* N_STEPS is odd */
}

void muon_step(const Kernels *kernels, const MuonStep *step, size_t rows, size_t columns,
               const real *gradient, real *w, real *velocity, real *work)
{
    size_t count = rows * columns;
    real *update = work;
    double stretch = sqrt(fmax(1, (double)rows / (double)columns));
    memcpy(update, gradient, count * sizeof *update);
    scale(kernels, count, step->momentum, velocity, velocity);
    kernels->axpy(count, 1, gradient, velocity);
    kernels->axpy(count, step->momentum, velocity, update);
    muon_orthogonalize(kernels, rows, columns, update, work + count);
    scale(kernels, count, 1 - step->rate * step->decay, w, w);
    kernels->axpy(count, (real)(-(double)step->rate * stretch), update, w);
}
