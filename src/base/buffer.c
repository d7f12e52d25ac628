#include "base/buffer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#define FIRST_CAPACITY 64

void buffer_init(Buffer *buffer, size_t max_size)
{
    *buffer = (Buffer){.max_size = max_size};
}

void buffer_deinit(Buffer *buffer)
{
    if (!buffer)
        return;
    mem_free(buffer->data);
    buffer_init(buffer, buffer->max_size);
}

const char *buffer_text(const Buffer *buffer)
{
    return buffer->data ? (const char *)buffer->data : "";
}

ScrawlStatus buffer_reserve(Buffer *buffer, size_t size)
{
    size_t needed, capacity;
    uint8_t *data;

    if (size > buffer->max_size - buffer->size)
        return SCRAWL_STATUS_LIMIT;
    if (!size_add(buffer->size + size, 1, &needed))
        return SCRAWL_STATUS_NO_MEMORY;
    if (needed <= buffer->capacity)
        return SCRAWL_STATUS_OK;
    /* Doubling keeps the copying linear; the maximum keeps it from overshooting. */
    capacity = buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;
    capacity = capacity <= buffer->max_size / 2 ? 2 * capacity : buffer->max_size;
    if (capacity < needed)
        capacity = needed;
    data = mem_grow(buffer->data, buffer->size, capacity, 1);
    if (!data)
        return SCRAWL_STATUS_NO_MEMORY;
    data[buffer->size] = 0;
    buffer->data = data;
    buffer->capacity = capacity;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus buffer_append(Buffer *buffer, const void *bytes, size_t size)
{
    ScrawlStatus status = buffer_reserve(buffer, size);

    if (status)
        return status;
    if (size > 0)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = 0;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus buffer_vprint(Buffer *buffer, const char *format, va_list arguments)
{
    ScrawlStatus status;
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return SCRAWL_STATUS_NO_MEMORY; /* with our own formats, vsnprintf fails for nothing else */
    status = buffer_reserve(buffer, (size_t)length);
    if (status)
        return status;
    vsnprintf((char *)buffer->data + buffer->size, (size_t)length + 1, format, arguments);
    buffer->size += (size_t)length;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus buffer_print(Buffer *buffer, const char *format, ...)
{
    ScrawlStatus status;
    va_list arguments;

    va_start(arguments, format);
    status = buffer_vprint(buffer, format, arguments);
    va_end(arguments);
    return status;
}

void text_append(Buffer *out, const void *bytes, size_t size)
{
    if (!out->status)
        out->status = buffer_append(out, bytes, size);
}

void text_put(Buffer *out, const char *string)
{
    text_append(out, string, strlen(string));
}

void text_vprintf(Buffer *out, const char *format, va_list arguments)
{
    if (!out->status)
        out->status = buffer_vprint(out, format, arguments);
}

void text_printf(Buffer *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_vprintf(out, format, arguments);
    va_end(arguments);
}

/* The escape of a byte that JSON does not allow in a string; NULL where it needs none. */
static const char *escape(unsigned char c, char text[8])
{
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* a byte and its letter */

    for (size_t i = 0; i < sizeof names - 1; i += 2)
        if ((unsigned char)names[i] == c) {
            snprintf(text, 8, "\\%c", names[i + 1]);
            return text;
        }
    if (c >= 0x20)
        return NULL;
    snprintf(text, 8, "\\u%04x", c);
    return text;
}

void text_json_string(Buffer *out, const char *string)
{
    size_t size = strlen(string), begin = 0; /* of the run that needs no change */

    text_put(out, "\"");
    for (size_t i = 0; i < size;) {
        size_t length = utf8_length(string + i, size - i);
        char letters[8];
        const char *instead = length == 0   ? "\xef\xbf\xbd" /* U+FFFD */
                              : length == 1 ? escape((unsigned char)string[i], letters)
                                            : NULL;
        if (instead) {
            text_append(out, string + begin, i - begin);
            text_put(out, instead);
            begin = i + 1;
        }
        i += length > 0 ? length : 1;
    }
    text_append(out, string + begin, size - begin);
    text_put(out, "\"");
}

void text_json_number(Buffer *out, double value)
{
    char digits[NUMBER_TEXT_SIZE];

    if (value == 0 && signbit(value))
        text_put(out, "-0.0"); /* "-0" would be read as the integer 0 */
    else
        text_put(out, isfinite(value) ? number_print(value, digits) : "null");
}

ScrawlStatus text_status(const Buffer *out)
{
    return out->status;
}

ScrawlStatus text_check(const Buffer *out, const char *what, ScrawlError *error)
{
    if (out->status == SCRAWL_STATUS_LIMIT)
        return error_set(error, out->status, "%s is longer than %zu bytes", what, out->max_size);
    return out->status ? error_no_memory(error, what) : SCRAWL_STATUS_OK;
}
