/* Checked sizes, allocation and its injected failures; the arena. */
#include "cmocka_all.h"

#include <string.h>

#include "base/arena.h"
#include "base/memory.h"

static void sizes_are_checked(void **state)
{
    size_t result = 7;

    (void)state;
    assert_true(size_multiply(SIZE_MAX / 2, 2, &result));
    assert_int_equal(result, SIZE_MAX - 1);
    assert_false(size_multiply(SIZE_MAX / 2 + 1, 2, &result));
    assert_int_equal(result, 0);
    assert_true(size_add(SIZE_MAX - 1, 1, &result));
    assert_int_equal(result, SIZE_MAX);
    assert_false(size_add(SIZE_MAX, 1, &result));
    assert_int_equal(result, 0);
}

static void blocks_are_aligned_and_zeroed_on_demand(void **state)
{
    (void)state;
    for (size_t size = 0; size < 300; size++) {
        uint8_t *block = mem_alloc(size, 1);
        uint8_t *zeros = mem_alloc_zero(1, size);
        assert_non_null(block);
        assert_non_null(zeros);
        assert_int_equal((uintptr_t)block % MEM_ALIGNMENT, 0);
        assert_int_equal((uintptr_t)zeros % MEM_ALIGNMENT, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(zeros[i], 0);
        memset(block, 0xff, size); /* what the next zeroed block may come to lie on */
        mem_free(block);
        mem_free(zeros);
    }
    mem_free(NULL);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    assert_null(mem_alloc(SIZE_MAX, 2));
    assert_null(mem_alloc(SIZE_MAX / 16, 17));
    assert_null(mem_alloc_zero(SIZE_MAX / 4 + 2, 4)); /* would wrap to 4 bytes */
    assert_null(mem_alloc(1, (size_t)PTRDIFF_MAX + 1));
}

static void growing_keeps_what_was_there(void **state)
{
    uint32_t *values = mem_grow(NULL, 0, 3, sizeof *values), *grown;

    (void)state;
    assert_non_null(values);
    for (uint32_t i = 0; i < 3; i++)
        values[i] = i + 1;
    grown = mem_grow(values, 3, 1000, sizeof *values);
    assert_non_null(grown);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(grown[i], i + 1);
    assert_null(mem_grow(grown, 3, SIZE_MAX, sizeof *values));
    assert_int_equal(grown[2], 3); /* still there */
    values = mem_grow(grown, 1000, 2, sizeof *values);
    assert_non_null(values);
    assert_int_equal(values[1], 2);
    mem_free(values);
}

static void texts(void **state)
{
    char *copy = mem_string("abc"), *text = mem_format("%s/%d", "folder", 42);

    (void)state;
    assert_string_equal(copy, "abc");
    assert_string_equal(text, "folder/42");
    mem_free(copy);
    mem_free(text);
}

static void many_texts_in_one_block(void **state)
{
    char first[] = "first";
    const char *texts[] = {first, "", "third"};
    char **copies = mem_strings(texts, 3), **none = mem_strings(NULL, 0);

    (void)state;
    assert_non_null(copies);
    assert_non_null(none);
    first[0] = 'x';
    assert_string_equal(copies[0], "first");
    assert_string_equal(copies[1], "");
    assert_string_equal(copies[2], "third");
    assert_ptr_equal(copies[0], copies + 3);
    mem_free(copies);
    mem_free(none);
    mem_fail_at(1);
    assert_null(mem_strings(texts, 3));
    mem_fail_at(0);
}

static void the_nth_allocation_and_all_after_it_fail(void **state)
{
    uint64_t before = mem_count();
    void *first, *second, *last;

    (void)state;
    mem_fail_at(3);
    first = mem_alloc(1, 1);
    second = mem_string("x");
    assert_null(mem_alloc(1, 1));
    assert_null(mem_format("x"));
    mem_fail_at(0);
    last = mem_alloc_zero(1, 1);
    assert_non_null(first);
    assert_non_null(second);
    assert_non_null(last);
    assert_int_equal(mem_count() - before, 3);
    mem_free(first);
    mem_free(second);
    mem_free(last);
}

static void arena_blocks_are_aligned_zeroed_and_apart(void **state)
{
    uint8_t *blocks[500];
    Arena arena;

    (void)state;
    arena_init(&arena, 10 << 20);
    for (size_t i = 0; i < N_ELEMENTS(blocks); i++) {
        blocks[i] = arena_alloc(&arena, i, 3);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t k = 0; k < 3 * i; k++)
            assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], (int)(i % 251 + 1), 3 * i);
    }
    for (size_t i = 0; i < N_ELEMENTS(blocks); i++)
        for (size_t k = 0; k < 3 * i; k++)
            assert_int_equal(blocks[i][k], i % 251 + 1);
    memset(arena_alloc(&arena, 3, 100000), 1, 300000); /* larger than any slab */
    assert_string_equal(arena_string(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_string(&arena, NULL, 0), "");
    arena_deinit(&arena);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_alloc(&arena, 1, 1)); /* usable again */
    arena_deinit(&arena);
}

static void arena_keeps_its_limit(void **state)
{
    Arena arena;

    (void)state;
    arena_init(&arena, 1000);
    assert_null(arena_alloc(&arena, 1, 1001));
    assert_null(arena_alloc(&arena, SIZE_MAX, 2));
    assert_null(arena_alloc(&arena, 1, SIZE_MAX));
    assert_null(arena_string(&arena, "", SIZE_MAX));
    for (int i = 0; i < 62; i++) /* 62 blocks of 16 bytes are 992 */
        assert_non_null(arena_alloc(&arena, 1, 9));
    assert_int_equal(arena.used, 992);
    assert_null(arena_alloc(&arena, 1, 1));
    arena_deinit(&arena);
}

static void arena_survives_no_memory(void **state)
{
    Arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    mem_fail_at(1);
    assert_null(arena_alloc(&arena, 1, 8));
    assert_int_equal(arena.used, 0);
    mem_fail_at(2);
    assert_non_null(arena_alloc(&arena, 1, 8));
    assert_null(arena_alloc(&arena, 1, 100000));
    assert_non_null(arena_alloc(&arena, 1, 8)); /* from the slab that is there */
    mem_fail_at(0);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(blocks_are_aligned_and_zeroed_on_demand),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(growing_keeps_what_was_there),
        cmocka_unit_test(texts),
        cmocka_unit_test(many_texts_in_one_block),
        cmocka_unit_test(the_nth_allocation_and_all_after_it_fail),
        cmocka_unit_test(arena_blocks_are_aligned_zeroed_and_apart),
        cmocka_unit_test(arena_keeps_its_limit),
        cmocka_unit_test(arena_survives_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
