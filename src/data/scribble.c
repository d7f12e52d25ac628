#include "data/scribble.h"

#include <assert.h>
#include <string.h>

#include "base/rng.h"
#include "data/pen.h"

#define MAX_GRAIN 4  /* pixels of a side of a grain of noise */
#define MAX_SHADE 40 /* of blank paper, of 255 */
#define TILT 12      /* of a dash's ends, in units of a skeleton that is 100 wide */

/* Grains of one size, so many of them inked. */
static void draw_noise(Rng *rng, int size, uint8_t *out)
{
    uint8_t grains[64 * 64];
    int grain = 1 + (int)rng_below(rng, MAX_GRAIN), n = (size + grain - 1) / grain;
    double density = rng_range(rng, 0.02, 0.5);
    for (int i = 0; i < n * n; i++) {
        bool ink = rng_uniform(rng) < density;
        grains[i] = ink ? (uint8_t)(128 + rng_below(rng, 128)) : 0;
    }
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            out[y * size + x] = grains[y / grain * n + x / grain];
}

static void draw_blank(Rng *rng, int size, uint8_t *out)
{
    double shade = rng_range(rng, 0, MAX_SHADE), spread = rng_range(rng, 0, MAX_SHADE / 4.0);
    for (int i = 0; i < size * size; i++) {
        double value = shade + spread * rng_normal(rng);
        out[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

static void add_knot(Skeleton *skeleton, double x, double y, bool corner, bool first)
{
    skeleton->knots[skeleton->n++] = (Knot){(float)x, (float)y, corner, first};
}

/* One, or two above each other: "-", "=". */
static void draw_dashes(Rng *rng, int size, uint8_t *out)
{
    Skeleton skeleton = {0};
    int n = rng_uniform(rng) < 0.7 ? 1 : 2;
    for (int i = 0; i < n; i++) {
        double y = 50 + 35 * i;
        add_knot(&skeleton, rng_range(rng, 0, 10), y + rng_range(rng, -TILT, TILT), true, true);
        add_knot(&skeleton, rng_range(rng, 90, 100), y + rng_range(rng, -TILT, TILT), true, false);
    }
    pen_skeleton(&skeleton, size, rng, out);
}

/* A line or two through places anywhere, smooth or with corners, some of them closed. */
static void draw_doodles(Rng *rng, int size, uint8_t *out)
{
    Skeleton skeleton = {0};
    int n_lines = 1 + (int)rng_below(rng, 2);
    for (int line = 0; line < n_lines; line++) {
        int first = skeleton.n, n_knots = 3 + (int)rng_below(rng, 5);
        double corners = rng_uniform(rng) < 0.3 ? 1 : 0.2;
        for (int i = 0; i < n_knots; i++) {
            double x = rng_range(rng, 0, 100), y = rng_range(rng, 0, 100);
            add_knot(&skeleton, x, y, rng_uniform(rng) < corners, i == 0);
        }
        const Knot *start = &skeleton.knots[first];
        if (rng_uniform(rng) < 0.3)
            add_knot(&skeleton, (double)start->x, (double)start->y, false, false);
    }
    pen_skeleton(&skeleton, size, rng, out);
}

static const struct Kind {
    const char *label;
    void (*draw)(Rng *rng, int size, uint8_t *out);
} kinds[] = {
    {"noise", draw_noise},
    {"blank", draw_blank},
    {"dashes", draw_dashes},
    {"doodles", draw_doodles},
};

void scribble_draw(const char *label, int size, uint64_t seed, uint64_t stream, uint8_t *out)
{
    const struct Kind *kind = kinds;
    Rng rng;
    while (strcmp(kind->label, label) != 0) {
        kind++;
        assert(kind < kinds + sizeof kinds / sizeof kinds[0]);
    }
    rng_init(&rng, seed, stream);
    kind->draw(&rng, size, out);
}
