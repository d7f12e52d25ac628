/* N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9, 1979,
 * equation 14.
 * J. Sauvola, M. Pietikainen, "Adaptive document image binarization", Pattern Recognition 33, 2000,
 * equation 5. */
#include "image/threshold.h"

#include <math.h>
#include <string.h>

#define SAUVOLA_K 0.5   /* as its authors have it */
#define SAUVOLA_R 128.0 /* the largest deviation of greys 0..255 */

bool threshold_otsu(const uint8_t *grey, size_t n, uint8_t *level)
{
    size_t histogram[256] = {0};
    double total = 0, sum = 0, count = 0, best = 0;
    for (size_t i = 0; i < n; i++)
        histogram[grey[i]]++;
    for (int g = 0; g < 256; g++)
        total += (double)g * (double)histogram[g];
    *level = 0;
    for (int g = 0; g < 255; g++) {
        count += (double)histogram[g];
        sum += (double)g * (double)histogram[g];
        double rest = (double)n - count;
        if (!(count > 0 && rest > 0))
            continue;
        double between = sum / count - (total - sum) / rest; /* the two sides' means */
        double variance = count * rest * between * between;
        if (variance > best) {
            best = variance;
            *level = (uint8_t)g;
        }
    }
    return best > 0;
}

/* Sums over a column's part of the window, and over the window. Of at most 1001 * 1001 pixels:
 * a column's fit 32 bits. */
typedef struct Window {
    uint32_t *sum, *squares; /* [width] */
    uint64_t all, all_squares;
    int rows;
} Window;

/* Ink is dark from here on. */
static uint32_t value_of(uint8_t grey, bool light)
{
    return light ? 255u - grey : grey;
}

static void add_row(Window *window, const uint8_t *row, int width, bool light)
{
    for (int x = 0; x < width; x++) {
        uint32_t value = value_of(row[x], light);
        window->sum[x] += value;
        window->squares[x] += value * value;
    }
    window->rows++;
}

static void drop_row(Window *window, const uint8_t *row, int width, bool light)
{
    for (int x = 0; x < width; x++) {
        uint32_t value = value_of(row[x], light);
        window->sum[x] -= value;
        window->squares[x] -= value * value;
    }
    window->rows--;
}

static double sauvola_level(const Window *window, int columns)
{
    double n = (double)window->rows * columns, mean = (double)window->all / n;
    double variance = (double)window->all_squares / n - mean * mean;
    double deviation = variance > 0 ? sqrt(variance) : 0;
    return mean * (1 + SAUVOLA_K * (deviation / SAUVOLA_R - 1));
}

static void
threshold_row(Window *window, const uint8_t *row, int width, int radius, bool light, uint8_t *out)
{
    int begin = 0, end = 0; /* of the window's columns */
    window->all = window->all_squares = 0;
    for (int x = 0; x < width; x++) {
        for (; end < width && end <= x + radius; end++) {
            window->all += window->sum[end];
            window->all_squares += window->squares[end];
        }
        for (; begin < x - radius; begin++) {
            window->all -= window->sum[begin];
            window->all_squares -= window->squares[begin];
        }
        bool ink = value_of(row[x], light) <= sauvola_level(window, end - begin);
        out[x] = ink == light ? 255 : 0;
    }
}

void threshold_sauvola(const uint8_t *grey, int width, int height, int radius, bool light,
                       uint8_t *out, uint32_t *sums)
{
    Window window = {.sum = sums, .squares = sums + width};
    size_t stride = (size_t)width;
    memset(sums, 0, 2 * stride * sizeof *sums);
    for (int y = 0; y < radius && y < height; y++)
        add_row(&window, grey + (size_t)y * stride, width, light);
    for (int y = 0; y < height; y++) {
        if (y + radius < height)
            add_row(&window, grey + (size_t)(y + radius) * stride, width, light);
        if (y > radius)
            drop_row(&window, grey + (size_t)(y - radius - 1) * stride, width, light);
        threshold_row(&window, grey + (size_t)y * stride, width, radius, light,
                      out + (size_t)y * stride);
    }
}
