/* Characters as strokes: the skeletons that the pen writes, and ink on a canvas. Skeletons become
 * smooth lines of short segments, and these are drawn with a round brush of changing width. */
#ifndef DATA_STROKE_H
#define DATA_STROKE_H

#include <stdbool.h>
#include <stdint.h>

/* The strokes of every character that the pen can write, and the ways in which people write it.
 *
 * A skeleton is text: knots "x,y" that a stroke passes through smoothly, or turns at where the
 * knot ends in "!"; "/" lifts the pen. x grows to the right and y downwards: capitals and digits
 * stand between y = 0 and the baseline y = 100, small letters begin at y = 45 and descend to
 * 140. */

#define SKELETON_MAX_KNOTS 40
#define SKELETON_MAX_VARIANTS 5

typedef struct Knot {
    float x, y;
    bool corner; /* the direction before it says nothing of the one after */
    bool first;  /* the pen is set down here */
} Knot;

typedef struct Skeleton {
    int n;
    Knot knots[SKELETON_MAX_KNOTS];
} Skeleton;

/* How many ways there are to write a label: 0 for none. "-", ".", "/", "%", "<" and ">" are there
 * for print. */
int skeleton_variants(const char *label);

/* The way `variant` of them; the first is the plainest. */
void skeleton_get(const char *label, int variant, Skeleton *skeleton);

/* Ink. */

#define STROKE_MAX_POINTS 512

typedef struct StrokePoint {
    float x, y;
    float radius; /* of the brush */
    bool first;   /* no line leads here */
} StrokePoint;

typedef struct StrokePath {
    int n;
    StrokePoint points[STROKE_MAX_POINTS];
} StrokePath;

typedef struct StrokeBounds {
    float x0, y0, x1, y1;
} StrokeBounds;

/* Points along the skeleton's strokes, radius 1: through every knot, with the tangents of a
 * centripetal Catmull-Rom spline (P. Barry, R. Goldman, "A recursive evaluation algorithm for a
 * class of Catmull-Rom splines", SIGGRAPH 1988, with the knot spacing of C. Yuksel et al., "On
 * the parameterization of Catmull-Rom curves", SPM 2009), which neither overshoots nor loops. */
void stroke_flatten(const Skeleton *skeleton, StrokePath *path);

/* The smallest box round the points themselves, without the brush. */
StrokeBounds stroke_bounds(const StrokePath *path);

/* x = scale x + dx, y = scale y + dy. */
void stroke_place(StrokePath *path, float scale, float dx, float dy);

/* Draws on canvas[height][width], 255 on 0, keeping the stronger where lines cross. The edge of a
 * line falls from full to nothing over `softness` pixels. Pixel (0, 0) covers [0, 1) x [0, 1). */
void stroke_draw(const StrokePath *path, float softness, uint8_t *canvas, int width, int height);

#endif
