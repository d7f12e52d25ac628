#include "base/buffer.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

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
        return SCRAWL_STATUS_NO_MEMORY; /* what vsnprintf fails of, with formats of ours */
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
