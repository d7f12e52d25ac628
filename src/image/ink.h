/* Telling ink from paper in a grey picture. Plain C without libraries. */
#ifndef IMAGE_INK_H
#define IMAGE_INK_H

#include <stdbool.h>

#include "image/preprocess.h"

/* What ink_extract found. */
typedef struct InkReport {
    bool light;   /* the ink is lighter than the paper */
    bool clean;   /* paper of one grey, without noise: drawn by a program */
    double noise; /* standard deviation of the paper about its own shading, in grey levels */
    int contrast; /* grey levels between paper and the strongest ink */
} InkReport;

/* grey[height][width] -> ink[height][width], 0 paper to 255 the strongest ink; they may be the same
 * array. The paper's brightness may vary slowly over the picture (light from one side, a vignette):
 * it is fitted and removed, and noise is cut off. NO_INK where nothing stands out. */
SCRAWL_MUST_CHECK ScrawlStatus ink_extract(const uint8_t *grey, int width, int height,
                                           PreprocessInk side, uint8_t *ink, InkReport *report,
                                           ScrawlError *error);

/* Whether the ink is lighter than the paper, as ink_extract would find; where nothing stands out,
 * the picture's border is paper of its own side of the grey scale, and ink is on the other.
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus ink_is_light(const uint8_t *grey, int width, int height, bool *light,
                                            ScrawlError *error);

/* Clears specks: connected marks with less than a fiftieth of the largest mark's ink. NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus ink_despeckle(uint8_t *ink, int width, int height,
                                             ScrawlError *error);

#endif
