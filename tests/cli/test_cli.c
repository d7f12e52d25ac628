/* The small parts of the command line that no transcript pins down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "cli/bar.h"
#include "cli/json.h"

static void counts_have_commas(void **state)
{
    char text[TEXT_SIZE];

    (void)state;
    assert_string_equal(count_text(text, 0), "0");
    assert_string_equal(count_text(text, 999), "999");
    assert_string_equal(count_text(text, 1000), "1,000");
    assert_string_equal(count_text(text, 123456), "123,456");
    assert_string_equal(count_text(text, 1234567), "1,234,567");
    assert_string_equal(count_text(text, -1234), "-1,234");
    assert_string_equal(count_text(text, -123), "-123");
    assert_true(strlen(count_text(text, 1e300)) < TEXT_SIZE);
}

static void percents_and_times(void **state)
{
    char text[TEXT_SIZE];

    (void)state;
    assert_string_equal(percent_text(text, 0.9908), "99.08 %");
    assert_string_equal(percent_text(text, 1), "100.00 %");
    assert_string_equal(percent_text(text, NAN), "-");
    assert_string_equal(confidence_text(text, 0), "0.0 %");
    assert_string_equal(confidence_text(text, 0.5678), "56.8 %");
    assert_string_equal(confidence_text(text, 0.9994999), "99.9 %");
    assert_string_equal(confidence_text(text, 0.9995), ">99.9 %");
    assert_string_equal(confidence_text(text, 1), ">99.9 %");
    assert_string_equal(time_text(text, 4.23), "4.2 s");
    assert_string_equal(time_text(text, 59.94), "59.9 s");
    assert_string_equal(time_text(text, 59.96), "1 min 00 s");
    assert_string_equal(time_text(text, 522), "8 min 42 s");
    assert_string_equal(time_text(text, 3599.6), "1 h 00 min");
    assert_string_equal(time_text(text, 7980), "2 h 13 min");
    assert_string_equal(time_text(text, -1), "0.0 s");
}

static void numbers_that_json_lacks(void **state)
{
    json_t *value = json_number(0.25);

    (void)state;
    assert_true(json_real_value(value) == 0.25);
    json_decref(value);
    assert_true(json_is_null(json_number(NAN)));
    assert_true(json_is_null(json_number(INFINITY)));
}

static void bytes_that_are_no_text(void **state)
{
    static const struct {
        const char *given, *expected;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {"a\xff", "a\xef\xbf\xbd"},
        {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"}, /* cut */
        {"\xe2\x82g", "\xef\xbf\xbd\xef\xbf\xbdg"},
        {"\xf0\x9f\x98\x80\xff", "\xf0\x9f\x98\x80\xef\xbf\xbd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *value = json_text(cases[i].given);

        assert_string_equal(json_string_value(value), cases[i].expected);
        json_decref(value);
    }
    assert_true(json_is_null(json_text(NULL)));
}

static void the_bar_keeps_to_its_line(void **state)
{
    static const struct {
        size_t columns;
        const char *line;
    } cases[] = {
        {130, "epoch 3/10 ===============...............  50 %  12,000 images/s  ETA 1:05"
              "  loss 0.1234  accuracy 97.50 %  rate 0.001  best 0.04"},
        {120, "epoch 3/10 ===========..........  50 %  12,000 images/s  ETA 1:05"
              "  loss 0.1234  accuracy 97.50 %  rate 0.001  best 0.04"},
        {103, "epoch 3/10 ========.......  50 %  12,000 images/s  ETA 1:05  loss 0.1234"
              "  accuracy 97.50 %  rate 0.001"},
        {80, "epoch 3/10 =====....  50 %  ETA 1:05  loss 0.1234  accuracy 97.50 %  rate 0.001"},
        {70, "epoch 3/10 ======.....  50 %  ETA 1:05  loss 0.1234  accuracy 97.50 %"},
        {40, "epoch 3/10 ======......  50 %  ETA 1:05"},
        {20, "epoch 3/10 =.  50 %"},
        {5, "epoch 3/10   50 %"},
    };
    const ScrawlProgress progress = {.what = "epoch 3/10",
                                     .unit = "images",
                                     .done = 780000,
                                     .total = 1560000,
                                     .seconds = 65,
                                     .loss = 0.1234,
                                     .accuracy = 0.975,
                                     .learning_rate = 0.001};
    char line[BAR_MAX_LINE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(bar_line(&progress, "best 0.04", cases[i].columns, false, line),
                            cases[i].line);
    bar_line(&progress, "", 80, true, line);
    assert_non_null(strstr(line, "━╌"));
}

static void the_best_epoch_is_noted(void **state)
{
    Bar bar = {.note = "x"};

    (void)state;
    bar_note_best(&bar,
                  &(ScrawlEpoch){.best_epoch = 7, .best_valid_loss = 0.04123, .patience_left = 3});
    assert_string_equal(bar.note, "best 0.0412 in epoch 7, 3 left");
    bar_note_best(&bar,
                  &(ScrawlEpoch){.best_epoch = 7, .best_valid_loss = 0.04123, .patience_left = -1});
    assert_string_equal(bar.note, "best 0.0412 in epoch 7");
    bar_note_best(&bar, &(ScrawlEpoch){.patience_left = -1});
    assert_string_equal(bar.note, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_commas),        cmocka_unit_test(percents_and_times),
        cmocka_unit_test(the_bar_keeps_to_its_line), cmocka_unit_test(the_best_epoch_is_noted),
        cmocka_unit_test(numbers_that_json_lacks),   cmocka_unit_test(bytes_that_are_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
