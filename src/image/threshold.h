/* From grey to black and white. Plain C without libraries; takes no memory. Any thread. */
#ifndef IMAGE_THRESHOLD_H
#define IMAGE_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Otsu's level: what is above it is the light side. The lowest of equals; false, and *level = 0,
 * where all n pixels are one grey. */
bool threshold_otsu(const uint8_t *grey, size_t n, uint8_t *level);

#define THRESHOLD_MAX_RADIUS 500

/* Sauvola's level for every pixel, from the window of `radius` pixels to each side as far as it is
 * in the picture: 0 < radius <= THRESHOLD_MAX_RADIUS. light: the ink is lighter than the paper.
 * grey[height][width] -> out[height][width], not the same array: ink 0 on 255, or 255 on 0 where it
 * is light. sums: 2 * width numbers of work memory. */
void threshold_sauvola(const uint8_t *grey, int width, int height, int radius, bool light,
                       uint8_t *out, uint32_t *sums);

#endif
