/* Why an answer is what it is: what the network saw, and on which parts of it the answer rests.
 *
 *     scrawl_explain(&explanation, session, &image, NULL, &error);
 *     scrawl_explanation_save(explanation, &image, "why.png", &error); */
#ifndef SCRAWL_EXPLAIN_H
#define SCRAWL_EXPLAIN_H

#include <stdint.h>

#include "scrawl/image.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {0} is the default. */
typedef struct ScrawlExplainOptions {
    /* Side of the patch of paper that is laid over the picture, in pixels of the network's input:
     * an odd number from 1 to its shorter side; 0: about a fourth of that. */
    int patch;
} ScrawlExplainOptions;

/* Owned by the library; read-only. class_names are borrowed from the model, which must outlive the
 * explanation where they are read. */
typedef struct ScrawlExplanation {
    ScrawlPrediction prediction; /* with all of top that there are */
    int n_classes;
    const char *const *class_names; /* [n_classes] */
    int width, height;              /* of the network's input */
    uint8_t *glyph;                 /* [height][width]: what the network saw, ink 255 on 0 */
    int patch;                      /* side of the patch, odd */
    /* [height][width]: what the answer loses of its probability where the middle of the patch lies
     * on that pixel; -1..1, below 0 where it gains. Of inputs with more than 32 pixels a side,
     * every second pixel, every third and so on is measured, and the others have the nearest
     * one's. */
    float *drop;
    double max_drop; /* the largest of them, 0 at least */
} ScrawlExplanation;

/* Answers as scrawl_session_classify does, then covers one place of the glyph after the other with
 * paper and asks again: hundreds of passes.
 * M. Zeiler & R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section
 * 4.2, with the answer's class in place of the true one, which is not known.
 * Free with scrawl_explanation_free; *explanation is NULL after a failure. options NULL: defaults.
 * NO_INK for a blank picture; FORMAT; USAGE: the patch is out of range; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_explain(ScrawlExplanation **explanation,
                                                         ScrawlSession *session,
                                                         const ScrawlImage *image,
                                                         const ScrawlExplainOptions *options,
                                                         ScrawlError *error);
SCRAWL_API void scrawl_explanation_free(ScrawlExplanation *explanation); /* NULL-safe */

/* One PNG of four parts: the picture as it is, what the network saw, the glyph with the drops on a
 * scale of colours that colour-blind readers can tell apart, and the probabilities of the best
 * classes. Whole or not at all; "-" is standard output. NOT_FOUND where the folder is missing, IO,
 * NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus
scrawl_explanation_save(const ScrawlExplanation *explanation, const ScrawlImage *image,
                        const char *path, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
