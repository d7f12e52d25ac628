/* What is known of a run: its folder's files, read and checked. */
#ifndef REPORT_RUN_H
#define REPORT_RUN_H

#include "data/dataset.h"
#include "data/split.h"
#include "model/model.h"
#include "report/plot.h"
#include "scrawl/evaluate.h"
#include "scrawl/report.h"
#include "scrawl/sweep.h"
#include "scrawl/train.h"
#include "train/recipe.h"
#include "train/run_folder.h"

/* A run's model on the images that its report shows. */

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

/* The main figures, from now or from the model's file; NAN where nothing is known. */
typedef struct RunScore {
    size_t n, n_errors; /* n 0: no score */
    double accuracy, loss;
    ScrawlInterval interval;
} RunScore;

typedef struct Run {
    const char *folder;   /* borrowed */
    ScrawlRecipe *recipe; /* checked */
    char *recipe_text;
    ScrawlEpoch *epochs; /* [n_epochs] */
    size_t n_epochs;
    ScrawlModel *model; /* NULL: the run is not finished */
    Evaluated evaluated;
    RunScore test; /* as the model's file has it: once, at the end of the training */
} Run;

/* NOT_FOUND where the folder has no recipe.yaml; what reading its files and evaluated_open return.
 * *run is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus run_open(Run *run, const char *folder,
                                        const ScrawlReportOptions *options, ScrawlError *error);
void run_close(Run *run); /* NULL-safe */

/* Of the training parts of all epochs. */
double run_seconds(const Run *run);

/* Sections of the page. Each writes to `page`, and its plots through `plotter`, and returns what
 * plot_write returns, or NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus page_errors(Buffer *page, const Run *run, Plotter *plotter,
                                           ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_confidence(Buffer *page, const Run *run, Plotter *plotter,
                                               ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_pictures(Buffer *page, const Run *run, const Plotter *plotter,
                                             ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_sweep(Buffer *page, const ScrawlSweep *sweep, Plotter *plotter,
                                          ScrawlError *error);

#endif
