/* Plots by gnuplot: each becomes NAME.svg, NAME.png and its figures NAME.tsv in a folder, and a
 * figure of the page, once for light and once for dark screens.
 *
 * A plot is a table and the commands that draw it. Colours are M. Okabe and K. Ito's ("Color
 * Universal Design", 2008), which colour-blind readers can tell apart; lines differ in their
 * points, too. */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "scrawl/evaluate.h"
#include "scrawl/log.h"
#include "scrawl/status.h"
#include "scrawl/train.h"

#define PLOT_SERIES 3
#define PLOT_LEVELS 5

/* Colours as gnuplot writes them: "#0072b2". */
typedef struct PlotTheme {
    const char *paper, *ink, *quiet, *grid;
    const char *series[PLOT_SERIES];
    const char *right, *levels[PLOT_LEVELS]; /* of a confusion matrix: its diagonal, the others */
    const char *right_ink, *level_ink[PLOT_LEVELS]; /* of numbers on these */
} PlotTheme;

typedef struct Plot {
    const char *name;  /* of its files */
    const char *title; /* above it */
    const char *note;  /* below it on the page, and what is read where it cannot be seen */
    int width, height; /* pixels */
    bool wide;         /* not scaled down on a narrow screen: its box scrolls */
    const void *context;
    /* The table: its heading, which begins with '#', and a line a row, cells with tabs between.
     * Text goes through plot_cell. */
    void (*write_data)(const void *context, bool file, Buffer *out);
    /* Commands up to the plot command itself, which takes the table as $data. */
    void (*write_commands)(const struct Plot *plot, const PlotTheme *theme, Buffer *out);
} Plot;

/* Where plots go. */
typedef struct Plotter {
    const char *folder; /* exists */
    const ScrawlLog *log;
    bool missing; /* gnuplot is not there: only tables are written */
    int n_drawn;
} Plotter;

/* Writes the files, and the figure to `page` where it was drawn. Without gnuplot the log is told
 * so, once, and where it fails each time; there is then no figure, and the status is OK. IO, LIMIT,
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus plot_write(Plotter *plotter, const Plot *plot, Buffer *page,
                                          ScrawlError *error);

/* One mark of a key and what it stands for: words of ours. */
typedef struct PlotKey {
    const char *text;
    int shape; /* gnuplot's pointtype: 5 a square, 7 a disc, 12 an open diamond */
    const char *colour;
} PlotKey;

/* A line with all of them below the title. gnuplot's own key takes another line where labels leave
 * little room for the plot. */
void plot_key(Buffer *out, const Plot *plot, const PlotTheme *theme, const PlotKey *keys, int n);

/* What an axis is of, at the picture's left or lower edge, its middle at that share of the height
 * or width. gnuplot's own label leaves the picture where the labels of ticks are long. `tag` is a
 * label's number from PLOT_AXIS_TAG on. */
#define PLOT_AXIS_TAG 50
void plot_y_label(Buffer *out, const Plot *plot, const PlotTheme *theme, int tag, const char *text,
                  double middle);
void plot_x_label(Buffer *out, const Plot *plot, const PlotTheme *theme, int tag, const char *text,
                  double middle);

/* A cell of text; in a file as it is but for what would end the cell, else safe for gnuplot. */
void plot_cell(Buffer *out, const char *text, bool file);

/* The same for gnuplot, cut with an ellipsis after `most` characters. */
void plot_label(Buffer *out, const char *text, int most);

/* set NAME ('0' 0, '1' 1, ...), for ticks named by labels[n], each cut as by plot_label. */
void plot_ticks(Buffer *out, const char *name, const char *const *labels, int n, int most);

/* The smallest 1, 2 or 5 times a power of ten that is at least `value`, which is above 0: ticks so
 * far apart are at most as many as those that are `value` apart. */
double plot_step(double value);

/* Characters of the longest of labels[n], but at most `most`. */
int plot_longest(const char *const *labels, int n, int most);

/* gnuplot as a process. */

/* A text inside single quotes or as a cell of data: what could end it, or would be run as a command
 * or a format, becomes '_'. */
void gnuplot_write_text(Buffer *out, const char *text);
void gnuplot_write_part(Buffer *out, const char *text, size_t size); /* its first bytes */

/* Runs a script and adds what it prints (its terminal's picture) to `out`. UNSUPPORTED: not
 * installed; IO: it failed, with the reason that it gave; LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus gnuplot_run(const Buffer *script, Buffer *out, ScrawlError *error);

/* Horizontal bars, all from 0, in groups. Those of a single series have their numbers beside
 * them. */

typedef struct BarRow {
    const char *label;
    double values[PLOT_SERIES]; /* 0 or more; NAN: no bar */
    double sd;                  /* of the first, a whisker; NAN: none */
} BarRow;

typedef struct Bars {
    const char *name, *title, *note; /* see Plot */
    const char *whisker_note;        /* the rest of the note, where a row has an sd */
    const char *what;                /* heading of the labels' column, for the table */
    const char *series[PLOT_SERIES]; /* their names; all but one are in the key */
    int n_series;                    /* 1..PLOT_SERIES */
    const char *unit;                /* behind numbers of the axis: " %%", a format's */
    const BarRow *rows;
    size_t n;      /* at least 1 */
    int max_label; /* characters: what is longer is cut */
} Bars;

/* What plot_write returns. */
SCRAWL_MUST_CHECK ScrawlStatus plot_bars(Plotter *plotter, const Bars *bars, Buffer *page,
                                         ScrawlError *error);

/* Loss, accuracy and learning rate over the epochs. */

typedef struct Curves {
    const ScrawlEpoch *epochs; /* [n], n at least 1 */
    size_t n;
    double test_loss, test_accuracy; /* after the last of them; NAN: none */
} Curves;

/* The plots "loss", "accuracy" and "learning-rate", but for those of which nothing is known. What
 * plot_write returns. */
SCRAWL_MUST_CHECK ScrawlStatus plot_curves(Plotter *plotter, const Curves *curves, Buffer *page,
                                           ScrawlError *error);

/* The confusion matrix as a heat map. */

#define PLOT_MATRIX_CLASSES 100 /* of more, a cell would be too small to see */

/* Whether it needs more room than a phone or a column has. */
bool plot_matrix_is_wide(const ScrawlEvaluation *evaluation);

/* The plot "confusion". What plot_write returns. */
SCRAWL_MUST_CHECK ScrawlStatus plot_matrix(Plotter *plotter, const ScrawlEvaluation *evaluation,
                                           Buffer *page, ScrawlError *error);

/* How often answers of a certain confidence are right. */

/* The plot "reliability". What plot_write returns. */
SCRAWL_MUST_CHECK ScrawlStatus plot_reliability(Plotter *plotter,
                                                const ScrawlEvaluation *evaluation, Buffer *page,
                                                ScrawlError *error);

#endif
