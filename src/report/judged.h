/* A run's model on the images that its report shows. */
#ifndef REPORT_JUDGED_H
#define REPORT_JUDGED_H

#include "data/dataset.h"
#include "data/split.h"
#include "scrawl/judge.h"
#include "scrawl/report.h"
#include "train/recipe.h"

typedef struct Judged {
    ScrawlDataset *dataset; /* NULL: not at hand */
    Split split;
    DatasetView view;             /* the images, of dataset */
    ScrawlEvaluation *evaluation; /* of them; NULL as well */
    bool held_back; /* images that the training has looked at, for want of a test set */
    char note[640]; /* what the reader must know: why nothing was judged, or on what */
} Judged;

/* See ScrawlReportOptions.data. Fails only for what was asked for by name, INTERRUPTED and
 * NO_MEMORY; *judged is then empty. `recipe` is checked. Borrows the model for the evaluation's
 * life. */
SCRAWL_MUST_CHECK ScrawlStatus judged_open(Judged *judged, const ScrawlModel *model,
                                           const ScrawlRecipe *recipe,
                                           const ScrawlReportOptions *options,
                                           ScrawlError *error);
void judged_close(Judged *judged); /* NULL-safe */

#endif
