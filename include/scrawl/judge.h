/* Judging a model on data that it has not seen. */
#ifndef SCRAWL_JUDGE_H
#define SCRAWL_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "scrawl/dataset.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one class; 0 where it would be 0/0, as scikit-learn. */
typedef struct ScrawlClassScore {
    double precision, recall, f1; /* 0..1 */
    size_t support;               /* images that truly are of this class */
} ScrawlClassScore;

/* Owned by the library; read-only. */
typedef struct ScrawlEvaluation {
    size_t n, n_errors;
    double accuracy;          /* 0..1 */
    double loss;              /* mean cross-entropy, natural logarithm */
    int n_classes;
    const char *const *class_names; /* borrowed from the model */
    size_t *confusion;        /* [n_classes][n_classes], rows: truth, columns: answer */
    ScrawlClassScore *classes; /* [n_classes] */
    float *logits;            /* [n][n_classes] */
    double seconds;           /* of the forward passes */
} ScrawlEvaluation;

/* {0} is the default. */
typedef struct ScrawlJudgeOptions {
    int n_threads;        /* 0: all cores */
    const char *cpu;      /* see ScrawlSessionOptions */
    const ScrawlLog *log;
} ScrawlJudgeOptions;

/* MISMATCH where the data's classes are not among the model's (matched by name) or sizes differ after preprocessing. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_judge(ScrawlEvaluation **evaluation, const ScrawlModel *model, const ScrawlDataset *dataset, const ScrawlJudgeOptions *options, ScrawlError *error);
SCRAWL_API void scrawl_evaluation_free(ScrawlEvaluation *evaluation); /* NULL-safe */

/* logits as a NumPy .npy file, float32 [n, n_classes]. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_evaluation_save_logits(const ScrawlEvaluation *evaluation, const char *path, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
