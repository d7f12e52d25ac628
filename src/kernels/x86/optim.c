/* One pass over the arrays. Square root and division are the exact ones: their fast approximations
 * differ from maker to maker, and a training must not. */
#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

typedef struct SgdFactors {
    __m256 rate, momentum, l2, keep;
} SgdFactors;

static inline __m256 sgd_vector(const SgdFactors *f, int nesterov, __m256 gradient, __m256 w,
                                __m256 *velocity)
{
    __m256 g = _mm256_fmadd_ps(f->l2, w, gradient);
    *velocity = _mm256_fmadd_ps(f->momentum, *velocity, g);
    __m256 step = nesterov ? _mm256_fmadd_ps(f->momentum, *velocity, g) : *velocity;
    return _mm256_fnmadd_ps(f->rate, step, _mm256_mul_ps(f->keep, w));
}

void sgd_avx2(size_t count, const SgdStep *step, const float *gradient, float *w, float *velocity)
{
    const SgdFactors f = {_mm256_set1_ps(step->rate), _mm256_set1_ps(step->momentum),
                          _mm256_set1_ps(step->l2), _mm256_set1_ps(1 - step->rate * step->decay)};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256 v = _mm256_loadu_ps(velocity + i);
        __m256 moved = sgd_vector(&f, step->nesterov, _mm256_loadu_ps(gradient + i),
                                  _mm256_loadu_ps(w + i), &v);
        _mm256_storeu_ps(velocity + i, v);
        _mm256_storeu_ps(w + i, moved);
    }
    if (i < count) {
        size_t rest = count - i;
        __m256 v = load_first(velocity + i, rest);
        __m256 moved = sgd_vector(&f, step->nesterov, load_first(gradient + i, rest),
                                  load_first(w + i, rest), &v);
        store_first(velocity + i, rest, v);
        store_first(w + i, rest, moved);
    }
}

typedef struct AdamFactors {
    __m256 rate, beta1, beta2, rest1, rest2, epsilon, l2, keep, correction;
} AdamFactors;

static inline __m256 adam_vector(const AdamFactors *f, __m256 gradient, __m256 w, __m256 *m,
                                 __m256 *v)
{
    __m256 g = _mm256_fmadd_ps(f->l2, w, gradient);
    *m = _mm256_fmadd_ps(f->beta1, *m, _mm256_mul_ps(f->rest1, g));
    *v = _mm256_fmadd_ps(f->beta2, *v, _mm256_mul_ps(f->rest2, _mm256_mul_ps(g, g)));
    __m256 below = _mm256_add_ps(_mm256_sqrt_ps(_mm256_mul_ps(*v, f->correction)), f->epsilon);
    __m256 step = _mm256_div_ps(_mm256_mul_ps(f->rate, *m), below);
    return _mm256_fmsub_ps(f->keep, w, step);
}

void adam_avx2(size_t count, const AdamStep *step, const float *gradient, float *w, float *m,
               float *v)
{
    const AdamFactors f = {
        .rate = _mm256_set1_ps(step->rate / step->correction1),
        .beta1 = _mm256_set1_ps(step->beta1),
        .beta2 = _mm256_set1_ps(step->beta2),
        .rest1 = _mm256_set1_ps(1 - step->beta1),
        .rest2 = _mm256_set1_ps(1 - step->beta2),
        .epsilon = _mm256_set1_ps(step->epsilon),
        .l2 = _mm256_set1_ps(step->l2),
        .keep = _mm256_set1_ps(1 - step->rate * step->decay),
        .correction = _mm256_set1_ps(1 / step->correction2),
    };
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        __m256 ms = _mm256_loadu_ps(m + i), vs = _mm256_loadu_ps(v + i);
        __m256 moved =
            adam_vector(&f, _mm256_loadu_ps(gradient + i), _mm256_loadu_ps(w + i), &ms, &vs);
        _mm256_storeu_ps(m + i, ms);
        _mm256_storeu_ps(v + i, vs);
        _mm256_storeu_ps(w + i, moved);
    }
    if (i < count) {
        size_t rest = count - i;
        __m256 ms = load_first(m + i, rest), vs = load_first(v + i, rest);
        __m256 moved =
            adam_vector(&f, load_first(gradient + i, rest), load_first(w + i, rest), &ms, &vs);
        store_first(m + i, rest, ms);
        store_first(v + i, rest, vs);
        store_first(w + i, rest, moved);
    }
}
