/* HTML that is being written. text_put is for markup of our own; what comes from files, names and
 * recipes goes through these, and is text wherever it stands. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/text.h"

/* As an element's content or inside a quoted attribute: & < > " ' become references; control
 * characters but tab and newline, and bytes that are no UTF-8, become U+FFFD. */
void html_text(Text *page, const char *text);
/* The first `size` bytes of it. */
void html_text_part(Text *page, const char *text, size_t size);

/* "data:TYPE;base64,...", inside a quoted attribute. */
void html_data(Text *page, const char *type, const void *bytes, size_t size);

/* A table in a box of its own, which scrolls where the screen is narrow: `columns` are the
 * headings, with '|' between them; those that begin with '#' are set to the right, as are their
 * cells. Rows follow, each "<tr>", cells and "</tr>". */
void html_table_begin(Text *page, const char *columns);
void html_table_end(Text *page);
void html_cell(Text *page, const char *text); /* escapes it */
void html_number(Text *page, const char *format, ...) SCRAWL_PRINTF(2, 3);

#endif
