#include "base/utf8.h"

#include <string.h>

/* Length and range of the second byte by first byte: RFC 3629, section 4. */
static size_t sequence(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef) {
        *low = first == 0xe0 ? 0xa0 : 0x80;  /* no overlong form */
        *high = first == 0xed ? 0x9f : 0xbf; /* no surrogate */
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *low = first == 0xf0 ? 0x90 : 0x80;
        *high = first == 0xf4 ? 0x8f : 0xbf; /* up to U+10FFFF */
        return 4;
    }
    return 0;
}

size_t utf8_length(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char low, high;
    size_t length = size > 0 ? sequence(bytes[0], &low, &high) : 0;

    if (length > size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (bytes[i] < low || bytes[i] > high)
            return 0;
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

bool utf8_valid(const char *text)
{
    for (size_t left = strlen(text), step; left > 0; left -= step, text += step) {
        step = utf8_length(text, left);
        if (step == 0)
            return false;
    }
    return true;
}

size_t utf8_prefix(const char *text, size_t size, size_t max_size)
{
    size_t end = max_size;

    if (size <= max_size)
        return size;
    /* Back to the start of the character that the cut goes through: at most three bytes. */
    for (int i = 0; i < 3 && end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80; i++)
        end--;
    return ((unsigned char)text[end] & 0xc0) == 0x80 ? max_size : end;
}
