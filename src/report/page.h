/* The page's parts. Each writes its sections to `page`, and its plots through `plotter`. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/plot.h"
#include "report/run.h"
#include "scrawl/sweep.h"

/* Up to <main>, with the heading and, below it, "folder". */
void page_begin(Buffer *page, const char *title, const char *folder);
void page_end(Buffer *page);

/* page_style.c */
extern const char page_style[];

/* A heading that the list of contents leads to; `id` is a word of ours. */
void page_section(Buffer *page, const char *id, const char *title);
/* A figure of the headline. */
void page_tile_begin(Buffer *page, const char *label);
void page_tile_end(Buffer *page, const char *note);
/* What only some readers want: closed unless `open`. */
void page_details_begin(Buffer *page, const char *summary, bool open);
void page_details_end(Buffer *page);
/* page_card.c: a line of Markdown with `code` and **strong**. */
void page_inline(Buffer *page, const char *text, size_t size);
/* Text as it stands, in a box that scrolls. */
void page_verbatim(Buffer *page, const char *text);

/* Each returns what plot_write returns, or NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus page_run(Buffer *page, const Run *run, Plotter *plotter,
                                        ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_training(Buffer *page, const Run *run, Plotter *plotter,
                                             ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_errors(Buffer *page, const Run *run, Plotter *plotter,
                                           ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_confidence(Buffer *page, const Run *run, Plotter *plotter,
                                               ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_pictures(Buffer *page, const Run *run, const Plotter *plotter,
                                             ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_card(Buffer *page, const Run *run, ScrawlError *error);
SCRAWL_MUST_CHECK ScrawlStatus page_sweep(Buffer *page, const ScrawlSweep *sweep, Plotter *plotter,
                                          ScrawlError *error);

#endif
