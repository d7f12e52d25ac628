/* The table of model formats. A new one is one file and one row. Parsing works on bytes, apart from I/O. */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "base/buffer.h"
#include "model/model.h"

#define FORMAT_MAX_FILE ((size_t)2 << 30)

typedef struct ModelFormat {
    const char *name;    /* "safetensors" */
    const char *summary;
    bool (*matches)(const uint8_t *bytes, size_t size); /* by the bytes */
    ScrawlStatus (*read)(ScrawlModel **model, const char *name, const uint8_t *bytes, size_t size, ScrawlError *error); /* NULL: cannot be read */
    ScrawlStatus (*write)(const ScrawlModel *model, Buffer *out, ScrawlError *error); /* NULL: cannot be written */
} ModelFormat;

/* Row i; NULL past the end. */
const ModelFormat *format_get(size_t i);

#endif
