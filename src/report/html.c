#include "report/html.h"

#include <string.h>

#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

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

void html_text_part(Text *page, const char *text, size_t size)
{
    while (size > 0) {
        size_t length = utf8_length(text, size);
        const char *instead = length == 1 ? reference(*text) : NULL;
        if (length == 0 || is_control(*text))
            instead = REPLACEMENT;
        length = length ? length : 1;
        if (instead)
            text_append(page, instead, strlen(instead));
        else
            text_append(page, text, length);
        text += length;
        size -= length;
    }
}

void html_text(Text *page, const char *text)
{
    html_text_part(page, text, strlen(text));
}

/* RFC 4648, section 4. */
void html_data(Text *page, const char *type, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = bytes;
    text_put(page, "data:%s;base64,", type);
    for (; size > 0; at += 3) {
        size_t n = size < 3 ? size : 3;
        unsigned group = (unsigned)at[0] << 16 | (n > 1 ? at[1] : 0u) << 8 | (n > 2 ? at[2] : 0u);
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        n > 1 ? digits[group >> 6 & 63] : '=', n > 2 ? digits[group & 63] : '='};
        text_append(page, four, 4);
        size -= n;
    }
}

void html_table_begin(Text *page, const char *columns)
{
    text_put(page, "<div class=\"scroll\"><table>\n<thead><tr>");
    while (*columns) {
        size_t length = strcspn(columns, "|");
        bool number = *columns == '#';
        text_put(page, "<th%s>%.*s</th>", number ? " class=\"n\"" : "", (int)length - number,
                 columns + number);
        columns += length + (columns[length] == '|');
    }
    text_put(page, "</tr></thead>\n<tbody>\n");
}

void html_table_end(Text *page)
{
    text_put(page, "</tbody></table></div>\n");
}

void html_cell(Text *page, const char *text)
{
    text_put(page, "<td>");
    html_text(page, text);
    text_put(page, "</td>");
}

void html_number(Text *page, const char *format, ...)
{
    va_list arguments;
    text_put(page, "<td class=\"n\">");
    va_start(arguments, format);
    if (!page->status)
        page->status = buffer_vprint(&page->buffer, format, arguments);
    va_end(arguments);
    text_put(page, "</td>");
}
