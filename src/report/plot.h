/* Plots by gnuplot: each becomes NAME.svg, NAME.png and its figures NAME.tsv in a folder, and a
 * figure of the page, once for light and once for dark screens.
 *
 * A plot is a table and the commands that draw it. Colours are M. Okabe and K. Ito's ("Color
 * Universal Design", 2008), which colour-blind readers can tell apart; lines differ in their
 * points, too. */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include <stdbool.h>

#include "report/text.h"
#include "scrawl/log.h"

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
    void (*write_data)(const void *context, bool file, Text *out);
    /* Commands up to the plot command itself, which takes the table as $data. */
    void (*write_commands)(const struct Plot *plot, const PlotTheme *theme, Text *out);
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
SCRAWL_MUST_CHECK ScrawlStatus plot_write(Plotter *plotter, const Plot *plot, Text *page,
                                          ScrawlError *error);

/* One mark of a key and what it stands for: words of ours. */
typedef struct PlotKey {
    const char *text;
    int shape; /* gnuplot's pointtype: 5 a square, 7 a disc, 12 an open diamond */
    const char *colour;
} PlotKey;

/* A line with all of them below the title. gnuplot's own key takes another line where labels leave
 * little room for the plot. */
void plot_key(Text *out, const Plot *plot, const PlotTheme *theme, const PlotKey *keys, int n);

/* What an axis is of, at the picture's left or lower edge, its middle at that share of the height
 * or width. gnuplot's own label leaves the picture where the labels of ticks are long. `tag` is a
 * label's number from PLOT_AXIS_TAG on. */
#define PLOT_AXIS_TAG 50
void plot_y_label(Text *out, const Plot *plot, const PlotTheme *theme, int tag, const char *text,
                  double middle);
void plot_x_label(Text *out, const Plot *plot, const PlotTheme *theme, int tag, const char *text,
                  double middle);

/* A cell of text; in a file as it is but for what would end the cell, else safe for gnuplot. */
void plot_cell(Text *out, const char *text, bool file);

/* The same for gnuplot, cut with an ellipsis after `most` characters. */
void plot_label(Text *out, const char *text, int most);

/* set NAME ('0' 0, '1' 1, ...), for ticks named by labels[n], each cut as by plot_label. */
void plot_ticks(Text *out, const char *name, const char *const *labels, int n, int most);

/* The smallest 1, 2 or 5 times a power of ten that is at least `value`, which is above 0: ticks so
 * far apart are at most as many as those that are `value` apart. */
double plot_step(double value);

/* Characters of the longest of labels[n], but at most `most`. */
int plot_longest(const char *const *labels, int n, int most);

#endif
