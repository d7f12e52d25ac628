#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

#define ARENA_ALIGNMENT 16
#define FIRST_SLAB_SIZE ((size_t)4 << 10)
#define MAX_SLAB_SIZE ((size_t)256 << 10) /* slabs grow up to this; a larger block gets its own */

struct ArenaSlab {
    ArenaSlab *next;
    size_t size, used; /* of data */
    alignas(ARENA_ALIGNMENT) uint8_t data[];
};

void arena_init(Arena *arena, size_t max_size)
{
    *arena = (Arena){.max_size = max_size};
}

void arena_deinit(Arena *arena)
{
    while (arena->slabs) {
        ArenaSlab *slab = arena->slabs;
        arena->slabs = slab->next;
        mem_free(slab);
    }
    arena->used = 0;
}

/* Puts a slab with room for `size` bytes at the head of the chain, each twice as large as the one
 * before, so that small files take little and large ones few allocations. */
static bool add_slab(Arena *arena, size_t size)
{
    size_t slab_size = arena->slabs ? 2 * arena->slabs->size : FIRST_SLAB_SIZE;
    ArenaSlab *slab;
    size_t total;

    if (slab_size > MAX_SLAB_SIZE)
        slab_size = MAX_SLAB_SIZE;
    if (slab_size < size)
        slab_size = size;
    if (!size_add(sizeof *slab, slab_size, &total))
        return false;
    slab = mem_alloc_zero(total, 1);
    if (!slab)
        return false;
    slab->size = slab_size;
    slab->next = arena->slabs;
    arena->slabs = slab;
    return true;
}

void *arena_alloc(Arena *arena, size_t count, size_t size)
{
    ArenaSlab *slab = arena->slabs;
    size_t total, rounded;
    void *block;

    if (!size_multiply(count, size, &total) || !size_add(total, ARENA_ALIGNMENT - 1, &rounded))
        return NULL;
    rounded -= rounded % ARENA_ALIGNMENT;
    if (rounded == 0)
        rounded = ARENA_ALIGNMENT;
    if (rounded > arena->max_size - arena->used)
        return NULL;
    if (!slab || rounded > slab->size - slab->used) {
        if (!add_slab(arena, rounded))
            return NULL;
        slab = arena->slabs;
    }
    block = slab->data + slab->used;
    slab->used += rounded;
    arena->used += rounded;
    return block;
}

char *arena_string(Arena *arena, const char *text, size_t length)
{
    size_t size;
    char *copy = size_add(length, 1, &size) ? arena_alloc(arena, size, 1) : NULL;

    if (copy && length > 0)
        memcpy(copy, text, length); /* the arena's memory is zeroed, so the copy is terminated */
    return copy;
}
