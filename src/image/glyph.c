/* Ink box, fit, centre of mass: the geometry of MNIST's glyphs, for any size. */
#include "image/glyph.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

int glyph_inner(int size)
{
    int inner = (size * 20 + 14) / 28;
    return inner < 1 ? 1 : inner;
}

bool glyph_box(const uint8_t *ink, int width, int height, int threshold, GlyphBox *box)
{
    int x0 = width, x1 = -1, y0 = height, y1 = -1;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            if (*ink++ >= threshold) {
                x0 = x < x0 ? x : x0;
                x1 = x > x1 ? x : x1;
                y0 = y < y0 ? y : y0;
                y1 = y;
            }
    *box = x1 < 0 ? (GlyphBox){0} : (GlyphBox){x0, y0, x1 - x0 + 1, y1 - y0 + 1};
    return x1 >= 0;
}

/* The strongest of n values, `step` apart. */
static uint8_t strongest(const uint8_t *values, size_t step, int n)
{
    uint8_t most = 0;
    for (int i = 0; i < n; i++)
        most = values[(size_t)i * step] > most ? values[(size_t)i * step] : most;
    return most;
}

/* One side of a box: its outermost line of n values, `along` apart, and the way to the next. */
typedef struct Side {
    const uint8_t *line;
    ptrdiff_t inward;
    size_t along;
    int n;
} Side;

static int line_strength(const Side *side, int i)
{
    return strongest(side->line + i * side->inward, side->along, side->n);
}

/* How many lines a side must move inwards: those less than half as strong as the line `depth` - 1
 * further in than the first. */
static int soft_edge(const Side *side, int depth)
{
    int skipped = 0, half = (line_strength(side, depth - 1) + 1) / 2;
    while (skipped < depth - 1 && line_strength(side, skipped) < half)
        skipped++;
    return skipped;
}

void glyph_tighten(const uint8_t *ink, int width, int inner, GlyphBox *box)
{
    int longer = box->width > box->height ? box->width : box->height;
    int shorter = box->width + box->height - longer;
    int depth = (longer + inner / 2) / inner; /* of the box's pixels to one of the glyph's */
    if (depth < 2 || shorter < 2 * depth)
        return;
    size_t row = (size_t)width;
    const uint8_t *first = ink + (size_t)box->y * row + (size_t)box->x;
    const uint8_t *last_row = first + (size_t)(box->height - 1) * row;
    const uint8_t *last_column = first + box->width - 1;
    int top = soft_edge(&(Side){first, width, 1, box->width}, depth);
    int left = soft_edge(&(Side){first, 1, row, box->height}, depth);
    int bottom = soft_edge(&(Side){last_row, -width, 1, box->width}, depth);
    int right = soft_edge(&(Side){last_column, -1, row, box->height}, depth);
    box->x += left;
    box->y += top;
    box->width -= left + right;
    box->height -= top + bottom;
}

/* Where a glyph of n pixels goes on a line of n_dst, so that its mean lies in [centre - 1/2,
 * centre + 1/2) but nothing is cut off. */
static int centred(double mean, int n, int n_dst)
{
    int at = (int)ceil(n_dst / 2.0 - 0.5 - mean);
    return at < 0 ? 0 : at > n_dst - n ? n_dst - n : at;
}

void glyph_centre(const uint8_t *src, int width, int height, uint8_t *dst, int dst_width,
                  int dst_height)
{
    uint64_t mass = 0, sum_x = 0, sum_y = 0;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            unsigned value = src[(size_t)y * (size_t)width + (size_t)x];
            mass += value;
            sum_x += (uint64_t)value * (unsigned)x;
            sum_y += (uint64_t)value * (unsigned)y;
        }
    double mean_x = mass ? (double)sum_x / (double)mass : (width - 1) / 2.0;
    double mean_y = mass ? (double)sum_y / (double)mass : (height - 1) / 2.0;
    int left = centred(mean_x, width, dst_width), top = centred(mean_y, height, dst_height);
    memset(dst, 0, (size_t)dst_width * (size_t)dst_height);
    for (int y = 0; y < height; y++)
        memcpy(dst + (size_t)(top + y) * (size_t)dst_width + (size_t)left,
               src + (size_t)y * (size_t)width, (size_t)width);
}

/* Thin strokes pale where the picture shrinks: the darkest becomes black again, at four times at
 * most. */
static void restore_contrast(uint8_t *glyph, size_t n)
{
    unsigned most = 16;
    for (size_t i = 0; i < n; i++)
        most = glyph[i] > most ? glyph[i] : most;
    for (size_t i = 0; i < n && most <= 240; i++) {
        unsigned value = (glyph[i] * 255u + most / 2) / most;
        glyph[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

static int scaled(int n, double scale)
{
    int size = (int)floor(n * scale + 0.5);
    return size < 1 ? 1 : size;
}

ScrawlStatus glyph_fit(const uint8_t *ink, int width, const GlyphBox *box, uint8_t *dst,
                       int dst_width, int dst_height, ScrawlError *error)
{
    double scale = fmin((double)glyph_inner(dst_width) / box->width,
                        (double)glyph_inner(dst_height) / box->height);
    int w = scaled(box->width, scale), h = scaled(box->height, scale);
    size_t n = (size_t)box->width * (size_t)box->height;
    ScrawlStatus status;
    uint8_t *crop = mem_alloc(n, 1), *glyph = mem_alloc((size_t)w * (size_t)h, 1);
    if (!crop || !glyph) {
        status = error_no_memory(error, "fitting a glyph");
        goto out;
    }
    for (int y = 0; y < box->height; y++)
        memcpy(crop + (size_t)y * (size_t)box->width,
               ink + (size_t)(box->y + y) * (size_t)width + (size_t)box->x, (size_t)box->width);
    status = image_resize(crop, box->width, box->height, glyph, w, h, error);
    if (!status) {
        restore_contrast(glyph, (size_t)w * (size_t)h);
        glyph_centre(glyph, w, h, dst, dst_width, dst_height);
    }
out:
    mem_free(crop);
    mem_free(glyph);
    return status;
}

/* Separable resampling: every output row or column is a weighted mean of a run of input ones. */

/* For each of `n` outputs: the first of `n_taps` inputs, and their weights. An output reaches over
 * `span` inputs, of which those beyond an edge count for the edge. */
typedef struct Axis {
    int n, span, n_taps;
    int *first;
    float *weights; /* [n][n_taps], each row sums to 1 */
} Axis;

static void axis_deinit(Axis *axis)
{
    mem_free(axis->first);
    mem_free(axis->weights);
}

/* How much of input pixel i an output pixel that covers [low, high) sees: its share of the
 * interval where the picture shrinks, else the height of a triangle of one pixel's half-width at
 * its centre. */
static double tap_weight(double low, double high, int i)
{
    if (high - low > 1) {
        double overlap = fmin(high, i + 1) - fmax(low, i);
        return overlap > 0 ? overlap : 0;
    }
    double distance = fabs((low + high) / 2 - (i + 0.5));
    return distance < 1 ? 1 - distance : 0;
}

static void axis_fill(Axis *axis, int n_src, int out)
{
    double scale = (double)n_src / axis->n, low = out * scale, high = low + scale;
    float *weights = axis->weights + (size_t)out * (size_t)axis->n_taps;
    int first = (int)floor(scale > 1 ? low : (low + high) / 2 - 0.5);
    int start = first < 0 ? 0 : first > n_src - axis->n_taps ? n_src - axis->n_taps : first;
    double sum = 0;
    memset(weights, 0, (size_t)axis->n_taps * sizeof *weights);
    for (int i = first; i < first + axis->span; i++)
        sum += tap_weight(low, high, i);
    for (int i = first; i < first + axis->span; i++) {
        int inside = i < 0 ? 0 : i >= n_src ? n_src - 1 : i;
        double weight = tap_weight(low, high, i);
        if (weight > 0)
            weights[inside - start] += (float)(weight / sum);
    }
    axis->first[out] = start;
}

static bool axis_init(Axis *axis, int n_src, int n_dst)
{
    double scale = (double)n_src / n_dst;
    int span = scale > 1 ? (int)ceil(scale) + 1 : 2;
    *axis = (Axis){.n = n_dst, .span = span, .n_taps = span < n_src ? span : n_src};
    axis->first = mem_alloc((size_t)n_dst, sizeof *axis->first);
    axis->weights = mem_alloc((size_t)n_dst * (size_t)axis->n_taps, sizeof *axis->weights);
    if (!axis->first || !axis->weights)
        return false;
    for (int i = 0; i < n_dst; i++)
        axis_fill(axis, n_src, i);
    return true;
}

static void resize_columns(const Axis *axis, const uint8_t *src, int width, int height, float *dst)
{
    for (int y = 0; y < height; y++, src += width)
        for (int x = 0; x < axis->n; x++) {
            const float *weights = axis->weights + (size_t)x * (size_t)axis->n_taps;
            const uint8_t *from = src + axis->first[x];
            float sum = 0;
            for (int i = 0; i < axis->n_taps; i++)
                sum += weights[i] * from[i];
            *dst++ = sum;
        }
}

static void resize_rows(const Axis *axis, const float *src, int width, uint8_t *dst)
{
    for (int y = 0; y < axis->n; y++) {
        const float *weights = axis->weights + (size_t)y * (size_t)axis->n_taps;
        const float *from = src + (size_t)axis->first[y] * (size_t)width;
        for (int x = 0; x < width; x++) {
            float sum = 0.5f;
            for (int i = 0; i < axis->n_taps; i++)
                sum += weights[i] * from[(size_t)i * (size_t)width + (size_t)x];
            *dst++ = (uint8_t)(sum > 255 ? 255 : sum);
        }
    }
}

ScrawlStatus image_resize(const uint8_t *src, int src_width, int src_height, uint8_t *dst,
                          int dst_width, int dst_height, ScrawlError *error)
{
    if (src_width == dst_width && src_height == dst_height) {
        memcpy(dst, src, (size_t)src_width * (size_t)src_height);
        return SCRAWL_STATUS_OK;
    }
    Axis columns = {0}, rows = {0};
    float *between = mem_alloc((size_t)src_height * (size_t)dst_width, sizeof *between);
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (between && axis_init(&columns, src_width, dst_width) &&
        axis_init(&rows, src_height, dst_height)) {
        resize_columns(&columns, src, src_width, src_height, between);
        resize_rows(&rows, between, dst_width, dst);
    } else {
        status = error_no_memory(error, "resizing a picture");
    }
    mem_free(between);
    axis_deinit(&columns);
    axis_deinit(&rows);
    return status;
}
