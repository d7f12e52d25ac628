/* What a model makes of pictures that are of none of its classes: letters for a recogniser of
 * digits, noise, dashes, doodles. It answers all the same; the question is how sure it is. */
#ifndef SCRAWL_OOD_H
#define SCRAWL_OOD_H

#include <stddef.h>

#include "scrawl/compare.h"
#include "scrawl/dataset.h"
#include "scrawl/evaluate.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ScrawlOodClass {
    const char *name; /* borrowed from the data set */
    size_t n, n_accepted;
} ScrawlOodClass;

/* Owned by the library; read-only. */
typedef struct ScrawlOod {
    size_t n, n_accepted; /* pictures; those whose confidence reaches the model's threshold */
    /* Probability that a picture of a known class has a higher confidence than one of these, where
     * equals count half: 1 tells all apart, 0.5 none. J. A. Hanley & B. J. McNeil, Radiology 143,
     * 1982. */
    double auroc;
    /* The same without the classes that look like one of the model's on paper (see
     * scrawl_confusable_classes); n_unlike 0, auroc_unlike 0.5 where there are no others. */
    size_t n_unlike, n_unlike_accepted;
    double auroc_unlike;
    ScrawlLeakage leakage; /* whether the model has met these pictures: as ood, or to learn */
    int n_classes;
    ScrawlOodClass *classes; /* [n_classes], in the order of the data set, those with images */
} ScrawlOod;

/* Asks the model about the images of `dataset` whose class it does not know. `known` is its
 * evaluation on images of its own classes, with its temperature. Borrows all arguments for the
 * call, and the data set's names for as long as *ood is read; options NULL: defaults.
 * MISMATCH where the model knows all classes of the data; else as scrawl_evaluate. *ood is NULL
 * then. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_evaluate_ood(
    ScrawlOod **ood, const ScrawlModel *model, const ScrawlDataset *dataset,
    const ScrawlEvaluation *known, const ScrawlEvaluateOptions *options, ScrawlError *error);
SCRAWL_API void scrawl_ood_free(ScrawlOod *ood); /* NULL-safe */

#ifdef __cplusplus
}
#endif
#endif
