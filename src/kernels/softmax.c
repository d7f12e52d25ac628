#include <stdbool.h>

#include "kernels/c.h"

static real find_maximum(size_t count, const real *x)
{
    real best = x[0];
    for (size_t i = 1; i < count; i++)
        best = x[i] > best ? x[i] : best;
    return best;
}

/* e[i] = exp(x[i] - maximum), so that nothing overflows; the sum of e. e may equal x. */
static real exponentials(size_t count, const real *x, real maximum, real *e)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        e[i] = real_exp(x[i] - maximum);
    return sum_array(count, e);
}

void softmax_c(size_t n, size_t classes, const real *x, real *y)
{
    if (classes == 0)
        return;
    for (size_t i = 0; i < n; i++, x += classes, y += classes) {
        real factor = 1 / exponentials(classes, x, find_maximum(classes, x), y);
        for (size_t k = 0; k < classes; k++)
            y[k] *= factor;
    }
}

/* The sum of e^(x - maximum) where there is no room for the terms. */
static real sum_exponentials(size_t count, const real *x, real maximum)
{
    real sum = 0, term[64];
    for (size_t first = 0; first < count; first += 64) {
        size_t length = count - first < 64 ? count - first : 64;
        sum += exponentials(length, x + first, maximum, term);
    }
    return sum;
}

/* With log p_k = x_k - m - log(sum of e^(x - m)): -sum of q_k log p_k is the target's share and the
 * average's. */
static real row_loss(size_t classes, const real *x, real maximum, real sum, size_t label,
                     real smoothing)
{
    real log_sum = (real)log((double)sum);
    real target = log_sum + (maximum - x[label]);
    if (smoothing == 0)
        return target;
    real others = 0;
    for (size_t k = 0; k < classes; k++)
        others += log_sum + (maximum - x[k]);
    return (1 - smoothing) * target + smoothing / (real)classes * others;
}

void cross_entropy_c(size_t n, size_t classes, const real *logits, const uint16_t *labels,
                     real smoothing, real scale, real *loss, real *dlogits)
{
    for (size_t i = 0; i < n; i++, logits += classes) {
        bool known = labels[i] < classes; /* of no class: as smooth as can be */
        size_t label = known ? labels[i] : 0;
        real smooth = known ? smoothing : 1, share = smooth / (real)classes;
        real maximum = find_maximum(classes, logits);
        real sum = sum_exponentials(classes, logits, maximum);
        loss[i] = row_loss(classes, logits, maximum, sum, label, smooth);
        if (!dlogits)
            continue;
        for (size_t k = 0; k < classes; k++)
            dlogits[k] = (real_exp(logits[k] - maximum) / sum - share) * scale;
        real p = real_exp(logits[label] - maximum) / sum;
        dlogits[label] = (p - share - (1 - smooth)) * scale;
        dlogits += classes;
    }
}
