/* The files inside the binary are the source tree's, byte for byte, and all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/memory.h"

#define MAX_FILE ((size_t)1 << 26)

static const char *source_root; /* set by the build */

static void test_same_bytes(void **state)
{
    (void)state;
    const EmbeddedFile *file, *before = NULL;
    for (size_t i = 0; (file = embedded_get(i)); i++, before = file) {
        Buffer bytes;
        ScrawlError error = {0};
        char *path = path_join(source_root, file->path);
        buffer_init(&bytes, MAX_FILE);
        if (file_read(path, &bytes, &error))
            fail_msg("%s", error.message);
        assert_int_equal(bytes.size, file->size);
        assert_memory_equal(bytes.data, file->data, file->size);
        assert_int_equal(file->data[file->size], 0);
        assert_int_equal((uintptr_t)file->data % 64, 0);
        assert_ptr_equal(embedded_find(file->path), file);
        assert_memory_equal(path_name(file->path), file->name, strlen(file->name));
        assert_int_equal(path_name(file->path)[strlen(file->name)], '.');
        assert_true(!before || strcmp(before->path, file->path) < 0);
        buffer_deinit(&bytes);
        mem_free(path);
    }
    assert_null(embedded_get(SIZE_MAX));
    assert_null(embedded_find("recipes/none.yaml"));
}

static void nothing_forgotten(const char *folder, const char *suffix)
{
    char *path = path_join(source_root, folder), **names;
    size_t n_names;
    assert_int_equal(folder_list(path, &names, &n_names, NULL), SCRAWL_STATUS_OK);
    for (size_t i = 0; i < n_names; i++) {
        if (!path_has_suffix(names[i], suffix))
            continue;
        char *name = path_join(folder, names[i]);
        if (!embedded_find(name))
            fail_msg("%s is missing in %s/meson.build", name, folder);
        mem_free(name);
    }
    mem_free(names);
    mem_free(path);
}

static void test_nothing_forgotten(void **state)
{
    (void)state;
    nothing_forgotten("recipes", ".yaml");
    nothing_forgotten("models", ".safetensors");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_nothing_forgotten),
    };
    if (argc != 2)
        return 2;
    source_root = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
