/* The answers that calibrate a model: on images that no network among those that are asked has
 * learned from. */
#ifndef EVAL_CALIBRATE_DATA_H
#define EVAL_CALIBRATE_DATA_H

#include <stdbool.h>

#include "base/checksum.h"
#include "scrawl/calibrate.h"

typedef struct CalibrateData {
    char *name;        /* of the data set */
    const char *split; /* of the data set: "train"; static text */
    bool holdout;      /* parts of it that were held out, not all of it */
    char sha256[CHECKSUM_TEXT_SIZE];
    ScrawlEvaluation *evaluation; /* with the temperature of the model that is calibrated */
} CalibrateData;

/* Asks the model, or the folds, each about its own part. See scrawl_model_calibrate for what is
 * refused; *data is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus calibrate_ask(CalibrateData *data, const ScrawlModel *model,
                                             const ScrawlCalibrateOptions *options,
                                             ScrawlError *error);
void calibrate_data_deinit(CalibrateData *data); /* NULL-safe */

#endif
