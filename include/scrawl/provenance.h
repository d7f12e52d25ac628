/* Where a model comes from: the data it was trained, evaluated and calibrated on, and the scores it
 * reached. A model file stores both as JSON. */
#ifndef SCRAWL_PROVENANCE_H
#define SCRAWL_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ScrawlDataUse {
    SCRAWL_DATA_USE_OTHER, /* not stated, or a word of another program: see use_name */
    SCRAWL_DATA_USE_TRAINING,
    SCRAWL_DATA_USE_VALIDATION, /* held out of the training data */
    SCRAWL_DATA_USE_TEST,
    SCRAWL_DATA_USE_OUTLIERS, /* trained on, as pictures that belong to no class */
    SCRAWL_DATA_USE_CALIBRATION,
    SCRAWL_DATA_USE_WEIGHTS, /* not data: the model whose weights the training started from */
} ScrawlDataUse;

/* One data set, or a part of one, and what it was used for. Texts are UTF-8 and never NULL. */
typedef struct ScrawlDataRow {
    ScrawlDataUse use;
    bool initial;         /* of the model whose weights the training started from */
    const char *use_name; /* as stored: "training", "initial training"; "" where not stated */
    const char *name;     /* of the data set, or of that model: "mnist+photos@distort" */
    const char *split;    /* "train", "test", "all"; "" where not stated */
    size_t n;             /* images; 0 where not stated */
    const char *sha256;   /* of the data, or of that model's file; "" where not stated */
    /* Of calibration data. */
    int n_folds;       /* models that evaluated what they held out; 0: the model itself did */
    double max_error;  /* error bound of the answers that are not rejected; 0: none */
    double confidence; /* with which that bound holds, 0..1 */
    const char *other; /* members that this version does not know: `"a":1,"b":2`; "" if none */
} ScrawlDataRow;

typedef struct ScrawlScore {
    const char *key;       /* "validation", "test", "mnist:test" */
    const char *data;      /* name of the data set; "" where not stated */
    const char *split;     /* "" where not stated */
    size_t n, n_errors;    /* images, and wrong answers among them; n 0 where not stated */
    double accuracy, loss; /* 0..1; mean cross-entropy in nats. NaN where not stated */
    const char *other;     /* as in ScrawlDataRow */
} ScrawlScore;

#ifdef __cplusplus
}
#endif
#endif
