/* Several models as one: an ensemble, which is a model like any other, in a file of its own.
 *
 *     scrawl_ensemble_create(&ensemble, models, n, NULL, &error);
 *     scrawl_model_save(ensemble, "five.safetensors", &error); */
#ifndef SCRAWL_ENSEMBLE_H
#define SCRAWL_ENSEMBLE_H

#include <stddef.h>

#include "scrawl/log.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {0} is the default. */
typedef struct ScrawlEnsembleOptions {
    /* "average": the mean of the members' probabilities. "vote": the class that most members think
     * best; of equals, the one with the larger sum of probabilities. NULL: average, or what a
     * single model says already. */
    const char *combine;
    const char *tta; /* see ScrawlSessionOptions; NULL: the models' own, which must then agree */
} ScrawlEnsembleOptions;

/* An ensemble of copies of models[n]: their networks may differ; their preprocessing and their
 * classes, in order, may not. Each keeps its temperature. n 1 gives a copy with other options, also
 * of an ensemble; among several none may be an ensemble. The result has no threshold and no scores
 * of its own, since both are of the answers before. options NULL: defaults. *ensemble is NULL after
 * a failure; free it with scrawl_model_free. USAGE: no models, unknown words; LIMIT: more than
 * SCRAWL_MAX_MEMBERS; MISMATCH: the models do not fit each other; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus
scrawl_ensemble_create(ScrawlModel **ensemble, const ScrawlModel *const *models, int n,
                       const ScrawlEnsembleOptions *options, ScrawlError *error);

/* {0} is the default but for n_selected. */
typedef struct ScrawlSelectOptions {
    int n_selected; /* members wanted: 1..n */
    /* NULL, or the recipes' own data.train: what all models held out from it. Else a data set that
     * none was trained on (see scrawl/dataset.h; its training split). */
    const char *data;
    ScrawlEnsembleOptions ensemble;
    int n_threads; /* 0: all cores. Does not change the result */
    const char *cpu, *data_folder;
    const ScrawlLog *log; /* progress of each model; returning false ends in INTERRUPTED */
} ScrawlSelectOptions;

typedef struct ScrawlSelection {
    char data[256];    /* "mnist" */
    const char *split; /* "validation": what was held out; "train". Static text */
    size_t n;          /* images that chose */
    struct {
        int model;    /* index into models */
        double alone; /* mean cross-entropy of this one by itself */
        double loss;  /* and of the ensemble up to and with it */
        size_t n_errors;
    } steps[SCRAWL_MAX_MEMBERS]; /* [n_selected], in the order of their selection */
} ScrawlSelection;

/* Forward selection: at each step, of the models not chosen yet, the one with which the ensemble's
 * mean cross-entropy on the images is lowest; the first of equals.
 * R. Caruana et al., "Ensemble Selection from Libraries of Models", ICML 2004, without replacement.
 * Test sets never choose: a test split, a data set that a model was evaluated on or one that a
 * model was trained on is refused, and so are models that held out different images. USAGE:
 * n_selected is out of range, or the data is a test split; MISMATCH: the models do not fit each
 * other or the data; RECIPE: a model's recipe says nothing of its data; what scrawl_dataset_open
 * returns; INTERRUPTED; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_ensemble_select(const ScrawlModel *const *models,
                                                                 int n,
                                                                 const ScrawlSelectOptions *options,
                                                                 ScrawlSelection *selection,
                                                                 ScrawlError *error);

/* The ensemble of the first n models of a selection among `models`, with their score on the images
 * that chose. As scrawl_ensemble_create. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_ensemble_create_selected(
    ScrawlModel **ensemble, const ScrawlModel *const *models, const ScrawlSelection *selection,
    int n, const ScrawlEnsembleOptions *options, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
