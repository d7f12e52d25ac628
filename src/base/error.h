/* Filling a ScrawlError: the one way in which a failure gets its sentence. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "scrawl/status.h"

/* Writes the sentence and returns `status`, so that `return error_set(error, ...)` reads well. `error` may be NULL. */
ScrawlStatus error_set(ScrawlError *error, ScrawlStatus status, const char *format, ...) SCRAWL_PRINTF(3, 4);

/* Puts "prefix: " before the sentence that is there already (a file's name before its parser's complaint); returns error's status.
 * `status` is returned when error is NULL. */
ScrawlStatus error_prefix(ScrawlError *error, ScrawlStatus status, const char *format, ...) SCRAWL_PRINTF(3, 4);

/* The sentence for a failed allocation of `what` ("the gradients of 64 images"). */
ScrawlStatus error_no_memory(ScrawlError *error, const char *what);

#endif
