/* A bar chart as a picture, by gnuplot. */
#include <math.h>

#include "base/error.h"
#include "base/file.h"
#include "report/gnuplot.h"
#include "scrawl/chart.h"

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
static ScrawlStatus write_bar(const ScrawlBarChart *chart, size_t i, Buffer *script)
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
        status = write_bar(chart, i, script);
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
