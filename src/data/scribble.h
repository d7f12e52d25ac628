/* Pictures of no character, for evaluation what a recogniser makes of them: "noise", "blank" paper,
 * "dashes" and "doodles", each a data set of one class of its own name. */
#ifndef DATA_SCRIBBLE_H
#define DATA_SCRIBBLE_H

#include <stdint.h>

/* One picture, ink 255 on 0, out[size][size], PEN_MIN_SIZE..64, a function of (label, seed,
 * stream). The label must be one of those above. Dashes and doodles are drawn by the pen and have
 * MNIST's form, see image/glyph.h; noise fills the picture, and blank paper is faintly grey. Takes
 * no memory. Any thread. */
void scribble_draw(const char *label, int size, uint64_t seed, uint64_t stream, uint8_t *out);

#endif
