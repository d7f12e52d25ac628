#include "base/memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic uint64_t n_allocations;
static _Atomic uint64_t
    allocations_to_failure; /* 0: none fails; 1: the next one and all after it */

bool size_multiply(size_t a, size_t b, size_t *product)
{
    if (!__builtin_mul_overflow(a, b, product))
        return true;
    *product = 0;
    return false;
}

bool size_add(size_t a, size_t b, size_t *sum)
{
    if (!__builtin_add_overflow(a, b, sum))
        return true;
    *sum = 0;
    return false;
}

static bool fails_by_order(void)
{
    uint64_t left = atomic_load(&allocations_to_failure);

    if (left > 1)
        atomic_store(&allocations_to_failure, left - 1);
    return left == 1;
}

static void *allocate(size_t size)
{
    void *block = NULL;

    /* Not rounded up to the alignment, so that a sanitizer sees the true end. */
    if (size > PTRDIFF_MAX || fails_by_order() ||
        posix_memalign(&block, MEM_ALIGNMENT, size > 0 ? size : 1) != 0)
        return NULL;
    atomic_fetch_add_explicit(&n_allocations, 1, memory_order_relaxed);
    return block;
}

void *mem_alloc(size_t count, size_t size)
{
    size_t total;

    return size_multiply(count, size, &total) ? allocate(total) : NULL;
}

void *mem_alloc_zero(size_t count, size_t size)
{
    void *block = mem_alloc(count, size);

    if (block)
        memset(block, 0, count * size);
    return block;
}

void *mem_grow(void *block, size_t old_count, size_t new_count, size_t size)
{
    void *grown = mem_alloc(new_count, size);

    if (!grown)
        return NULL;
    if (block)
        memcpy(grown, block, (old_count < new_count ? old_count : new_count) * size);
    mem_free(block);
    return grown;
}

char *mem_string(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_alloc(size, 1);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

char *mem_format(const char *format, ...)
{
    va_list arguments, again;
    char *text = NULL;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0)
        text = mem_alloc((size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

char **mem_strings(const char *const *texts, size_t n)
{
    size_t size = n * sizeof *texts; /* cannot overflow: the caller has a block of this size */
    char **copies, *text;

    for (size_t i = 0; i < n; i++)
        size += strlen(texts[i]) + 1;
    copies = mem_alloc(size, 1);
    if (!copies)
        return NULL;
    text = (char *)(copies + n);
    for (size_t i = 0; i < n; i++) {
        copies[i] = text;
        text = stpcpy(text, texts[i]) + 1;
    }
    return copies;
}

void mem_free(void *block)
{
    free(block);
}

uint64_t mem_count(void)
{
    return atomic_load(&n_allocations);
}

void mem_fail_at(uint64_t n)
{
    atomic_store(&allocations_to_failure, n);
}
