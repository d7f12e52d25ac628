/* Finding a model: built-in, file, run folder; and writing one. The table of embedded files is this
 * test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/format.h"
#include "formats/safetensors.h"
#include "sample.h"

static EmbeddedFile files[5];

const EmbeddedFile *embedded_get(size_t i)
{
    return i < 5 && files[i].path ? &files[i] : NULL;
}

const EmbeddedFile *embedded_find(const char *path)
{
    for (size_t i = 0; i < 5 && files[i].path; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

static Buffer model_file;
static char folder[] = "/tmp/scrawl-load-XXXXXX";

static int setup(void **state)
{
    (void)state;
    ScrawlModel *model = sample_convnet();
    buffer_init(&model_file, FORMAT_MAX_FILE);
    ScrawlStatus status = safetensors_write_model(model, &model_file, NULL);
    scrawl_model_free(model);
    files[0] = (EmbeddedFile){"models/broken.safetensors", "broken", model_file.data, 20};
    files[1] =
        (EmbeddedFile){"models/digits.safetensors", "digits", model_file.data, model_file.size};
    files[2] = (EmbeddedFile){"recipes/mlp.yaml", "mlp", (const uint8_t *)"name: mlp\n", 10};
    return !status && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    buffer_deinit(&model_file);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void loads(const char *name)
{
    ScrawlError error = {0};
    ScrawlModel *model;
    if (scrawl_model_load(&model, name, &error))
        fail_msg("%s", error.message);
    assert_string_equal(scrawl_model_info(model)->name, "sample");
    scrawl_model_free(model);
}

static void refused(const char *name, ScrawlStatus expected, const char *sentence)
{
    ScrawlError error = {0};
    ScrawlModel *model;
    ScrawlStatus status = scrawl_model_load(&model, name, &error);
    if (status != expected || !strstr(error.message, sentence))
        fail_msg("expected \"%s\", found %s: %s", sentence, scrawl_status_name(status),
                 error.message);
    assert_null(model);
}

static void put(const char *path, const void *bytes, size_t size)
{
    assert_int_equal(file_write(path, bytes, size, NULL), SCRAWL_STATUS_OK);
}

static void test_builtin(void **state)
{
    (void)state;
    assert_string_equal(scrawl_model_builtin(0), "broken");
    assert_string_equal(scrawl_model_builtin(1), "digits");
    assert_null(scrawl_model_builtin(2)); /* a recipe is no model */
    assert_null(scrawl_model_builtin(99));
    loads("digits");
    refused("broken", SCRAWL_STATUS_FORMAT, "broken:");
    refused("mlp", SCRAWL_STATUS_NOT_FOUND, "mlp: no such model file");
    put("digits", "junk", 4); /* the name is the built-in one, the path is the file */
    loads("digits");
    refused("./digits", SCRAWL_STATUS_FORMAT, "./digits: expected a model (safetensors)");
    assert_int_equal(unlink("digits"), 0);
}

static void test_not_found_names_the_builtin_ones(void **state)
{
    (void)state;
    refused("digit", SCRAWL_STATUS_NOT_FOUND,
            "digit: no such model file; built-in models are broken, digits");
    EmbeddedFile kept = files[0];
    files[0].path = NULL;
    refused("digits", SCRAWL_STATUS_NOT_FOUND, "there are no built-in models");
    assert_null(scrawl_model_builtin(0));
    files[0] = kept;
}

static void test_file_by_its_bytes(void **state)
{
    (void)state;
    put("picture.png", model_file.data, model_file.size);
    loads("picture.png");
    assert_int_equal(unlink("picture.png"), 0);
    put("m.safetensors", "\x89PNG\r\n\x1a\n and more", 17);
    refused("m.safetensors", SCRAWL_STATUS_FORMAT, "found another kind of file");
    put("m.safetensors", "", 0);
    refused("m.safetensors", SCRAWL_STATUS_FORMAT, "found an empty file");
    put("m.safetensors", model_file.data, model_file.size - 1);
    refused("m.safetensors", SCRAWL_STATUS_FORMAT, "m.safetensors: ");
    assert_int_equal(unlink("m.safetensors"), 0);
}

static void test_run_folder(void **state)
{
    (void)state;
    assert_int_equal(folder_create("run", NULL), SCRAWL_STATUS_OK);
    refused("run", SCRAWL_STATUS_NOT_FOUND, "run/model.safetensors");
    put("run/model.safetensors", model_file.data, model_file.size);
    loads("run");
    loads("run/");
    assert_int_equal(unlink("run/model.safetensors"), 0);
    assert_int_equal(rmdir("run"), 0);
}

static void test_save(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlModel *model = sample_convnet();
    Buffer saved;
    assert_int_equal(scrawl_model_save(model, "m.safetensors", &error), SCRAWL_STATUS_OK);
    buffer_init(&saved, FORMAT_MAX_FILE);
    assert_int_equal(file_read("m.safetensors", &saved, &error), SCRAWL_STATUS_OK);
    assert_int_equal(saved.size, model_file.size);
    assert_memory_equal(saved.data, model_file.data, saved.size);
    buffer_deinit(&saved);
    assert_int_equal(unlink("m.safetensors"), 0);
    assert_int_equal(scrawl_model_save(model, "none/m.safetensors", &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "none"));
    scrawl_model_free(model);
}

static void test_no_memory(void **state)
{
    (void)state;
    put("m.safetensors", model_file.data, model_file.size);
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    ScrawlModel *model;
    for (uint64_t n = 1; status; n++) {
        mem_fail_at(n);
        status = scrawl_model_load(&model, "m.safetensors", NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
        assert_true(!!model == (!status));
    }
    status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        mem_fail_at(n);
        status = scrawl_model_save(model, "m.safetensors", NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
        loads("m.safetensors"); /* the old one or the new one */
    }
    scrawl_model_free(model);
    assert_int_equal(unlink("m.safetensors"), 0);
}

static void test_formats(void **state)
{
    (void)state;
    const ModelFormat *format = format_get(0);
    assert_string_equal(format->name, "safetensors");
    assert_true(format->matches(model_file.data, model_file.size));
    assert_false(format->matches(model_file.data, 8));
    assert_false(format->matches((const uint8_t *)"12345678[", 9));
    format = format_get(1);
    assert_string_equal(format->name, "onnx");
    assert_null(format->read);
    assert_null(format_get(2));
    assert_string_equal(scrawl_model_format(0), "safetensors");
    assert_string_equal(scrawl_model_format(1), "onnx");
    assert_null(scrawl_model_format(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_not_found_names_the_builtin_ones),
        cmocka_unit_test(test_file_by_its_bytes),
        cmocka_unit_test(test_run_folder),
        cmocka_unit_test(test_save),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_formats),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
