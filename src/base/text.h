/* Characters and numbers in text: UTF-8 as in RFC 3629 (no overlong forms, no surrogates, nothing
 * above U+10FFFF), and decimals that do not depend on the locale. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "scrawl/status.h"

/* The length of the first character in bytes, 1 to 4; 0 if it is invalid or truncated by `size`. A
 * zero byte is a character of one byte. */
size_t utf8_length(const char *text, size_t size);

/* Whether the whole text is valid. */
bool utf8_valid(const char *text);

/* The number of characters in valid text, and the length in bytes of its first n characters. */
size_t utf8_count(const char *text);
size_t utf8_skip(const char *text, size_t n);

/* The longest prefix of at most max_size bytes that does not cut a character of valid text. */
size_t utf8_prefix(const char *text, size_t size, size_t max_size);

/* Decimal text and doubles, the same in every locale of the host program. Any thread. */

#define NUMBER_TEXT_SIZE 32

/* Parses a decimal number of YAML 1.2's core schema, with nothing after it: 1, -3, 0.5, .5, 1e-3.
 * False, and *value = 0, if the text is not a number or too large for a double. */
SCRAWL_MUST_CHECK bool number_parse(const char *text, double *value);
/* The shortest decimal of a finite value that reads back as the same double. Returns text. */
const char *number_print(double value, char text[NUMBER_TEXT_SIZE]);

#endif
