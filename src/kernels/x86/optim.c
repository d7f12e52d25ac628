/* One pass over the arrays. Square root and division are the exact ones: their fast approximations
 * differ from maker to maker, and a training must not. Built for AVX2 and for AVX-512; both give
 * the same bytes. */
#include "kernels/x86/avx2.h"
#include "kernels/x86/build_names.h"
#include "kernels/x86/vector.h"

typedef struct SgdFactors {
    Vec rate, momentum, l2, keep;
} SgdFactors;

VEC_INLINE Vec sgd_vector(const SgdFactors *f, int nesterov, Vec gradient, Vec w, Vec *velocity)
{
    Vec g = vec_fma(f->l2, w, gradient);
    *velocity = vec_fma(f->momentum, *velocity, g);
    Vec step = nesterov ? vec_fma(f->momentum, *velocity, g) : *velocity;
    return vec_fma(-f->rate, step, f->keep * w);
}

void BUILD_NAME(sgd)(size_t count, const SgdStep *step, const float *gradient, float *w,
                     float *velocity)
{
    const SgdFactors f = {vec_all(step->rate), vec_all(step->momentum), vec_all(step->l2),
                          vec_all(1 - step->rate * step->decay)};
    size_t i = 0;
    for (; i + VEC_LANES <= count; i += VEC_LANES) {
        Vec v = vec_load(velocity + i);
        Vec moved = sgd_vector(&f, step->nesterov, vec_load(gradient + i), vec_load(w + i), &v);
        vec_store(velocity + i, v);
        vec_store(w + i, moved);
    }
    if (i < count) {
        size_t rest = count - i;
        Vec v = vec_load_first(velocity + i, rest);
        Vec moved = sgd_vector(&f, step->nesterov, vec_load_first(gradient + i, rest),
                               vec_load_first(w + i, rest), &v);
        vec_store_first(velocity + i, rest, v);
        vec_store_first(w + i, rest, moved);
    }
}

typedef struct AdamFactors {
    Vec rate, beta1, beta2, rest1, rest2, epsilon, l2, keep, correction;
} AdamFactors;

VEC_INLINE Vec adam_vector(const AdamFactors *f, Vec gradient, Vec w, Vec *m, Vec *v)
{
    Vec g = vec_fma(f->l2, w, gradient);
    *m = vec_fma(f->beta1, *m, f->rest1 * g);
    *v = vec_fma(f->beta2, *v, f->rest2 * (g * g));
    Vec below = vec_sqrt(*v * f->correction) + f->epsilon;
    Vec step = f->rate * *m / below;
    return vec_fma(f->keep, w, -step);
}

void BUILD_NAME(adam)(size_t count, const AdamStep *step, const float *gradient, float *w, float *m,
                      float *v)
{
    const AdamFactors f = {
        .rate = vec_all(step->rate / step->correction1),
        .beta1 = vec_all(step->beta1),
        .beta2 = vec_all(step->beta2),
        .rest1 = vec_all(1 - step->beta1),
        .rest2 = vec_all(1 - step->beta2),
        .epsilon = vec_all(step->epsilon),
        .l2 = vec_all(step->l2),
        .keep = vec_all(1 - step->rate * step->decay),
        .correction = vec_all(1 / step->correction2),
    };
    size_t i = 0;
    for (; i + VEC_LANES <= count; i += VEC_LANES) {
        Vec ms = vec_load(m + i), vs = vec_load(v + i);
        Vec moved = adam_vector(&f, vec_load(gradient + i), vec_load(w + i), &ms, &vs);
        vec_store(m + i, ms);
        vec_store(v + i, vs);
        vec_store(w + i, moved);
    }
    if (i < count) {
        size_t rest = count - i;
        Vec ms = vec_load_first(m + i, rest), vs = vec_load_first(v + i, rest);
        Vec moved = adam_vector(&f, vec_load_first(gradient + i, rest), vec_load_first(w + i, rest),
                                &ms, &vs);
        vec_store_first(m + i, rest, ms);
        vec_store_first(v + i, rest, vs);
        vec_store_first(w + i, rest, moved);
    }
}
