/* Names on pictures: in a font of the machine, by Pango and cairo, which are loaded when first
 * used. Where they are missing, or no font is installed, the pen's plain print takes their place;
 * it has only the letters and digits of ASCII, and leaves gaps for the rest. */
#ifndef DATA_LABEL_H
#define DATA_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#include "scrawl/image.h"
#include "scrawl/log.h"

/* Whether there is a font. Where there is none, the log gets a warning that says what to
 * install. */
bool label_find_font(const ScrawlLog *log);

/* Whether every character of the text has a shape; with the pen's print, whether any has. */
bool label_can_show(const char *text);

/* Adds a line of text to a picture of ink, 255 on 0: capitals `size` pixels high, their top left
 * corner at (x, y). A text that is wider than max_width ends in an ellipsis. What is outside of the
 * picture is left out. Returns the width in pixels, which is at most max_width. */
int label_print(const char *text, int size, int x, int y, int max_width, const ScrawlImage *ink);
/* The width that label_print would return. */
int label_width(const char *text, int size, int max_width);

/* Pango's version, loading it if need be; NULL where it is not installed. Static text. */
const char *label_library(void);

#endif
