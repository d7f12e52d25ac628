/* A hand is drawn from the random stream first, then every knot is misplaced a little, the whole is
 * bent by slow waves, slanted and stretched; last it is fitted into its place and inked. */
#include "data/pen.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "data/stroke.h"
#include "image/glyph.h"

#define N_WAVES 2
#define MAX_GLYPH 64

/* What one writer does at one moment. Lengths in units of the skeleton, unless said. */
typedef struct Hand {
    float slant;        /* x per y, to the right */
    float turn;         /* radians */
    float aspect;       /* width by height */
    float jitter;       /* standard deviation of a knot's misplacement */
    float stroke_shift; /* and of a stroke's */
    float radius;       /* half the line's width, of 28 */
    float pressure;     /* part of the radius that comes and goes along a stroke */
    float softness;     /* pixels from ink to paper */
    struct Wave {
        float kx, ky, phase, dx, dy;
    } waves[N_WAVES];
} Hand;

static float between(Rng *rng, double low, double high)
{
    return (float)rng_range(rng, low, high);
}

/* Normal, but never further than two standard deviations. */
static float about(Rng *rng, double mean, double sd)
{
    double z = rng_normal(rng);
    return (float)(mean + sd * (z < -2 ? -2 : z > 2 ? 2 : z));
}

static Hand draw_hand(Rng *rng)
{
    Hand hand;
    float care = between(rng, 0.35, 1.25); /* a hasty hand does everything less well */
    hand.slant = about(rng, 0.12, 0.19);
    hand.turn = about(rng, 0, 0.07);
    hand.aspect = expf(about(rng, 0, 0.17));
    hand.jitter = 4.8f * care;
    hand.stroke_shift = 1.8f * care;
    hand.radius = expf(about(rng, 0.28, 0.24));
    hand.pressure = between(rng, 0, 0.28);
    hand.softness = between(rng, 1.0, 1.9);
    for (int i = 0; i < N_WAVES; i++) {
        float direction = between(rng, 0, 6.2832), pace = between(rng, 0.02, 0.075);
        hand.waves[i] =
            (struct Wave){pace * cosf(direction), pace * sinf(direction), between(rng, 0, 6.2832),
                          about(rng, 0, 3.0) * care, about(rng, 0, 3.0) * care};
    }
    return hand;
}

static void misplace_knots(const Hand *hand, Rng *rng, Skeleton *skeleton)
{
    float shift_x = 0, shift_y = 0;
    for (int i = 0; i < skeleton->n; i++) {
        Knot *knot = &skeleton->knots[i];
        if (knot->first) {
            shift_x = about(rng, 0, hand->stroke_shift);
            shift_y = about(rng, 0, hand->stroke_shift);
        }
        knot->x += about(rng, shift_x, hand->jitter);
        knot->y += about(rng, shift_y, hand->jitter);
    }
}

static void bend(const Hand *hand, StrokePath *path)
{
    float c = cosf(hand->turn), s = sinf(hand->turn);
    for (int i = 0; i < path->n; i++) {
        StrokePoint *p = &path->points[i];
        float x = p->x, y = p->y;
        for (int k = 0; k < N_WAVES; k++) {
            const struct Wave *wave = &hand->waves[k];
            float swing = sinf(wave->kx * p->x + wave->ky * p->y + wave->phase);
            x += wave->dx * swing;
            y += wave->dy * swing;
        }
        x = (x - hand->slant * (y - 50)) * hand->aspect;
        p->x = c * x - s * y;
        p->y = s * x + c * y;
    }
}

/* The pen presses now more, now less, and leaves the paper thinner than it came. */
static void press(const Hand *hand, Rng *rng, float radius, StrokePath *path)
{
    float phase = 0, pace = 0;
    for (int i = 0; i < path->n; i++) {
        if (path->points[i].first) {
            phase = between(rng, 0, 6.2832);
            pace = between(rng, 0.1, 0.4);
        }
        bool last = i + 1 == path->n || path->points[i + 1].first;
        float swing = last ? -1 : sinf(phase);
        path->points[i].radius = radius * (1 + hand->pressure * swing);
        phase += pace;
    }
}

/* A skeleton, which is changed, in that hand, as a path in its units. */
static void write_skeleton(const Hand *hand, Rng *rng, Skeleton *skeleton, StrokePath *path)
{
    misplace_knots(hand, rng, skeleton);
    stroke_flatten(skeleton, path);
    bend(hand, path);
}

/* A character in a hand of its own. */
static Hand write_label(const char *label, Rng *rng, StrokePath *path)
{
    Skeleton skeleton;
    Hand hand = draw_hand(rng);
    skeleton_get(label, (int)rng_below(rng, (uint32_t)skeleton_variants(label)), &skeleton);
    write_skeleton(&hand, rng, &skeleton, path);
    return hand;
}

/* Scales the path so that its ink, `margin` round the points, has a longer side of `side` pixels
 * and begins at (0, 0); gives the ink's size. */
static void fit_path(StrokePath *path, float side, float margin, float *width, float *height)
{
    StrokeBounds box = stroke_bounds(path);
    float w = box.x1 - box.x0, h = box.y1 - box.y0, longer = w > h ? w : h;
    float scale = (side - 2 * margin) / (longer > 1 ? longer : 1);
    stroke_place(path, scale, margin - scale * box.x0, margin - scale * box.y0);
    *width = scale * w + 2 * margin;
    *height = scale * h + 2 * margin;
}

bool pen_has(const char *label)
{
    bool alphanumeric = (*label >= '0' && *label <= '9') || (*label >= 'A' && *label <= 'Z') ||
                        (*label >= 'a' && *label <= 'z');
    return alphanumeric && label[1] == '\0';
}

ScrawlStatus pen_draw(const char *label, int size, uint64_t seed, uint64_t sample, uint8_t *out,
                      ScrawlError *error)
{
    if (!pen_has(label))
        return error_set(error, SCRAWL_STATUS_NOT_FOUND,
                         "the pen writes 0-9, A-Z and a-z, but not \"%s\"", label);
    if (size < PEN_MIN_SIZE || size > PEN_MAX_SIZE)
        return error_set(error, SCRAWL_STATUS_USAGE, "the pen draws %d to %d pixels a side, not %d",
                         PEN_MIN_SIZE, PEN_MAX_SIZE, size);
    StrokePath path;
    Rng rng;
    float width, height, unit = (float)size / 28;
    rng_init(&rng, seed, rng_stream(RNG_PURPOSE_PEN, 1 << 16, sample));
    Hand hand = write_label(label, &rng, &path);
    float radius = hand.radius * unit;
    fit_path(&path, between(&rng, 0.58, 0.82) * (float)size, radius + hand.softness / 2, &width,
             &height);
    press(&hand, &rng, radius, &path);
    float dx = (0.5f + between(&rng, -0.2, 0.2)) * ((float)size - width);
    float dy = (0.5f + between(&rng, -0.2, 0.2)) * ((float)size - height);
    stroke_place(&path, 1, dx, dy);
    memset(out, 0, (size_t)size * (size_t)size);
    stroke_draw(&path, hand.softness, out, size, size);
    return SCRAWL_STATUS_OK;
}

/* In MNIST's form. */
static void ink_glyph(const Hand *hand, Rng *rng, StrokePath *path, int size, uint8_t *out)
{
    uint8_t canvas[MAX_GLYPH * MAX_GLYPH];
    float width, height, unit = (float)size / 28, radius = hand->radius * unit;
    int inner = glyph_inner(size);
    fit_path(path, (float)inner, radius + hand->softness / 2, &width, &height);
    press(hand, rng, radius, path);
    int w = (int)ceilf(width), h = (int)ceilf(height);
    w = w > inner ? inner : w;
    h = h > inner ? inner : h;
    memset(canvas, 0, (size_t)w * (size_t)h);
    stroke_draw(path, hand->softness, canvas, w, h);
    glyph_centre(canvas, w, h, out, size, size);
}

void pen_glyph(const char *label, int size, uint64_t seed, uint64_t stream, uint8_t *out)
{
    StrokePath path;
    Rng rng;
    rng_init(&rng, seed, stream);
    Hand hand = write_label(label, &rng, &path);
    ink_glyph(&hand, &rng, &path, size, out);
}

void pen_skeleton(Skeleton *skeleton, int size, Rng *rng, uint8_t *out)
{
    StrokePath path;
    Hand hand = draw_hand(rng);
    write_skeleton(&hand, rng, skeleton, &path);
    ink_glyph(&hand, rng, &path, size, out);
}

#define PRINT_GAP 22 /* units between two characters of print */
#define PRINT_SPACE 40

/* A plain character, its points' left edge at x = 0; false, and how wide a gap, where there is
 * none. */
static bool print_path(char character, StrokePath *path, float *width)
{
    char label[2] = {character, '\0'};
    Skeleton skeleton;
    *width = PRINT_SPACE;
    if (!skeleton_variants(label))
        return false;
    skeleton_get(label, 0, &skeleton);
    stroke_flatten(&skeleton, path);
    StrokeBounds box = stroke_bounds(path);
    stroke_place(path, 1, -box.x0, 0);
    *width = box.x1 - box.x0;
    return true;
}

int pen_print_width(const char *text, int size)
{
    StrokePath path;
    float total = 0, width;
    for (; *text; text++) {
        print_path(*text, &path, &width);
        total += width + PRINT_GAP;
    }
    return (int)ceilf(total * (float)size / 100);
}

void pen_print(const char *text, int size, int x, int y, uint8_t *canvas, int width, int height)
{
    StrokePath path;
    float scale = (float)size / 100, radius = (float)size / 18 + 0.2f, advance;
    float at = (float)x + PRINT_GAP / 2 * scale;
    for (; *text; text++) {
        if (print_path(*text, &path, &advance)) {
            stroke_place(&path, scale, at, (float)y);
            for (int i = 0; i < path.n; i++)
                path.points[i].radius = radius;
            stroke_draw(&path, 1, canvas, width, height);
        }
        at += (advance + PRINT_GAP) * scale;
    }
}

ScrawlStatus scrawl_image_draw(ScrawlImage *image, const char *label, int size, uint64_t seed,
                               ScrawlError *error)
{
    *image = (ScrawlImage){0};
    int room = size < PEN_MIN_SIZE || size > PEN_MAX_SIZE ? 1 : size; /* pen_draw refuses it */
    ScrawlStatus status = scrawl_image_create(image, room, room, 0, error);
    if (!status)
        status = pen_draw(label, size, seed, 0, image->pixels, error);
    for (size_t i = 0; !status && i < (size_t)size * (size_t)size; i++)
        image->pixels[i] = (uint8_t)(255 - image->pixels[i]);
    if (status)
        scrawl_image_deinit(image);
    return status;
}

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
