/* The list of scores that a model carries: {"test": {"data", "split", "n", "errors", "accuracy",
 * "loss"}}. */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "model/model.h"

typedef struct ModelScore {
    const char *data, *split; /* "mnist", "test" */
    size_t n, n_errors;
    double accuracy, loss;
} ModelScore;

/* Puts a score under `key` ("test"), in place of one that is there. NO_MEMORY, LIMIT: the old list
 * stays. */
SCRAWL_MUST_CHECK ScrawlStatus model_record(ScrawlModel *model, const char *key,
                                            const ModelScore *score, ScrawlError *error);

#endif
