/* Speaking to the caller's ScrawlLog, NULL-safe. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "scrawl/log.h"

/* Cut with "..." past 1,023 bytes. Nothing is formatted where nobody listens. */
void log_message(const ScrawlLog *log, ScrawlLogLevel level, const char *format, ...)
    SCRAWL_PRINTF(3, 4);
/* True to go on, also where nobody listens. */
bool log_progress(const ScrawlLog *log, const ScrawlProgress *progress);
/* Seconds of a clock that only goes forward. */
double clock_seconds(void);

#endif
