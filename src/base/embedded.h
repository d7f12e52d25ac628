/* The files inside the binary: recipes/NAME.yaml and models/NAME.safetensors of the source tree, so
 * that one file is the whole program. scripts/embed.sh writes the table when the program is built.
 * A library of its own, `embedded`: only those who need the files carry them. Any thread. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

typedef struct EmbeddedFile {
    const char *path;    /* "recipes/bn-cnn.yaml" */
    const char *name;    /* "bn-cnn" */
    const uint8_t *data; /* size bytes and a zero, aligned to 64; lives for ever */
    size_t size;
} EmbeddedFile;

/* The file of that path; NULL where there is none. */
const EmbeddedFile *embedded_find(const char *path);
/* File i in the byte order of their paths; NULL past the end. */
const EmbeddedFile *embedded_get(size_t i);

#endif
