/* Bar charts as text, as pictures and as tables. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "report/plot.h"
#include "scrawl/chart.h"

/* As text. */

#define MAX_TEXT ((size_t)16 << 20)
#define MIN_COLUMNS 40
#define MAX_BAR 50 /* columns */
#define NUMBER_SIZE 80

typedef struct Layout {
    size_t label, bar; /* columns */
    double largest;    /* value */
    const char *block, *plus_minus;
} Layout;

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
        size_t label = utf8_count(bar->label);
        print_number(chart, bar, layout.plus_minus, text);
        number = utf8_count(text) > number ? utf8_count(text) : number;
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

static void write_bar(const ScrawlBarChart *chart, const ScrawlBar *bar, const Layout *layout,
                      Buffer *out)
{
    char number[NUMBER_SIZE];
    size_t shown = utf8_count(bar->label), n = 0;
    shown = shown > layout->label ? layout->label : shown;
    if (bar->value > 0)
        n = (size_t)ceil(bar->value / layout->largest * (double)layout->bar - 1e-9);
    print_number(chart, bar, layout->plus_minus, number);
    text_printf(out, "  %.*s%*s  ", (int)utf8_skip(bar->label, shown), bar->label,
                (int)(layout->label - shown), "");
    for (size_t i = 0; i < n; i++)
        text_put(out, layout->block);
    text_printf(out, "%s%s\n", n ? "  " : "", number);
}

ScrawlStatus scrawl_bar_chart_text(const ScrawlBarChart *chart, size_t columns, bool utf8,
                                   char **text, ScrawlError *error)
{
    Layout layout = lay_out(chart, columns, utf8);
    Buffer out;
    *text = NULL;
    buffer_init(&out, MAX_TEXT);
    text_printf(&out, "%s\n", chart->title);
    for (size_t i = 0; i < chart->n_bars; i++)
        write_bar(chart, &chart->bars[i], &layout, &out);
    ScrawlStatus status = text_check(&out, "a chart", error);
    if (status)
        buffer_deinit(&out);
    else
        *text = (char *)out.data; /* the caller's from here on */
    return status;
}

/* Pictures, by gnuplot. */

#define MAX_SCRIPT ((size_t)16 << 20)
#define MAX_PICTURE ((size_t)256 << 20)
#define MARGIN 110 /* pixels above and below the bars together, but for a legend */

static ScrawlStatus check_path(const char *path, size_t n_bars, ScrawlError *error)
{
    if (!path_has_suffix(path, ".svg") && !path_has_suffix(path, ".png"))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "%s: expected a name that ends in .svg or .png", path);
    if (n_bars == 0)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s: a chart needs bars, found none", path);
    return SCRAWL_STATUS_OK;
}

/* The terminal that draws what the name ends in. */
static const char *terminal(const char *path)
{
    return path_has_suffix(path, ".svg") ? "svg" : "pngcairo";
}

static ScrawlStatus draw(const Buffer *script, const char *path, ScrawlError *error)
{
    Buffer picture;
    buffer_init(&picture, MAX_PICTURE);
    ScrawlStatus status = text_check(script, "a chart", error);
    if (!status)
        status = gnuplot_run(script, &picture, error);
    if (!status)
        status = file_write(path, picture.data, picture.size, error);
    buffer_deinit(&picture);
    return status;
}

/* A bar chart. */

#define MAX_BARS 400 /* in a picture; the first ones */
#define WIDTH 760    /* pixels */
#define BAR 24       /* pixels a bar */

static size_t n_shown(const ScrawlBarChart *chart)
{
    return chart->n_bars < MAX_BARS ? chart->n_bars : MAX_BARS;
}

/* Place, label, value, where its number stands, sd, number: tabs between. The place comes first, so
 * that no label can look like a comment or, which needs only its first letters, the data's end. */
static void write_bar_data(const ScrawlBarChart *chart, size_t i, Buffer *script)
{
    const ScrawlBar *bar = &chart->bars[i];
    double sd = isnan(bar->sd) ? 0 : bar->sd;
    text_printf(script, "%zu\t", i);
    gnuplot_write_text(script, bar->label);
    if (isnan(bar->value)) {
        text_put(script, "\t0\t0\tNaN\t-\n");
        return;
    }
    text_printf(script, "\t%.9g\t%.9g\t", bar->value, bar->value + sd);
    if (isnan(bar->sd))
        text_put(script, "NaN");
    else
        text_printf(script, "%.9g", sd);
    text_printf(script, "\t%.*f\n", chart->decimals, bar->value);
}

/* At least 0, so that an axis has a length. */
static double largest_bar(const ScrawlBarChart *chart)
{
    double value = 0;
    for (size_t i = 0; i < n_shown(chart); i++) {
        const ScrawlBar *bar = &chart->bars[i];
        value = fmax(value, bar->value + (isnan(bar->sd) ? 0 : bar->sd));
    }
    return value > 0 ? value : 1;
}

static void write_bar_chart(const ScrawlBarChart *chart, const char *path, Buffer *script)
{
    size_t n = n_shown(chart);
    text_put(script, "$bars << END_OF_BARS\n");
    for (size_t i = 0; i < n; i++)
        write_bar_data(chart, i, script);
    text_printf(script,
                "END_OF_BARS\n"
                "set terminal %s noenhanced size %d,%zu font 'sans,11' background rgb 'white'\n"
                "set title '",
                terminal(path), WIDTH, MARGIN + BAR * n);
    gnuplot_write_text(script, chart->title);
    text_printf(script,
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
                "  $bars using 3:1:5 with xerrorbars pointtype 0 linecolor rgb '#202020', \\\n"
                "  $bars using 4:1:6 with labels left offset 0.7,0\n",
                1.15 * largest_bar(chart), n);
}

ScrawlStatus scrawl_bar_chart_write(const ScrawlBarChart *chart, const char *path,
                                    ScrawlError *error)
{
    Buffer script;
    ScrawlStatus status = check_path(path, chart->n_bars, error);
    if (status)
        return status;
    buffer_init(&script, MAX_SCRIPT);
    write_bar_chart(chart, path, &script);
    status = draw(&script, path, error);
    buffer_deinit(&script);
    return status;
}

/* Bars in groups. */

#define MAX_TABLE ((size_t)16 << 20)
#define MAX_GROUPED_BARS 1000
#define MAX_LABEL 40      /* characters of a label */
#define GROUPED_WIDTH 900 /* pixels */
#define GROUPED_BAR 17    /* pixels a bar */
#define GAP 20            /* pixels between two groups */
#define CHARACTER 8       /* pixels, rather more than most take */
#define EDGES 70          /* pixels left of the labels and right of the bars */
#define LEGEND_LINE 20    /* pixels */
#define LEGEND_SAMPLE 75  /* pixels of a sample and the space round it */
#define ROOM 1.2          /* for the numbers, right of the longest bar */

/* M. Okabe & K. Ito, "Color Universal Design", 2008: eight colours that differ for all kinds of
 * colour vision; without black, which is the text's, and the pale yellow last. */
static const char *const colours[] = {"#0072b2", "#e69f00", "#009e73", "#d55e00",
                                      "#56b4e9", "#cc79a7", "#f0e442"};
#define N_COLOURS (sizeof colours / sizeof colours[0])

static double value_at(const ScrawlGroupedChart *chart, size_t group, size_t series)
{
    return chart->values[group * chart->n_series + series];
}

/* Bars lie one under the other from 0 on, each 1 high. */
static double place(const ScrawlGroupedChart *chart, size_t group, double series)
{
    return (double)group * ((double)chart->n_series + (double)GAP / GROUPED_BAR) + series;
}

static double largest_value(const ScrawlGroupedChart *chart)
{
    double value = 0;
    for (size_t i = 0; i < chart->n_groups * chart->n_series; i++)
        value = fmax(value, chart->values[i]); /* which passes over a NAN */
    return value > 0 ? value : 1;
}

/* The first of the group's largest bars; n_series where it has none. */
static size_t find_marked(const ScrawlGroupedChart *chart, size_t group)
{
    size_t found = chart->n_series;
    for (size_t i = 0; i < chart->n_series; i++) {
        double value = value_at(chart, group, i);
        if (!isnan(value) && (found == chart->n_series || value > value_at(chart, group, found)))
            found = i;
    }
    return found;
}

/* "runs/one-long-…/model": what tells two paths apart is at either end. */
static void write_label(const char *text, Buffer *out)
{
    size_t n = utf8_count(text), head = MAX_LABEL / 3;
    if (n <= MAX_LABEL) {
        gnuplot_write_text(out, text);
        return;
    }
    gnuplot_write_part(out, text, utf8_skip(text, head));
    text_put(out, "…");
    gnuplot_write_text(out, text + utf8_skip(text, n - (MAX_LABEL - head - 1)));
}

/* Where, how long, of which series, number: tabs between. A number comes first, so that nothing can
 * look like the data's end. */
static void write_group(const ScrawlGroupedChart *chart, size_t group, Buffer *script)
{
    size_t marked = chart->mark ? find_marked(chart, group) : chart->n_series;
    for (size_t i = 0; i < chart->n_series; i++) {
        double value = value_at(chart, group, i);
        text_printf(script, "%.9g\t%.9g\t%zu\t", place(chart, group, (double)i),
                    isnan(value) ? 0 : value, i);
        if (isnan(value))
            text_put(script, "-");
        else
            text_printf(script, "%.*f", chart->decimals, value);
        if (i == marked) {
            text_put(script, " ");
            gnuplot_write_text(script, chart->mark);
        }
        text_put(script, "\n");
    }
}

/* Characters of the longest of n labels, as it is shown. */
static size_t longest(const char *const *labels, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = utf8_count(labels[i]);
        length = length < MAX_LABEL ? length : MAX_LABEL;
        most = length > most ? length : most;
    }
    return most;
}

/* The legend is as wide as the bars, which begin where the groups' labels end. */
static size_t legend_columns(const ScrawlGroupedChart *chart)
{
    size_t width = GROUPED_WIDTH - EDGES - CHARACTER * longest(chart->groups, chart->n_groups);
    size_t columns = width / (LEGEND_SAMPLE + CHARACTER * longest(chart->series, chart->n_series));
    return columns ? columns : 1;
}

static void write_frame(const ScrawlGroupedChart *chart, const char *path, Buffer *script)
{
    size_t columns = legend_columns(chart);
    size_t lines = (chart->n_series + columns - 1) / columns;
    size_t bars = chart->n_groups * (chart->n_series * GROUPED_BAR + GAP);
    double edge = 0.5 + (double)GAP / GROUPED_BAR / 2;
    text_printf(
        script,
        "set terminal %s noenhanced size %d,%zu font 'sans,11' background rgb 'white'\n"
        "set datafile separator tab\n"
        "set xrange [0:%.9g]\n"
        "set yrange [%.9g:%.9g]\n"
        "set border 3 linecolor rgb '#808080'\n"
        "set tics textcolor rgb 'black' nomirror\n"
        "set style fill solid border rgb '#404040'\n"
        "set key outside below left horizontal Left reverse samplen 2 height 1 maxcols %zu\n"
        "set xtics format '%%g",
        terminal(path), GROUPED_WIDTH, MARGIN + LEGEND_LINE * lines + bars,
        ROOM * largest_value(chart),
        place(chart, chart->n_groups, edge - 1 - (double)GAP / GROUPED_BAR), -edge, columns);
    for (const char *c = chart->unit; *c; c++)
        if (*c == '%')
            text_put(script, "%%"); /* how a format writes a '%' */
        else
            gnuplot_write_part(script, c, 1);
    text_put(script, "'\nset title '");
    gnuplot_write_text(script, chart->title);
    text_put(script, "'\n");
}

static void write_ticks(const ScrawlGroupedChart *chart, Buffer *script)
{
    double middle = ((double)chart->n_series - 1) / 2;
    text_put(script, "set ytics scale 0 (");
    for (size_t i = 0; i < chart->n_groups; i++) {
        text_printf(script, "%s'", i ? ", " : "");
        write_label(chart->groups[i], script);
        text_printf(script, "' %.9g", place(chart, i, middle));
    }
    text_put(script, ")\n");
}

/* Where there are more series than colours, colours that come again are paler. */
static void write_series(const ScrawlGroupedChart *chart, Buffer *script)
{
    text_put(script, "plot ");
    for (size_t i = 0; i < chart->n_series; i++) {
        text_printf(script,
                    "$bars using 2:($3==%zu ? $1 : NaN):(0):2:($1-0.5):($1+0.5) "
                    "with boxxyerror linecolor rgb '%s' fillstyle solid %.2f title '",
                    i, colours[i % N_COLOURS], 1.0 / (1 + (double)(i / N_COLOURS)));
        write_label(chart->series[i], script);
        text_put(script, "', \\\n  ");
    }
    text_put(script, "$bars using 2:1:4 with labels left offset 0.7,0 notitle\n");
}

ScrawlStatus scrawl_grouped_chart_write(const ScrawlGroupedChart *chart, const char *path,
                                        ScrawlError *error)
{
    Buffer script;
    size_t n = 0;
    bool fits = size_multiply(chart->n_groups, chart->n_series, &n) && n <= MAX_GROUPED_BARS;
    ScrawlStatus status = check_path(path, fits ? n : MAX_GROUPED_BARS + 1, error);
    if (!status && !fits)
        status = error_set(error, SCRAWL_STATUS_LIMIT, "%s: at most %d bars, found %zu", path,
                           MAX_GROUPED_BARS, n);
    if (status)
        return status;
    buffer_init(&script, MAX_SCRIPT);
    text_put(&script, "$bars << END_OF_BARS\n");
    for (size_t i = 0; i < chart->n_groups; i++)
        write_group(chart, i, &script);
    text_put(&script, "END_OF_BARS\n");
    write_frame(chart, path, &script);
    write_ticks(chart, &script);
    write_series(chart, &script);
    status = draw(&script, path, error);
    buffer_deinit(&script);
    return status;
}

/* The same numbers as a table. */

static void write_cell(const char *text, Buffer *out)
{
    for (; *text; text++)
        text_append(out, strchr("\t\r\n", *text) ? "_" : text, 1);
}

ScrawlStatus scrawl_grouped_chart_write_table(const ScrawlGroupedChart *chart, const char *path,
                                              ScrawlError *error)
{
    char number[NUMBER_TEXT_SIZE];
    Buffer out;
    buffer_init(&out, MAX_TABLE);
    text_put(&out, "group");
    for (size_t i = 0; i < chart->n_series; i++) {
        text_put(&out, "\t");
        write_cell(chart->series[i], &out);
    }
    text_put(&out, "\n");
    for (size_t group = 0; group < chart->n_groups; group++) {
        write_cell(chart->groups[group], &out);
        for (size_t i = 0; i < chart->n_series; i++) {
            double value = value_at(chart, group, i);
            text_printf(&out, "\t%s", isnan(value) ? "-" : number_print(value, number));
        }
        text_put(&out, "\n");
    }
    ScrawlStatus status = text_check(&out, "a table", error);
    if (!status)
        status = file_write(path, out.data, out.size, error);
    buffer_deinit(&out);
    return status;
}
