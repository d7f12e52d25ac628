/* A colour picture to draw on. What is outside of it is left out. */
#ifndef REPORT_CANVAS_H
#define REPORT_CANVAS_H

#include <stdint.h>

#include "scrawl/status.h"

typedef struct Colour {
    uint8_t r, g, b;
} Colour;

typedef struct Canvas {
    int width, height;
    uint8_t *rgb;  /* [height][width][3] */
    uint8_t *mask; /* [height][width]: text before it has its colour; 0 between calls */
} Canvas;

/* All of one colour. NO_MEMORY; *canvas is then empty. */
SCRAWL_MUST_CHECK ScrawlStatus canvas_init(Canvas *canvas, int width, int height, Colour paper,
                                           ScrawlError *error);
void canvas_deinit(Canvas *canvas); /* NULL-safe */

void canvas_dot(Canvas *canvas, int x, int y, Colour colour);
void canvas_fill(Canvas *canvas, int x, int y, int width, int height, Colour colour);
/* One pixel wide, just outside of the box. */
void canvas_frame(Canvas *canvas, int x, int y, int width, int height, Colour colour);

/* See label_print: capitals `size` pixels high; text wider than max_width ends in an ellipsis. */
void canvas_text(Canvas *canvas, const char *text, int size, int x, int y, int max_width,
                 Colour colour);
/* The same, ending at x. */
void canvas_text_right(Canvas *canvas, const char *text, int size, int x, int y, Colour colour);

#endif
