#include "report/plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 420
#define WIDEST 490     /* that a phone's width is still enough for, if three quarters of it */
#define LEAST_BARS 240 /* pixels */
#define BAR 8          /* pixels; of a single series, twice that; of many rows, less */
#define THIN_BAR 6
#define GAP 9    /* pixels between groups */
#define MANY 20  /* rows */
#define ABOVE 54 /* pixels */
#define ABOVE_NO_KEY 34
#define BELOW 46
#define CHARACTER 7.6 /* pixels of a label's */
#define NOTE_SIZE 320
#define TICK 46    /* pixels of a tick's label, and of the gap after it */
#define RIGHT 0.94 /* share of the width where the axis ends */

static int group_height(const Bars *bars)
{
    int bar = bars->n > MANY ? THIN_BAR : BAR;
    return GAP + bar * (bars->n_series == 1 ? 2 : bars->n_series);
}

/* Place, label, values, sd; the place comes first, so that no label can look like the end. */
static void write_data(const void *context, bool file, Buffer *out)
{
    const Bars *bars = context;
    text_printf(out, "# place\t%s", bars->what);
    for (int s = 0; s < bars->n_series; s++)
        text_printf(out, "\t%s", bars->series[s]);
    text_printf(out, "\tstandard deviation\n");
    for (size_t i = 0; i < bars->n; i++) {
        const BarRow *row = &bars->rows[i];
        text_printf(out, "%zu\t", i);
        if (file)
            plot_cell(out, row->label, true);
        else
            plot_label(out, row->label, bars->max_label);
        for (int s = 0; s < bars->n_series; s++)
            text_printf(out, "\t%.9g", row->values[s]);
        text_printf(out, "\t%.9g", row->sd);
        if (!file) /* where the number stands, which an unknown deviation must not move */
            text_printf(out, "\t%.9g", row->values[0] + (row->sd > 0 ? row->sd : 0));
        text_printf(out, "\n");
    }
}

/* Pixels before the bars. */
static double left_of(const Bars *bars)
{
    int longest = 0;
    for (size_t i = 0; i < bars->n; i++) {
        int length = plot_longest(&bars->rows[i].label, 1, bars->max_label);
        longest = length > longest ? length : longest;
    }
    return 20 + CHARACTER * longest;
}

static int width_of(const Bars *bars)
{
    return (int)fmax(WIDTH, left_of(bars) + LEAST_BARS);
}

static int top_of(const Bars *bars)
{
    return bars->n_series == 1 ? ABOVE_NO_KEY : ABOVE;
}

static int height_of(const Bars *bars)
{
    return top_of(bars) + BELOW + group_height(bars) * (int)bars->n;
}

static bool has_whiskers(const Bars *bars)
{
    for (size_t i = 0; i < bars->n; i++)
        if (!isnan(bars->rows[i].sd))
            return true;
    return false;
}

static double largest(const Bars *bars)
{
    double most = 0;
    for (size_t i = 0; i < bars->n; i++)
        for (int s = 0; s < bars->n_series; s++) {
            double sd = s == 0 && bars->rows[i].sd > 0 ? bars->rows[i].sd : 0;
            most = fmax(most, bars->rows[i].values[s] + sd);
        }
    return most > 0 ? most : 1;
}

static void put_series(const Bars *bars, const PlotTheme *theme, int series, Buffer *out)
{
    double height = 0.72 / bars->n_series, top = series * height - 0.36;
    text_printf(out,
                "%s$data using %d:($1%+.4f):(0):%d:($1%+.4f):($1%+.4f) with boxxyerror "
                "linecolor rgb '%s'",
                series ? ", \\\n  " : "plot ", series + 3, top + height / 2, series + 3, top,
                top + height, theme->series[series]);
}

/* Behind bar and whisker. */
static void put_numbers(const Bars *bars, const PlotTheme *theme, Buffer *out)
{
    text_printf(out,
                ", \\\n  $data using %d:1:(sprintf('%%.2f',$3)) with labels left offset 0.6,0 "
                "textcolor rgb '%s'",
                bars->n_series + 4, theme->ink);
}

static void put_key(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    const Bars *bars = plot->context;
    PlotKey keys[PLOT_SERIES];
    for (int s = 0; s < bars->n_series; s++)
        keys[s] = (PlotKey){bars->series[s], 5, theme->series[s]};
    plot_key(out, plot, theme, keys, bars->n_series);
}

static void draw(const Plot *plot, const PlotTheme *theme, Buffer *out)
{
    const Bars *bars = plot->context;
    bool single = bars->n_series == 1;
    double end = (single ? 1.25 : 1.04) * largest(bars);
    double n_ticks = (RIGHT * width_of(bars) - left_of(bars)) / TICK;
    text_printf(out,
                "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                left_of(bars) / width_of(bars), RIGHT, 1 - (double)top_of(bars) / height_of(bars),
                (double)BELOW / height_of(bars));
    text_printf(out,
                "set xrange [0:%.9g]\nset yrange [%zu-0.5:-0.5]\nset format x '%%g%s'\n"
                "set xtics 0,%.9g\nset grid xtics noytics\nset ytics scale 0\n",
                end, bars->n, bars->unit, plot_step(end / n_ticks));
    if (!single)
        put_key(plot, theme, out);
    for (int s = 0; s < bars->n_series; s++)
        put_series(bars, theme, s, out);
    text_printf(out, ", \\\n  $data using (0):1:yticlabels(2) with points pointtype 0");
    if (has_whiskers(bars))
        text_printf(out,
                    ", \\\n  $data using 3:1:%d with xerrorbars pointtype 0 linewidth 1 "
                    "linecolor rgb '%s'",
                    bars->n_series + 3, theme->ink);
    if (single)
        put_numbers(bars, theme, out);
    text_printf(out, "\n");
}

ScrawlStatus plot_bars(Plotter *plotter, const Bars *bars, Buffer *page, ScrawlError *error)
{
    char note[NOTE_SIZE];
    snprintf(note, sizeof note, "%s%s", bars->note, has_whiskers(bars) ? bars->whisker_note : "");
    const Plot plot = {
        .name = bars->name,
        .title = bars->title,
        .note = note,
        .width = width_of(bars),
        .height = height_of(bars),
        .wide = width_of(bars) > WIDEST,
        .context = bars,
        .write_data = write_data,
        .write_commands = draw,
    };
    return plot_write(plotter, &plot, page, error);
}
