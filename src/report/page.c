#include "report/page.h"

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

/* The frame of a page. */

/* Nothing may be fetched or run, whatever the text of a file says. */
#define POLICY "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

/* One column, which a phone has room for. What is wider scrolls in its own box. Handwriting is ink
 * on paper, and light on dark where the screen is. */
static const char style[] =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1b1f23;--quiet:#57606a;--line:#d8dee4;"
    "--soft:#f4f6f8;--link:#0072b2}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e8ea;--quiet:#a5adb5;"
    "--line:#2f353b;--soft:#1d2227;--link:#56b4e9}.glyph{filter:invert(1)}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:64rem;padding:1rem clamp(1rem,4vw,2.5rem) 3rem;"
    "background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:1.75rem;line-height:1.2;margin:.5rem 0 0}\n"
    "h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-top:.75rem;"
    "border-top:1px solid var(--line)}\n"
    "h3{font-size:1rem;margin:1.5rem 0 .5rem}\n"
    "p{margin:.5rem 0;max-width:44rem}\n"
    "a{color:var(--link)}\n"
    "nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.75rem 0}\n"
    ".quiet,figcaption{color:var(--quiet);font-size:.875rem}\n"
    ".note{border-left:4px solid #e69f00;background:var(--soft);padding:.5rem .75rem;"
    "max-width:none}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;"
    "margin:1.25rem 0}\n"
    ".tile{background:var(--soft);border-radius:.375rem;padding:.625rem .75rem}\n"
    ".tile span{display:block;line-height:1.35}\n"
    ".tile strong{font-size:1.375rem;line-height:1.3;font-variant-numeric:tabular-nums}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:1rem 0}\n"
    "dt{color:var(--quiet)}\n"
    "dd{margin:0;unicode-bidi:isolate}\n"
    "@media(max-width:32rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));"
    "gap:1.5rem;align-items:start}\n"
    "figure+.plots{margin-top:1.5rem}\n"
    "figure{margin:0;min-width:0}\n"
    "img{display:block;max-width:100%;height:auto}\n"
    "img.wide{max-width:none}\n"
    "figcaption{margin-top:.25rem;max-width:44rem;unicode-bidi:isolate}\n"
    ".scroll{overflow-x:auto;max-width:100%}\n"
    "table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;"
    "margin:.5rem 0}\n"
    "th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);"
    "white-space:nowrap;unicode-bidi:isolate}\n"
    "th{color:var(--quiet);font-weight:600}\n"
    "td{white-space:normal;overflow-wrap:break-word;min-width:2rem}\n"
    "th.n,td.n{text-align:right;white-space:nowrap}\n"
    "pre{background:var(--soft);border-radius:.375rem;padding:.75rem;font-size:.8125rem;"
    "line-height:1.45;overflow-wrap:normal}\n"
    "details{margin:.75rem 0}\n"
    "summary{cursor:pointer;color:var(--link);padding:.25rem 0}\n"
    ".strips{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));"
    "gap:.375rem 1.5rem}\n"
    ".strip{display:grid;grid-template-columns:2.5rem 1fr;gap:.5rem;align-items:center}\n"
    ".strip span{text-align:right;unicode-bidi:isolate}\n"
    ".strip img{width:100%}\n"
    ".long .strip{grid-template-columns:6.5rem 1fr}\n"
    ".tiny{display:grid;grid-template-columns:repeat(auto-fill,minmax(4.5rem,1fr));"
    "gap:1rem .5rem}\n"
    ".tiny.long{grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr))}\n"
    ".tiny figure{text-align:center}\n"
    ".tiny img{width:56px;height:56px;object-fit:contain;margin:0 auto;"
    "image-rendering:pixelated;border:1px solid #bbb}\n"
    ".tiny b,.tiny span{display:block;line-height:1.35}\n"
    ".tiny b{color:var(--ink)}\n";

void page_begin(Buffer *page, const char *title, const char *folder)
{
    text_printf(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    html_text(page, title);
    text_printf(page, " - Scrawl</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>",
                style);
    html_text(page, title);
    text_printf(page, "</h1>\n<p class=\"quiet\">");
    html_text(page, folder);
    text_printf(page, ", reported by Scrawl " SCRAWL_VERSION "</p>\n</header>\n<main>\n");
}

void page_end(Buffer *page)
{
    text_printf(page, "</main>\n</body>\n</html>\n");
}

void page_section(Buffer *page, const char *id, const char *title)
{
    text_printf(page, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

void page_tile_begin(Buffer *page, const char *label)
{
    text_printf(page, "<div class=\"tile\"><span class=\"quiet\">%s</span> <strong>", label);
}

void page_tile_end(Buffer *page, const char *note)
{
    text_printf(page, "</strong> <span class=\"quiet\">");
    html_text(page, note);
    text_printf(page, "</span></div>\n");
}

void page_details_begin(Buffer *page, const char *summary, bool open)
{
    text_printf(page, "<details%s><summary>%s</summary>\n", open ? " open" : "", summary);
}

void page_details_end(Buffer *page)
{
    text_printf(page, "</details>\n");
}

void page_verbatim(Buffer *page, const char *text)
{
    text_printf(page, "<pre class=\"scroll\">");
    html_text(page, text);
    text_printf(page, "</pre>\n");
}

/* Markdown, as far as model cards use it: paragraphs, lists, `code` and **strong**. */

/* What stands between two marks at `text`, as an element; returns what follows it, or NULL where
 * there is no such mark, or no second one. */
static const char *put_marked(Buffer *page, const char *text, const char *end)
{
    static const struct {
        const char *mark, *tag;
    } marks[] = {{"**", "strong"}, {"`", "code"}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t length = strlen(marks[i].mark), left = (size_t)(end - text);
        if (left < length || strncmp(text, marks[i].mark, length) != 0)
            continue;
        const char *close = memmem(text + length, left - length, marks[i].mark, length);
        if (!close)
            continue;
        text_printf(page, "<%s>", marks[i].tag);
        html_text_part(page, text + length, (size_t)(close - text) - length);
        text_printf(page, "</%s>", marks[i].tag);
        return close + length;
    }
    return NULL;
}

void page_markdown(Buffer *page, const char *text, size_t size)
{
    const char *end = text + size;
    while (text < end) {
        const char *next = put_marked(page, text, end);
        if (!next) {
            next = text + 1;
            while (next < end && *next != '*' && *next != '`')
                next++;
            html_text_part(page, text, (size_t)(next - text));
        }
        text = next;
    }
}

/* One line: a heading, an item or a paragraph. *in_list says whether a list is open. */
static void put_line(Buffer *page, const char *line, size_t length, bool *in_list)
{
    bool item = length > 2 && strncmp(line, "- ", 2) == 0;
    if (*in_list != item)
        text_printf(page, item ? "<ul>\n" : "</ul>\n");
    *in_list = item;
    if (item) {
        text_printf(page, "<li>");
        page_markdown(page, line + 2, length - 2);
        text_printf(page, "</li>\n");
    } else if (length > 3 && strncmp(line, "## ", 3) == 0) {
        text_printf(page, "<h3>");
        html_text_part(page, line + 3, length - 3);
        text_printf(page, "</h3>\n");
    } else if (length > 0) {
        text_printf(page, "<p>");
        page_markdown(page, line, length);
        text_printf(page, "</p>\n");
    }
}

void page_markdown_section(Buffer *page, const char *document, const char *heading)
{
    const char *line = strstr(document, heading);
    bool in_list = false, first = true;
    while (line && *line && (first || strncmp(line, "## ", 3) != 0)) {
        size_t length = strcspn(line, "\n");
        put_line(page, line, length, &in_list);
        line += length + (line[length] == '\n');
        first = false;
    }
    if (in_list)
        text_printf(page, "</ul>\n");
}
