/* What is done to a picture before a network sees it. It is part of the model: the command line,
 * the server and exported models all feed the network the same pixels.
 *
 *     preprocessing: {mode: glyph, ink: auto, height: 28, width: 28, mean: 0.5, sd: 0.5}
 *
 * glyph: MNIST's own way, see glyph.h. resize: the whole picture to the size, for models trained
 * elsewhere. Plain C, no library: it must also compile to WebAssembly. */
#ifndef IMAGE_PREPROCESS_H
#define IMAGE_PREPROCESS_H

#include "base/schema.h"
#include "scrawl/image.h"

#define PREPROCESS_MIN_SIDE 8
#define PREPROCESS_MAX_SIDE 1024

typedef enum PreprocessMode { PREPROCESS_MODE_GLYPH, PREPROCESS_MODE_RESIZE } PreprocessMode;

/* Which side of the grey scale is ink. AUTO looks at the picture: paper is what surrounds the
 * ink. */
typedef enum PreprocessInk {
    PREPROCESS_INK_AUTO,
    PREPROCESS_INK_DARK,
    PREPROCESS_INK_LIGHT,
} PreprocessInk;

typedef struct Preprocess {
    int height, width; /* of the network's input: PREPROCESS_MIN_SIDE..PREPROCESS_MAX_SIDE */
    int mode;          /* PreprocessMode */
    int ink;           /* PreprocessInk */
    double mean, sd;   /* input value = (pixel / 255 - mean) / sd */
} Preprocess;

#define PREPROCESS_DEFAULT \
    ((Preprocess){28, 28, PREPROCESS_MODE_GLYPH, PREPROCESS_INK_AUTO, 0.0, 1.0})

/* node NULL: the defaults. RECIPE, with file, line and key, for what is wrong. */
SCRAWL_MUST_CHECK ScrawlStatus preprocess_read(Preprocess *preprocess, const Tree *tree,
                                               const TreeNode *node, ScrawlError *error);

/* All six values as one JSON object; preprocess_read reads it back as it was. */
SCRAWL_MUST_CHECK ScrawlStatus preprocess_write_json(const Preprocess *preprocess, Buffer *out);

/* Any picture to out[height * width], ink 255 on 0. glyph mode: NO_INK for a blank picture.
 * resize mode: ink LIGHT takes the greys as they are, DARK turns them round, AUTO decides; blank
 * pictures pass, taken for paper. FORMAT for an empty picture. Memory of its own in proportion
 * to the picture: NO_MEMORY. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus preprocess_image(const Preprocess *preprocess,
                                                const ScrawlImage *image, uint8_t *out,
                                                ScrawlError *error);

#endif
