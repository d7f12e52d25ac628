/* Horizontal bars, all from 0, in groups. Those of a single series have their numbers beside
 * them. */
#ifndef REPORT_PLOT_BARS_H
#define REPORT_PLOT_BARS_H

#include "report/plot.h"

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
SCRAWL_MUST_CHECK ScrawlStatus plot_bars(Plotter *plotter, const Bars *bars, Text *page,
                                         ScrawlError *error);

#endif
