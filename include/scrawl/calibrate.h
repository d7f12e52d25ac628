/* How sure a model is, made true; and an error bound on the answers that it is sure of: below a
 * confidence that is stored in the model its answers are rejected, for a person to see, and of the
 * others so few are wrong.
 *
 *     ScrawlCalibrateOptions options = {.data = "my-digits", .max_error = 0.001};
 *     scrawl_model_calibrate(model, &options, &calibration, &error);
 *     scrawl_model_save(model, "sure.safetensors", &error);
 *
 * docs/evaluation.md has the formulas and why the error bound holds. */
#ifndef SCRAWL_CALIBRATE_H
#define SCRAWL_CALIBRATE_H

#include <stddef.h>

#include "scrawl/evaluate.h"
#include "scrawl/log.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {0} is the default. */
typedef struct ScrawlCalibrateOptions {
    /* NULL: what the model held out from its own training data. Else a data set that it was
     * neither trained on nor is evaluated by (see scrawl/dataset.h; its training split, where the
     * text names none). */
    const char *data;
    /* Of the answers that are accepted at most this part is wrong, 0 < max_error <= 0.5. Needs
     * 10 / max_error images. 0: no error bound, the temperature alone. */
    double max_error;
    double confidence; /* ... with this probability, 0.5..0.9999; 0: 0.95 */
    /* Cross-fitting, instead of data: other models of the same recipe, of which each held out
     * another part of the same training data (data.fold). Each evaluates its part, and all parts
     * together calibrate the model, which may be trained on everything. NULL: none; else
     * 2..SCRAWL_MAX_MEMBERS of them. */
    const ScrawlModel *const *folds;
    int n_folds;
    int n_threads; /* 0: all cores. Does not change the result */
    const char *cpu, *data_folder;
    const ScrawlLog *log; /* progress of each model; returning false ends in INTERRUPTED */
} ScrawlCalibrateOptions;

/* Owned by the library; read-only. */
typedef struct ScrawlCalibration {
    char data[256];    /* "mnist" */
    const char *split; /* "validation": what was held out; else "train", "test", "all". Static */
    /* With the temperature that the model had, and with its new one: mean cross-entropy, and
     * expected calibration error (see ScrawlEvaluation). */
    double temperature_before, loss_before, ece_before;
    double temperature, loss, ece;
    double bound; /* of the accepted answers' error rate: one-sided, exact, at most max_error; 0
                     without an error bound */
    /* Of the images that calibrated, with the new temperature and, with an error bound, its
     * threshold; without seconds. It borrows the names of the classes from the model. */
    ScrawlEvaluation *evaluation;
} ScrawlCalibration;

/* Fits the temperature that gives the lowest cross-entropy (C. Guo et al., "On Calibration of
 * Modern Neural Networks", ICML 2017), then, for max_error above 0, the threshold, and sets both in
 * the model, to be saved with it. Its list of data names what calibrated it. Another temperature
 * makes the scores that it carried untrue: they go, but for the one on these images; and so is an
 * earlier error bound: without a new one its threshold goes. No other thread may use the model
 * meanwhile.
 * LIMIT where no threshold is proven to keep the error bound: the sentence says how near they come.
 * MISMATCH: the model, or the weights that it started from, may have seen the data or a part of
 * them, or the model is evaluated by them; they do not fit its classes; the folds do not fit the
 * model or each other, or held out the same images; too few images. FORMAT: an answer is not a
 * number. USAGE: an option is out of range, or the data name a set twice; RECIPE: a model does not
 * say what it held out; what scrawl_dataset_open returns; UNSUPPORTED; INTERRUPTED; NO_MEMORY. The
 * model is unchanged and *calibration NULL then. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus
scrawl_model_calibrate(ScrawlModel *model, const ScrawlCalibrateOptions *options,
                       ScrawlCalibration **calibration, ScrawlError *error);
SCRAWL_API void scrawl_calibration_free(ScrawlCalibration *calibration); /* NULL-safe */

#ifdef __cplusplus
}
#endif
#endif
