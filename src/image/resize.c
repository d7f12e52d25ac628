/* Separable resampling: every output row or column is a weighted mean of a run of input ones. */
#include "image/resize.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

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
