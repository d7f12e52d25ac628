/* Paper is a smooth surface: a quadratic in x and y, fitted by least squares to the pixels that lie
 * near it, again and again, beginning with the median of the picture's border. Ink is what stands
 * out from it, on the side where more stands out. */
#include "image/ink.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define N_TERMS 6 /* 1, u, v, u^2, uv, v^2 with u and v in [-1, 1] */
#define GRID 64   /* samples a side that the surface is fitted to */
#define N_ROUNDS 6
#define FIRST_REACH 40.0 /* grey levels from the border's median that may still be paper */
#define LEAST_REACH 6.0
#define LEAST_CONTRAST 15 /* grey levels; a faint pencil has 30 */
#define LEAST_SIGNAL 8.0  /* contrast, in standard deviations of the paper's noise */
#define FAINT 10          /* grey levels that JPEG leaves round strong edges */

typedef struct Paper {
    double terms[N_TERMS];
    double noise;
    bool clean;
} Paper;

static void surface_terms(double x, double y, int width, int height, double terms[N_TERMS])
{
    double u = width > 1 ? 2 * x / (width - 1) - 1 : 0;
    double v = height > 1 ? 2 * y / (height - 1) - 1 : 0;
    terms[0] = 1;
    terms[1] = u;
    terms[2] = v;
    terms[3] = u * u;
    terms[4] = u * v;
    terms[5] = v * v;
}

static double surface_at(const Paper *paper, const double terms[N_TERMS])
{
    double sum = 0;
    for (int i = 0; i < N_TERMS; i++)
        sum += paper->terms[i] * terms[i];
    return sum;
}

static int histogram_median(const size_t histogram[256])
{
    size_t total = 0, below = 0;
    for (int i = 0; i < 256; i++)
        total += histogram[i];
    int grey = 0;
    while (grey < 255 && 2 * (below + histogram[grey]) < total)
        below += histogram[grey++];
    return grey;
}

/* The greys of the picture's outermost ring, a 32nd of its smaller side thick. */
static void border_histogram(const uint8_t *grey, int width, int height, size_t histogram[256])
{
    int smaller = width < height ? width : height, ring = smaller / 32 + 1;
    memset(histogram, 0, 256 * sizeof *histogram);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            if (x == ring && y >= ring && y < height - ring && width - ring > ring)
                x = width - ring;
            histogram[grey[(size_t)y * (size_t)width + (size_t)x]]++;
        }
}

/* Solves the symmetric system in place by Gauss-Jordan with pivots on the diagonal, which are
 * positive while the samples determine the surface; false where they do not. */
static bool solve(double a[N_TERMS][N_TERMS + 1], double x[N_TERMS])
{
    for (int p = 0; p < N_TERMS; p++) {
        if (!(a[p][p] > 1e-9))
            return false;
        for (int row = 0; row < N_TERMS; row++) {
            double factor = row == p ? 0 : a[row][p] / a[p][p];
            for (int i = p; i <= N_TERMS; i++)
                a[row][i] -= factor * a[p][i];
        }
    }
    for (int p = 0; p < N_TERMS; p++)
        x[p] = a[p][N_TERMS] / a[p][p];
    return true;
}

/* One round: the surface through all samples within `reach` of the present one. Their mean absolute
 * distance from it, as a standard deviation, becomes the noise. */
static void refit(Paper *paper, const uint8_t *grey, int width, int height, double reach)
{
    double system[N_TERMS][N_TERMS + 1] = {{0}}, terms[N_TERMS], distance = 0;
    int nx = width < GRID ? width : GRID, ny = height < GRID ? height : GRID, n = 0;
    for (int j = 0; j < ny; j++)
        for (int i = 0; i < nx; i++) {
            int x = (int)(((int64_t)2 * i + 1) * width / (2 * nx));
            int y = (int)(((int64_t)2 * j + 1) * height / (2 * ny));
            double value = grey[(size_t)y * (size_t)width + (size_t)x];
            surface_terms(x, y, width, height, terms);
            double off = fabs(value - surface_at(paper, terms));
            if (off > reach)
                continue;
            n++;
            distance += off;
            for (int a = 0; a < N_TERMS; a++) {
                for (int b = 0; b < N_TERMS; b++)
                    system[a][b] += terms[a] * terms[b];
                system[a][N_TERMS] += terms[a] * value;
            }
        }
    if (n > 4 * N_TERMS && solve(system, paper->terms))
        paper->noise = 1.2533 * distance / n; /* sqrt(pi / 2): of a normal distribution */
}

static Paper paper_find(const uint8_t *grey, int width, int height)
{
    Paper paper = {{0}};
    size_t border[256], n = 0;
    border_histogram(grey, width, height, border);
    int median = histogram_median(border);
    for (int i = 0; i < 256; i++)
        n += border[i];
    paper.terms[0] = median;
    paper.clean = 4 * border[median] >= 3 * n;
    double reach = FIRST_REACH;
    for (int round = 0; round < N_ROUNDS && !paper.clean; round++) {
        refit(&paper, grey, width, height, reach);
        reach = fmin(fmax(3 * paper.noise, LEAST_REACH), FIRST_REACH);
    }
    return paper;
}

/* Signed distance of every pixel from the paper: histogram[256 + d] counts the pixels at d. */
static void departures(const Paper *paper, const uint8_t *grey, int width, int height,
                       size_t histogram[513], int16_t *out)
{
    double terms[N_TERMS];
    memset(histogram, 0, 513 * sizeof *histogram);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double surface = paper->terms[0];
            if (!paper->clean) {
                surface_terms(x, y, width, height, terms);
                surface = surface_at(paper, terms);
            }
            double d = floor(*grey++ - surface + 0.5);
            int bounded = d < -255 ? -255 : d > 255 ? 255 : (int)d;
            histogram[256 + bounded]++;
            *out++ = (int16_t)bounded;
        }
}

/* The departures of one side: side[d] pixels lie d grey levels from the paper towards ink. */
static void take_side(const size_t both[513], bool light, size_t side[256])
{
    side[0] = 0;
    for (int d = 1; d < 256; d++)
        side[d] = both[light ? 256 + d : 256 - d];
}

static double side_mass(const size_t side[256], int floor_)
{
    double mass = 0;
    for (int d = floor_ + 1; d < 256; d++)
        mass += (double)(d - floor_) * (double)side[d];
    return mass;
}

/* A drawing that has been through JPEG has even paper, and ringing round its strokes. */
static bool has_ringing(const size_t side[256], int contrast)
{
    size_t faint = 0, strong = 0;
    for (int d = 1; d < 256; d++) {
        faint += d <= FAINT ? side[d] : 0;
        strong += 2 * d > contrast ? side[d] : 0;
    }
    return 2 * faint > strong;
}

/* The strongest ink: the very strongest on clean paper, where noise may not pass for it else what a
 * tenth of the ink passes. */
static int side_contrast(const size_t side[256], int floor_, bool clean)
{
    size_t total = 0, above = 0;
    for (int d = floor_ + 1; d < 256; d++)
        total += side[d];
    int contrast = 255;
    while (contrast > 0 && (above += side[contrast]) <= (clean ? 0 : total / 10))
        contrast--;
    return total ? contrast : 0;
}

static ScrawlStatus no_ink(const Paper *paper, int contrast, ScrawlError *error)
{
    if (!paper->clean)
        return error_set(error, SCRAWL_STATUS_NO_INK,
                         "no ink found: nothing stands out from the noise of the paper");
    return error_set(
        error, SCRAWL_STATUS_NO_INK,
        "no ink found: the picture is blank (nothing stands out from the paper by more "
        "than %d of 255 grey levels)",
        contrast);
}

/* Departures to ink, 0..255. Ink that is nearly as strong as can be stays as it is, so that a clean
 * glyph comes through byte for byte. */
static void scale_ink(const int16_t *departures_, size_t n, bool light, int floor_, int contrast,
                      uint8_t *ink)
{
    double full = contrast > 240 ? 255 - floor_ : contrast - floor_;
    for (size_t i = 0; i < n; i++) {
        int d = (light ? departures_[i] : -departures_[i]) - floor_;
        double value = d <= 0 ? 0 : d * 255 / full + 0.5;
        ink[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

ScrawlStatus ink_extract(const uint8_t *grey, int width, int height, PreprocessInk side,
                         uint8_t *ink, InkReport *report, ScrawlError *error)
{
    size_t n = (size_t)width * (size_t)height, both[513], one[256], other[256];
    int16_t *off = mem_alloc(n, sizeof *off);
    if (!off)
        return error_no_memory(error, "finding the ink");
    Paper paper = paper_find(grey, width, height);
    departures(&paper, grey, width, height, both, off);
    int floor_ = paper.clean ? 0 : (int)ceil(3 * paper.noise) + 1;
    take_side(both, true, one);
    take_side(both, false, other);
    bool light = side == PREPROCESS_INK_AUTO ? side_mass(one, floor_) > side_mass(other, floor_)
                                             : side == PREPROCESS_INK_LIGHT;
    const size_t *inky = light ? one : other;
    int contrast = side_contrast(inky, floor_, paper.clean);
    if (paper.clean && has_ringing(inky, contrast)) {
        paper.clean = false;
        floor_ = FAINT;
        contrast = side_contrast(inky, floor_, false);
    }
    *report = (InkReport){light, paper.clean, paper.noise, contrast};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (contrast < LEAST_CONTRAST || contrast <= floor_ || contrast < LEAST_SIGNAL * paper.noise)
        status = no_ink(&paper, contrast, error);
    else
        scale_ink(off, n, light, floor_, contrast, ink);
    mem_free(off);
    return status;
}

ScrawlStatus ink_is_light(const uint8_t *grey, int width, int height, bool *light,
                          ScrawlError *error)
{
    size_t border[256];
    InkReport report = {0};
    *light = false;
    uint8_t *ink = mem_alloc((size_t)width * (size_t)height, 1);
    if (!ink)
        return error_no_memory(error, "finding the ink");
    ScrawlStatus status = ink_extract(grey, width, height, PREPROCESS_INK_AUTO, ink, &report, NULL);
    mem_free(ink);
    if (status == SCRAWL_STATUS_NO_MEMORY)
        return error_no_memory(error, "finding the ink");
    border_histogram(grey, width, height, border);
    *light = status == SCRAWL_STATUS_NO_INK ? histogram_median(border) <= 127 : report.light;
    return SCRAWL_STATUS_OK;
}

/* Connected components of ink (8 neighbours). A mark says in how many more passes a pixel will be
 * visited: 0 for paper. */
typedef struct Components {
    int width, height;
    const uint8_t *ink;
    uint8_t *marks;  /* [height][width] */
    uint32_t *queue; /* [height * width]: the pixels of the present component */
    size_t n;        /* how many they are */
    uint64_t mass;   /* the sum of their ink */
} Components;

/* The component of `start`: its marks fall by one. */
static void component_walk(Components *walk, size_t start)
{
    uint8_t mark = walk->marks[start];
    uint32_t width = (uint32_t)walk->width;
    walk->queue[0] = (uint32_t)start;
    walk->marks[start]--;
    walk->n = 1;
    walk->mass = 0;
    for (size_t i = 0; i < walk->n; i++) {
        int x = (int)(walk->queue[i] % width), y = (int)(walk->queue[i] / width);
        walk->mass += walk->ink[walk->queue[i]];
        for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < walk->height; v++)
            for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < walk->width; u++) {
                size_t at = (size_t)v * width + (size_t)u;
                if (walk->marks[at] == mark) {
                    walk->marks[at]--;
                    walk->queue[walk->n++] = (uint32_t)at;
                }
            }
    }
}

ScrawlStatus ink_despeckle(uint8_t *ink, int width, int height, ScrawlError *error)
{
    size_t n = (size_t)width * (size_t)height;
    uint8_t *marks = mem_alloc(n, 1);
    uint32_t *queue = mem_alloc(n, sizeof *queue);
    uint64_t largest = 0;
    Components walk = {
        .width = width, .height = height, .ink = ink, .marks = marks, .queue = queue};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (!marks || !queue) {
        status = error_no_memory(error, "removing specks");
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        marks[i] = ink[i] > 0 ? 2 : 0;
    for (size_t i = 0; i < n; i++)
        if (marks[i] == 2) {
            component_walk(&walk, i);
            largest = walk.mass > largest ? walk.mass : largest;
        }
    for (size_t i = 0; i < n; i++)
        if (marks[i] == 1) {
            component_walk(&walk, i);
            for (size_t k = 0; k < walk.n && walk.mass * 50 < largest; k++)
                ink[queue[k]] = 0;
        }
out:
    mem_free(marks);
    mem_free(queue);
    return status;
}
