/* The confusion matrix as a heat map. */
#ifndef REPORT_PLOT_MATRIX_H
#define REPORT_PLOT_MATRIX_H

#include "report/plot.h"
#include "scrawl/evaluate.h"

#define PLOT_MATRIX_CLASSES 100 /* of more, a cell would be too small to see */

/* Whether it needs more room than a phone or a column has. */
bool plot_matrix_is_wide(const ScrawlEvaluation *evaluation);

/* The plot "confusion". What plot_write returns. */
SCRAWL_MUST_CHECK ScrawlStatus plot_matrix(Plotter *plotter, const ScrawlEvaluation *evaluation,
                                           Text *page, ScrawlError *error);

#endif
