/* Grain: every pixel for itself. */
#include <math.h>

#include "data/corruption_step.h"

void corruption_gaussian(const CorruptionJob *job)
{
    kernels_c.noise(job->count, job->seed, job->stream, CORRUPTION_FIELD_X, (real)job->strength, 0,
                    1, job->pixels);
}

/* How many fall on a pixel where `mean` do: the first count whose share of all cases, with those
 * below it, is above u. mean at most 400: e^-mean is far above the smallest double. */
static double poisson(double u, double mean)
{
    double share = exp(-mean), sum = share;
    int count = 0, most = (int)(mean + 12 * sqrt(mean)) + 12; /* the sum is 1 within u's bits */
    while (u >= sum && count < most) {
        share *= mean / ++count;
        sum += share;
    }
    return count;
}

/* Full ink is 1 / strength^2 of what is counted, paper is none. */
void corruption_shot(const CorruptionJob *job)
{
    double one = job->strength * job->strength;
    kernels_c.uniform(job->count, job->seed, job->stream, CORRUPTION_FIELD_X, 0, 1, job->work);
    for (size_t i = 0; i < job->count; i++)
        job->pixels[i] = (real)(one * poisson((double)job->work[i], (double)job->pixels[i] / one));
}

/* Half of the share to either end of the grey scale. A larger share adds pixels and changes none of
 * those that a smaller one had. */
void corruption_impulse(const CorruptionJob *job)
{
    real half = (real)job->strength / 2;
    kernels_c.uniform(job->count, job->seed, job->stream, CORRUPTION_FIELD_X, 0, 1, job->work);
    for (size_t i = 0; i < job->count; i++) {
        if (job->work[i] < half)
            job->pixels[i] = 0;
        else if (job->work[i] >= 1 - half)
            job->pixels[i] = 1;
    }
}
