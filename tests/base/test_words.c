/* Texts of words and numbers. */
#include "cmocka_all.h"

#include <string.h>

#include "base/memory.h"
#include "base/words.h"

static const WordKind kinds[] = {
    {.name = "salt", .unit = "share of pixels", .min = 0, .max = 1, .usual = 0.25},
    {.name = "threshold"},
    {.name = "lines", .unit = "lines", .min = 2, .max = 9, .whole = true, .usual = 3},
};

static bool table(size_t i, WordKind *kind)
{
    if (i < N_ELEMENTS(kinds))
        *kind = kinds[i];
    return i < N_ELEMENTS(kinds);
}

static void words_come_in_their_order(void **state)
{
    uint64_t before = mem_count();
    Words words;

    (void)state;
    assert_int_equal(
        words_read(&words, "thing", "lines=7,salt,threshold,salt=.5,lines", table, NULL),
        SCRAWL_STATUS_OK);
    assert_int_equal(words.n, 5);
    assert_int_equal(words.words[0].kind, 2);
    assert_true(words.words[0].value == 7);
    assert_int_equal(words.words[1].kind, 0);
    assert_true(words.words[1].value == 0.25);
    assert_int_equal(words.words[2].kind, 1);
    assert_true(words.words[3].kind == 0 && words.words[3].value == 0.5);
    assert_true(words.words[4].value == 3);
    assert_int_equal(words_read(&words, "thing", "salt=1,salt=0", table, NULL), SCRAWL_STATUS_OK);
    assert_true(words.n == 2 && words.words[0].value == 1 && words.words[1].value == 0);
    assert_true(mem_count() == before);
}

static void wrong_texts_are_told(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "the name of a thing is missing"},
        {",", "the name of a thing is missing"},
        {"salt,", "the name of a thing is missing"},
        {"salt,,lines", "the name of a thing is missing"},
        {"=3", "the name of a thing is missing"},
        {"slat", "there is no thing 'slat': did you mean 'salt'?"},
        {"salt,lins=3", "there is no thing 'lins': did you mean 'lines'?"},
        {"xyzzy", "there is no thing 'xyzzy': expected salt, threshold, lines"},
        {" salt", "there is no thing ' salt': did you mean 'salt'?"},
        {"salt=2", "salt: expected a number from 0 to 1 (share of pixels), found '2'"},
        {"salt=-0.1", "found '-0.1'"},
        {"salt=", "found ''"},
        {"salt=nan", "found 'nan'"},
        {"salt=0.1=2", "found '0.1=2'"},
        {"lines=2.5", "lines: expected a whole number from 2 to 9 (lines), found '2.5'"},
        {"lines=10", "found '10'"},
        {"lines=1", "found '1'"},
        {"threshold=3", "threshold takes no number, found '3'"},
        {"threshold=", "threshold takes no number, found ''"},
        {"salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt",
         "at most 16"},
        {"salt=0.00000000000000000000000000000000000000000000000000000000000000000000001",
         "a shorter name"},
        {"sa\nlt\x1b[2J", "there is no thing 'sa?lt?[2J'"},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
        ScrawlError error = {0};
        Words words = {.n = 3};

        assert_int_equal(words_read(&words, "thing", wrong[i].text, table, &error),
                         SCRAWL_STATUS_USAGE);
        assert_int_equal(words.n, 0);
        if (!strstr(error.message, wrong[i].says))
            fail_msg("\"%s\": \"%s\" does not say \"%s\"", wrong[i].text, error.message,
                     wrong[i].says);
    }
}

/* Sixteen are allowed, and so is a word of 63 bytes. */
static void limits_are_inclusive(void **state)
{
    Words words;

    (void)state;
    assert_int_equal(words_read(&words, "thing",
                                "salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,salt,"
                                "salt,salt,salt",
                                table, NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(words.n, WORDS_MAX);
    assert_int_equal(words_read(&words, "thing",
                                "salt=0.00000000000000000000000000000000000000000000000000000001",
                                table, NULL),
                     SCRAWL_STATUS_OK);
    assert_true(words.words[0].value == 1e-56);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_come_in_their_order),
        cmocka_unit_test(wrong_texts_are_told),
        cmocka_unit_test(limits_are_inclusive),
    };

    return cmocka_run_group_tests_name("base words", tests, NULL, NULL);
}
