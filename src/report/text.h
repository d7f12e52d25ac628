/* Text that is being written: after a failure nothing is added, so that only its end need be
 * checked. One thread at a time. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "base/buffer.h"

typedef struct Text {
    Buffer buffer;
    ScrawlStatus status; /* of the first failure: LIMIT, NO_MEMORY */
} Text;

void text_init(Text *text, size_t max_size);
void text_deinit(Text *text); /* NULL-safe */

void text_put(Text *text, const char *format, ...) SCRAWL_PRINTF(2, 3);
void text_append(Text *text, const void *bytes, size_t size);

/* 1234567 as 1,234,567. */
void text_count(Text *text, double count);
/* "4.2 s", "8 min 42 s", "2 h 05 min". */
void text_time(Text *text, double seconds);
/* 0.99066 as "99.07 %"; "-" for NAN. */
void text_percent(Text *text, double part);

/* The status, with a sentence: WHAT is longer than its limit, or there is no memory for it. */
SCRAWL_MUST_CHECK ScrawlStatus text_check(const Text *text, const char *what, ScrawlError *error);

#endif
