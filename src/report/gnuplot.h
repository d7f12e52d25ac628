/* gnuplot as a process. */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include "base/buffer.h"
#include "scrawl/status.h"

/* A text inside single quotes or as a cell of data: what could end it, or would be run as a command
 * or a format, becomes '_'. LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus gnuplot_write_text(const char *text, Buffer *out);

/* Runs a script and adds what it prints (its terminal's picture) to `out`. UNSUPPORTED: not
 * installed; IO: it failed, with the reason that it gave; LIMIT, NO_MEMORY. */
SCRAWL_MUST_CHECK ScrawlStatus gnuplot_run(const Buffer *script, Buffer *out, ScrawlError *error);

#endif
