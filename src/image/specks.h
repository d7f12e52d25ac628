/* Small pieces of ink that are none. Plain C without libraries; takes no memory. Any thread. */
#ifndef IMAGE_SPECKS_H
#define IMAGE_SPECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connected pieces of ink (8 neighbours) of fewer than `least` pixels take the mean grey of the
 * paper next to them; one that fills the picture stays. Ink is what is above `level` where it is
 * light, else what is not. marks: width * height bytes of work memory; queue: `least` places, of
 * which no more than width * height are used. */
void specks_remove(uint8_t *grey, int width, int height, uint8_t level, bool light, size_t least,
                   uint8_t *marks, uint32_t *queue);

#endif
