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
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_unwritable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
