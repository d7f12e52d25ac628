#include "base/embedded.h"

#include <string.h>

/* Written by scripts/embed.sh. A row without a path ends the table. */
extern const EmbeddedFile embedded_table[];

const EmbeddedFile *embedded_find(const char *path)
{
    for (const EmbeddedFile *file = embedded_table; file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file;
    return NULL;
}

const EmbeddedFile *embedded_get(size_t i)
{
    /* The table has no count, so walk it: i may lie past the end. */
    const EmbeddedFile *file = embedded_table;
    while (i > 0 && file->path) {
        file++;
        i--;
    }
    return file->path ? file : NULL;
}
