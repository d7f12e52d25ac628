/* A run's model on the images that its report shows. */
#ifndef REPORT_EVALUATED_H
#define REPORT_EVALUATED_H

#include "data/dataset.h"
#include "data/split.h"
#include "scrawl/evaluate.h"
#include "scrawl/report.h"
#include "train/recipe.h"

typedef struct Evaluated {
    ScrawlDataset *dataset; /* NULL: not at hand */
    Split split;
    DatasetView view;             /* the images, of dataset */
    ScrawlEvaluation *evaluation; /* of them; NULL as well */
    bool holdout;   /* images that the training has looked at, for want of a test set */
    char note[640]; /* what the reader must know: why nothing was evaluated, or on what */
} Evaluated;

/* See ScrawlReportOptions.data. Fails only for what was asked for by name, INTERRUPTED and
 * NO_MEMORY; *evaluated is then empty. `recipe` is checked. Borrows the model for the evaluation's
 * life. */
SCRAWL_MUST_CHECK ScrawlStatus evaluated_open(Evaluated *evaluated, const ScrawlModel *model,
                                              const ScrawlRecipe *recipe,
                                              const ScrawlReportOptions *options,
                                              ScrawlError *error);
void evaluated_close(Evaluated *evaluated); /* NULL-safe */

#endif
