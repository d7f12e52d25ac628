/* Filling a ScrawlError: every failure gets its sentence here. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "scrawl/log.h"
#include "scrawl/status.h"

/* Writes the sentence and returns `status`, so that `return error_set(error, ...)` reads well.
 * `error` may be NULL, and its own message may be among the arguments. Names and file contents may
 * be quoted as they are: control characters become '?', so that no message can move a terminal's
 * cursor, and a message that is too long is cut between characters. */
ScrawlStatus error_set(ScrawlError *error, ScrawlStatus status, const char *format, ...)
    SCRAWL_PRINTF(3, 4);

/* Puts "prefix: " before the existing sentence (for example a file's name before its parser's
 * complaint). Returns error's status, or `status` where error is NULL. */
ScrawlStatus error_prefix(ScrawlError *error, ScrawlStatus status, const char *format, ...)
    SCRAWL_PRINTF(3, 4);

/* "no memory for WHAT" ("the gradients of 64 images"); returns SCRAWL_STATUS_NO_MEMORY. */
ScrawlStatus error_no_memory(ScrawlError *error, const char *what);

/* Sending messages to the caller's ScrawlLog, which may be NULL. */

/* Truncated with "..." after 1,023 bytes. Costs nothing where nobody listens. */
void log_message(const ScrawlLog *log, ScrawlLogLevel level, const char *format, ...)
    SCRAWL_PRINTF(3, 4);
/* True: go on. Also where nobody listens. */
bool log_progress(const ScrawlLog *log, const ScrawlProgress *progress);
/* Seconds on a monotonic clock. */
double clock_seconds(void);

#endif
