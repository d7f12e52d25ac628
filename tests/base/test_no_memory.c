/* Every parser and writer with its Nth allocation failing, for every N: it says NO_MEMORY, leaves
 * nothing behind, and works the next time. Twice: with the library's own allocations failing, and,
 * where no sanitizer stands in the way, with the C library's, so that those of libyaml and jansson
 * fail too; the blocks still held are counted then. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/schema.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define COUNTS_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define COUNTS_MALLOC 0
#else
#define COUNTS_MALLOC 1
#endif
#else
#define COUNTS_MALLOC 1
#endif

#if COUNTS_MALLOC
/* glibc's own names of its allocator: what a program's malloc may stand on. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static long blocks_held, mallocs_to_failure; /* 0: none fails; 1: the next, and all after it */

static bool fails(void)
{
    if (mallocs_to_failure > 1)
        mallocs_to_failure--;
    else if (mallocs_to_failure == 1)
        errno = ENOMEM;
    return mallocs_to_failure == 1;
}

static void *held(void *block)
{
    blocks_held += block != NULL;
    return block;
}

void *malloc(size_t size)
{
    return fails() ? NULL : held(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : held(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (!block)
        return malloc(size);
    return fails() ? NULL : __libc_realloc(block, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = fails() ? NULL : held(__libc_memalign(alignment, size));
    return *block ? 0 : ENOMEM;
}

void free(void *block)
{
    blocks_held -= block != NULL;
    __libc_free(block);
}
#endif

static const char yaml_text[] = "train: {epochs: 3, name: 'x'}\nlayers:\n- a: 1\n- [b, c]\n";
static const char json_text[] = "{\"train\": {\"epochs\": 3, \"x\": 1.5}, \"l\": [null, true]}";

static ScrawlStatus read_yaml(ScrawlError *error)
{
    Tree tree;
    ScrawlStatus status = yaml_parse(&tree, "x.yaml", yaml_text, strlen(yaml_text), error);

    tree_deinit(&tree);
    return status;
}

static ScrawlStatus read_json(ScrawlError *error)
{
    Tree tree;
    ScrawlStatus status = json_parse(&tree, "x.json", json_text, strlen(json_text), error);

    tree_deinit(&tree);
    return status;
}

static Tree shared_tree; /* made while memory is there */

static ScrawlStatus set_value(ScrawlError *error)
{
    return tree_set(&shared_tree, "new.path[0]=3", error) == SCRAWL_STATUS_USAGE
               ? tree_set(&shared_tree, "train.other={a: [1, 2], b: x}", error)
               : SCRAWL_STATUS_NO_MEMORY;
}

static ScrawlStatus write_yaml(ScrawlError *error)
{
    ScrawlStatus status;
    Buffer out;

    buffer_init(&out, 10000);
    status = tree_write_yaml(shared_tree.root, &out);
    buffer_deinit(&out);
    if (error)
        error->message[0] = 'x'; /* it takes no error */
    return status;
}

static ScrawlStatus write_json(ScrawlError *error)
{
    ScrawlStatus status;
    Buffer out;

    buffer_init(&out, 10000);
    status = tree_write_json(shared_tree.root, &out);
    buffer_deinit(&out);
    if (error)
        error->message[0] = 'x';
    return status;
}

static ScrawlStatus read_file(ScrawlError *error)
{
    ScrawlStatus status;
    Buffer out;

    buffer_init(&out, 10000);
    status = file_read("/dev/null", &out, error);
    buffer_deinit(&out);
    return status;
}

static ScrawlStatus list_folder(ScrawlError *error)
{
    char **names;
    size_t n;
    ScrawlStatus status = folder_list("/", &names, &n, error);

    mem_free(names);
    return status;
}

static ScrawlStatus create_folder(ScrawlError *error)
{
    return folder_create("/", error);
}

typedef ScrawlStatus (*Attempt)(ScrawlError *error);

static const struct {
    const char *name;
    Attempt attempt;
} attempts[] = {
    {"yaml_parse", read_yaml},       {"json_parse", read_json},        {"tree_set", set_value},
    {"tree_write_yaml", write_yaml}, {"tree_write_json", write_json},  {"file_read", read_file},
    {"folder_list", list_folder},    {"folder_create", create_folder},
};

static int set_up(void **state)
{
    (void)state;
    return yaml_parse(&shared_tree, "x.yaml", yaml_text, strlen(yaml_text), NULL);
}

static int tear_down(void **state)
{
    (void)state;
    tree_deinit(&shared_tree);
    return 0;
}

/* Jansson 2.14 takes a string that it has no memory for as one that is not there, and says so. */
static bool may_be_misread(Attempt attempt, ScrawlStatus status, void (*fail_at)(uint64_t n))
{
    return attempt == read_json && status == SCRAWL_STATUS_FORMAT && fail_at != mem_fail_at;
}

/* Fails allocations 1, 2, 3... by `fail_at` until the attempt succeeds; at least one must count. */
static void try_all(const char *name, Attempt attempt, void (*fail_at)(uint64_t n))
{
    for (uint64_t n = 1;; n++) {
        ScrawlError error = {0};
        ScrawlStatus status;
        fail_at(n);
        status = attempt(&error);
        fail_at(0);
        if (!status) {
            if (n == 1)
                fail_msg("%s: no allocation was made to fail", name);
            break;
        }
        if (status != SCRAWL_STATUS_NO_MEMORY && !may_be_misread(attempt, status, fail_at))
            fail_msg("%s, allocation %d: %s: %s", name, (int)n, scrawl_status_name(status),
                     error.message);
        if (error.message[0] == '\0')
            fail_msg("%s, allocation %d: no sentence", name, (int)n);
        assert_true(n < 10000);
    }
}

static void our_own_allocations_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(attempts); i++)
        try_all(attempts[i].name, attempts[i].attempt, mem_fail_at);
}

#if COUNTS_MALLOC
static void fail_malloc_at(uint64_t n)
{
    mallocs_to_failure = (long)n;
}

static void all_allocations_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) { /* the trees: folder_list's opendir has its own reasons */
        bool keeps = attempts[i].attempt == set_value; /* what it sets stays in the tree's arena */
        long before = blocks_held;
        try_all(attempts[i].name, attempts[i].attempt, fail_malloc_at);
        if (!keeps && blocks_held != before)
            fail_msg("%s: %ld blocks are still held", attempts[i].name, blocks_held - before);
    }
}
#else
static void all_allocations_fail(void **state)
{
    (void)state;
    print_message("malloc belongs to a sanitizer here\n");
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(our_own_allocations_fail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_allocations_fail, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
