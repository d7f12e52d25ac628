/* Samples of each class, and what was misread. Pictures are shown as the data set has them, dark
 * ink on white, as PNG inside the page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "image/decode.h"
#include "image/glyph.h"
#include "kernels/real.h"
#include "model/inference.h"
#include "report/page.h"
#include "report/run.h"

#define SAMPLES 10 /* of a class */
#define SUREST 24
#define OTHERS 48
#define GAP 2      /* pixels between samples */
#define LARGEST 56 /* pixels of a side as shown; larger pictures are made smaller */
#define MAX_PNG ((size_t)1 << 24)

typedef struct Mistake {
    size_t at; /* in the evaluation */
    int answer;
    double confidence;
} Mistake;

/* What is drawn of one data set. */
typedef struct Gallery {
    const Evaluated *evaluated;
    const ScrawlEvaluation *e;
    int width, height; /* of a picture as shown */
    const char *more;  /* for the class attribute, where names need more room: " long" */
} Gallery;

static const uint8_t *pixels_of(const Gallery *gallery, size_t at)
{
    const DatasetView *view = &gallery->evaluated->view;
    return scrawl_dataset_pixels(view->dataset, view->indices ? view->indices[at] : at);
}

static ScrawlStatus put_image(Buffer *page, const ScrawlImage *image, const char *alt,
                              ScrawlError *error)
{
    Buffer png;
    buffer_init(&png, MAX_PNG);
    ScrawlStatus status = image_encode_png(image, &png, error);
    if (!status) {
        text_printf(page, "<img class=\"glyph\" width=\"%d\" height=\"%d\" alt=\"", image->width,
                    image->height);
        html_text(page, alt);
        text_printf(page, "\" src=\"");
        html_data(page, "image/png", png.data, png.size);
        text_printf(page, "\">");
    }
    buffer_deinit(&png);
    return status;
}

/* Picture `at` on the canvas, its left edge at x. */
static ScrawlStatus paste(const Gallery *gallery, size_t at, int x, ScrawlImage *canvas,
                          ScrawlError *error)
{
    const ScrawlDatasetInfo *info = &gallery->evaluated->dataset->info;
    size_t width = (size_t)gallery->width, height = (size_t)gallery->height;
    uint8_t *shown = mem_alloc(width, height);
    if (!shown)
        return error_no_memory(error, "a sample");
    ScrawlStatus status = image_resize(pixels_of(gallery, at), info->width, info->height, shown,
                                       gallery->width, gallery->height, error);
    for (size_t y = 0; y < height && !status; y++) {
        uint8_t *row = canvas->pixels + y * (size_t)canvas->width + (size_t)x;
        for (size_t i = 0; i < width; i++)
            row[i] = (uint8_t)(255 - shown[y * width + i]);
    }
    mem_free(shown);
    return status;
}

/* The first SAMPLES of a class in a random order. J. Vitter, "Random sampling with a reservoir",
 * 1985, algorithm R. */
static size_t choose(const ScrawlEvaluation *e, int label, size_t chosen[SAMPLES])
{
    Rng rng;
    uint32_t seen = 0;
    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_SAMPLE, (uint64_t)label, 0));
    for (size_t i = 0; i < e->n; i++) {
        if (e->labels[i] != label)
            continue;
        uint32_t place = seen < SAMPLES ? seen : rng_below(&rng, seen + 1);
        if (place < SAMPLES)
            chosen[place] = i;
        seen++;
    }
    return seen < SAMPLES ? seen : SAMPLES;
}

static ScrawlStatus put_strip(Buffer *page, const Gallery *gallery, int label, ScrawlError *error)
{
    size_t chosen[SAMPLES], n = choose(gallery->e, label, chosen);
    ScrawlImage canvas = {0};
    if (n == 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = scrawl_image_create(&canvas, SAMPLES * (gallery->width + GAP) - GAP,
                                              gallery->height, 255, error);
    for (size_t i = 0; i < n && !status; i++)
        status = paste(gallery, chosen[i], (int)i * (gallery->width + GAP), &canvas, error);
    if (!status) {
        text_printf(page, "<div class=\"strip\"><span>");
        html_text(page, gallery->e->class_names[label]);
        text_printf(page, "</span>");
        status = put_image(page, &canvas, "", error);
        text_printf(page, "</div>\n");
    }
    scrawl_image_deinit(&canvas);
    return status;
}

static ScrawlStatus put_samples(Buffer *page, const Gallery *gallery, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    text_printf(page, "<h3>Samples</h3>\n<div class=\"strips%s\">\n", gallery->more);
    for (int c = 0; c < gallery->e->n_classes && !status; c++)
        status = put_strip(page, gallery, c, error);
    text_printf(page, "</div>\n");
    return status;
}

static ScrawlStatus put_mistake(Buffer *page, const Gallery *gallery, const Mistake *mistake,
                                ScrawlError *error)
{
    const ScrawlEvaluation *e = gallery->e;
    const char *truth = e->class_names[e->labels[mistake->at]];
    ScrawlImage canvas = {0};
    ScrawlStatus status = scrawl_image_create(&canvas, gallery->width, gallery->height, 255, error);
    if (!status)
        status = paste(gallery, mistake->at, 0, &canvas, error);
    if (!status) {
        text_printf(page, "<figure>");
        status = put_image(page, &canvas, truth, error);
        text_printf(page, "<figcaption><b>");
        html_text(page, truth);
        text_printf(page, " &#8594; ");
        html_text(page, e->class_names[mistake->answer]);
        text_printf(page, "</b><span>%s%.1f %%</span></figcaption></figure>\n",
                    mistake->confidence < 0.9995 ? "" : "&gt;",
                    100 * fmin(mistake->confidence, 0.999));
    }
    scrawl_image_deinit(&canvas);
    return status;
}

/* `n` of them, evenly spread over `of`. */
static ScrawlStatus put_mistakes(Buffer *page, const Gallery *gallery, const Mistake *mistakes,
                                 size_t of, size_t n, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    text_printf(page, "<div class=\"tiny%s\">\n", gallery->more);
    for (size_t i = 0; i < n && !status; i++)
        status = put_mistake(page, gallery, &mistakes[i * of / n], error);
    text_printf(page, "</div>\n");
    return status;
}

static ScrawlStatus put_sheets(Buffer *page, const Gallery *gallery, const Mistake *mistakes,
                               ScrawlError *error)
{
    size_t n = gallery->e->n_errors, surest = n < SUREST ? n : SUREST, left = n - surest;
    size_t others = left < OTHERS ? left : OTHERS;
    if (n == 0)
        return SCRAWL_STATUS_OK;
    text_printf(page,
                "<h3>The surest mistakes</h3>\n<p class=\"quiet\">The truth, what it was read "
                "as, and with what confidence%s.</p>\n",
                left ? "" : ": all there are, the surest first");
    ScrawlStatus status = put_mistakes(page, gallery, mistakes, surest, surest, error);
    if (status || left == 0)
        return status;
    text_printf(page, "<h3>Other mistakes</h3>\n<p class=\"quiet\">");
    if (others < left) {
        text_printf(page, "%zu of the other ", others);
        text_count(page, (double)left);
    } else {
        text_printf(page, "All of the others");
    }
    text_printf(page, ", the surer first.</p>\n");
    return put_mistakes(page, gallery, mistakes + surest, left, others, error);
}

static int by_confidence(const void *a, const void *b)
{
    const Mistake *x = a, *y = b;
    if (x->confidence != y->confidence)
        return x->confidence < y->confidence ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

/* mistakes[n_errors], the surest first; p is room for the probabilities of one picture. */
static void find_mistakes(const ScrawlEvaluation *e, double *p, Mistake *mistakes)
{
    size_t k = (size_t)e->n_classes, n = 0;
    for (size_t i = 0; i < e->n && n < e->n_errors; i++) {
        const float *logits = e->logits + i * k;
        size_t answer = real_argmax(k, logits);
        if (answer == e->labels[i])
            continue;
        inference_softmax(k, logits, e->temperature, p);
        mistakes[n++] = (Mistake){i, (int)answer, p[answer]};
    }
    qsort(mistakes, n, sizeof *mistakes, by_confidence);
}

/* mistakes.tsv: all of them, by their place in the data set. */
static ScrawlStatus write_mistakes(const Gallery *gallery, const Mistake *mistakes,
                                   const char *folder, ScrawlError *error)
{
    const ScrawlEvaluation *e = gallery->e;
    const DatasetView *view = &gallery->evaluated->view;
    Buffer table;
    buffer_init(&table, (size_t)1 << 30);
    text_printf(&table, "# picture\ttruth\tanswer\tconfidence\n");
    for (size_t i = 0; i < e->n_errors; i++) {
        size_t at = mistakes[i].at;
        text_printf(&table, "%zu\t", view->indices ? (size_t)view->indices[at] : at);
        plot_cell(&table, e->class_names[e->labels[at]], true);
        text_printf(&table, "\t");
        plot_cell(&table, e->class_names[mistakes[i].answer], true);
        text_printf(&table, "\t%.9g\n", mistakes[i].confidence);
    }
    ScrawlStatus status = text_check(&table, "the list of mistakes", error);
    char *name = status ? NULL : path_join(folder, "mistakes.tsv");
    if (!status && !name)
        status = error_no_memory(error, "the name of a list");
    if (!status)
        status = file_write(name, buffer_text(&table), table.size, error);
    mem_free(name);
    buffer_deinit(&table);
    return status;
}

static void fit(Gallery *gallery)
{
    const ScrawlDatasetInfo *info = &gallery->evaluated->dataset->info;
    int longer = info->width > info->height ? info->width : info->height;
    double scale = longer > LARGEST ? (double)LARGEST / longer : 1;
    gallery->width = (int)fmax(1, lround(info->width * scale));
    gallery->height = (int)fmax(1, lround(info->height * scale));
    bool is_long = plot_longest(gallery->e->class_names, gallery->e->n_classes, 4) > 3;
    gallery->more = is_long ? " long" : "";
}

ScrawlStatus page_pictures(Buffer *page, const Run *run, const Plotter *plotter, ScrawlError *error)
{
    Gallery gallery = {.evaluated = &run->evaluated, .e = run->evaluated.evaluation};
    const ScrawlEvaluation *e = gallery.e;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    Mistake *mistakes = mem_alloc(e->n_errors, sizeof *mistakes);
    double *p = mem_alloc((size_t)e->n_classes, sizeof *p);
    if (!mistakes || !p) {
        status = error_no_memory(error, "the list of mistakes");
        goto out;
    }
    fit(&gallery);
    find_mistakes(e, p, mistakes);
    page_section(page, "pictures", "Pictures");
    status = put_sheets(page, &gallery, mistakes, error);
    if (!status)
        status = put_samples(page, &gallery, error);
    if (!status)
        status = write_mistakes(&gallery, mistakes, plotter->folder, error);
out:
    mem_free(p);
    mem_free(mistakes);
    return status;
}
