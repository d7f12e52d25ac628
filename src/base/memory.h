/* All allocations of our own code (other libraries call malloc): aligned for SIMD, with checked
 * multiplication of sizes, and with a way for tests to make the Nth allocation fail. Any thread. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scrawl/status.h"

#define MEM_ALIGNMENT 64 /* a cache line, and the widest vector */

/* *product = a * b; false, and *product = 0, where that does not fit. */
SCRAWL_MUST_CHECK bool size_multiply(size_t a, size_t b, size_t *product);
/* *sum = a + b; false, and *sum = 0, where that does not fit. */
SCRAWL_MUST_CHECK bool size_add(size_t a, size_t b, size_t *sum);

/* count * size bytes aligned to MEM_ALIGNMENT, uninitialised or all zero. NULL if there is no
 * memory or the product overflows; never NULL for a count of 0. Free with mem_free. */
SCRAWL_MUST_CHECK void *mem_alloc(size_t count, size_t size);
SCRAWL_MUST_CHECK void *mem_alloc_zero(size_t count, size_t size);

/* Reallocates a block of mem_alloc to new_count elements, keeping the first old_count; the rest is
 * uninitialised. `block` may be NULL if old_count is 0. NULL on failure: the old block stays
 * valid. */
SCRAWL_MUST_CHECK void *mem_grow(void *block, size_t old_count, size_t new_count, size_t size);

/* A copy of the string; NULL on failure. */
SCRAWL_MUST_CHECK char *mem_string(const char *text);
/* As asprintf; NULL on failure. */
SCRAWL_MUST_CHECK char *mem_format(const char *format, ...) SCRAWL_PRINTF(1, 2);
/* Copies of n strings in one block, which begins with the pointers to them; NULL on failure. */
SCRAWL_MUST_CHECK char **mem_strings(const char *const *texts, size_t n);

void mem_free(void *block); /* NULL-safe */

/* For tests. mem_count: successful allocations since the process began. mem_fail_at(n): the nth
 * allocation from now (1 is the next) and all after it fail; 0 ends that. Not for use while other
 * threads allocate. */
uint64_t mem_count(void);
void mem_fail_at(uint64_t n);

#endif
