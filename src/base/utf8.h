/* UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that starts `text`: 1 to 4; 0 where it is not valid or is cut by `size`.
 * A zero byte is a character of one byte. */
size_t utf8_length(const char *text, size_t size);

/* Whether the whole text is valid. */
bool utf8_valid(const char *text);

/* The longest prefix of at most max_size bytes that does not cut a character of valid text. */
size_t utf8_prefix(const char *text, size_t size, size_t max_size);

#endif
