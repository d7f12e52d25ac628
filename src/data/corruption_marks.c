/* Ink that is not the writing's: drops, lines across it, a form's ruling. All are strokes of the
 * pen of stroke.h. In the functions below each random number has a statement of its own: a language
 * that may evaluate two calls in either order would give two compilers two pictures. */
#include <math.h>
#include <string.h>

#include "data/corruption_step.h"
#include "data/stroke.h"

#define TURN 6.28318530717958647692
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
    double angle = TURN * rng_uniform(rng);
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

void corruption_dotted_line(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    uint8_t *canvas = clear_canvas(job);
    StrokePath path;
    for (int i = 0; i < (int)job->strength; i++) {
        Across line = draw_across(job, &rng);
        follow(&line, DOT_STEP * job->unit, 0, DOT_RADIUS * job->unit, true, &path);
        draw(job, &path, canvas);
    }
    press(job, canvas, 1);
}

void corruption_zigzag(const CorruptionJob *job)
{
    Rng rng = corruption_rng(job);
    uint8_t *canvas = clear_canvas(job);
    StrokePath path;
    for (int i = 0; i < (int)job->strength; i++) {
        Across line = draw_across(job, &rng);
        follow(&line, ZIGZAG_STEP * job->unit, ZIGZAG_HEIGHT * job->unit, ZIGZAG_RADIUS * job->unit,
               false, &path);
        draw(job, &path, canvas);
    }
    press(job, canvas, ZIGZAG_GREY);
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
