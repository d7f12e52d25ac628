/* The table of model formats. A new one is one file and one row in format.c. Parsing works on
 * bytes, apart from I/O. */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "base/buffer.h"
#include "model/model.h"

#define FORMAT_MAX_FILE ((size_t)2 << 30) /* bytes of a model file */

typedef struct ModelFormat {
    const char *name;    /* "safetensors" */
    const char *summary; /* one line for people */
    /* True where the first bytes can only be this format: then `read` says what is wrong. NULL
     * where `read` is. */
    bool (*matches)(const uint8_t *bytes, size_t size);
    /* Borrows bytes; `name` is what messages call them. *model is NULL after a failure. NULL: this
     * format cannot be read. */
    ScrawlStatus (*read)(ScrawlModel **model, const char *name, const uint8_t *bytes, size_t size,
                         ScrawlError *error);
    /* Appends the file to `out`. NULL: this format cannot be written. */
    ScrawlStatus (*write)(const ScrawlModel *model, Buffer *out, ScrawlError *error);
} ModelFormat;

/* Row i; NULL past the end. */
const ModelFormat *format_get(size_t i);

#endif
