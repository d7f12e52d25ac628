/* Comparing models on the same images: who errs least where it errs most, whether a difference is
 * more than chance, and on which images. docs/evaluation.md has every formula and its source.
 *
 *     scrawl_compare(&comparison, models, 3, (const char *[]){"mnist", "mnist@distort"}, 2, NULL,
 *                    &error);
 *     printf("model %d\n", comparison->winner); */
#ifndef SCRAWL_COMPARE_H
#define SCRAWL_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/evaluate.h"
#include "scrawl/log.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCRAWL_COMPARE_MAX 64 /* models of one comparison, and data sets */
#define SCRAWL_COMPARE_RESAMPLES 10000

/* What a model's list of its data says of a data set that it is evaluated on. */
typedef enum ScrawlLeakage {
    SCRAWL_LEAKAGE_NONE,
    /* One is of MNIST's family and the other of EMNIST's: a part of the digits of each is in the
     * other, processed anew. Or both are of one of them, and of one split: MNIST and QMNIST, EMNIST
     * Digits and EMNIST ByClass. */
    SCRAWL_LEAKAGE_RELATED,
    /* The model was trained, or chosen, on these images: the checksum is the same, or a name and
     * its split are. */
    SCRAWL_LEAKAGE_SAME,
} ScrawlLeakage;

typedef struct ScrawlComparedData {
    char *text;        /* as it was asked for: "mnist+photos@distort" */
    const char *split; /* "test"; static text */
    char sha256[65];   /* of pixels, then labels, as opened */
    size_t n;          /* images, at least 1 */
} ScrawlComparedData;

/* Of one model on one data set. */
typedef struct ScrawlComparedScore {
    size_t n_errors;
    double error; /* n_errors / n, 0..1 */
    ScrawlLeakage leakage;
} ScrawlComparedScore;

/* Of one model. All are error rates, 0..1. */
typedef struct ScrawlComparedModel {
    ScrawlComparedScore *scores; /* [n_data] */
    double worst;                /* the largest */
    int worst_data;              /* the first data set that has it */
    double range;                /* the largest less the smallest */
    double mean;                 /* every data set counts alike */
} ScrawlComparedModel;

/* One model against the first, on one data set. An image is fixed where only the first errs, and
 * broken where only the model does. */
typedef struct ScrawlPairedTest {
    int model, data; /* the model is 1 or more; it is compared with model 0 */
    size_t n_fixed, n_broken;
    uint32_t *fixed, *broken; /* [n_fixed], [n_broken]: places in the data set, ascending */
    double p;                 /* exact McNemar, two-sided */
    double p_holm;            /* corrected for all tests of the comparison */
    double difference;        /* of the error rates: the model's less the first's */
    ScrawlInterval interval;  /* of the difference: 95 %, bootstrap percentiles */
} ScrawlPairedTest;

/* Owned by the library; read-only. */
typedef struct ScrawlComparison {
    int n_models, n_data;
    ScrawlComparedData *data;    /* [n_data], in the order of the call */
    ScrawlComparedModel *models; /* [n_models] */
    /* Minimax: the lowest worst error; of equals the lowest mean, and then the first. */
    int winner;
    size_t n_tests;          /* (n_models - 1) * n_data */
    ScrawlPairedTest *tests; /* [n_tests]: by model, then by data set */
} ScrawlComparison;

/* {0} is the default. */
typedef struct ScrawlCompareOptions {
    int n_threads;           /* 0: all cores; 256 at most. Does not change the result */
    const char *cpu;         /* see ScrawlSessionOptions */
    const char *tta;         /* of all models; NULL: what each says */
    const char *data_folder; /* see ScrawlDataOptions */
    uint64_t seed;           /* of the bootstrap */
    const ScrawlLog *log;    /* progress, as "model 2/3 on mnist"; returning false: INTERRUPTED */
} ScrawlCompareOptions;

/* Evaluates models[n_models] on each data set data[n_data] (see scrawl/dataset.h), of which the
 * test split is taken where the text names none. The models' classes must be the same as a set of
 * names; those of the data are matched by name, as scrawl_evaluate does, and may be fewer. Each
 * data set is opened once, and one is held at a time; a joined one, "a+b", is not evaluated again
 * where its parts "a" and "b" were. Borrows all arguments for the call; options NULL: defaults.
 * Free with scrawl_comparison_free; *comparison is NULL after a failure. Any thread.
 * USAGE: no models or more than SCRAWL_COMPARE_MAX, the same of data sets, one that is named twice,
 * n_threads out of range, tta unknown; MISMATCH: the models differ in their classes, or lack one of
 * the data; what scrawl_dataset_open and scrawl_evaluate return; INTERRUPTED; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_compare(
    ScrawlComparison **comparison, const ScrawlModel *const *models, int n_models,
    const char *const *data, int n_data, const ScrawlCompareOptions *options, ScrawlError *error);
SCRAWL_API void scrawl_comparison_free(ScrawlComparison *comparison); /* NULL-safe */

/* True where the model errs more often than the first on the test's images, and p_holm says that it
 * is no chance: more broken than fixed, and below 0.05. With `better`: less often. */
SCRAWL_API bool scrawl_paired_test_proves(const ScrawlPairedTest *test, bool better);

typedef enum ScrawlMeasure {
    SCRAWL_MEASURE_WORST,
    SCRAWL_MEASURE_RANGE,
    SCRAWL_MEASURE_MEAN,
    SCRAWL_MEASURE_ERROR,
    SCRAWL_MEASURE_ACCURACY,
} ScrawlMeasure;

/* What is required of a model, such as "worst<=0.015". */
typedef struct ScrawlRequirement {
    ScrawlMeasure measure;
    int data;               /* index; -1: of no one data set */
    bool at_most, or_equal; /* "<=" is both, ">" neither */
    double bound;
} ScrawlRequirement;

/* Reads MEASURE OPERATOR NUMBER, with blanks between where one likes:
 *   MEASURE   worst      the largest error rate of all data sets
 *             range      the largest less the smallest
 *             mean       of the error rates
 *             error(D)   the error rate on one of data[n_data], by its text
 *             accuracy(D)
 *             accuracy   the lowest of all data sets
 *   OPERATOR  < <= > >=
 *   NUMBER    a share from 0 to 1, or a percentage: "0.015", "1.5%"
 * USAGE for all else, with what was expected. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_requirement_parse(ScrawlRequirement *requirement,
                                                                   const char *text,
                                                                   const char *const *data,
                                                                   int n_data, ScrawlError *error);

/* True where it holds of a model of a comparison of the same data sets; *found is the measure's
 * value, 0..1. Values count as equal to a bound that is no more than 1e-12 away. */
SCRAWL_API bool scrawl_requirement_holds(const ScrawlRequirement *requirement,
                                         const ScrawlComparison *comparison, int model,
                                         double *found);

#ifdef __cplusplus
}
#endif
#endif
