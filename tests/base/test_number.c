/* Decimal text and doubles. */
#include "cmocka_all.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"

static void only_whole_decimal_numbers_are_read(void **state)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},    {"-3", -3},       {"+7", 7},       {"0.5", 0.5},
                {".5", 0.5}, {"1.", 1},        {"1e-3", 0.001}, {"1E+3", 1000},
                {"007", 7},  {"-1.5e2", -150}, {"1e-999", 0}};
    static const char *const bad[] = {"",    " 1",    "1 ",  "1e",   "e1",  ".",
                                      "-",   "+-1",   "1,5", "0x10", "inf", ".inf",
                                      "nan", "1e999", "1_0", "1e+",  "--1", "1.2.3"};
    double value;

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(good); i++) {
        assert_true(number_parse(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        value = 9;
        if (number_parse(bad[i], &value))
            fail_msg("\"%s\" was read as %g", bad[i], value);
        assert_true(value == 0);
    }
}

static void known_numbers_are_short(void **state)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {{0, "0"},
                 {0.1, "0.1"},
                 {-2.5, "-2.5"},
                 {100, "100"},
                 {1e21, "1e+21"},
                 {9.95, "9.95"}, /* 16 digits read back too, as 9.949999999999999 */
                 {1 / 3.0, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {DBL_MIN, "2.2250738585072014e-308"},
                 {(float)0.1, "0.10000000149011612"}};
    char text[NUMBER_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(known); i++)
        assert_string_equal(number_print(known[i].value, text), known[i].text);
}

/* Any bits that are a finite number: the text reads back as the same bits, and fits. */
static void every_double_reads_back(void **state)
{
    Rng rng;

    (void)state;
    rng_init(&rng, 1, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = (uint64_t)rng_u32(&rng) << 32 | rng_u32(&rng);
        char text[NUMBER_TEXT_SIZE];
        double value, again;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        assert_true(number_parse(number_print(value, text), &again));
        assert_memory_equal(&again, &value, sizeof value);
    }
}

static void a_locale_with_commas_changes_nothing(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8"};
    char text[NUMBER_TEXT_SIZE];
    const char *found = NULL;
    double value;

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(names) && !found; i++)
        found = setlocale(LC_NUMERIC, names[i]);
    if (!found) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    assert_true(number_parse("1.5", &value));
    assert_true(value == 1.5);
    assert_string_equal(number_print(1.5, text), "1.5");
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_whole_decimal_numbers_are_read),
        cmocka_unit_test(known_numbers_are_short),
        cmocka_unit_test(every_double_reads_back),
        cmocka_unit_test(a_locale_with_commas_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
