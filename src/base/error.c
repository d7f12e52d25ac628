#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

typedef struct StatusText {
    const char *name, *message;
} StatusText;

static const StatusText status_texts[] = {
#define X(name, message) [SCRAWL_STATUS_##name] = {#name, message},
    SCRAWL_STATUS_MAP(X)
#undef X
};

static const StatusText *status_text(ScrawlStatus status)
{
    static const StatusText unknown = {"UNKNOWN", "unknown status"};
    size_t n = sizeof status_texts / sizeof status_texts[0];

    /* A caller may pass any number, even a negative one. */
    return (size_t)status < n ? &status_texts[status] : &unknown;
}

const char *scrawl_status_name(ScrawlStatus status)
{
    return status_text(status)->name;
}

const char *scrawl_status_message(ScrawlStatus status)
{
    return status_text(status)->message;
}

/* Copies `size` bytes of text, cut between characters where they do not fit. */
static void copy_sentence(char *out, size_t out_size, const char *text, size_t size)
{
    bool cut = size >= out_size;

    if (cut)
        size = utf8_prefix(text, size, out_size - sizeof("..."));
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
    strcpy(out + size, cut ? "..." : "");
}

/* The sentence is written here first, since the old one may be among its arguments. Larger than a
 * message, so that truncation is noticed. */
typedef struct Draft {
    char text[sizeof(((ScrawlError *)NULL)->message) + 8];
    size_t size;
} Draft;

static void draft_vprint(Draft *draft, const char *format, va_list arguments)
{
    size_t room = sizeof draft->text - draft->size;
    int n = vsnprintf(draft->text + draft->size, room, format, arguments);

    if (n > 0)
        draft->size += (size_t)n < room ? (size_t)n : room - 1;
}

static void SCRAWL_PRINTF(2, 3) draft_print(Draft *draft, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    draft_vprint(draft, format, arguments);
    va_end(arguments);
}

ScrawlStatus error_set(ScrawlError *error, ScrawlStatus status, const char *format, ...)
{
    Draft draft = {.size = 0};
    va_list arguments;

    if (!error)
        return status;
    va_start(arguments, format);
    draft_vprint(&draft, format, arguments);
    va_end(arguments);
    error->status = status;
    copy_sentence(error->message, sizeof error->message, draft.text, draft.size);
    return status;
}

ScrawlStatus error_prefix(ScrawlError *error, ScrawlStatus status, const char *format, ...)
{
    Draft draft = {.size = 0};
    va_list arguments;

    if (!error)
        return status;
    va_start(arguments, format);
    draft_vprint(&draft, format, arguments);
    va_end(arguments);
    draft_print(&draft, ": %s", error->message);
    copy_sentence(error->message, sizeof error->message, draft.text, draft.size);
    return error->status;
}

ScrawlStatus error_no_memory(ScrawlError *error, const char *what)
{
    return error_set(error, SCRAWL_STATUS_NO_MEMORY, "no memory for %s", what);
}

void log_message(const ScrawlLog *log, ScrawlLogLevel level, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    int length;

    if (!log || !log->message || level > log->level)
        return;
    va_start(arguments, format);
    length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if ((size_t)length >= sizeof text)
        strcpy(text + utf8_prefix(text, sizeof text, sizeof text - sizeof("...")), "...");
    log->message(log->context, level, text);
}

bool log_progress(const ScrawlLog *log, const ScrawlProgress *progress)
{
    return !log || !log->progress || log->progress(log->context, progress);
}

double clock_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
