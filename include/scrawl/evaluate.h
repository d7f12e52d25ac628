/* Evaluating a model on data that it has not seen: accuracy, loss, confusion matrix, a score for
 * each class, and how far its probabilities can be trusted. docs/evaluation.md has every formula
 * and its source. */
#ifndef SCRAWL_EVALUATE_H
#define SCRAWL_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/dataset.h"
#include "scrawl/log.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRAWL_RELIABILITY_BINS 15

/* 95 % of such intervals hold the true value. */
typedef struct ScrawlInterval {
    double low, high;
} ScrawlInterval;

/* Of one class, each 0..1, and 0 where it would be 0/0, as scikit-learn has it. */
typedef struct ScrawlClassScore {
    double precision; /* of the images that were read as this class, the part that is of it */
    double recall;    /* of the images of this class, the part that was read as it */
    double f1;        /* harmonic mean of the two */
    size_t support;   /* images that truly are of this class */
} ScrawlClassScore;

/* Answers whose confidence is of one fifteenth of 0..1: bin i has i/15 < confidence <= (i+1)/15. */
typedef struct ScrawlReliability {
    size_t n;
    double confidence, accuracy; /* means; 0 where n is 0 */
} ScrawlReliability;

/* Owned by the library; read-only. class_names are borrowed from the model, which must outlive the
 * evaluation where they are read. Probabilities are the softmax of logits / temperature, in
 * double. */
typedef struct ScrawlEvaluation {
    size_t n, n_errors;
    double accuracy;         /* 0..1 */
    ScrawlInterval interval; /* of accuracy: Wilson's */
    double loss;             /* mean cross-entropy, natural logarithm */
    double brier; /* mean over images of the sum over classes of (probability - truth)^2, 0..2 */
    double ece;   /* expected calibration error: sum over bins of share * |confidence - accuracy| */
    double balanced_accuracy;       /* mean recall of the classes that have images */
    int n_top;                      /* min(n_classes, SCRAWL_MAX_TOP) */
    double top[SCRAWL_MAX_TOP];     /* top[k-1]: share of images whose class is among the k best */
    int n_classes;                  /* the model's; the data may have fewer */
    const char *const *class_names; /* [n_classes] */
    size_t *confusion;              /* [n_classes][n_classes], rows: truth, columns: answer */
    ScrawlClassScore *classes;      /* [n_classes] */
    /* Over the classes that have images or answers: plain means, and means by support. */
    ScrawlClassScore macro, weighted;
    ScrawlReliability reliability[SCRAWL_RELIABILITY_BINS];
    /* Where several classes look alike on paper (0 and O; 1, I and L; ...; see
     * scrawl_confusable_classes), an answer of the same group counts as right here; as n_errors
     * where there are none. */
    size_t n_merged_errors;
    float *logits;      /* [n][n_classes], in the order of the data set */
    uint16_t *labels;   /* [n]: the truth, by the model's classes */
    double temperature; /* the model's */
    /* The model's, 0: none; then all are accepted. Answers whose confidence reaches it, and the
     * wrong ones among them. */
    double threshold;
    size_t n_accepted, n_accepted_errors;
    double seconds; /* of the forward passes */
} ScrawlEvaluation;

/* Group i of classes that look alike, each byte the name of one: "0O", "1IL", ...; NULL past the
 * end. Static text. */
SCRAWL_API const char *scrawl_confusable_classes(size_t i);

/* {0} is the default. */
typedef struct ScrawlEvaluateOptions {
    int n_threads;        /* 0: all cores; 256 at most. Does not change the result */
    const char *cpu;      /* see ScrawlSessionOptions */
    const ScrawlLog *log; /* progress once a step; returning false ends in INTERRUPTED */
    const char *tta;      /* see ScrawlSessionOptions; NULL: what the model says */
} ScrawlEvaluateOptions;

/* Reads every image of the data set. Classes are matched by name: a model of 47 classes may be
 * evaluated on a data set of ten of them, in any order. Images of another size are resized to the
 * model's. Borrows all arguments for the call; options NULL: defaults. The answer is the class with
 * the largest logit, the first of equals.
 * USAGE where n_threads is out of range or tta unknown; MISMATCH where a class of the data is not
 * among the model's; UNSUPPORTED where `cpu` names kernels that this machine lacks; FORMAT for an
 * empty data set, or where weights are so large that an answer is not a number; INTERRUPTED;
 * NO_MEMORY. *evaluation is NULL then. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_evaluate(ScrawlEvaluation **evaluation,
                                                          const ScrawlModel *model,
                                                          const ScrawlDataset *dataset,
                                                          const ScrawlEvaluateOptions *options,
                                                          ScrawlError *error);
SCRAWL_API void scrawl_evaluation_free(ScrawlEvaluation *evaluation); /* NULL-safe */

/* Walks the confusions from the most frequent on, of equals the first: from *count and *place, of
 * the one before, to those of the next. place = truth * n_classes + answer; *count is SIZE_MAX and
 * *place 0 at first. False: there are no more. Any thread. */
SCRAWL_API bool scrawl_next_confusion(const ScrawlEvaluation *evaluation, size_t *count,
                                      size_t *place);

/* Puts the score on `dataset` among those that the model carries (see ScrawlModelInfo), to be saved
 * with it: as "test" where it is the test set that the model names among its data, else as
 * "NAME:SPLIT". For a model whose scores are gone because it was changed; the evaluation must be of
 * this model as it will be stored. No other thread may use the model meanwhile. NO_MEMORY,
 * LIMIT. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_model_record(ScrawlModel *model,
                                                              const ScrawlEvaluation *evaluation,
                                                              const ScrawlDataset *dataset,
                                                              ScrawlError *error);

/* Writes the logits as a NumPy .npy file, little-endian float32 [n, n_classes], whole or not at
 * all. NOT_FOUND, IO, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_evaluation_save_logits(
    const ScrawlEvaluation *evaluation, const char *path, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
