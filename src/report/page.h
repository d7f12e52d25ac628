/* Writing an HTML page, and numbers for people to read. text_printf is for markup of our own; names
 * and anything else from a file must go through html_text, which keeps it from acting as markup. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>

#include "base/buffer.h"

/* 1234567 as 1,234,567. */
void text_count(Buffer *out, double count);
/* "4.2 s", "8 min 42 s", "2 h 05 min". */
void text_time(Buffer *out, double seconds);
/* 0.99066 as "99.07 %"; "-" for NAN. */
void text_percent(Buffer *out, double part);

/* As an element's content or inside a quoted attribute: & < > " ' become references; control
 * characters but tab and newline, and bytes that are no UTF-8, become U+FFFD. */
void html_text(Buffer *page, const char *text);
/* The first `size` bytes of it. */
void html_text_part(Buffer *page, const char *text, size_t size);

/* "data:TYPE;base64,...", inside a quoted attribute. */
void html_data(Buffer *page, const char *type, const void *bytes, size_t size);

/* A table in a box of its own, which scrolls where the screen is narrow: `columns` are the
 * headings, with '|' between them; those that begin with '#' are set to the right, as are their
 * cells. Rows follow, each "<tr>", cells and "</tr>". */
void html_table_begin(Buffer *page, const char *columns);
void html_table_end(Buffer *page);
void html_cell(Buffer *page, const char *text); /* escapes it */
void html_number(Buffer *page, const char *format, ...) SCRAWL_PRINTF(2, 3);

/* Up to <main>, with the heading and, below it, "folder". */
void page_begin(Buffer *page, const char *title, const char *folder);
void page_end(Buffer *page);

/* A heading that the list of contents leads to; `id` is a word of ours. */
void page_section(Buffer *page, const char *id, const char *title);
/* A figure of the headline. */
void page_tile_begin(Buffer *page, const char *label);
void page_tile_end(Buffer *page, const char *note);
/* What only some readers want: closed unless `open`. */
void page_details_begin(Buffer *page, const char *summary, bool open);
void page_details_end(Buffer *page);
/* A line of Markdown with `code` and **strong**. */
void page_markdown(Buffer *page, const char *text, size_t size);
/* The section of a Markdown document that begins with the line `heading`, up to the next "## ".
 * Nothing where there is no such line. */
void page_markdown_section(Buffer *page, const char *document, const char *heading);
/* Text as it stands, in a box that scrolls. */
void page_verbatim(Buffer *page, const char *text);

#endif
