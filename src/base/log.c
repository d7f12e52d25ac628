#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"

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
