/* How often answers of a certain confidence are right. */
#ifndef REPORT_PLOT_RELIABILITY_H
#define REPORT_PLOT_RELIABILITY_H

#include "report/plot.h"
#include "scrawl/evaluate.h"

/* The plot "reliability". What plot_write returns. */
SCRAWL_MUST_CHECK ScrawlStatus plot_reliability(Plotter *plotter,
                                                const ScrawlEvaluation *evaluation, Text *page,
                                                ScrawlError *error);

#endif
