/* Many small blocks with one lifetime: trees, names. Blocks come from a chain of slabs and are
 * freed together. One thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "scrawl/status.h"

typedef struct ArenaSlab ArenaSlab;

typedef struct Arena {
    ArenaSlab *slabs;
    size_t used;     /* bytes handed out, each block rounded up to the alignment */
    size_t max_size; /* the limit that keeps a hostile file in bounds */
} Arena;

void arena_init(Arena *arena, size_t max_size); /* takes no memory yet */
void arena_deinit(Arena *arena);                /* frees every block; empty and usable again */

/* count * size zeroed bytes, aligned to 16; NULL where memory or max_size ends. */
SCRAWL_MUST_CHECK void *arena_alloc(Arena *arena, size_t count, size_t size);
/* A zero-terminated copy of text's first `length` bytes. */
SCRAWL_MUST_CHECK char *arena_string(Arena *arena, const char *text, size_t length);

#endif
