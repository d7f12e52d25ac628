/* UTF-8 by RFC 3629. */
#include "cmocka_all.h"

#include <string.h>

#include "base/text.h"

/* The encoder that the decoder is held against, straight from the RFC's table. */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0x80)
        return out[0] = (char)c, 1;
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x120000; c++) {
        char text[4];
        size_t size = encode(c, text);
        bool valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
        if (utf8_length(text, size) != (valid ? size : 0))
            fail_msg("U+%04X: length %zu", (unsigned)c, utf8_length(text, size));
        if (utf8_length(text, size - 1) != 0)
            fail_msg("U+%04X: cut by one byte and still valid", (unsigned)c);
    }
}

static void overlong_and_stray_bytes(void **state)
{
    static const char *const bad[] = {
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80",
        "\xf5\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf8\x88\x80\x80",
        "\xff",
        "\xfe",
        "\x80",
        "\xbf",
        "\xc3\x28",
        "\xe2\x28\xa1",
        "\xe2\x82\x28",
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++)
        assert_int_equal(utf8_length(bad[i], strlen(bad[i])), 0);
    assert_true(utf8_valid(""));
    assert_true(utf8_valid("gr\xc3\xbcn \xe2\x82\xac"));
    assert_false(utf8_valid("gr\xfcn"));
    assert_false(utf8_valid("gr\xc3")); /* cut */
}

static void prefixes_end_between_characters(void **state)
{
    static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82z"; /* ends: 1 3 6 10 11 */
    static const size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(ends); i++)
        assert_int_equal(utf8_prefix(text, strlen(text), i), ends[i]);
    assert_int_equal(utf8_prefix("\x80\x80\x80\x80\x80\x80", 6, 5), 5); /* no text: any cut */
}

static void characters_are_counted(void **state)
{
    static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82z"; /* ends: 1 3 6 10 11 */
    static const size_t ends[] = {0, 1, 3, 6, 10, 11, 11};

    (void)state;
    assert_int_equal(utf8_count(""), 0);
    assert_int_equal(utf8_count(text), 5);
    for (size_t i = 0; i < N_ELEMENTS(ends); i++)
        assert_int_equal(utf8_skip(text, i), ends[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(overlong_and_stray_bytes),
        cmocka_unit_test(prefixes_end_between_characters),
        cmocka_unit_test(characters_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
