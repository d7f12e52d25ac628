#include "report/text.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"

void text_init(Text *text, size_t max_size)
{
    *text = (Text){.status = SCRAWL_STATUS_OK};
    buffer_init(&text->buffer, max_size);
}

void text_deinit(Text *text)
{
    if (text)
        buffer_deinit(&text->buffer);
}

void text_put(Text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!text->status)
        text->status = buffer_vprint(&text->buffer, format, arguments);
    va_end(arguments);
}

void text_append(Text *text, const void *bytes, size_t size)
{
    if (!text->status)
        text->status = buffer_append(&text->buffer, bytes, size);
}

void text_count(Text *text, double count)
{
    char digits[32];
    count = isfinite(count) ? fmin(fabs(count), 1e18) : 0;
    int n = snprintf(digits, sizeof digits, "%.0f", count);
    for (int i = 0; i < n; i++)
        text_put(text, "%s%c", i > 0 && (n - i) % 3 == 0 ? "," : "", digits[i]);
}

void text_time(Text *text, double seconds)
{
    seconds = fmin(fmax(seconds, 0), 1e9);
    long whole = lround(seconds);
    if (seconds < 59.95)
        text_put(text, "%.1f s", seconds);
    else if (whole < 3600)
        text_put(text, "%ld min %02ld s", whole / 60, whole % 60);
    else
        text_put(text, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
}

void text_percent(Text *text, double part)
{
    if (isnan(part))
        text_put(text, "-");
    else
        text_put(text, "%.2f %%", 100 * part);
}

ScrawlStatus text_check(const Text *text, const char *what, ScrawlError *error)
{
    if (text->status == SCRAWL_STATUS_LIMIT)
        return error_set(error, text->status, "%s is longer than %zu bytes", what,
                         text->buffer.max_size);
    return text->status ? error_no_memory(error, what) : SCRAWL_STATUS_OK;
}
