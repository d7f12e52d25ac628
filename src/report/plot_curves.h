/* Loss, accuracy and learning rate over the epochs. */
#ifndef REPORT_PLOT_CURVES_H
#define REPORT_PLOT_CURVES_H

#include "report/plot.h"
#include "scrawl/train.h"

typedef struct Curves {
    const ScrawlEpoch *epochs; /* [n], n at least 1 */
    size_t n;
    double test_loss, test_accuracy; /* after the last of them; NAN: none */
} Curves;

/* The plots "loss", "accuracy" and "learning-rate", but for those of which nothing is known. What
 * plot_write returns. */
SCRAWL_MUST_CHECK ScrawlStatus plot_curves(Plotter *plotter, const Curves *curves, Text *page,
                                           ScrawlError *error);

#endif
