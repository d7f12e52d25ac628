#include "report/markup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void text_count(Buffer *out, double count)
{
    char digits[32];
    count = isfinite(count) ? fmin(fabs(count), 1e18) : 0;
    int n = snprintf(digits, sizeof digits, "%.0f", count);
    for (int i = 0; i < n; i++)
        text_printf(out, "%s%c", i > 0 && (n - i) % 3 == 0 ? "," : "", digits[i]);
}

void text_time(Buffer *out, double seconds)
{
    seconds = fmin(fmax(seconds, 0), 1e9);
    long whole = lround(seconds);
    if (seconds < 59.95)
        text_printf(out, "%.1f s", seconds);
    else if (whole < 3600)
        text_printf(out, "%ld min %02ld s", whole / 60, whole % 60);
    else
        text_printf(out, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
}

void text_percent(Buffer *out, double part)
{
    if (isnan(part))
        text_printf(out, "-");
    else
        text_printf(out, "%.2f %%", 100 * part);
}

static const char *reference(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    }
    return NULL;
}

static bool is_control(char character)
{
    unsigned char byte = (unsigned char)character;
    return (byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f;
}

void html_text_part(Buffer *page, const char *text, size_t size)
{
    while (size > 0) {
        size_t length = utf8_length(text, size);
        const char *instead = length == 1 ? reference(*text) : NULL;
        if (length == 0 || is_control(*text))
            instead = REPLACEMENT;
        length = length ? length : 1;
        if (instead)
            text_put(page, instead);
        else
            text_append(page, text, length);
        text += length;
        size -= length;
    }
}

void html_text(Buffer *page, const char *text)
{
    html_text_part(page, text, strlen(text));
}

/* RFC 4648, section 4. */
void html_data(Buffer *page, const char *type, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = bytes;
    text_printf(page, "data:%s;base64,", type);
    for (; size > 0; at += 3) {
        size_t n = size < 3 ? size : 3;
        unsigned group = (unsigned)at[0] << 16 | (n > 1 ? at[1] : 0u) << 8 | (n > 2 ? at[2] : 0u);
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        n > 1 ? digits[group >> 6 & 63] : '=', n > 2 ? digits[group & 63] : '='};
        text_append(page, four, 4);
        size -= n;
    }
}

void html_table_begin(Buffer *page, const char *columns)
{
    text_printf(page, "<div class=\"scroll\"><table>\n<thead><tr>");
    while (*columns) {
        size_t length = strcspn(columns, "|");
        bool number = *columns == '#';
        text_printf(page, "<th%s>%.*s</th>", number ? " class=\"n\"" : "", (int)length - number,
                    columns + number);
        columns += length + (columns[length] == '|');
    }
    text_printf(page, "</tr></thead>\n<tbody>\n");
}

void html_table_end(Buffer *page)
{
    text_printf(page, "</tbody></table></div>\n");
}

void html_cell(Buffer *page, const char *text)
{
    text_printf(page, "<td>");
    html_text(page, text);
    text_printf(page, "</td>");
}

void html_number(Buffer *page, const char *format, ...)
{
    va_list arguments;
    text_printf(page, "<td class=\"n\">");
    va_start(arguments, format);
    text_vprintf(page, format, arguments);
    va_end(arguments);
    text_printf(page, "</td>");
}
