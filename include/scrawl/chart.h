/* Bar charts: as text for a terminal, and as pictures. */
#ifndef SCRAWL_CHART_H
#define SCRAWL_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ScrawlBar {
    const char *label; /* UTF-8 */
    double value;      /* 0 or more; NAN: not known, no bar */
    double sd;         /* of the value; NAN: none is shown */
} ScrawlBar;

/* Horizontal bars, all from 0. Borrowed for the call. */
typedef struct ScrawlBarChart {
    const char *title;
    const char *unit; /* behind every number: " %" */
    int decimals;     /* of every number, 0 to 9 */
    const ScrawlBar *bars;
    size_t n_bars;
} ScrawlBarChart;

/* The title and a line a bar, at most `columns` (at least 40) wide; in ASCII unless `utf8`:
 *
 *     validation error
 *       batch=32  ================================  2.40 % +- 0.10
 *       batch=64  =====================  1.61 % +- 0.12
 *
 * Free with scrawl_free. *text is NULL after a failure. NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_bar_chart_text(const ScrawlBarChart *chart,
                                                                size_t columns, bool utf8,
                                                                char **text, ScrawlError *error);

/* Writes it as NAME.svg or NAME.png by gnuplot, which is started as a process. USAGE: another
 * suffix, or no bars; UNSUPPORTED: gnuplot is not installed, the sentence says what to install; IO;
 * NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_bar_chart_write(const ScrawlBarChart *chart,
                                                                 const char *path,
                                                                 ScrawlError *error);

/* Horizontal bars in groups, all from 0: a group is a thing that was measured, with a bar for each
 * series, which has one colour and one line of the legend. Borrowed for the call. */
typedef struct ScrawlGroupedChart {
    const char *title;
    const char *unit;          /* behind every number of the axis: " %" */
    int decimals;              /* of every bar's number, 0 to 9 */
    const char *const *groups; /* [n_groups]: UTF-8; long ones lose their middle in the picture */
    const char *const *series; /* [n_series] */
    const double *values;      /* [n_groups][n_series]: 0 or more; NAN: not known, no bar */
    size_t n_groups, n_series;
    const char *mark; /* a word behind the number of each group's largest bar; NULL: none */
} ScrawlGroupedChart;

/* Writes it as NAME.svg or NAME.png, as scrawl_bar_chart_write does; the colours are ones that
 * colour-blind readers can tell apart. LIMIT for more than 1,000 bars; else as that. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus
scrawl_grouped_chart_write(const ScrawlGroupedChart *chart, const char *path, ScrawlError *error);

/* Writes its numbers as a table of tab-separated values at full precision, whole or not at all: a
 * line of the series' names, then a line a group. Whatever a label has of tabs and line ends
 * becomes '_'. IO, NOT_FOUND, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_grouped_chart_write_table(
    const ScrawlGroupedChart *chart, const char *path, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
