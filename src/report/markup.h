/* Writing HTML, and numbers for people to read. text_printf is for markup of our own; names and
 * anything else from a file must go through html_text, which keeps it from acting as markup. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

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

#endif
