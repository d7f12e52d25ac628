/* The synthetic pen: characters from stroke skeletons of our own, drawn with random slant, width, jitter and wobble. Keeps every path testable where no real
 * data is, and draws the pictures of the demo. */
#ifndef DATA_PEN_H
#define DATA_PEN_H

#include "data/dataset.h"

/* One character, ink 255 on 0, anti-aliased, size x size, filling it as a person's writing in a box would. label: one of pen_labels. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus pen_draw(const char *label, int size, uint64_t seed, uint64_t sample, uint8_t *out, ScrawlError *error);
bool pen_has(const char *label);

/* A whole data set, preprocessed like MNIST (28x28 glyphs): "pen" (10 digits) or "pen-chars" (EMNIST's 47 classes). */
SCRAWL_MUST_CHECK ScrawlStatus pen_dataset(ScrawlDataset **dataset, const char *name, ScrawlSplit split, size_t n, uint64_t seed, ScrawlError *error);

#endif
