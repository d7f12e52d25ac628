/* Grain: every pixel for itself. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "data/augment.h"
#include "data/corruption.h"
#include "data/stroke.h"

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

/* What stands between the page and the eye: a lens out of focus, frosted glass, a hand that moves,
 * fog. */

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

/* How the page lies before the camera, and how bright it is: an augmentation that leaves nothing to
 * chance but its direction. */

#define PAGE_TURN 6.28318530717958647692

static void apply(const CorruptionJob *job, const Augment *augment)
{
    AugmentImage image = {.pixels = job->pixels, .height = job->height, .width = job->width};
    augment_apply(augment, &kernels_c, &image, job->work);
}

/* strength or -strength */
static double either_way(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    return rng_uniform(&rng) < 0.5 ? -job->strength : job->strength;
}

void corruption_shear(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.shear[0] = augment.shear[1] = either_way(job);
    apply(job, &augment);
}

void corruption_scale(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.scale[0] = augment.scale[1] = 1 - job->strength;
    apply(job, &augment);
}

void corruption_rotate(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.rotation[0] = augment.rotation[1] = either_way(job);
    apply(job, &augment);
}

void corruption_brightness(const CorruptionJob *job)
{
    Augment augment = AUGMENT_NONE;
    augment.brightness[0] = augment.brightness[1] = job->strength;
    apply(job, &augment);
}

/* Always as far, in any direction. */
void corruption_translate(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    double angle = PAGE_TURN * rng_uniform(&rng);
    real dx = (real)(job->strength * job->width * cos(angle));
    real dy = (real)(job->strength * job->height * sin(angle));
    real matrix[6] = {1, 0, dx, 0, 1, dy};
    kernels_c.warp_affine(job->height, job->width, job->pixels, matrix, 0, job->pixels, job->work);
}

/* The page's left and right margins are those of a negative. */
void corruption_stripe(const CorruptionJob *job)
{
    int margin = (int)lrint(job->strength * job->width);
    for (int y = 0; y < job->height; y++) {
        real *row = job->pixels + (size_t)y * (size_t)job->width;
        for (int x = 0; x < job->width; x++)
            if (x < margin || x >= job->width - margin)
                row[x] = 1 - row[x];
    }
}

/* Ink that is not the writing's: drops, lines across it, a form's ruling. All are strokes of the
 * pen of stroke.h. In the functions below each random number has a statement of its own: a language
 * that may evaluate two calls in either order would give two compilers two pictures. */

#define MARKS_TURN 6.28318530717958647692
#define SOFTNESS 1     /* pixels from ink to paper */
#define DOT_RADIUS 0.7 /* this and the next are in 28ths */
#define DOT_STEP 2.6
#define ZIGZAG_RADIUS 0.4
#define ZIGZAG_STEP 3.0   /* along the line, from one turn to the next */
#define ZIGZAG_HEIGHT 1.7 /* to either side of it */
#define ZIGZAG_GREY 0.8   /* of a writing's full ink */

/* A line through a place near the middle, longer than the picture is anywhere. */
typedef struct Across {
    double x, y, along_x, along_y; /* along: of length 1 */
    double half;                   /* of its length */
} Across;

static Across draw_across(const CorruptionJob *job, Rng *rng)
{
    double x = rng_range(rng, 0.25, 0.75) * job->width;
    double y = rng_range(rng, 0.25, 0.75) * job->height;
    double angle = MARKS_TURN * rng_uniform(rng);
    return (Across){x, y, cos(angle), sin(angle), hypot(job->width, job->height)};
}

/* The points every `step` along it, `aside` to one side and the other in turn. */
static void follow(const Across *line, double step, double aside, double radius, bool apart,
                   StrokePath *path)
{
    step = fmax(step, 2 * line->half / (STROKE_MAX_POINTS - 1)); /* of a very long picture */
    path->n = 0;
    for (double t = -line->half; t < line->half && path->n < STROKE_MAX_POINTS; t += step) {
        double off = path->n % 2 ? aside : -aside;
        path->points[path->n] =
            (StrokePoint){.x = (float)(line->x + t * line->along_x - off * line->along_y),
                          .y = (float)(line->y + t * line->along_y + off * line->along_x),
                          .radius = (float)radius,
                          .first = apart || path->n == 0};
        path->n++;
    }
}

static uint8_t *clear_canvas(const CorruptionJob *job)
{
    uint8_t *canvas = (uint8_t *)job->work;
    memset(canvas, 0, job->count);
    return canvas;
}

static void draw(const CorruptionJob *job, const StrokePath *path, uint8_t *canvas)
{
    stroke_draw(path, SOFTNESS, canvas, job->width, job->height);
}

/* The stronger of what is there and the canvas' ink. */
static void press(const CorruptionJob *job, const uint8_t *canvas, double grey)
{
    for (size_t i = 0; i < job->count; i++) {
        real ink = (real)(grey * canvas[i] / 255);
        job->pixels[i] = ink > job->pixels[i] ? ink : job->pixels[i];
    }
}

/* Round drops anywhere; no more of them than a path has points. */
void corruption_spatter(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    uint8_t *canvas = clear_canvas(job);
    StrokePath path = {.n = (int)job->strength};
    for (int i = 0; i < path.n; i++) {
        double x = rng_uniform(&rng) * job->width, y = rng_uniform(&rng) * job->height;
        double radius = rng_range(&rng, 0.4, 1.5) * job->unit;
        path.points[i] = (StrokePoint){(float)x, (float)y, (float)radius, true};
    }
    draw(job, &path, canvas);
    press(job, canvas, 1);
}

/* As many lines across as the strength says, each along the way `trace` gives it. */
static void draw_lines(const CorruptionJob *job, double grey,
                       void (*trace)(const CorruptionJob *job, const Across *line,
                                     StrokePath *path))
{
    Rng rng = corruption_rng(job);
    uint8_t *canvas = clear_canvas(job);
    StrokePath path;
    for (int i = 0; i < (int)job->strength; i++) {
        Across line = draw_across(job, &rng);
        trace(job, &line, &path);
        draw(job, &path, canvas);
    }
    press(job, canvas, grey);
}

static void trace_dots(const CorruptionJob *job, const Across *line, StrokePath *path)
{
    follow(line, DOT_STEP * job->unit, 0, DOT_RADIUS * job->unit, true, path);
}

void corruption_dotted_line(const CorruptionJob *job)
{
    draw_lines(job, 1, trace_dots);
}

static void trace_zigzag(const CorruptionJob *job, const Across *line, StrokePath *path)
{
    follow(line, ZIGZAG_STEP * job->unit, ZIGZAG_HEIGHT * job->unit, ZIGZAG_RADIUS * job->unit,
           false, path);
}

void corruption_zigzag(const CorruptionJob *job)
{
    draw_lines(job, ZIGZAG_GREY, trace_zigzag);
}

/* Ruled paper: evenly spaced, all of one grey and a little askew. */
void corruption_lines(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    uint8_t *canvas = clear_canvas(job);
    double phase = rng_uniform(&rng), tilt = rng_range(&rng, -0.05, 0.05) * job->width;
    double radius = rng_range(&rng, 0.3, 0.6) * job->unit, grey = rng_range(&rng, 0.4, 0.9);
    for (int i = 0; i < (int)job->strength; i++) {
        float y = (float)((i + phase) * job->height / job->strength);
        StrokePath path = {
            .n = 2,
            .points = {{0, y - (float)tilt / 2, (float)radius, true},
                       {(float)job->width, y + (float)tilt / 2, (float)radius, false}}};
        draw(job, &path, canvas);
    }
    press(job, canvas, grey);
}

/* Nothing but the edges: J. Canny, "A computational approach to edge detection", IEEE Trans. PAMI
 * 8, 1986: smoothing, the gradient, its ridges, and of these the strong ones with the weak ones
 * that hang on them. */

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
