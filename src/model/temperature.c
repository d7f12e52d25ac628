#include "model/temperature.h"

#include <math.h>

#include "kernels/real.h"
#include "model/model.h"

#define MAX_STEPS 200
#define CLOSE 1e-13 /* relative change of the inverse temperature that ends the search */

/* Of the mean loss by b = 1 / temperature:
 *     L(b)   = mean of log sum exp(b z[k]) - b z[truth]
 *     L'(b)  = mean of E[z] - z[truth]
 *     L''(b) = mean of Var[z]
 * with E and Var over k by softmax(b z). L is convex. */
typedef struct Slope {
    double first, second;
} Slope;

typedef struct Logits {
    size_t n, n_classes;
    const float *values;
    const uint16_t *labels;
} Logits;

static Slope slope_at(const Logits *z, double b)
{
    Slope sum = {0};
    for (size_t i = 0; i < z->n; i++) {
        const float *row = z->values + i * z->n_classes;
        double best = row[real_argmax(z->n_classes, row)], weights = 0, mean = 0, square = 0;
        for (size_t k = 0; k < z->n_classes; k++) {
            double distance = row[k] - best, weight = exp(b * distance);
            weights += weight;
            mean += weight * distance;
            square += weight * distance * distance;
        }
        mean /= weights;
        sum.first += mean - (row[z->labels[i]] - best);
        sum.second += square / weights - mean * mean;
    }
    return (Slope){sum.first / (double)z->n, sum.second / (double)z->n};
}

static bool all_right(const Logits *z)
{
    for (size_t i = 0; i < z->n; i++)
        if (real_argmax(z->n_classes, z->values + i * z->n_classes) != z->labels[i])
            return false;
    return true;
}

/* Newton's steps; where one leaves the interval that holds the minimum, its middle instead. */
double temperature_fit(size_t n, size_t n_classes, const float *logits, const uint16_t *labels,
                       double otherwise)
{
    Logits z = {n, n_classes, logits, labels};
    double low = 1 / MODEL_MAX_TEMPERATURE, high = 1 / MODEL_MIN_TEMPERATURE, b = 1;
    if (all_right(&z))
        return otherwise;
    for (int i = 0; i < MAX_STEPS; i++) {
        Slope slope = slope_at(&z, b);
        if (!isfinite(slope.first) || (slope.first == 0 && slope.second == 0))
            return otherwise;
        if (slope.first > 0)
            high = b;
        else
            low = b;
        double next = b - slope.first / slope.second;
        if (!(next > low && next < high))
            next = sqrt(low * high);
        if (fabs(next - b) <= CLOSE * b)
            break;
        b = next;
    }
    return fmin(fmax(1 / b, MODEL_MIN_TEMPERATURE), MODEL_MAX_TEMPERATURE);
}

double temperature_loss(size_t n, size_t n_classes, const float *logits, const uint16_t *labels,
                        double temperature)
{
    double loss = 0;
    for (size_t i = 0; i < n; i++) {
        const float *row = logits + i * n_classes;
        double best = row[real_argmax(n_classes, row)], sum = 0;
        for (size_t k = 0; k < n_classes; k++)
            sum += exp((row[k] - best) / temperature);
        loss += log(sum) - (row[labels[i]] - best) / temperature;
    }
    return n > 0 ? loss / (double)n : 0;
}
