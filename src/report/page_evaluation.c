/* What an evaluation says: confusions, classes, and whether its confidence can be trusted. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/page.h"
#include "report/plot.h"
#include "report/run.h"

#define MAX_CONFUSIONS 15 /* in the list; of many classes, twice as many */
#define MAX_CLASSES 60    /* in the plot: of more, those with the lowest F1 */

static void put_confusions(Buffer *page, const ScrawlEvaluation *e)
{
    size_t k = (size_t)e->n_classes, count = SIZE_MAX, place = 0;
    if (e->n_errors == 0) {
        text_printf(page, "<p>There are no errors.</p>\n");
        return;
    }
    text_printf(page, "<div>\n<h3>Most frequent confusions</h3>\n");
    html_table_begin(page, "truth|read as|#pictures|#of that class");
    int most = k > 20 ? 2 * MAX_CONFUSIONS : MAX_CONFUSIONS;
    for (int i = 0; i < most && scrawl_next_confusion(e, &count, &place); i++) {
        text_printf(page, "<tr>");
        html_cell(page, e->class_names[place / k]);
        html_cell(page, e->class_names[place % k]);
        html_number(page, "%zu", count);
        html_number(page, "%.2f %%", 100 * (double)count / (double)e->classes[place / k].support);
        text_printf(page, "</tr>\n");
    }
    html_table_end(page);
    text_printf(page, "</div>\n");
}

static void put_class(Buffer *page, const char *name, const ScrawlClassScore *score)
{
    text_printf(page, "<tr>");
    html_cell(page, name);
    const double parts[] = {score->precision, score->recall, score->f1};
    for (int i = 0; i < 3; i++)
        html_number(page, score->support ? "%.2f %%" : "-", 100 * parts[i]);
    html_number(page, "%zu", score->support);
    text_printf(page, "</tr>\n");
}

static void put_classes(Buffer *page, const ScrawlEvaluation *e, bool open)
{
    page_details_begin(page, "Every class", open);
    html_table_begin(page, "class|#precision|#recall|#F1|#pictures");
    for (int c = 0; c < e->n_classes; c++)
        put_class(page, e->class_names[c], &e->classes[c]);
    put_class(page, "mean", &e->macro);
    put_class(page, "mean by pictures", &e->weighted);
    html_table_end(page);
    page_details_end(page);
}

static double shortfall(double part)
{
    return 100 * (1 - part);
}

static int by_f1(const void *a, const void *b)
{
    double x = ((const BarRow *)a)->values[2], y = ((const BarRow *)b)->values[2];
    return (x < y) - (x > y); /* the largest shortfall first */
}

/* Bars begin at 0, where scores near 100 % would all look the same: what is missing to it is
 * drawn. Of a class without pictures nothing is known. */
static ScrawlStatus plot_classes(Buffer *page, const ScrawlEvaluation *e, Plotter *plotter,
                                 ScrawlError *error)
{
    size_t n = 0;
    BarRow *rows = mem_alloc((size_t)e->n_classes, sizeof *rows);
    if (!rows)
        return error_no_memory(error, "the bars of the classes");
    for (int c = 0; c < e->n_classes; c++) {
        const ScrawlClassScore *score = &e->classes[c];
        if (score->support > 0)
            rows[n++] = (BarRow){
                e->class_names[c],
                {shortfall(score->precision), shortfall(score->recall), shortfall(score->f1)},
                NAN};
    }
    if (n > MAX_CLASSES)
        qsort(rows, n, sizeof *rows, by_f1);
    const Bars bars = {
        .name = "classes",
        .title = "Missing to 100 %",
        .what = "class",
        .note = n > MAX_CLASSES
                    ? "The classes that are read worst. Shorter is better. Precision: of the "
                      "pictures read as the class; recall: of its pictures; F1: of both."
                    : "Shorter is better. Precision: of the pictures that were read as the class; "
                      "recall: of the pictures of it; F1: of both.",
        .series = {"precision", "recall", "F1"},
        .n_series = 3,
        .unit = " %%",
        .rows = rows,
        .n = n < MAX_CLASSES ? n : MAX_CLASSES,
        .max_label = 20,
    };
    ScrawlStatus status = plot_bars(plotter, &bars, page, error);
    mem_free(rows);
    return status;
}

ScrawlStatus page_errors(Buffer *page, const Run *run, Plotter *plotter, ScrawlError *error)
{
    const ScrawlEvaluation *e = run->evaluated.evaluation;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    page_section(page, "errors", "Errors");
    bool wide = plot_matrix_is_wide(e);
    text_printf(page, wide ? "" : "<div class=\"plots\">\n");
    if (e->n_classes <= PLOT_MATRIX_CLASSES)
        status = plot_matrix(plotter, e, page, error);
    text_printf(page, wide ? "<div class=\"plots\">\n" : "");
    if (!status)
        status = plot_classes(page, e, plotter, error);
    put_confusions(page, e);
    text_printf(page, "</div>\n");
    put_classes(page, e, plotter->missing);
    return status;
}

static double mean_confidence(const ScrawlEvaluation *e)
{
    double sum = 0;
    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++)
        sum += e->reliability[i].confidence * (double)e->reliability[i].n;
    return sum / (double)e->n;
}

static void put_bins(Buffer *page, const ScrawlEvaluation *e)
{
    text_printf(page, "<div>\n");
    html_table_begin(page, "confidence|#pictures|#mean|#right");
    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++) {
        const ScrawlReliability *bin = &e->reliability[i];
        if (!bin->n)
            continue;
        text_printf(page, "<tr><td>%.1f to %.1f %%</td>", 100.0 * i / SCRAWL_RELIABILITY_BINS,
                    100.0 * (i + 1) / SCRAWL_RELIABILITY_BINS);
        html_number(page, "%zu", bin->n);
        html_number(page, "%.2f %%", 100 * bin->confidence);
        html_number(page, "%.2f %%", 100 * bin->accuracy);
        text_printf(page, "</tr>\n");
    }
    html_table_end(page);
    text_printf(page, "</div>\n");
}

/* A gap of half a percent is seen nowhere. */
static const char *verdict(double confidence, double accuracy)
{
    return confidence > accuracy + 0.005   ? "It is too sure of itself"
           : confidence < accuracy - 0.005 ? "It could be surer of itself"
                                           : "It is about as sure as it is right";
}

ScrawlStatus page_confidence(Buffer *page, const Run *run, Plotter *plotter, ScrawlError *error)
{
    const ScrawlEvaluation *e = run->evaluated.evaluation;
    double confidence = mean_confidence(e);
    page_section(page, "confidence", "Confidence");
    text_printf(page,
                "<p>%s: on average it says that it is %.2f %% sure, and %.2f %% of its answers "
                "are right.</p>\n<div class=\"plots\">\n",
                verdict(confidence, e->accuracy), 100 * confidence, 100 * e->accuracy);
    ScrawlStatus status = plot_reliability(plotter, e, page, error);
    put_bins(page, e);
    text_printf(page, "</div>\n");
    return status;
}
