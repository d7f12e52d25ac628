/* Nothing but the edges: J. Canny, "A computational approach to edge detection", IEEE Trans. PAMI
 * 8, 1986: smoothing, the gradient, its ridges, and of these the strong ones with the weak ones
 * that hang on them. */
#include <math.h>
#include <stdbool.h>

#include "data/corruption_step.h"

#define SMOOTHING 0.8 /* sd, in 28ths */
#define WEAK 0.04     /* grey a pixel, of 0..1, in 28ths: the least of a ridge */
#define STRONG 0.1

/* Arrays of the picture's size. */
typedef struct Gradient {
    real *smooth, *dx, *dy, *length;
    uint8_t *edge; /* 0: none; 1: weak; 2: strong */
} Gradient;

/* The picture's, its edges replicated. */
static real at(const CorruptionJob *job, const real *values, int y, int x)
{
    y = y < 0 ? 0 : y >= job->height ? job->height - 1 : y;
    x = x < 0 ? 0 : x >= job->width ? job->width - 1 : x;
    return values[(size_t)y * (size_t)job->width + (size_t)x];
}

/* I. Sobel's operator, in grey a pixel. */
static void find_gradient(const CorruptionJob *job, const Gradient *g)
{
    const real *s = g->smooth;
    size_t i = 0;
    for (int y = 0; y < job->height; y++)
        for (int x = 0; x < job->width; x++, i++) {
            real right =
                at(job, s, y - 1, x + 1) + 2 * at(job, s, y, x + 1) + at(job, s, y + 1, x + 1);
            real left =
                at(job, s, y - 1, x - 1) + 2 * at(job, s, y, x - 1) + at(job, s, y + 1, x - 1);
            real below =
                at(job, s, y + 1, x - 1) + 2 * at(job, s, y + 1, x) + at(job, s, y + 1, x + 1);
            real above =
                at(job, s, y - 1, x - 1) + 2 * at(job, s, y - 1, x) + at(job, s, y - 1, x + 1);
            g->dx[i] = (right - left) / 8;
            g->dy[i] = (below - above) / 8;
            g->length[i] = (real)hypot((double)g->dx[i], (double)g->dy[i]);
        }
}

/* Whether no neighbour across the edge is steeper; of two equals the one further along is. */
static bool is_ridge(const CorruptionJob *job, const Gradient *g, int y, int x)
{
    size_t i = (size_t)y * (size_t)job->width + (size_t)x;
    double dx = (double)g->dx[i], dy = (double)g->dy[i], ax = fabs(dx), ay = fabs(dy);
    int step_x = 2 * ax >= ay ? 1 : 0; /* a direction within 27 degrees of an axis is that axis' */
    int step_y = 2 * ay >= ax ? 1 : 0;
    step_x = dx < 0 ? -step_x : step_x;
    step_y = dy < 0 ? -step_y : step_y;
    return g->length[i] > at(job, g->length, y + step_y, x + step_x) &&
           g->length[i] >= at(job, g->length, y - step_y, x - step_x);
}

static void find_ridges(const CorruptionJob *job, const Gradient *g)
{
    real weak = (real)(WEAK / job->unit), strong = (real)(STRONG / job->unit);
    size_t i = 0;
    for (int y = 0; y < job->height; y++)
        for (int x = 0; x < job->width; x++, i++) {
            bool ridge = g->length[i] >= weak && is_ridge(job, g, y, x);
            g->edge[i] = (uint8_t)(ridge + (ridge && g->length[i] >= strong));
        }
}

/* A weak edge next to a strong one is strong. True where there was one. */
static bool spread(const CorruptionJob *job, uint8_t *edge, int y, int x)
{
    size_t width = (size_t)job->width;
    bool changed = false;
    if (edge[(size_t)y * width + (size_t)x] != 2)
        return false;
    for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < job->height; v++)
        for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < job->width; u++) {
            uint8_t *near = &edge[(size_t)v * width + (size_t)u];
            changed = changed || *near == 1;
            *near = *near == 1 ? 2 : *near;
        }
    return changed;
}

/* Down and up in turn: an edge that winds needs a few rounds. */
static void hang_on(const CorruptionJob *job, uint8_t *edge)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (int y = 0; y < job->height; y++)
            for (int x = 0; x < job->width; x++)
                changed = spread(job, edge, y, x) || changed;
        for (int y = job->height - 1; y >= 0; y--)
            for (int x = job->width - 1; x >= 0; x--)
                changed = spread(job, edge, y, x) || changed;
    }
}

/* `strength` is how far the edges take the picture's place. */
void corruption_canny(const CorruptionJob *job)
{
    real *work = job->work, share = (real)job->strength;
    Gradient g = {work, work + job->count, work + 2 * job->count, work + 3 * job->count,
                  (uint8_t *)(work + 4 * job->count)};
    kernels_c.blur(job->height, job->width, job->pixels, (real)(SMOOTHING * job->unit), g.smooth,
                   work + job->count); /* the others are not used yet */
    find_gradient(job, &g);
    find_ridges(job, &g);
    hang_on(job, g.edge);
    for (size_t i = 0; i < job->count; i++)
        job->pixels[i] += share * ((g.edge[i] == 2) - job->pixels[i]);
}
