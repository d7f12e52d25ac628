#include <math.h>
#include <stdbool.h>

#include "kernels/x86/avx2.h"
#include "kernels/x86/lanes.h"

static size_t width_at(size_t i, size_t count)
{
    return count - i < LANES ? count - i : LANES;
}

static float find_maximum(size_t count, const float *x)
{
    __m256 best = _mm256_set1_ps(x[0]);
    for (size_t i = 0; i < count; i += LANES) {
        __m256i mask = lane_mask(width_at(i, count));
        __m256 value = _mm256_maskload_ps(x + i, mask);
        value = _mm256_blendv_ps(best, value, _mm256_castsi256_ps(mask));
        best = _mm256_max_ps(best, value);
    }
    best = _mm256_max_ps(best, _mm256_permute2f128_ps(best, best, 1));
    best = _mm256_max_ps(best, _mm256_shuffle_ps(best, best, 0x4e));
    best = _mm256_max_ps(best, _mm256_shuffle_ps(best, best, 0xb1));
    return _mm256_cvtss_f32(best);
}

/* e^(x[i] - maximum) of one vector, 0 beyond its width. */
static inline __m256 exponentials(const float *x, size_t width, float maximum)
{
    __m256i mask = lane_mask(width);
    __m256 e = exp_avx2(_mm256_sub_ps(_mm256_maskload_ps(x, mask), _mm256_set1_ps(maximum)));
    return _mm256_and_ps(e, _mm256_castsi256_ps(mask));
}

static float sum_exponentials(size_t count, const float *x, float maximum)
{
    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i < count; i += LANES)
        sum = _mm256_add_ps(sum, exponentials(x + i, width_at(i, count), maximum));
    return sum_across(sum);
}

void softmax_avx2(size_t n, size_t classes, const float *x, float *y)
{
    if (classes == 0)
        return;
    for (size_t i = 0; i < n; i++, x += classes, y += classes) {
        float maximum = find_maximum(classes, x);
        __m256 factor = _mm256_set1_ps(1 / sum_exponentials(classes, x, maximum));
        for (size_t k = 0; k < classes; k += LANES) {
            size_t width = width_at(k, classes);
            __m256 e = exponentials(x + k, width, maximum);
            store_first(y + k, width, _mm256_mul_ps(e, factor));
        }
    }
}

/* With log p_k = x_k - m - log(sum of e^(x - m)): -sum of q_k log p_k is the target's share and the
 * average's. */
static float row_loss(size_t classes, const float *x, float maximum, float sum, size_t label,
                      float smoothing)
{
    float log_sum = (float)log((double)sum), target = log_sum + (maximum - x[label]), others = 0;
    if (smoothing == 0)
        return target;
    for (size_t k = 0; k < classes; k++)
        others += log_sum + (maximum - x[k]);
    return (1 - smoothing) * target + smoothing / (float)classes * others;
}

void cross_entropy_avx2(size_t n, size_t classes, const float *logits, const uint16_t *labels,
                        float smoothing, float scale, float *loss, float *dlogits)
{
    for (size_t i = 0; i < n; i++, logits += classes) {
        bool known = labels[i] < classes; /* of no class: as smooth as can be */
        size_t label = known ? labels[i] : 0;
        float smooth = known ? smoothing : 1, share = smooth / (float)classes;
        float maximum = find_maximum(classes, logits);
        float sum = sum_exponentials(classes, logits, maximum);
        loss[i] = row_loss(classes, logits, maximum, sum, label, smooth);
        if (!dlogits)
            continue;
        for (size_t k = 0; k < classes; k += LANES) {
            size_t width = width_at(k, classes);
            __m256 p = _mm256_div_ps(exponentials(logits + k, width, maximum), _mm256_set1_ps(sum));
            __m256 d =
                _mm256_mul_ps(_mm256_sub_ps(p, _mm256_set1_ps(share)), _mm256_set1_ps(scale));
            store_first(dlogits + k, width, d);
        }
        float p = _mm256_cvtss_f32(exponentials(logits + label, 1, maximum)) / sum;
        dlogits[label] = (p - share - (1 - smooth)) * scale;
        dlogits += classes;
    }
}
