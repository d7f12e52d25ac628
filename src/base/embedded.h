/* The files inside the binary: recipes/NAME.yaml and models/NAME.safetensors of the source tree, so
 * that the program is a single file. scripts/embed.sh writes the table during the build. This is a
 * library of its own, `embedded`, so that only programs that need the files carry them. Any
 * thread. */
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

/* The file with that path, or NULL. */
const EmbeddedFile *embedded_find(const char *path);
/* File i, sorted by path (byte order); NULL past the end. */
const EmbeddedFile *embedded_get(size_t i);

#endif
