/* What stands between the page and the eye: a lens out of focus, frosted glass, a hand that moves,
 * fog. */
#include <math.h>

#include "data/corruption_step.h"

#define TURN 6.28318530717958647692
#define GLASS_BLUR 0.25 /* sd, as a part of how far the light strays */
#define FOG_OCTAVES 3
#define FOG_CONTRAST 1.7 /* of the cloud about its middle */

void corruption_blur(const CorruptionJob *job)
{
    kernels_c.blur(job->height, job->width, job->pixels, (real)job->strength, job->pixels,
                   job->work);
}

/* Every pixel shows a place a random way off, and a little of its neighbours. */
void corruption_glass(const CorruptionJob *job)
{
    real reach = (real)(job->strength * job->unit);
    real *dx = job->work, *dy = dx + job->count, *work = dy + job->count;
    kernels_c.uniform(job->count, job->seed, job->stream, CORRUPTION_FIELD_X, -reach, reach, dx);
    kernels_c.uniform(job->count, job->seed, job->stream, CORRUPTION_FIELD_Y, -reach, reach, dy);
    kernels_c.warp_field(job->height, job->width, job->pixels, dx, dy, 0, job->pixels, work);
    kernels_c.blur(job->height, job->width, job->pixels, (real)GLASS_BLUR * reach, job->pixels,
                   work);
}

/* The mean over places along a line, a pixel or less apart. */
void corruption_motion(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    double angle = TURN * rng_uniform(&rng), length = job->strength * job->unit;
    int n = (int)ceil(length) + 1;
    real *sum = job->work, *moved = sum + job->count, *work = moved + job->count;
    for (size_t i = 0; i < job->count; i++)
        sum[i] = 0;
    for (int k = 0; k < n; k++) {
        double along = n > 1 ? length * ((double)k / (n - 1) - 0.5) : 0;
        real dx = (real)(along * cos(angle)), dy = (real)(along * sin(angle));
        real matrix[6] = {1, 0, dx, 0, 1, dy};
        kernels_c.warp_affine(job->height, job->width, job->pixels, matrix, 0, moved, work);
        for (size_t i = 0; i < job->count; i++)
            sum[i] += moved[i];
    }
    for (size_t i = 0; i < job->count; i++)
        job->pixels[i] = sum[i] / (real)n;
}

static double smooth(double t)
{
    return t * t * (3 - 2 * t);
}

/* Adds `weight` times value noise to cloud: random numbers on a grid of `cell` pixels, and smoothly
 * between them. cell is at least 1. */
static void add_octave(const CorruptionJob *job, int octave, double cell, double weight,
                       real *cloud, real *grid)
{
    int columns = (int)(job->width / cell) + 2, rows = (int)(job->height / cell) + 2;
    kernels_c.uniform((size_t)columns * (size_t)rows, job->seed, job->stream,
                      CORRUPTION_FIELD_X * (uint64_t)(octave + 1), 0, (real)weight, grid);
    for (int y = 0; y < job->height; y++) {
        double row = y / cell, below = smooth(row - floor(row));
        const real *above = grid + (size_t)row * (size_t)columns;
        for (int x = 0; x < job->width; x++) {
            double column = x / cell, right = smooth(column - floor(column));
            const real *at = above + (size_t)column, *under = at + columns;
            double high = (double)at[0] + right * (double)(at[1] - at[0]);
            double low = (double)under[0] + right * (double)(under[1] - under[0]);
            *cloud++ += (real)(high + below * (low - high));
        }
    }
}

/* A cloud 0..1 lies over the picture; `strength` is how much of the light it takes where it is
 * thickest. Its largest flakes are half of the smaller side. */
void corruption_fog(const CorruptionJob *job)
{
    real *cloud = job->work, *grid = cloud + job->count;
    double weight = 0.5, total = 0;
    for (size_t i = 0; i < job->count; i++)
        cloud[i] = 0;
    for (int octave = 0; octave < FOG_OCTAVES; octave++, weight /= 2) {
        add_octave(job, octave, fmax(28 * weight * job->unit, 1), weight, cloud, grid);
        total += weight;
    }
    for (size_t i = 0; i < job->count; i++) {
        double thick = 0.5 + FOG_CONTRAST * ((double)cloud[i] / total - 0.5);
        thick = thick < 0 ? 0 : thick > 1 ? 1 : thick;
        job->pixels[i] += (real)(job->strength * thick) * (1 - job->pixels[i]);
    }
}
