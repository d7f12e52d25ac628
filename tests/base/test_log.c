/* Messages and progress by callback. */
#include "cmocka_all.h"

#include <string.h>

#include "base/error.h"

typedef struct Heard {
    char text[2000];
    int n_messages, n_progress;
    bool answer;
} Heard;

static void hear(void *context, ScrawlLogLevel level, const char *text)
{
    Heard *heard = context;

    assert_true(level <= SCRAWL_LOG_LEVEL_INFO);
    heard->n_messages++;
    strcpy(heard->text, text);
}

static bool watch(void *context, const ScrawlProgress *progress)
{
    Heard *heard = context;

    heard->n_progress++;
    assert_int_equal(progress->done, 3);
    return heard->answer;
}

static void messages_up_to_the_level_are_sent(void **state)
{
    Heard heard = {.n_messages = 0};
    ScrawlLog log = {.level = SCRAWL_LOG_LEVEL_INFO, .context = &heard, .message = hear};

    (void)state;
    log_message(&log, SCRAWL_LOG_LEVEL_INFO, "epoch %d", 3);
    assert_string_equal(heard.text, "epoch 3");
    log_message(&log, SCRAWL_LOG_LEVEL_DEBUG, "not sent");
    assert_int_equal(heard.n_messages, 1);
}

static void long_messages_are_cut(void **state)
{
    Heard heard = {.n_messages = 0};
    ScrawlLog log = {.level = SCRAWL_LOG_LEVEL_INFO, .context = &heard, .message = hear};
    char text[3000];

    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    log_message(&log, SCRAWL_LOG_LEVEL_ERROR, "%s", text);
    assert_int_equal(strlen(heard.text), 1023);
    assert_string_equal(heard.text + 1019, "x...");
}

static void silence_is_allowed(void **state)
{
    ScrawlLog log = {.level = SCRAWL_LOG_LEVEL_DEBUG};
    ScrawlProgress progress = {.done = 3};

    (void)state;
    log_message(NULL, SCRAWL_LOG_LEVEL_ERROR, "x");
    log_message(&log, SCRAWL_LOG_LEVEL_ERROR, "x");
    assert_true(log_progress(NULL, &progress));
    assert_true(log_progress(&log, &progress));
}

static void progress_may_ask_to_stop(void **state)
{
    Heard heard = {.answer = true};
    ScrawlLog log = {.context = &heard, .progress = watch};
    ScrawlProgress progress = {.done = 3};

    (void)state;
    assert_true(log_progress(&log, &progress));
    heard.answer = false;
    assert_false(log_progress(&log, &progress));
    assert_int_equal(heard.n_progress, 2);
}

static void the_clock_goes_forward(void **state)
{
    double before = clock_seconds();

    (void)state;
    while (clock_seconds() == before) /* a clock that stands still is ended by the test's timeout */
        continue;
    assert_true(clock_seconds() > before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_up_to_the_level_are_sent),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(silence_is_allowed),
        cmocka_unit_test(progress_may_ask_to_stop),
        cmocka_unit_test(the_clock_goes_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
