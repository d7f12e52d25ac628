/* Decimal text and doubles, the same in every locale of the host program. Any thread. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>

#include "scrawl/status.h"

#define NUMBER_TEXT_SIZE 32

/* A decimal number of YAML 1.2's core schema, and nothing after it: 1, -3, 0.5, .5, 1e-3. False,
 * and *value = 0, where text is none or is too large for a double. */
SCRAWL_MUST_CHECK bool number_parse(const char *text, double *value);
/* The shortest decimal of a finite value that reads back as the same double. Returns text. */
const char *number_print(double value, char text[NUMBER_TEXT_SIZE]);

#endif
