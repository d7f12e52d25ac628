#include "base/number.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
