/* Denoising a grey picture before it is read: a text SPEC = STEP[,STEP]... of at most 16 steps,
 * which are done in this order.
 *
 *   blur[=SD]           Gaussian, SD in pixels
 *   threshold           to black and white at one level: N. Otsu, "A threshold selection method
 *                       from gray-level histograms", IEEE Trans. SMC 9, 1979
 *   adaptive[=WINDOW]   to black and white at a level of its own for every pixel, from the mean and
 *                       the deviation in a window of so many pixels a side: J. Sauvola, M.
 *                       Pietikainen, "Adaptive document image binarization", Pattern Recognition
 *                       33, 2000, equation 5, with its k = 0.5 and R = 128. An even window counts
 *                       as the next odd one. Without a number: an eighth of the picture's smaller
 *                       side, at least 15
 *   despeckle[=PIXELS]  connected pieces of ink (8 neighbours) of fewer than so many pixels become
 *                       as the paper round them. What is ink is told by Otsu's level
 *
 * Ink may be dark or light: a photo's is found by looking (the paper is what surrounds the ink);
 * that of a data set is 255 on 0. Ink and paper stay on their side of the grey scale. A picture of
 * one grey stays as it is. */
#ifndef SCRAWL_DENOISE_H
#define SCRAWL_DENOISE_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/image.h"
#include "scrawl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One row of the table of steps. Static text. */
typedef struct ScrawlDenoiseStep {
    const char *name;
    const char *unit; /* of its number; NULL: it takes none */
    const char *what; /* it does: one phrase */
    double min, max;  /* of the number, both allowed */
    bool whole;       /* only whole numbers are */
    double usual;     /* without a number; 0: by the picture's size */
} ScrawlDenoiseStep;

/* Row i; NULL past the end. Any thread. */
SCRAWL_API const ScrawlDenoiseStep *scrawl_denoise_step(size_t i);

/* Reads the text and forgets it. USAGE for an empty one, an unknown name (with the nearest) and a
 * number out of range (with the range). Any thread. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_denoise_check(const char *spec,
                                                               ScrawlError *error);

/* Cleans the picture in place. USAGE as scrawl_denoise_check, and for an empty picture; NO_MEMORY:
 * the picture is then as it was. Any thread; one at a time a picture. */
SCRAWL_API SCRAWL_MUST_CHECK ScrawlStatus scrawl_image_denoise(ScrawlImage *image, const char *spec,
                                                               ScrawlError *error);

#ifdef __cplusplus
}
#endif
#endif
