#include "base/text.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool continues_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t utf8_count(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += !continues_character(*text);
    return n;
}

size_t utf8_skip(const char *text, size_t n)
{
    size_t size = 0;
    for (; text[size] && (n > 0 || continues_character(text[size])); size++)
        n -= !continues_character(text[size]);
    return size;
}

size_t utf8_prefix(const char *text, size_t size, size_t max_size)
{
    size_t end = max_size;

    if (size <= max_size)
        return size;
    /* Back to the start of the character that would be cut: at most three bytes. */
    for (int i = 0; i < 3 && end > 0 && continues_character(text[end]); i++)
        end--;
    return continues_character(text[end]) ? max_size : end;
}

/* The "C" locale is static data in the C library: this takes no memory and cannot fail. */
static locale_t c_locale(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static const char *skip_digits(const char *text)
{
    while (*text >= '0' && *text <= '9')
        text++;
    return text;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(const char *text)
{
    const char *digits = text += *text == '-' || *text == '+';
    bool any;

    text = skip_digits(text);
    any = text > digits;
    if (*text == '.') {
        digits = ++text;
        text = skip_digits(text);
        any = any || text > digits;
    }
    if (!any)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        digits = text;
        text = skip_digits(text);
        if (text == digits)
            return false;
    }
    return *text == '\0';
}

bool number_parse(const char *text, double *value)
{
    *value = 0;
    if (!is_decimal(text))
        return false;
    *value = strtod_l(text, NULL, c_locale());
    if (isfinite(*value))
        return true;
    *value = 0;
    return false;
}

const char *number_print(double value, char text[NUMBER_TEXT_SIZE])
{
    locale_t before = uselocale(c_locale());

    /* 15 digits always survive text -> double -> text, so no shorter decimal is missed; 17 always
     * survive double -> text -> double. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    uselocale(before);
    return text;
}
