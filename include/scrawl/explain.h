/* Why a picture got its answer: what the network saw, and which parts of it the answer depends on.
 *
 *     scrawl_explain(&explanation, session, &image, NULL, &error);
 *     scrawl_explanation_save(explanation, &image, "why.png", NULL, &error); */
#ifndef SCRAWL_EXPLAIN_H
#define SCRAWL_EXPLAIN_H

#include <stdint.h>

#include "scrawl/image.h"
#include "scrawl/log.h"
#include "scrawl/model.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* {0} is the default. */
typedef struct ScrawlExplainOptions {
    /* Side of the square patch that covers part of the input, in pixels of the network's input: an
     * odd number from 1 to its shorter side. 0: about a quarter of that side. */
    int patch;
} ScrawlExplainOptions;

/* Owned by the library; read-only. class_names are borrowed from the model, so the model must
 * outlive the explanation. */
typedef struct ScrawlExplanation {
    ScrawlPrediction prediction; /* with as many classes in `top` as fit */
    int n_classes;
    const char *const *class_names; /* [n_classes] */
    int width, height;              /* of the network's input */
    uint8_t *glyph;                 /* [height][width]: what the network saw, ink 255 on 0 */
    int patch;                      /* side of the patch, odd */
    /* [height][width]: how much probability the answer loses when the patch is centred on that
     * pixel; -1..1, negative where it gains. Along sides of more than 32 pixels, only every second
     * pixel (or third, and so on) is measured; the others take the nearest value. */
    float *drop;
    double max_drop; /* the largest of them, at least 0 */
} ScrawlExplanation;

/* Classifies the picture as scrawl_session_classify does, then covers one place after another with
 * a blank patch and classifies again: hundreds of forward passes. This is the occlusion map of
 * M. Zeiler & R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014,
 * section 4.2, but for the predicted class, since the true one is not known.
 * Free with scrawl_explanation_free; *explanation is NULL after a failure. options NULL: defaults.
 * NO_INK for a blank picture; FORMAT; USAGE: the patch is out of range; NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_explain(ScrawlExplanation **explanation,
                                                         ScrawlSession *session,
                                                         const ScrawlImage *image,
                                                         const ScrawlExplainOptions *options,
                                                         ScrawlError *error);
SCRAWL_API void scrawl_explanation_free(ScrawlExplanation *explanation); /* NULL-safe */

/* Writes one PNG of four parts: the picture, what the network saw, the occlusion map in colours for
 * colour-blind readers too, and the probabilities of the best classes. Class names are
 * drawn in a font of the machine; the log, which may be NULL, gets a warning where there is none.
 * The file is complete or not written at all; "-" is standard output. NOT_FOUND where the folder is
 * missing, IO, NO_MEMORY. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus
scrawl_explanation_save(const ScrawlExplanation *explanation, const ScrawlImage *image,
                        const char *path, const ScrawlLog *log, ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
