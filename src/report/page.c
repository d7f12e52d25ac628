#include "report/page.h"

#include "report/html.h"
#include "scrawl/system.h"

/* Nothing may be fetched or run, whatever the text of a file says. */
#define POLICY "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

void page_begin(Text *page, const char *title, const char *folder)
{
    text_put(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    html_text(page, title);
    text_put(page, " - Scrawl</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>",
             page_style);
    html_text(page, title);
    text_put(page, "</h1>\n<p class=\"quiet\">");
    html_text(page, folder);
    text_put(page, ", reported by Scrawl %s</p>\n</header>\n<main>\n", scrawl_version());
}

void page_end(Text *page)
{
    text_put(page, "</main>\n</body>\n</html>\n");
}

void page_section(Text *page, const char *id, const char *title)
{
    text_put(page, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

void page_tile_begin(Text *page, const char *label)
{
    text_put(page, "<div class=\"tile\"><span class=\"quiet\">%s</span> <strong>", label);
}

void page_tile_end(Text *page, const char *note)
{
    text_put(page, "</strong> <span class=\"quiet\">");
    html_text(page, note);
    text_put(page, "</span></div>\n");
}

void page_details_begin(Text *page, const char *summary, bool open)
{
    text_put(page, "<details%s><summary>%s</summary>\n", open ? " open" : "", summary);
}

void page_details_end(Text *page)
{
    text_put(page, "</details>\n");
}

void page_verbatim(Text *page, const char *text)
{
    text_put(page, "<pre class=\"scroll\">");
    html_text(page, text);
    text_put(page, "</pre>\n");
}
