/* The synthetic pen: characters from stroke skeletons of our own, each time in another hand: slant,
 * proportions, width, wobble and the place of every turn vary. Keeps every path testable where no
 * real data is, and draws the pictures of the demo and the labels of sheets. */
#ifndef DATA_PEN_H
#define DATA_PEN_H

#include "base/rng.h"
#include "data/dataset.h"
#include "data/stroke.h"

#define PEN_MIN_SIZE 8
#define PEN_MAX_SIZE 1024

/* True for "0".."9", "A".."Z", "a".."z". */
bool pen_has(const char *label);

/* One character, ink 255 on 0, anti-aliased, out[size][size], placed and filling it as a person's
 * writing in a box would. The hand is a function of (seed, sample). NOT_FOUND for a label that the
 * pen has not, USAGE for a size out of PEN_MIN_SIZE..PEN_MAX_SIZE. Takes no memory. Any thread. */
SCRAWL_MUST_CHECK ScrawlStatus pen_draw(const char *label, int size, uint64_t seed, uint64_t sample,
                                        uint8_t *out, ScrawlError *error);

/* The same as a glyph of MNIST's form, see image/glyph.h: out[size][size], size up to 64. The label
 * must be one that the pen has. */
void pen_glyph(const char *label, int size, uint64_t seed, uint64_t stream, uint8_t *out);

/* The same of a skeleton of the caller's, which is changed. */
void pen_skeleton(Skeleton *skeleton, int size, Rng *rng, uint8_t *out);

/* Text in the pen's own plain print, without any variation: ink 255 added to canvas[height][width],
 * the line's top left corner at (x, y), capitals `size` pixels high. What the pen cannot write is a
 * gap. Cut off at the canvas' edges. */
void pen_print(const char *text, int size, int x, int y, uint8_t *canvas, int width, int height);

/* The width in pixels that pen_print takes for text. */
int pen_print_width(const char *text, int size);

/* A whole data set of 28x28 pictures, equally many of each class: "pen" (10 digits), "pen-chars"
 * (EMNIST's 47 classes; where a small letter counts as its capital, half are small) or one of
 * below. A function of (name, split, n, seed): train and test share no picture, nor do n and
 * more pictures differ in the first n. Works on all cores. NOT_FOUND for another name, LIMIT,
 * NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus pen_dataset(ScrawlDataset **dataset, const char *name,
                                           ScrawlSplit split, size_t n, uint64_t seed,
                                           ScrawlError *error);

/* Pictures of no character, to see what a recogniser makes of them: "noise", "blank" paper,
 * "dashes" and "doodles", each a data set of one class of its own name. */

/* One picture, ink 255 on 0, out[size][size], PEN_MIN_SIZE..64, a function of (label, seed,
 * stream). The label must be one of those above. Dashes and doodles are drawn by the pen and have
 * MNIST's form, see image/glyph.h; noise fills the picture, and blank paper is faintly grey. Takes
 * no memory. Any thread. */
void scribble_draw(const char *label, int size, uint64_t seed, uint64_t stream, uint8_t *out);

#endif
