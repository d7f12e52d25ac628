/* Ink that is not the character's: what a cut-out box of a form has along its edges. A ruled line,
 * pieces of neighbours' strokes, specks. Lengths are in units of a 28th of the smaller side; places
 * are by their depth, which grows from an edge inwards, and their distance along it. */
#include <math.h>

#include "data/augment_step.h"

#define MAX_MARKS 3
#define SOFTNESS 1.0f /* pixels from ink to paper */

typedef struct Point {
    float x, y;
} Point;

/* One edge of the picture. */
typedef struct Edge {
    Point start, along, inwards; /* directions of a unit's length */
    float length;                /* in units */
} Edge;

/* A line from a to b, or the circle round a. */
typedef struct Mark {
    Point a, b;
    float circle; /* its radius in pixels; 0: a line */
    float radius; /* of the pen, in pixels */
    float grey;
} Mark;

static float between(Rng *rng, double low, double high)
{
    return (float)rng_range(rng, low, high);
}

static Edge choose_edge(const AugmentJob *job, Rng *rng)
{
    float width = (float)job->width, height = (float)job->height;
    float unit = fminf(width, height) / 28;
    switch (rng_u32(rng) >> 30) {
    case 0:
        return (Edge){{0, 0}, {unit, 0}, {0, unit}, width / unit};
    case 1:
        return (Edge){{0, height}, {unit, 0}, {0, -unit}, width / unit};
    case 2:
        return (Edge){{0, 0}, {0, unit}, {unit, 0}, height / unit};
    default:
        return (Edge){{width, 0}, {0, unit}, {-unit, 0}, height / unit};
    }
}

static Point place(const Edge *edge, float along, float depth)
{
    return (Point){edge->start.x + along * edge->along.x + depth * edge->inwards.x,
                   edge->start.y + along * edge->along.y + depth * edge->inwards.y};
}

static float in_pixels(const Edge *edge, float units)
{
    return units * (fabsf(edge->along.x) + fabsf(edge->along.y));
}

/* In the functions below each number has a statement of its own: a language that may evaluate two
 * calls in either order would give two compilers two pictures. */

/* A form's ruling: thin, nearly along the edge, from end to end. */
static Mark draw_ruling(const Edge *edge, Rng *rng)
{
    float depth = between(rng, 0, 3.5), tilt = between(rng, -0.8, 0.8);
    float radius = between(rng, 0.3, 0.8), grey = between(rng, 0.3, 1);
    return (Mark){.a = place(edge, 0, depth - tilt),
                  .b = place(edge, edge->length, depth + tilt),
                  .radius = in_pixels(edge, radius),
                  .grey = grey};
}

/* The end of a neighbour's straight stroke. */
static Mark draw_end(const Edge *edge, Rng *rng)
{
    float along = between(rng, 0.1, 0.9) * edge->length, depth = between(rng, 0.5, 4);
    float lean = between(rng, -9, 9);
    float radius = between(rng, 0.8, 1.6), grey = between(rng, 0.6, 1);
    return (Mark){.a = place(edge, along, depth),
                  .b = place(edge, along + lean, -6),
                  .radius = in_pixels(edge, radius),
                  .grey = grey};
}

/* A neighbour's bow, its middle beyond the edge. */
static Mark draw_bow(const Edge *edge, Rng *rng)
{
    float along = between(rng, 0.1, 0.9) * edge->length, depth = between(rng, 0, 3.5);
    float circle = between(rng, 3.5, 9);
    float radius = between(rng, 0.8, 1.6), grey = between(rng, 0.6, 1);
    return (Mark){.a = place(edge, along, depth - circle),
                  .circle = in_pixels(edge, circle),
                  .radius = in_pixels(edge, radius),
                  .grey = grey};
}

static Mark draw_speck(const Edge *edge, Rng *rng)
{
    float along = between(rng, 0, 1) * edge->length, depth = between(rng, 0, 6);
    float radius = between(rng, 0.2, 0.9), grey = between(rng, 0.3, 1);
    Point point = place(edge, along, depth);
    return (Mark){.a = point, .b = point, .radius = in_pixels(edge, radius), .grey = grey};
}

static Mark (*const kinds[])(const Edge *edge, Rng *rng) = {draw_ruling, draw_end, draw_bow,
                                                            draw_speck};

#define N_KINDS ((uint32_t)(sizeof kinds / sizeof kinds[0]))

/* Half open. */
typedef struct Span {
    int begin, end;
} Span;

static int clamp(float value, int limit)
{
    return value < 0 ? 0 : value > (float)limit ? limit : (int)value;
}

/* The pixels between two places and `reach` round them, as far as they are in the picture. */
static Span span_of(float from, float to, float reach, int limit)
{
    return (Span){clamp(fminf(from, to) - reach, limit), clamp(fmaxf(from, to) + reach + 1, limit)};
}

/* The stronger of what is there and `grey`, as far as the pen covers a pixel at this distance. */
static void ink(const Mark *mark, float distance, real *pixel)
{
    float cover = (mark->radius - distance) * (1 / SOFTNESS) + 0.5f;
    real value = (real)(mark->grey * (cover < 0 ? 0 : cover > 1 ? 1 : cover));
    *pixel = value > *pixel ? value : *pixel;
}

/* A row's distances from the circle. (x, y): from the middle to the row's first pixel. */
static void ink_circle(const Mark *mark, float x, float y, int n, real *row)
{
    for (int i = 0; i < n; i++) {
        float dx = x + (float)i;
        ink(mark, fabsf(sqrtf(dx * dx + y * y) - mark->circle), row + i);
    }
}

/* A row's distances from the line; a speck's is of no length. */
static void ink_line(const Mark *mark, float x, float y, int n, real *row)
{
    float dx = mark->b.x - mark->a.x, dy = mark->b.y - mark->a.y, square = dx * dx + dy * dy;
    float inverse = square > 0 ? 1 / square : 0;
    for (int i = 0; i < n; i++) {
        float px = x + (float)i, t = (px * dx + y * dy) * inverse;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        float ex = px - t * dx, ey = y - t * dy;
        ink(mark, sqrtf(ex * ex + ey * ey), row + i);
    }
}

static void ink_mark(const AugmentJob *job, const Mark *mark)
{
    Point end = mark->circle > 0 ? mark->a : mark->b;
    float reach = mark->circle + mark->radius + SOFTNESS;
    Span xs = span_of(mark->a.x, end.x, reach, job->width);
    Span ys = span_of(mark->a.y, end.y, reach, job->height);
    for (int y = ys.begin; y < ys.end; y++) {
        real *row = job->pixels + (ptrdiff_t)y * job->width + xs.begin;
        float from_x = (float)xs.begin + 0.5f - mark->a.x, from_y = (float)y + 0.5f - mark->a.y;
        if (mark->circle > 0)
            ink_circle(mark, from_x, from_y, xs.end - xs.begin, row);
        else
            ink_line(mark, from_x, from_y, xs.end - xs.begin, row);
    }
}

/* One to MAX_MARKS marks. */
void augment_clutter(const AugmentJob *job)
{
    Rng rng = augment_rng(job, AUGMENT_PLACE_CLUTTER);
    if (rng_uniform(&rng) >= job->augment->clutter)
        return;
    for (uint32_t n = 1 + rng_below(&rng, MAX_MARKS); n > 0; n--) {
        Edge edge = choose_edge(job, &rng);
        Mark mark = kinds[rng_below(&rng, N_KINDS)](&edge, &rng);
        ink_mark(job, &mark);
    }
}
