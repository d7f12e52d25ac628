/* The files inside the binary: recipes/NAME.yaml and models/NAME.safetensors of the source tree. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

typedef struct EmbeddedFile {
    const char *path; /* "recipes/bn-cnn.yaml" */
    const uint8_t *data;
    size_t size;
} EmbeddedFile;

/* NULL where there is none. */
const EmbeddedFile *embedded_find(const char *path);
/* File i in the order of their paths; NULL past the end. */
const EmbeddedFile *embedded_get(size_t i);

#endif
