/* Where a picture's pixels come from: affine, projective and elastic maps. */
#include <math.h>

#include "data/augment.h"

#define DEGREES (3.14159265358979323846 / 180)

/* Maps of places (x, y, 1) as 3 x 3 matrices by rows. */
typedef struct Map {
    double m[9];
} Map;

static Map follow(const Map *first, const Map *then)
{
    Map map;
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 3; column++) {
            const double *a = then->m + 3 * row, *b = first->m + column;
            map.m[3 * row + column] = a[0] * b[0] + a[1] * b[3] + a[2] * b[6];
        }
    return map;
}

/* From a pixel of the result to its place in the source: the inverse of shear, scale and rotation
 * about the centre, then the shift. y points down, so a positive angle turns counter-clockwise as
 * seen. */
static Map draw_affine(const AugmentJob *job)
{
    const Augment *a = job->augment;
    int height = job->height, width = job->width;
    Rng rng = augment_rng(job, AUGMENT_PLACE_AFFINE);
    double angle = rng_range(&rng, a->rotation[0], a->rotation[1]) * DEGREES;
    double shift_x = rng_range(&rng, a->shift[0], a->shift[1]) * width;
    double shift_y = rng_range(&rng, a->shift[0], a->shift[1]) * height;
    double scale = rng_range(&rng, a->scale[0], a->scale[1]);
    double shear = tan(rng_range(&rng, a->shear[0], a->shear[1]) * DEGREES);
    double cx = (width - 1) / 2.0, cy = (height - 1) / 2.0;
    double c = cos(angle) / scale, s = sin(angle) / scale;
    double m00 = c + shear * s, m01 = -s + shear * c; /* [1 shear; 0 1] after [c -s; s c] */
    double m02 = cx - m00 * (cx + shift_x) - m01 * (cy + shift_y);
    double m12 = cy - s * (cx + shift_x) - c * (cy + shift_y);
    return (Map){{m00, m01, m02, s, c, m12, 0, 0, 1}};
}

/* From the unit square to four places, those of (0, 0), (1, 0), (1, 1) and (0, 1): P. Heckbert,
 * "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3, in other letters. The
 * four must be the corners of a convex quadrilateral, or the last row is not above 0. */
static Map square_to(const double x[4], const double y[4])
{
    double ax = x[1] - x[2], bx = x[3] - x[2], sx = x[0] - x[1] + x[2] - x[3];
    double ay = y[1] - y[2], by = y[3] - y[2], sy = y[0] - y[1] + y[2] - y[3];
    double area = ax * by - bx * ay;
    double g = (sx * by - bx * sy) / area, h = (ax * sy - sx * ay) / area;
    return (Map){{x[1] - x[0] + g * x[1], x[3] - x[0] + h * x[3], x[0], y[1] - y[0] + g * y[1],
                  y[3] - y[0] + h * y[3], y[0], g, h, 1}};
}

/* The corners of the result come from places round the corners of the source: of a side of 1, at
 * most `perspective` away along each axis, which is below 1/4, so that they stay convex. */
static Map draw_perspective(const AugmentJob *job)
{
    double reach = job->augment->perspective, x[4] = {0, 1, 1, 0}, y[4] = {0, 0, 1, 1};
    double width = job->width > 1 ? job->width - 1 : 1;
    double height = job->height > 1 ? job->height - 1 : 1;
    Rng rng = augment_rng(job, AUGMENT_PLACE_PERSPECTIVE);
    for (int i = 0; i < 4; i++) {
        x[i] = width * (x[i] + rng_range(&rng, -reach, reach));
        y[i] = height * (y[i] + rng_range(&rng, -reach, reach));
    }
    Map map = square_to(x, y), shrink = {{1 / width, 0, 0, 0, 1 / height, 0, 0, 0, 1}};
    return follow(&shrink, &map);
}

/* The page is turned first and then seen askew, so that the way back begins with the perspective:
 * within the picture its depth is above 0. */
void augment_warp(const AugmentJob *job)
{
    Map map = draw_affine(job);
    real m[9];
    if (job->augment->perspective > 0) {
        Map perspective = draw_perspective(job);
        map = follow(&perspective, &map);
    }
    for (int i = 0; i < 9; i++)
        m[i] = (real)map.m[i];
    if (job->augment->perspective > 0)
        job->kernels->warp_projective(job->height, job->width, job->pixels, m, 0, job->pixels,
                                      job->work);
    else
        job->kernels->warp_affine(job->height, job->width, job->pixels, m, 0, job->pixels,
                                  job->work);
}

/* Two smooth random fields: uniform noise in [-1, 1], times alpha, blurred. */
void augment_elastic(const AugmentJob *job)
{
    const Kernels *kernels = job->kernels;
    int height = job->height, width = job->width;
    real *dx = job->work, *dy = dx + job->count, *work = dy + job->count;
    real alpha = (real)job->augment->elastic_alpha, sigma = (real)job->augment->elastic_sigma;
    kernels->uniform(job->count, job->seed, job->stream, augment_position(AUGMENT_PLACE_FIELD_X),
                     -alpha, alpha, dx);
    kernels->uniform(job->count, job->seed, job->stream, augment_position(AUGMENT_PLACE_FIELD_Y),
                     -alpha, alpha, dy);
    kernels->blur(height, width, dx, sigma, dx, work);
    kernels->blur(height, width, dy, sigma, dy, work);
    kernels->warp_field(height, width, job->pixels, dx, dy, 0, job->pixels, work);
}

/* What a picture's grey levels become: the pen's thickness, the camera's focus, light and noise,
 * and a square of nothing. */

#define LEAST_INK 0.5 /* the part that thinning leaves */

enum { LANES = 8 };

/* The sum of all pixels, in lanes that compilers make a vector. */
static real count_ink(size_t count, const real *pixels)
{
    real lane[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] += pixels[i + k];
    for (; i < count; i++)
        sum += pixels[i];
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

/* A thin pen's strokes would vanish: the change goes no further than to half of the ink. */
static void thin(const AugmentJob *job, real radius)
{
    real *thinner = job->work, *work = thinner + job->count;
    job->kernels->dilate(job->height, job->width, job->pixels, radius, thinner, work);
    real ink = count_ink(job->count, job->pixels), left = count_ink(job->count, thinner);
    real share = 1;
    if (left < (real)LEAST_INK * ink)
        share = (1 - (real)LEAST_INK) * ink / (ink - left);
    for (size_t i = 0; i < job->count; i++)
        job->pixels[i] += share * (thinner[i] - job->pixels[i]);
}

void augment_thickness(const AugmentJob *job)
{
    Rng rng = augment_rng(job, AUGMENT_PLACE_THICKNESS);
    const double *range = job->augment->thickness;
    real radius = (real)rng_range(&rng, range[0], range[1]);
    if (radius < 0)
        thin(job, radius);
    else
        job->kernels->dilate(job->height, job->width, job->pixels, radius, job->pixels, job->work);
}

void augment_blur(const AugmentJob *job)
{
    Rng rng = augment_rng(job, AUGMENT_PLACE_BLUR);
    real sigma = (real)rng_range(&rng, job->augment->blur[0], job->augment->blur[1]);
    job->kernels->blur(job->height, job->width, job->pixels, sigma, job->pixels, job->work);
}

void augment_light(const AugmentJob *job)
{
    const Augment *a = job->augment;
    Rng rng = augment_rng(job, AUGMENT_PLACE_LIGHT);
    real contrast = (real)rng_range(&rng, a->contrast[0], a->contrast[1]);
    real brightness = (real)rng_range(&rng, a->brightness[0], a->brightness[1]);
    real offset = (1 - contrast) / 2 + brightness;
    for (size_t i = 0; i < job->count; i++) {
        real value = contrast * job->pixels[i] + offset;
        value = value < 0 ? 0 : value;
        job->pixels[i] = value > 1 ? 1 : value;
    }
}

void augment_noise(const AugmentJob *job)
{
    job->kernels->noise(job->count, job->seed, job->stream, augment_position(AUGMENT_PLACE_NOISE),
                        (real)job->augment->noise, 0, 1, job->pixels);
}

static int at_least_0(int value)
{
    return value > 0 ? value : 0;
}

static int at_most(int value, int most)
{
    return value < most ? value : most;
}

/* The square's middle is anywhere in the picture, and what is beyond an edge is left out: as its
 * authors do, so that pixels near the edges are as often hidden as others. */
void augment_cutout(const AugmentJob *job)
{
    const Augment *a = job->augment;
    Rng rng = augment_rng(job, AUGMENT_PLACE_CUTOUT);
    bool wanted = rng_uniform(&rng) < a->cutout_share;
    int side = (int)rng_range(&rng, a->cutout[0], a->cutout[1] + 1);
    int left = (int)rng_range(&rng, 0, job->width) - side / 2;
    int top = (int)rng_range(&rng, 0, job->height) - side / 2;
    int right = at_most(left + side, job->width), bottom = at_most(top + side, job->height);
    left = at_least_0(left);
    for (int y = at_least_0(top); wanted && y < bottom; y++)
        for (int x = left; x < right; x++)
            job->pixels[y * job->width + x] = 0;
}

/* Ink that is not the character's: what a cut-out box of a form has along its edges. A ruled line,
 * pieces of neighbours' strokes, specks. Lengths are in units of a 28th of the smaller side; places
 * are by their depth, which grows from an edge inwards, and their distance along it. */

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
