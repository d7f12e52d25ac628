/* Bars in groups as a picture, by gnuplot, and as a table. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "report/plot.h"
#include "scrawl/chart.h"

#define MAX_SCRIPT ((size_t)16 << 20)
#define MAX_PICTURE ((size_t)256 << 20)
#define MAX_TABLE ((size_t)16 << 20)
#define MAX_BARS 1000
#define MAX_LABEL 40     /* characters of a label */
#define WIDTH 900        /* pixels */
#define MARGIN 110       /* pixels above and below the bars together, but for the legend */
#define BAR 17           /* pixels */
#define GAP 20           /* pixels between two groups */
#define CHARACTER 8      /* pixels, rather more than most take */
#define EDGES 70         /* pixels left of the labels and right of the bars */
#define LEGEND_LINE 20   /* pixels */
#define LEGEND_SAMPLE 75 /* pixels of a sample and the space round it */
#define ROOM 1.2         /* for the numbers, right of the longest bar */

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
    return (double)group * ((double)chart->n_series + (double)GAP / BAR) + series;
}

static double largest(const ScrawlGroupedChart *chart)
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

/* Behind the first n characters. */
static const char *skip_characters(const char *text, size_t n)
{
    while (*text && (n > 0 || ((unsigned char)*text & 0xC0) == 0x80)) {
        n -= ((unsigned char)*text & 0xC0) != 0x80;
        text++;
    }
    return text;
}

static size_t count_characters(const char *text)
{
    size_t n = 0;
    for (; *text; text = skip_characters(text, 1))
        n++;
    return n;
}

/* "runs/one-long-…/model": what tells two paths apart is at either end. */
static ScrawlStatus write_label(const char *text, Buffer *out)
{
    size_t n = count_characters(text), head = MAX_LABEL / 3;
    if (n <= MAX_LABEL)
        return gnuplot_write_text(text, out);
    char *cut = mem_format("%.*s…%s", (int)(skip_characters(text, head) - text), text,
                           skip_characters(text, n - (MAX_LABEL - head - 1)));
    ScrawlStatus status = cut ? gnuplot_write_text(cut, out) : SCRAWL_STATUS_NO_MEMORY;
    mem_free(cut);
    return status;
}

/* Where, how long, of which series, number: tabs between. A number comes first, so that nothing can
 * look like the data's end. */
static ScrawlStatus write_group(const ScrawlGroupedChart *chart, size_t group, Buffer *script)
{
    size_t marked = chart->mark ? find_marked(chart, group) : chart->n_series;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (size_t i = 0; i < chart->n_series && !status; i++) {
        double value = value_at(chart, group, i);
        status = buffer_print(script, "%.9g\t%.9g\t%zu\t", place(chart, group, (double)i),
                              isnan(value) ? 0 : value, i);
        if (!status && isnan(value))
            status = buffer_print(script, "-");
        else if (!status)
            status = buffer_print(script, "%.*f", chart->decimals, value);
        if (!status && i == marked)
            status = buffer_print(script, " ");
        if (!status && i == marked)
            status = gnuplot_write_text(chart->mark, script);
        status = status ? status : buffer_print(script, "\n");
    }
    return status;
}

static ScrawlStatus write_data(const ScrawlGroupedChart *chart, Buffer *script)
{
    ScrawlStatus status = buffer_print(script, "$bars << END_OF_BARS\n");
    for (size_t i = 0; i < chart->n_groups && !status; i++)
        status = write_group(chart, i, script);
    return status ? status : buffer_print(script, "END_OF_BARS\n");
}

/* Characters of the longest of n labels, as it is shown. */
static size_t longest(const char *const *labels, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = count_characters(labels[i]);
        length = length < MAX_LABEL ? length : MAX_LABEL;
        most = length > most ? length : most;
    }
    return most;
}

/* The legend is as wide as the bars, which begin where the groups' labels end. */
static size_t legend_columns(const ScrawlGroupedChart *chart)
{
    size_t width = WIDTH - EDGES - CHARACTER * longest(chart->groups, chart->n_groups);
    size_t columns = width / (LEGEND_SAMPLE + CHARACTER * longest(chart->series, chart->n_series));
    return columns ? columns : 1;
}

static ScrawlStatus write_frame(const ScrawlGroupedChart *chart, const char *terminal,
                                Buffer *script)
{
    size_t columns = legend_columns(chart);
    size_t lines = (chart->n_series + columns - 1) / columns;
    size_t height = MARGIN + LEGEND_LINE * lines + chart->n_groups * (chart->n_series * BAR + GAP);
    double edge = 0.5 + (double)GAP / BAR / 2;
    ScrawlStatus status = buffer_print(
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
        terminal, WIDTH, height, ROOM * largest(chart),
        place(chart, chart->n_groups, edge - 1 - (double)GAP / BAR), -edge, columns);
    for (const char *c = chart->unit; *c && !status; c++) /* of a format: "%%" is a '%' */
        status = *c == '%' ? buffer_print(script, "%%%%")
                           : gnuplot_write_text((char[]){*c, '\0'}, script);
    status = status ? status : buffer_print(script, "'\nset title '");
    status = status ? status : gnuplot_write_text(chart->title, script);
    return status ? status : buffer_print(script, "'\n");
}

static ScrawlStatus write_groups(const ScrawlGroupedChart *chart, Buffer *script)
{
    double middle = ((double)chart->n_series - 1) / 2;
    ScrawlStatus status = buffer_print(script, "set ytics scale 0 (");
    for (size_t i = 0; i < chart->n_groups && !status; i++) {
        status = buffer_print(script, "%s'", i ? ", " : "");
        status = status ? status : write_label(chart->groups[i], script);
        status = status ? status : buffer_print(script, "' %.9g", place(chart, i, middle));
    }
    return status ? status : buffer_print(script, ")\n");
}

/* Colours that come again are paler. */
static ScrawlStatus write_plots(const ScrawlGroupedChart *chart, Buffer *script)
{
    ScrawlStatus status = buffer_print(script, "plot ");
    for (size_t i = 0; i < chart->n_series && !status; i++) {
        status = buffer_print(script,
                              "$bars using 2:($3==%zu ? $1 : NaN):(0):2:($1-0.5):($1+0.5) "
                              "with boxxyerror linecolor rgb '%s' fillstyle solid %.2f title '",
                              i, colours[i % N_COLOURS], 1.0 / (1 + (double)(i / N_COLOURS)));
        status = status ? status : write_label(chart->series[i], script);
        status = status ? status : buffer_print(script, "', \\\n  ");
    }
    return status ? status
                  : buffer_print(script, "$bars using 2:1:4 with labels left offset 0.7,0 "
                                         "notitle\n");
}

static ScrawlStatus write_script(const ScrawlGroupedChart *chart, const char *terminal,
                                 Buffer *script)
{
    ScrawlStatus status = write_data(chart, script);
    status = status ? status : write_frame(chart, terminal, script);
    status = status ? status : write_groups(chart, script);
    return status ? status : write_plots(chart, script);
}

static ScrawlStatus check(const ScrawlGroupedChart *chart, const char *path, ScrawlError *error)
{
    size_t n;
    if (!path_has_suffix(path, ".svg") && !path_has_suffix(path, ".png"))
        return error_set(error, SCRAWL_STATUS_USAGE,
                         "%s: expected a name that ends in .svg or .png", path);
    if (chart->n_groups == 0 || chart->n_series == 0)
        return error_set(error, SCRAWL_STATUS_USAGE, "%s: a chart needs bars, found none", path);
    if (!size_multiply(chart->n_groups, chart->n_series, &n) || n > MAX_BARS)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%s: at most %d bars, found %zu", path,
                         MAX_BARS, n);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus scrawl_grouped_chart_write(const ScrawlGroupedChart *chart, const char *path,
                                        ScrawlError *error)
{
    Buffer script, picture;
    ScrawlStatus status = check(chart, path, error);
    if (status)
        return status;
    buffer_init(&script, MAX_SCRIPT);
    buffer_init(&picture, MAX_PICTURE);
    status = write_script(chart, path_has_suffix(path, ".svg") ? "svg" : "pngcairo", &script);
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

static ScrawlStatus write_cell(const char *text, Buffer *out)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (; *text && !status; text++)
        status = buffer_append(out, strchr("\t\r\n", *text) ? "_" : text, 1);
    return status;
}

static ScrawlStatus write_row(const ScrawlGroupedChart *chart, size_t group, Buffer *out)
{
    char number[NUMBER_TEXT_SIZE];
    ScrawlStatus status = write_cell(chart->groups[group], out);
    for (size_t i = 0; i < chart->n_series && !status; i++) {
        double value = value_at(chart, group, i);
        status = buffer_print(out, "\t%s", isnan(value) ? "-" : number_print(value, number));
    }
    return status ? status : buffer_print(out, "\n");
}

ScrawlStatus scrawl_grouped_chart_write_table(const ScrawlGroupedChart *chart, const char *path,
                                              ScrawlError *error)
{
    Buffer out;
    buffer_init(&out, MAX_TABLE);
    ScrawlStatus status = buffer_print(&out, "group");
    for (size_t i = 0; i < chart->n_series && !status; i++) {
        status = buffer_print(&out, "\t");
        status = status ? status : write_cell(chart->series[i], &out);
    }
    status = status ? status : buffer_print(&out, "\n");
    for (size_t i = 0; i < chart->n_groups && !status; i++)
        status = write_row(chart, i, &out);
    if (status)
        error_no_memory(error, "a table");
    else
        status = file_write(path, out.data, out.size, error);
    buffer_deinit(&out);
    return status;
}
