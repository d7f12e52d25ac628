/* A run, or a sweep of many, as one page to read and pass on.
 *
 *     scrawl_report("runs/bn-cnn-1", NULL, NULL, &error);
 *
 * The page is one HTML file that needs nothing else: no scripts, no requests, pictures inside, for
 * small and large screens, light and dark. Of a run it has the figures with their intervals, the
 * curves, the confusion matrix, the scores of each class, how far the confidence can be trusted,
 * samples, mistakes, the network, the recipe and the model card; of a sweep the table and the bars
 * of its points. FOLDER/report/ holds
 *
 *     index.html             the page, where no other place is asked for
 *     NAME.svg, NAME.png     its plots: loss, accuracy, learning-rate, confusion (of at most 100
 *                            classes), classes, reliability; of a sweep: comparison
 *     NAME.tsv               the figures of each plot, and mistakes.tsv
 *
 * Plots are drawn by gnuplot, which is started as a process. Where it is not installed, a warning
 * says what to install, and page and tables are written all the same. Equal runs give equal bytes:
 * nothing in it depends on the time or the machine. */
#ifndef SCRAWL_REPORT_H
#define SCRAWL_REPORT_H

#include <stdbool.h>

#include "scrawl/log.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed for the call. {0} is the default. */
typedef struct ScrawlReportOptions {
    const char *page; /* the HTML file; NULL: FOLDER/report/index.html */
    /* The data set to evaluate a run on (see scrawl/dataset.h; its test split). NULL: the test set
     * that its model names, or where the recipe has none what was held out for validation; neither
     * is downloaded. Where they are not at hand the page says so. A sweep takes none. */
    const char *data;
    int n_threads;           /* 0: all cores; 256 at most. Does not change the page */
    const char *cpu;         /* see ScrawlSessionOptions */
    const char *data_folder; /* see ScrawlDataOptions */
    const ScrawlLog *log;    /* warnings; progress of evaluation */
} ScrawlReportOptions;

typedef struct ScrawlReportResult {
    bool is_sweep;
    bool evaluated; /* a run's model was, now: not where it has none yet or the data are not here */
    int n_plots;    /* drawn */
} ScrawlReportResult;

/* Reads a run folder (see scrawl/train.h), which may not be finished yet, or a sweep's (see
 * scrawl/sweep.h) and writes the page, whole or not at all. options NULL: defaults; *result, unless
 * NULL, says what is in it. NOT_FOUND: the folder holds neither; FORMAT, RECIPE, CHECKSUM,
 * MISMATCH: one of its files is not as it should be; USAGE: options->data for a sweep; what
 * scrawl_dataset_open and scrawl_evaluate return for it; INTERRUPTED; IO; LIMIT; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_report(const char *folder,
                                                        const ScrawlReportOptions *options,
                                                        ScrawlReportResult *result,
                                                        ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
