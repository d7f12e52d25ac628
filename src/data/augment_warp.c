/* Where a picture's pixels come from: affine, projective and elastic maps. */
#include <math.h>

#include "data/augment_step.h"

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
