/* Status codes and sentences. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static void names_and_messages_of_every_status(void **state)
{
    (void)state;
    assert_int_equal(SCRAWL_STATUS_OK, 0);
    assert_string_equal(scrawl_status_name(SCRAWL_STATUS_OK), "OK");
    assert_string_equal(scrawl_status_name(SCRAWL_STATUS_NO_MEMORY), "NO_MEMORY");
    assert_string_equal(scrawl_status_message(SCRAWL_STATUS_NO_MEMORY), "out of memory");
    assert_string_equal(scrawl_status_name(SCRAWL_STATUS_INTERRUPTED), "INTERRUPTED");
    for (int i = 0; i <= SCRAWL_STATUS_BUSY; i++) {
        assert_string_not_equal(scrawl_status_name((ScrawlStatus)i), "UNKNOWN");
        assert_string_not_equal(scrawl_status_message((ScrawlStatus)i), "unknown status");
    }
}

static void values_outside_the_enum_are_unknown(void **state)
{
    static const int values[] = {-1, SCRAWL_STATUS_BUSY + 1, 1 << 30, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(values); i++) {
        assert_string_equal(scrawl_status_name((ScrawlStatus)values[i]), "UNKNOWN");
        assert_string_equal(scrawl_status_message((ScrawlStatus)values[i]), "unknown status");
    }
}

static void set_returns_its_status_and_keeps_the_sentence(void **state)
{
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(error_set(&error, SCRAWL_STATUS_FORMAT, "%s:%d: bad", "a.yaml", 3),
                     SCRAWL_STATUS_FORMAT);
    assert_int_equal(error.status, SCRAWL_STATUS_FORMAT);
    assert_string_equal(error.message, "a.yaml:3: bad");
    assert_int_equal(error_set(NULL, SCRAWL_STATUS_IO, "%d", 1), SCRAWL_STATUS_IO);
    assert_int_equal(error_no_memory(&error, "a test"), SCRAWL_STATUS_NO_MEMORY);
    assert_string_equal(error.message, "no memory for a test");
}

static void set_may_quote_its_own_message(void **state)
{
    ScrawlError error = {0};

    (void)state;
    error_set(&error, SCRAWL_STATUS_IO, "inner");
    error_set(&error, SCRAWL_STATUS_NETWORK, "outer (%s)", error.message);
    assert_string_equal(error.message, "outer (inner)");
}

static void prefix_keeps_status_and_sentence(void **state)
{
    ScrawlError error = {0};

    (void)state;
    error_set(&error, SCRAWL_STATUS_LIMIT, "too large");
    assert_int_equal(error_prefix(&error, SCRAWL_STATUS_IO, "%s", "x.png"), SCRAWL_STATUS_LIMIT);
    assert_string_equal(error.message, "x.png: too large");
    assert_int_equal(error_prefix(NULL, SCRAWL_STATUS_IO, "x"), SCRAWL_STATUS_IO);
}

static void long_sentences_are_cut_with_dots(void **state)
{
    char text[2000];
    ScrawlError error = {0};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof error.message - 1] = '\0'; /* just fits */
    error_set(&error, SCRAWL_STATUS_IO, "%s", text);
    assert_string_equal(error.message, text);
    text[sizeof error.message - 1] = 'x'; /* one too many */
    text[sizeof error.message] = '\0';
    error_set(&error, SCRAWL_STATUS_IO, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_string_equal(error.message + sizeof error.message - 5, "x...");
    text[sizeof error.message] = 'x';
    text[sizeof text - 1] = '\0';
    error_prefix(&error, SCRAWL_STATUS_IO, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_string_equal(error.message + sizeof error.message - 5, "x...");
}

/* Wherever the cut falls in characters of two to four bytes, what is left is UTF-8. */
static void cuts_keep_characters_whole(void **state)
{
    static const char *const characters[] = {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x99\x82"};

    (void)state;
    for (size_t k = 0; k < N_ELEMENTS(characters); k++)
        for (int shift = 0; shift < 5; shift++) {
            ScrawlError error = {0};
            char text[1200] = "aaaaa";
            size_t size = (size_t)shift, length;
            while (size + 8 < sizeof text) {
                strcpy(text + size, characters[k]);
                size += strlen(characters[k]);
            }
            error_set(&error, SCRAWL_STATUS_IO, "%s", text);
            length = strlen(error.message);
            assert_in_range(length, sizeof error.message - 4, sizeof error.message - 1);
            for (size_t i = 0, step; i < length; i += step) {
                step = utf8_length(error.message + i, length - i);
                assert_int_not_equal(step, 0);
            }
        }
}

static void control_characters_are_not_passed_on(void **state)
{
    ScrawlError error = {0};

    (void)state;
    error_set(&error, SCRAWL_STATUS_IO, "a\x1b[2Jb\nc\x7f \xc3\xa4");
    assert_string_equal(error.message, "a?[2Jb?c? \xc3\xa4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_messages_of_every_status),
        cmocka_unit_test(values_outside_the_enum_are_unknown),
        cmocka_unit_test(set_returns_its_status_and_keeps_the_sentence),
        cmocka_unit_test(set_may_quote_its_own_message),
        cmocka_unit_test(prefix_keeps_status_and_sentence),
        cmocka_unit_test(long_sentences_are_cut_with_dots),
        cmocka_unit_test(cuts_keep_characters_whole),
        cmocka_unit_test(control_characters_are_not_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
