#include "data/stroke.h"

#include <math.h>
#include <stddef.h>

#define STEP 7.0f /* units of the skeleton between two points of a curve */

typedef struct Vector {
    float x, y;
} Vector;

static Vector between(const Knot *from, const Knot *to)
{
    return (Vector){to->x - from->x, to->y - from->y};
}

/* The centripetal parameter's step: the square root of the distance. */
static float spacing(const Knot *a, const Knot *b)
{
    Vector d = between(a, b);
    return sqrtf(fmaxf(sqrtf(d.x * d.x + d.y * d.y), 1e-3f));
}

/* The tangent at b on the way from a over b to c, for a segment of parameter length `step`. */
static Vector tangent(const Knot *a, const Knot *b, const Knot *c, float step)
{
    float t0 = spacing(a, b), t1 = spacing(b, c);
    Vector u = between(a, b), v = between(b, c);
    float fu = step * t1 / (t0 * (t0 + t1)), fv = step * t0 / (t1 * (t0 + t1));
    return (Vector){fu * u.x + fv * v.x, fu * u.y + fv * v.y};
}

/* At a corner or an end the curve has no curvature: the tangent follows from the other end's. */
static Vector free_tangent(Vector chord, Vector other)
{
    return (Vector){1.5f * chord.x - 0.5f * other.x, 1.5f * chord.y - 0.5f * other.y};
}

/* Where the curve between knots i and i + 1 gets its tangents from. */
static void find_tangents(const Skeleton *skeleton, int i, Vector *start, Vector *end)
{
    const Knot *a = &skeleton->knots[i], *b = a + 1;
    bool bound_a = !a->first && !a->corner;
    bool bound_b = i + 2 < skeleton->n && !b[1].first && !b->corner;
    Vector chord = between(a, b);
    float step = spacing(a, b);
    *start = bound_a ? tangent(a - 1, a, b, step) : chord;
    *end = bound_b ? tangent(a, b, b + 1, step) : chord;
    if (!bound_a && bound_b)
        *start = free_tangent(chord, *end);
    if (bound_a && !bound_b)
        *end = free_tangent(chord, *start);
}

static void add_point(StrokePath *path, float x, float y, bool first)
{
    if (path->n < STROKE_MAX_POINTS)
        path->points[path->n++] = (StrokePoint){x, y, 1, first};
}

static void add_curve(const Skeleton *skeleton, int i, StrokePath *path)
{
    const Knot *a = &skeleton->knots[i], *b = a + 1;
    Vector start, end, chord = between(a, b);
    find_tangents(skeleton, i, &start, &end);
    int n_steps = 1 + (int)(hypotf(chord.x, chord.y) / STEP);
    for (int k = 1; k <= n_steps; k++) {
        float t = (float)k / (float)n_steps, s = 1 - t;
        float h1 = t * t * (3 - 2 * t), h2 = t * s * s, h3 = -t * t * s; /* cubic Hermite */
        add_point(path, a->x + h1 * chord.x + h2 * start.x + h3 * end.x,
                  a->y + h1 * chord.y + h2 * start.y + h3 * end.y, false);
    }
}

void stroke_flatten(const Skeleton *skeleton, StrokePath *path)
{
    path->n = 0;
    for (int i = 0; i < skeleton->n; i++) {
        if (skeleton->knots[i].first)
            add_point(path, skeleton->knots[i].x, skeleton->knots[i].y, true);
        if (i + 1 < skeleton->n && !skeleton->knots[i + 1].first)
            add_curve(skeleton, i, path);
    }
}

StrokeBounds stroke_bounds(const StrokePath *path)
{
    StrokeBounds box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (int i = 0; i < path->n; i++) {
        const StrokePoint *p = &path->points[i];
        box.x0 = p->x < box.x0 ? p->x : box.x0;
        box.y0 = p->y < box.y0 ? p->y : box.y0;
        box.x1 = p->x > box.x1 ? p->x : box.x1;
        box.y1 = p->y > box.y1 ? p->y : box.y1;
    }
    return box;
}

void stroke_place(StrokePath *path, float scale, float dx, float dy)
{
    for (int i = 0; i < path->n; i++) {
        path->points[i].x = scale * path->points[i].x + dx;
        path->points[i].y = scale * path->points[i].y + dy;
    }
}

/* A straight line drawn with a brush whose radius changes evenly. */
typedef struct Segment {
    StrokePoint start;
    float dx, dy;    /* to its end */
    float inverse;   /* 1 / length^2; 0 for a dot */
    float thicker;   /* how much the radius grows on the way */
    float sharpness; /* 1 / the width of the soft edge */
} Segment;

/* Pixels x0..x1-1 of row y: each one's distance from the line, compared with the radius there. */
static void draw_row(const Segment *segment, int y, int x0, int x1, uint8_t *row)
{
    const Segment s = *segment; /* for the compiler: row may not alias it */
    float py = (float)y + 0.5f - s.start.y;
    for (int x = x0; x < x1; x++) {
        float px = (float)x + 0.5f - s.start.x;
        float t = (px * s.dx + py * s.dy) * s.inverse;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        float ex = px - t * s.dx, ey = py - t * s.dy;
        float inside = s.start.radius + t * s.thicker - sqrtf(ex * ex + ey * ey);
        float cover = inside * s.sharpness + 0.5f;
        cover = cover < 0 ? 0 : cover > 1 ? 1 : cover;
        int ink = (int)(cover * 255 + 0.5f);
        row[x] = ink > row[x] ? (uint8_t)ink : row[x];
    }
}

static int clamp_to(float value, int most)
{
    return value < 0 ? 0 : value > (float)most ? most : (int)value;
}

static void draw_segment(const StrokePoint *a, const StrokePoint *b, float softness,
                         uint8_t *canvas, int width, int height)
{
    float dx = b->x - a->x, dy = b->y - a->y, square = dx * dx + dy * dy;
    float reach = fmaxf(a->radius, b->radius) + softness / 2 + 1;
    Segment segment = {.start = *a,
                       .dx = dx,
                       .dy = dy,
                       .inverse = square > 1e-12f ? 1 / square : 0,
                       .thicker = b->radius - a->radius,
                       .sharpness = 1 / softness};
    int x0 = clamp_to(fminf(a->x, b->x) - reach, width);
    int x1 = clamp_to(fmaxf(a->x, b->x) + reach, width);
    int y0 = clamp_to(fminf(a->y, b->y) - reach, height);
    int y1 = clamp_to(fmaxf(a->y, b->y) + reach, height);
    for (int y = y0; y < y1; y++)
        draw_row(&segment, y, x0, x1, canvas + (size_t)y * (size_t)width);
}

void stroke_draw(const StrokePath *path, float softness, uint8_t *canvas, int width, int height)
{
    for (int i = 0; i < path->n; i++) {
        const StrokePoint *p = &path->points[i];
        bool alone = p->first && (i + 1 == path->n || p[1].first);
        if (!p->first || alone)
            draw_segment(alone ? p : p - 1, p, softness, canvas, width, height);
    }
}
