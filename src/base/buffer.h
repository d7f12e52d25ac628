/* Bytes or text that grow up to a named maximum. Always zero-terminated, so that text may be read
 * as a string. One thread at a time. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/status.h"

typedef struct Buffer {
    uint8_t *data; /* size bytes and a zero; NULL while empty */
    size_t size;
    size_t capacity;     /* bytes that data has room for, the zero included */
    size_t max_size;     /* of size */
    ScrawlStatus status; /* of the first text_ function that failed: LIMIT, NO_MEMORY */
} Buffer;

void buffer_init(Buffer *buffer, size_t max_size); /* takes no memory yet */
void buffer_deinit(Buffer *buffer);                /* NULL-safe; leaves it empty and usable */
const char *buffer_text(const Buffer *buffer);     /* "" while empty; valid until it changes */

/* Each adds at the end. LIMIT past max_size, NO_MEMORY; the contents are then unchanged. */
SCRAWL_MUST_CHECK ScrawlStatus buffer_append(Buffer *buffer, const void *bytes, size_t size);
SCRAWL_MUST_CHECK ScrawlStatus buffer_print(Buffer *buffer, const char *format, ...)
    SCRAWL_PRINTF(2, 3);
SCRAWL_MUST_CHECK ScrawlStatus buffer_vprint(Buffer *buffer, const char *format, va_list arguments);

/* Makes room for `size` more bytes. The caller may then write them at data + size, add them to
 * `size` and put a zero after them. */
SCRAWL_MUST_CHECK ScrawlStatus buffer_reserve(Buffer *buffer, size_t size);

/* Writing text piece by piece. The buffer remembers the first failure and takes nothing after it,
 * so only the end needs a check: `return text_status(out);`. */
void text_put(Buffer *out, const char *string);
void text_printf(Buffer *out, const char *format, ...) SCRAWL_PRINTF(2, 3);
void text_vprintf(Buffer *out, const char *format, va_list arguments);
void text_append(Buffer *out, const void *bytes, size_t size);

/* A JSON string with its quotes and escapes; each byte that is not UTF-8 becomes U+FFFD. */
void text_json_string(Buffer *out, const char *string);
/* The shortest decimal that reads back as the same double, -0.0 included; null for infinities and
 * NaN, which JSON does not have. */
void text_json_number(Buffer *out, double value);

SCRAWL_MUST_CHECK ScrawlStatus text_status(const Buffer *out);
/* The same with a sentence: WHAT is longer than its limit, or there is no memory for it. */
SCRAWL_MUST_CHECK ScrawlStatus text_check(const Buffer *out, const char *what, ScrawlError *error);

#endif
