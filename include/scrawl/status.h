/* What went wrong, as a number for programs and as one sentence for people.
 *
 * Every function that can fail returns a ScrawlStatus (0 is success) and takes, last, a ScrawlError
 * that it fills with one sentence: where it happened, what was expected and what was found. */
#ifndef SCRAWL_STATUS_H
#define SCRAWL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SCRAWL_API __attribute__((visibility("default")))
#define SCRAWL_MUST_CHECK __attribute__((warn_unused_result))
#define SCRAWL_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define SCRAWL_API
#define SCRAWL_MUST_CHECK
#define SCRAWL_PRINTF(text, first)
#endif

/* X(NAME, "message"): the one list that gives the enum, the names and the messages. The order is
 * part of the ABI: add at the end. */
#define SCRAWL_STATUS_MAP(X)                 \
    X(OK, "success")                         \
    X(NO_MEMORY, "out of memory")            \
    X(USAGE, "wrong usage")                  \
    X(NOT_FOUND, "not found")                \
    X(EXISTS, "already exists")              \
    X(IO, "reading or writing failed")       \
    X(NETWORK, "download failed")            \
    X(FORMAT, "malformed input")             \
    X(LIMIT, "larger than the limit")        \
    X(CHECKSUM, "checksum does not match")   \
    X(MISMATCH, "parts do not fit together") \
    X(RECIPE, "the recipe is wrong")         \
    X(UNSUPPORTED, "not supported")          \
    X(NO_INK, "no ink found")                \
    X(DIVERGED, "the training diverged")     \
    X(INTERRUPTED, "interrupted")            \
    X(BUSY, "in use by another process")

typedef enum ScrawlStatus {
#define X(name, message) SCRAWL_STATUS_##name,
    SCRAWL_STATUS_MAP(X)
#undef X
} ScrawlStatus;

/* Held by the caller, usually on its stack; `{0}` is a fresh one. Wherever a ScrawlError * is
 * taken, NULL is allowed. After a failure `message` is one sentence of UTF-8 without a newline, cut
 * with "..." where it would not fit. After success its content is unchanged. */
typedef struct ScrawlError {
    ScrawlStatus status;
    char message[512];
} ScrawlError;

/* "NO_MEMORY" for SCRAWL_STATUS_NO_MEMORY; "UNKNOWN" for a value outside the enum. Static text; any
 * thread. */
SCRAWL_API const char *scrawl_status_name(ScrawlStatus status);

/* "out of memory" for SCRAWL_STATUS_NO_MEMORY; "unknown status" for a value outside the enum.
 * Static text; any thread. */
SCRAWL_API const char *scrawl_status_message(ScrawlStatus status);

/* For "did you mean": the name of a NULL-terminated list nearest to `text` by edit distance: an
 * insertion, a deletion, a substitution or a swap of neighbours counts 1, and case does not
 * matter. NULL if none is within 3 and within a third of text's length; the first of equals. Any
 * thread. */
SCRAWL_API const char *scrawl_nearest(const char *text, const char *const *names);

#ifdef __cplusplus
}
#endif
#endif
