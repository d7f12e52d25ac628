/* What is done to a picture before a network sees it. It is part of the model: the command line, the server and exported models all feed the network the same pixels.
 *
 *     preprocessing: {mode: glyph, ink: auto, height: 28, width: 28, mean: 0.5, sd: 0.5}
 *
 * glyph: MNIST's own way (LeCun, Cortes, Burges, "The MNIST database"): ink box, longer side to 20 of 28, centre of mass to the centre.
 * resize: the whole picture to the size, for models trained elsewhere. Plain C, no library: it must also compile to WebAssembly. */
#ifndef IMAGE_PREPROCESS_H
#define IMAGE_PREPROCESS_H

#include "base/schema.h"
#include "scrawl/image.h"

typedef enum PreprocessMode { PREPROCESS_MODE_GLYPH, PREPROCESS_MODE_RESIZE } PreprocessMode;
typedef enum PreprocessInk { PREPROCESS_INK_AUTO, PREPROCESS_INK_DARK, PREPROCESS_INK_LIGHT } PreprocessInk;

typedef struct Preprocess {
    int height, width; /* of the network's input: 8..1024 */
    int mode;          /* PreprocessMode */
    int ink;           /* PreprocessInk: which side of the grey scale is ink */
    double mean, sd;   /* input value = (pixel / 255 - mean) / sd */
} Preprocess;

#define PREPROCESS_DEFAULT ((Preprocess){28, 28, PREPROCESS_MODE_GLYPH, PREPROCESS_INK_AUTO, 0.0, 1.0})

/* node NULL: the defaults. */
SCRAWL_MUST_CHECK ScrawlStatus preprocess_read(Preprocess *preprocess, const Tree *tree, const TreeNode *node, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus preprocess_write_json(const Preprocess *preprocess, Buffer *out);

/* Any picture to out[height * width], ink 255 on 0. NO_INK for a blank picture, FORMAT for an empty one. Uses memory of its own in proportion to the picture. */
SCRAWL_MUST_CHECK ScrawlStatus preprocess_image(const Preprocess *preprocess, const ScrawlImage *image, uint8_t *out, ScrawlError *error);

#endif
