/* A bar chart as text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/plot.h"
#include "scrawl/chart.h"

#define MAX_TEXT ((size_t)16 << 20)
#define MIN_COLUMNS 40
#define MAX_BAR 50 /* columns */
#define NUMBER_SIZE 80

typedef struct Layout {
    size_t label, bar; /* columns */
    double largest;    /* value */
    const char *block, *plus_minus;
} Layout;

/* Columns of a text: its characters, each taken for one column. */
static size_t text_columns(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Bytes of the first n characters. */
static size_t prefix_size(const char *text, size_t n)
{
    size_t size = 0;
    while (text[size] && (n > 0 || ((unsigned char)text[size] & 0xC0) == 0x80)) {
        n -= ((unsigned char)text[size] & 0xC0) != 0x80;
        size++;
    }
    return size;
}

static void print_number(const ScrawlBarChart *chart, const ScrawlBar *bar, const char *plus_minus,
                         char out[NUMBER_SIZE])
{
    int n = snprintf(out, NUMBER_SIZE, "%.*f%.16s", chart->decimals, bar->value, chart->unit);
    if (isnan(bar->value))
        snprintf(out, NUMBER_SIZE, "-");
    else if (!isnan(bar->sd) && n > 0 && n < NUMBER_SIZE)
        snprintf(out + n, NUMBER_SIZE - (size_t)n, " %s %.*f", plus_minus, chart->decimals,
                 bar->sd);
}

static Layout lay_out(const ScrawlBarChart *chart, size_t columns, bool utf8)
{
    Layout layout = {.block = utf8 ? "━" : "=", .plus_minus = utf8 ? "±" : "+-"};
    size_t number = 0;
    char text[NUMBER_SIZE];
    columns = columns < MIN_COLUMNS ? MIN_COLUMNS : columns;
    for (size_t i = 0; i < chart->n_bars; i++) {
        const ScrawlBar *bar = &chart->bars[i];
        size_t label = text_columns(bar->label);
        print_number(chart, bar, layout.plus_minus, text);
        number = text_columns(text) > number ? text_columns(text) : number;
        layout.label = label > layout.label ? label : layout.label;
        layout.largest = bar->value > layout.largest ? bar->value : layout.largest;
    }
    if (layout.label > columns / 2)
        layout.label = columns / 2;
    size_t taken = layout.label + number + strlen("      ");
    layout.bar = columns > taken + 1 ? columns - taken : 1;
    if (layout.bar > MAX_BAR)
        layout.bar = MAX_BAR;
    return layout;
}

static ScrawlStatus write_bar(const ScrawlBarChart *chart, const ScrawlBar *bar,
                              const Layout *layout, Buffer *out)
{
    char number[NUMBER_SIZE];
    size_t shown = text_columns(bar->label), n = 0;
    shown = shown > layout->label ? layout->label : shown;
    if (bar->value > 0)
        n = (size_t)ceil(bar->value / layout->largest * (double)layout->bar - 1e-9);
    print_number(chart, bar, layout->plus_minus, number);
    ScrawlStatus status = buffer_print(out, "  %.*s%*s  ", (int)prefix_size(bar->label, shown),
                                       bar->label, (int)(layout->label - shown), "");
    for (size_t i = 0; !status && i < n; i++)
        status = buffer_print(out, "%s", layout->block);
    return status ? status : buffer_print(out, "%s%s\n", n ? "  " : "", number);
}

ScrawlStatus scrawl_bar_chart_text(const ScrawlBarChart *chart, size_t columns, bool utf8,
                                   char **text, ScrawlError *error)
{
    Layout layout = lay_out(chart, columns, utf8);
    Buffer out;
    *text = NULL;
    buffer_init(&out, MAX_TEXT);
    ScrawlStatus status = buffer_print(&out, "%s\n", chart->title);
    for (size_t i = 0; !status && i < chart->n_bars; i++)
        status = write_bar(chart, &chart->bars[i], &layout, &out);
    if (!status) {
        *text = (char *)out.data; /* the caller's from here on */
        return SCRAWL_STATUS_OK;
    }
    buffer_deinit(&out);
    return error_no_memory(error, "a chart");
}

/* A bar chart as a picture, by gnuplot. */

#define MAX_SCRIPT ((size_t)16 << 20)
#define MAX_PICTURE ((size_t)256 << 20)
#define MAX_BARS 400 /* in a picture; the first ones */
#define WIDTH 760    /* pixels */
#define MARGIN 110   /* pixels above and below the bars together */
#define BAR 24       /* pixels a bar */

static size_t shown(const ScrawlBarChart *chart)
{
    return chart->n_bars < MAX_BARS ? chart->n_bars : MAX_BARS;
}

/* Place, label, value, where its number stands, sd, number: tabs between. The place comes first, so
 * that no label can look like a comment or, which needs only its first letters, the data's end. */
static ScrawlStatus picture_bar(const ScrawlBarChart *chart, size_t i, Buffer *script)
{
    const ScrawlBar *bar = &chart->bars[i];
    double sd = isnan(bar->sd) ? 0 : bar->sd;
    ScrawlStatus status = buffer_print(script, "%zu\t", i);
    if (!status)
        status = gnuplot_write_text(bar->label, script);
    if (!status && isnan(bar->value))
        return buffer_print(script, "\t0\t0\tNaN\t-\n");
    if (!status)
        status = buffer_print(script, "\t%.9g\t%.9g\t", bar->value, bar->value + sd);
    if (!status)
        status = isnan(bar->sd) ? buffer_print(script, "NaN") : buffer_print(script, "%.9g", sd);
    return status ? status : buffer_print(script, "\t%.*f\n", chart->decimals, bar->value);
}

static ScrawlStatus write_data(const ScrawlBarChart *chart, Buffer *script)
{
    ScrawlStatus status = buffer_print(script, "$bars << END_OF_BARS\n");
    for (size_t i = 0; !status && i < shown(chart); i++)
        status = picture_bar(chart, i, script);
    return status ? status : buffer_print(script, "END_OF_BARS\n");
}

static double largest(const ScrawlBarChart *chart)
{
    double value = 0;
    for (size_t i = 0; i < shown(chart); i++) {
        const ScrawlBar *bar = &chart->bars[i];
        value = fmax(value, bar->value + (isnan(bar->sd) ? 0 : bar->sd));
    }
    return value > 0 ? value : 1;
}

static ScrawlStatus write_script(const ScrawlBarChart *chart, const char *terminal, Buffer *script)
{
    ScrawlStatus status = write_data(chart, script);
    if (!status)
        status = buffer_print(script,
                              "set terminal %s noenhanced size %d,%zu font 'sans,11' background "
                              "rgb 'white'\n"
                              "set title '",
                              terminal, WIDTH, MARGIN + BAR * shown(chart));
    if (!status)
        status = gnuplot_write_text(chart->title, script);
    return status ? status
                  : buffer_print(script,
                                 "'\n"
                                 "set datafile separator tab\n"
                                 "set xrange [0:%.9g]\n"
                                 "set yrange [%zu-0.5:-0.5]\n"
                                 "set style fill solid noborder\n"
                                 "set grid xtics\n"
                                 "set tics nomirror\n"
                                 "unset key\n"
                                 "plot $bars using 3:1:(0):3:($1-0.35):($1+0.35):yticlabels(2) "
                                 "with boxxyerror linecolor rgb '#4878a8', \\\n"
                                 "  $bars using 3:1:5 with xerrorbars pointtype 0 linecolor rgb "
                                 "'#202020', \\\n"
                                 "  $bars using 4:1:6 with labels left offset 0.7,0\n",
                                 1.15 * largest(chart), shown(chart));
}

ScrawlStatus scrawl_bar_chart_write(const ScrawlBarChart *chart, const char *path,
                                    ScrawlError *error)
{
    bool svg = path_has_suffix(path, ".svg");
    Buffer script, picture;
    if (!svg && !path_has_suffix(path, ".png"))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "%s: expected a name that ends in .svg or .png", path);
    if (chart->n_bars == 0)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s: a chart needs bars, found none", path);
    buffer_init(&script, MAX_SCRIPT);
    buffer_init(&picture, MAX_PICTURE);
    ScrawlStatus status = write_script(chart, svg ? "svg" : "pngcairo", &script);
    if (status)
        error_no_memory(error, "a chart");
    else
        status = gnuplot_run(&script, &picture, error);
    if (!status)
        status = file_write(path, picture.data, picture.size, error);
    buffer_deinit(&script);
    buffer_deinit(&picture);
    return status;
}
