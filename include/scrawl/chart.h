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

#ifdef __cplusplus
}
#endif
#endif
