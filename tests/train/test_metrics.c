/* metrics.jsonl: exact keys and order, what is null, and what is cut before a resume. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "folder.h"
#include "train/metrics.h"

#define PATH "metrics.jsonl"

static void assert_file(const char *expected)
{
    Buffer text;
    buffer_init(&text, METRICS_MAX_FILE);
    assert_int_equal(file_read(PATH, &text, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(&text), expected);
    buffer_deinit(&text);
}

static void test_lines(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    ScrawlEpoch epoch = {.epoch = 1,
                         .n_epochs = 2,
                         .train_loss = 0.5,
                         .train_accuracy = 0.75,
                         .valid_loss = 0.25,
                         .valid_accuracy = 0.875,
                         .learning_rate = 0.001,
                         .images_per_second = 1234.5,
                         .seconds = 2};
    assert_int_equal(metrics_append(PATH, &epoch, NULL), SCRAWL_STATUS_OK);
    epoch.epoch = 2;
    epoch.valid_loss = epoch.valid_accuracy = NAN;
    assert_int_equal(metrics_append(PATH, &epoch, NULL), SCRAWL_STATUS_OK);
    assert_file("{\"epoch\":1,\"train_loss\":0.5,\"train_accuracy\":0.75,\"valid_loss\":0.25,"
                "\"valid_accuracy\":0.875,\"learning_rate\":0.001,\"images_per_second\":1234.5,"
                "\"seconds\":2}\n"
                "{\"epoch\":2,\"train_loss\":0.5,\"train_accuracy\":0.75,\"valid_loss\":null,"
                "\"valid_accuracy\":null,\"learning_rate\":0.001,\"images_per_second\":1234.5,"
                "\"seconds\":2}\n");
    folder_leave(&folder);
}

static void test_trim(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    assert_int_equal(metrics_trim(PATH, 3, NULL), SCRAWL_STATUS_OK); /* none there */
    assert_false(file_exists(PATH));

    write_text(PATH, "{\"epoch\":1}\n{\"epoch\":2}\n{\"epoch\":3}\n{\"epo");
    assert_int_equal(metrics_trim(PATH, 3, NULL), SCRAWL_STATUS_OK);
    assert_file("{\"epoch\":1}\n{\"epoch\":2}\n{\"epoch\":3}\n");
    assert_int_equal(metrics_trim(PATH, 2, NULL), SCRAWL_STATUS_OK);
    assert_file("{\"epoch\":1}\n{\"epoch\":2}\n");

    write_text(PATH, "{\"epoch\":1}\nrubbish\n\n{\"epoch\":\"2\"}\n{\"epoch\":2}\n");
    assert_int_equal(metrics_trim(PATH, 9, NULL), SCRAWL_STATUS_OK);
    assert_file("{\"epoch\":1}\n{\"epoch\":2}\n");
    assert_int_equal(metrics_trim(PATH, 0, NULL), SCRAWL_STATUS_OK);
    assert_file("");
    folder_leave(&folder);
}

static void test_read(void **state)
{
    (void)state;
    TestFolder folder;
    ScrawlEpoch *epochs;
    ScrawlError error = {0};
    size_t n;
    folder_enter(&folder);
    write_text(PATH, "{\"epoch\":1,\"train_loss\":0.5,\"train_accuracy\":0.75,\"valid_loss\":0.25,"
                     "\"valid_accuracy\":0.875,\"learning_rate\":0.001,"
                     "\"images_per_second\":1234.5,\"seconds\":2}\n"
                     "{\"epoch\":2,\"valid_loss\":null}\n{\"epoch\":3,\"tr");
    assert_int_equal(metrics_read(PATH, &epochs, &n, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(n, 2);
    assert_int_equal(epochs[0].epoch, 1);
    const double read[] = {epochs[0].train_loss,    epochs[0].train_accuracy,
                           epochs[0].valid_loss,    epochs[0].valid_accuracy,
                           epochs[0].learning_rate, epochs[0].images_per_second,
                           epochs[0].seconds};
    const double expected[] = {0.5, 0.75, 0.25, 0.875, 0.001, 1234.5, 2};
    for (size_t i = 0; i < 7; i++)
        assert_true(read[i] == expected[i]);
    assert_int_equal(epochs[1].epoch, 2);
    assert_true(isnan(epochs[1].valid_loss) && isnan(epochs[1].train_loss));
    mem_free(epochs);

    write_text(PATH, "{\"epoch\":1}\nrubbish\n");
    assert_int_equal(metrics_read(PATH, &epochs, &n, &error), SCRAWL_STATUS_FORMAT);
    assert_string_equal(error.message, "metrics.jsonl:2: expected the figures of an epoch as JSON");
    assert_null(epochs);
    write_text(PATH, "{\"epoch\":0}\n");
    assert_int_equal(metrics_read(PATH, &epochs, &n, &error), SCRAWL_STATUS_FORMAT);
    write_text(PATH, "");
    assert_int_equal(metrics_read(PATH, &epochs, &n, &error), SCRAWL_STATUS_OK);
    assert_int_equal(n, 0);
    mem_free(epochs);
    assert_int_equal(metrics_read("none", &epochs, &n, &error), SCRAWL_STATUS_NOT_FOUND);
    folder_leave(&folder);
}

static void test_read_no_memory(void **state)
{
    (void)state;
    TestFolder folder;
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    folder_enter(&folder);
    write_text(PATH, "{\"epoch\":1,\"seconds\":2}\n{\"epoch\":2}\n");
    for (uint64_t n = 1; status; n++) {
        ScrawlEpoch *epochs;
        size_t n_epochs;
        mem_fail_at(n);
        status = metrics_read(PATH, &epochs, &n_epochs, NULL);
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || (!status && n > 3));
        assert_true(!!epochs == !status);
        mem_free(epochs);
    }
    folder_leave(&folder);
}

static void test_unwritable(void **state)
{
    (void)state;
    ScrawlEpoch epoch = {.epoch = 1};
    ScrawlError error = {0};
    assert_int_equal(metrics_append("/nowhere/at/all", &epoch, &error), SCRAWL_STATUS_NOT_FOUND);
    mem_fail_at(1);
    ScrawlStatus status = metrics_append("/nowhere/at/all", &epoch, &error);
    mem_fail_at(0);
    assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),      cmocka_unit_test(test_trim),
        cmocka_unit_test(test_read),       cmocka_unit_test(test_read_no_memory),
        cmocka_unit_test(test_unwritable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
