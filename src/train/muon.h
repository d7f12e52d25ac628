/* Muon: momentum made orthogonal. K. Jordan and others, "Muon: An optimizer for hidden layers in
 * neural networks", 2024, https://kellerjordan.github.io/posts/muon: of a weight taken as a matrix
 * of a row a unit, with g the gradient and v the momentum,
 *   v = momentum v + g,  u = g + momentum v
 *   w = (1 - rate decay) w - rate sqrt(max(1, rows / columns)) orthogonal(u)
 * where orthogonal(u) is about the nearest matrix with singular values of 1, by five steps of
 * Newton and Schulz. */
#ifndef TRAIN_MUON_H
#define TRAIN_MUON_H

#include "kernels/kernels.h"

typedef struct MuonStep {
    real rate, momentum, decay;
} MuonStep;

/* Reals of scratch for a matrix of this size. */
size_t muon_work_size(const Kernels *kernels, size_t rows, size_t columns);

/* One thread's work; w, gradient and velocity are [rows, columns], velocity 0 at first. */
void muon_step(const Kernels *kernels, const MuonStep *step, size_t rows, size_t columns,
               const real *gradient, real *w, real *velocity, real *work);

/* In place: singular values of x[rows, columns] come near 1 (0.7 to 1.2), and its singular vectors
 * stay. Zeros stay zeros. */
void muon_orthogonalize(const Kernels *kernels, size_t rows, size_t columns, real *x, real *work);

#endif
