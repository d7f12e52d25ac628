#include "kernels/c.h"

void sgd_c(size_t count, const SgdStep *step, const real *restrict gradient, real *restrict w,
           real *restrict velocity)
{
    const real rate = step->rate, momentum = step->momentum, l2 = step->l2;
    const real keep = 1 - step->rate * step->decay;
    if (step->nesterov) {
        for (size_t i = 0; i < count; i++) {
            real g = gradient[i] + l2 * w[i];
            velocity[i] = momentum * velocity[i] + g;
            w[i] = keep * w[i] - rate * (g + momentum * velocity[i]);
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            velocity[i] = momentum * velocity[i] + (gradient[i] + l2 * w[i]);
            w[i] = keep * w[i] - rate * velocity[i];
        }
    }
}

void adam_c(size_t count, const AdamStep *step, const real *restrict gradient, real *restrict w,
            real *restrict m, real *restrict v)
{
    const real beta1 = step->beta1, beta2 = step->beta2, l2 = step->l2, epsilon = step->epsilon;
    const real rate = step->rate / step->correction1;
    const real keep = 1 - step->rate * step->decay;
    const real correction = 1 / step->correction2;
    for (size_t i = 0; i < count; i++) {
        real g = gradient[i] + l2 * w[i];
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * (g * g);
        w[i] = keep * w[i] - rate * m[i] / (real_sqrt(v[i] * correction) + epsilon);
    }
}
