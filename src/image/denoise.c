#include "image/denoise.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/ink.h"
#include "kernels/kernels.h"

#define MAX_BLUR 20     /* sd: three of them are within BLUR_MAX_RADIUS */
#define LEAST_WINDOW 15 /* of `adaptive` without a number: strokes of 28x28 are 2 to 4 wide */
#define WINDOW_SHARE 8  /* and how many windows the smaller side is */
#define BLUR_ROWS 256   /* that are blurred at a time: a photo of floats is large */

/* One step on its way: from src to dst, which are not the same. */
typedef struct DenoiseJob {
    int width, height;
    size_t count; /* pixels */
    bool light;   /* the ink */
    double value;
    const uint8_t *src;
    uint8_t *dst;
    void *work; /* as many bytes as the step's `work` says */
} DenoiseJob;

/* The rows of one piece and those that reach into it. */
static int piece_rows(int height)
{
    int rows = BLUR_ROWS + 2 * BLUR_MAX_RADIUS;
    return height < rows ? height : rows;
}

static size_t blur_work(const DenoiseJob *job)
{
    int rows = piece_rows(job->height);
    size_t picture = (size_t)rows * (size_t)job->width;
    return (picture + kernels_blur_work(rows, job->width)) * sizeof(real);
}

/* Rows top..bottom-1 of the result. The edges of the piece itself lie further off than the blur
 * reaches. */
static void blur_piece(const DenoiseJob *job, int top, int bottom)
{
    int first = top > BLUR_MAX_RADIUS ? top - BLUR_MAX_RADIUS : 0;
    int end = bottom + BLUR_MAX_RADIUS < job->height ? bottom + BLUR_MAX_RADIUS : job->height;
    size_t width = (size_t)job->width, count = (size_t)(end - first) * width;
    real *piece = job->work, *kept = piece + (size_t)(top - first) * width;
    uint8_t *dst = job->dst + (size_t)top * width;
    for (size_t i = 0; i < count; i++)
        piece[i] = job->src[(size_t)first * width + i];
    kernels_c.blur(end - first, job->width, piece, (real)job->value, piece, piece + count);
    for (size_t i = 0; i < (size_t)(bottom - top) * width; i++)
        dst[i] = (uint8_t)lrint(fmin((double)kept[i], 255));
}

static void blur(const DenoiseJob *job)
{
    for (int top = 0; top < job->height; top += BLUR_ROWS)
        blur_piece(job, top, top + BLUR_ROWS < job->height ? top + BLUR_ROWS : job->height);
}

static size_t no_work(const DenoiseJob *job)
{
    (void)job;
    return 0;
}

static void threshold(const DenoiseJob *job)
{
    uint8_t level;
    memcpy(job->dst, job->src, job->count);
    if (threshold_otsu(job->src, job->count, &level))
        for (size_t i = 0; i < job->count; i++)
            job->dst[i] = job->src[i] > level ? 255 : 0;
}

static size_t adaptive_work(const DenoiseJob *job)
{
    return 2 * (size_t)job->width * sizeof(uint32_t);
}

static void adaptive(const DenoiseJob *job)
{
    int smaller = job->width < job->height ? job->width : job->height;
    int window = (int)job->value;
    uint8_t level;
    if (!window)
        window = smaller / WINDOW_SHARE > LEAST_WINDOW ? smaller / WINDOW_SHARE : LEAST_WINDOW;
    window = window > 2 * THRESHOLD_MAX_RADIUS ? 2 * THRESHOLD_MAX_RADIUS : window;
    if (threshold_otsu(job->src, job->count, &level))
        threshold_sauvola(job->src, job->width, job->height, window / 2, job->light, job->dst,
                          job->work);
    else
        memcpy(job->dst, job->src, job->count);
}

static size_t least_pixels(const DenoiseJob *job)
{
    size_t least = (size_t)job->value;
    return least < job->count ? least : job->count;
}

static size_t despeckle_work(const DenoiseJob *job)
{
    return least_pixels(job) * sizeof(uint32_t) + job->count;
}

static void despeckle(const DenoiseJob *job)
{
    uint8_t level;
    memcpy(job->dst, job->src, job->count);
    if (threshold_otsu(job->src, job->count, &level))
        specks_remove(job->dst, job->width, job->height, level, job->light, least_pixels(job),
                      job->work);
}

static const struct {
    ScrawlDenoiseStep row;
    void (*apply)(const DenoiseJob *job);
    size_t (*work)(const DenoiseJob *job); /* bytes */
} kinds[] = {
    {{"blur", "sd in pixels", "Gaussian blur", 0, MAX_BLUR, false, 1}, blur, blur_work},
    {{"threshold", NULL, "black and white at Otsu's level", 0, 0, false, 0}, threshold, no_work},
    {{"adaptive", "pixels of the window's side",
      "black and white at each pixel's own level, by Sauvola", 3, 2 * THRESHOLD_MAX_RADIUS + 1,
      true, 0},
     adaptive,
     adaptive_work},
    {{"despeckle", "pixels", "ink in pieces of fewer pixels becomes paper", 2, 100000, true, 5},
     despeckle,
     despeckle_work},
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

const ScrawlDenoiseStep *scrawl_denoise_step(size_t i)
{
    return i < N_KINDS ? &kinds[i].row : NULL;
}

static bool step_kind(size_t i, WordKind *kind)
{
    const ScrawlDenoiseStep *row = scrawl_denoise_step(i);
    if (row)
        *kind = (WordKind){row->name, row->unit, row->min, row->max, row->whole, row->usual};
    return row;
}

ScrawlStatus denoise_read(Words *steps, const char *spec, ScrawlError *error)
{
    return words_read(steps, "denoising step", spec, step_kind, error);
}

ScrawlStatus scrawl_denoise_check(const char *spec, ScrawlError *error)
{
    Words steps;
    return denoise_read(&steps, spec, error);
}

static DenoiseJob job_of(const Word *word, int width, int height, bool light)
{
    return (DenoiseJob){.width = width,
                        .height = height,
                        .light = light,
                        .value = word->value,
                        .count = (size_t)width * (size_t)height};
}

/* A second picture, so much that what follows it is aligned. */
static size_t spare_size(int width, int height)
{
    size_t count = (size_t)width * (size_t)height;
    return (count + MEM_ALIGNMENT - 1) / MEM_ALIGNMENT * MEM_ALIGNMENT;
}

size_t denoise_work(const Words *steps, int width, int height)
{
    size_t most = 0;
    for (int i = 0; i < steps->n; i++) {
        DenoiseJob job = job_of(&steps->words[i], width, height, false);
        most = kernels_max(most, kinds[steps->words[i].kind].work(&job));
    }
    most = (most + MEM_ALIGNMENT - 1) / MEM_ALIGNMENT * MEM_ALIGNMENT;
    return spare_size(width, height) + most;
}

void denoise_apply(const Words *steps, int width, int height, bool light, uint8_t *pixels,
                   void *work)
{
    uint8_t *src = pixels, *dst = work;
    for (int i = 0; i < steps->n; i++) {
        DenoiseJob job = job_of(&steps->words[i], width, height, light);
        uint8_t *made = dst;
        job.src = src;
        job.dst = dst;
        job.work = (uint8_t *)work + spare_size(width, height);
        kinds[steps->words[i].kind].apply(&job);
        dst = src;
        src = made;
    }
    if (src != pixels)
        memcpy(pixels, src, (size_t)width * (size_t)height);
}

ScrawlStatus scrawl_image_denoise(ScrawlImage *image, const char *spec, ScrawlError *error)
{
    Words steps;
    bool light;
    ScrawlStatus status = denoise_read(&steps, spec, error);
    if (status)
        return status;
    if (image->width < 1 || image->height < 1 || !image->pixels)
        return error_set(error, SCRAWL_STATUS_USAGE, "the picture is empty (0 pixels)");
    status = ink_is_light(image->pixels, image->width, image->height, &light, error);
    if (status)
        return status;
    void *work = mem_alloc(denoise_work(&steps, image->width, image->height), 1);
    if (!work)
        return error_no_memory(error, "denoising a picture");
    denoise_apply(&steps, image->width, image->height, light, image->pixels, work);
    mem_free(work);
    return SCRAWL_STATUS_OK;
}

/* N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9, 1979,
 * equation 14.
 * J. Sauvola, M. Pietikainen, "Adaptive document image binarization", Pattern Recognition 33, 2000,
 * equation 5. */

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

static void threshold_row(Window *window, const uint8_t *row, int width, int radius, bool light,
                          uint8_t *out)
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

/* A piece is walked through no further than `least` pixels: what is larger stays, however large it
 * is, and what is left of it is known by its neighbours. So every pixel is looked at once. */

enum { MARK_PAPER, MARK_INK, MARK_PIECE, MARK_KEPT };

typedef struct Walk {
    int width, height;
    size_t least;
    const uint8_t *grey;
    uint8_t *marks;
    uint32_t *queue;
    size_t n;                /* pixels of the piece so far */
    bool large;              /* it has `least` of them, or touches a piece that has */
    uint64_t paper, n_paper; /* sum of the greys next to it, and how many they are */
} Walk;

static void look_at(Walk *walk, size_t at)
{
    if (walk->marks[at] == MARK_PAPER) {
        walk->paper += walk->grey[at];
        walk->n_paper++;
    } else if (walk->marks[at] == MARK_KEPT) {
        walk->large = true;
    } else if (walk->marks[at] == MARK_INK) {
        if (walk->n == walk->least) {
            walk->large = true;
            return;
        }
        walk->marks[at] = MARK_PIECE;
        walk->queue[walk->n++] = (uint32_t)at;
    }
}

static void look_round(Walk *walk, size_t at)
{
    int x = (int)(at % (size_t)walk->width), y = (int)(at / (size_t)walk->width);
    for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < walk->height; v++)
        for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < walk->width; u++)
            look_at(walk, (size_t)v * (size_t)walk->width + (size_t)u);
}

static void walk_piece(Walk *walk, size_t start)
{
    walk->n = 0;
    walk->large = false;
    walk->paper = walk->n_paper = 0;
    look_at(walk, start);
    for (size_t i = 0; i < walk->n && !walk->large; i++)
        look_round(walk, walk->queue[i]);
    walk->large = walk->large || walk->n >= walk->least;
}

void specks_remove(uint8_t *grey, int width, int height, uint8_t level, bool light, size_t least,
                   uint32_t *work)
{
    uint8_t *marks = (uint8_t *)(work + least);
    size_t count = (size_t)width * (size_t)height;
    Walk walk = {.width = width,
                 .height = height,
                 .least = least,
                 .grey = grey,
                 .marks = marks,
                 .queue = work};
    for (size_t i = 0; i < count; i++)
        marks[i] = (grey[i] > level) == light ? MARK_INK : MARK_PAPER;
    for (size_t i = 0; i < count; i++) {
        if (marks[i] != MARK_INK)
            continue;
        walk_piece(&walk, i);
        bool stays = walk.large || walk.n_paper == 0;
        for (size_t k = 0; k < walk.n; k++) {
            marks[work[k]] = stays ? MARK_KEPT : MARK_PAPER;
            if (!stays)
                grey[work[k]] = (uint8_t)((walk.paper + walk.n_paper / 2) / walk.n_paper);
        }
    }
}
