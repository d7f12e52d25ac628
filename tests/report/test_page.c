/* Buffer on its way into a page: what is escaped, what is encoded, and how numbers look. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "report/page.h"
#include "report/plot.h"

static void assert_page(Buffer *page, const char *expected)
{
    assert_int_equal(page->status, SCRAWL_STATUS_OK);
    assert_string_equal(buffer_text(page), expected);
    buffer_deinit(page);
    buffer_init(page, 1 << 16);
}

static void test_escapes(void **state)
{
    (void)state;
    Buffer page;
    buffer_init(&page, 1 << 16);
    html_text(&page, "<b a='1' c=\"2\">&amp;");
    assert_page(&page, "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;");
    html_text(&page, "gr\u00f6\u00dfer \u2192 \U0001F58B\ttab\nline");
    assert_page(&page, "gr\u00f6\u00dfer \u2192 \U0001F58B\ttab\nline");
    html_text(&page, "a\x01"
                     "b\x1b[2J\r\x7f");
    assert_page(&page, "a\ufffdb\ufffd[2J\ufffd\ufffd");
    html_text(&page, "cut \xc3");
    assert_page(&page, "cut \ufffd");
    html_text(&page, "\xff<\xed\xa0\x80>"); /* a surrogate is no character */
    assert_page(&page, "\ufffd&lt;\ufffd\ufffd\ufffd&gt;");
    html_text_part(&page, "abc<", 3);
    assert_page(&page, "abc");
    html_text(&page, "");
    assert_page(&page, "");
    buffer_deinit(&page);
}

/* The examples of RFC 4648, section 10. */
static void test_data(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xef\xbe", "/+++"},
    };
    Buffer page;
    buffer_init(&page, 1 << 16);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char expected[64];
        html_data(&page, "image/png", pairs[i][0], strlen(pairs[i][0]));
        snprintf(expected, sizeof expected, "data:image/png;base64,%s", pairs[i][1]);
        assert_page(&page, expected);
    }
    buffer_deinit(&page);
}

static void test_tables(void **state)
{
    (void)state;
    Buffer page;
    buffer_init(&page, 1 << 16);
    html_table_begin(&page, "class|#pictures");
    text_printf(&page, "<tr>");
    html_cell(&page, "<a>");
    html_number(&page, "%d", 7);
    text_printf(&page, "</tr>\n");
    html_table_end(&page);
    assert_page(&page, "<div class=\"scroll\"><table>\n<thead><tr><th>class</th><th class=\"n\">"
                       "pictures</th></tr></thead>\n<tbody>\n<tr><td>&lt;a&gt;</td>"
                       "<td class=\"n\">7</td></tr>\n</tbody></table></div>\n");
    buffer_deinit(&page);
}

static void test_inline(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"plain <text>", "plain &lt;text&gt;"},
        {"`a<b` and **c & d**.", "<code>a&lt;b</code> and <strong>c &amp; d</strong>."},
        {"2 * 3 ** 4", "2 * 3 ** 4"},
        {"an open `mark", "an open `mark"},
        {"**", "**"},
        {"****", "<strong></strong>"},
    };
    Buffer page;
    buffer_init(&page, 1 << 16);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        page_markdown(&page, pairs[i][0], strlen(pairs[i][0]));
        assert_page(&page, pairs[i][1]);
    }
    buffer_deinit(&page);
}

static void test_numbers(void **state)
{
    (void)state;
    Buffer page;
    buffer_init(&page, 1 << 16);
    text_count(&page, 0);
    text_printf(&page, " ");
    text_count(&page, 999);
    text_printf(&page, " ");
    text_count(&page, 1234567);
    text_printf(&page, " ");
    text_count(&page, NAN);
    assert_page(&page, "0 999 1,234,567 0");
    text_time(&page, 4.21);
    text_printf(&page, ", ");
    text_time(&page, 59.96);
    text_printf(&page, ", ");
    text_time(&page, 522);
    text_printf(&page, ", ");
    text_time(&page, 7500);
    assert_page(&page, "4.2 s, 1 min 00 s, 8 min 42 s, 2 h 05 min");
    text_percent(&page, 0.99066);
    text_printf(&page, " ");
    text_percent(&page, NAN);
    assert_page(&page, "99.07 % -");
    buffer_deinit(&page);
}

static void test_labels(void **state)
{
    (void)state;
    static const char *const labels[] = {"0", "50%", "it's `x`", "gr\u00f6\u00dferes"};
    Buffer text;
    buffer_init(&text, 1 << 16);
    plot_ticks(&text, "xtics", labels, 4, 6);
    assert_page(&text, "set xtics ('0' 0, '50%%' 1, 'it_s \u2026' 2, 'gr\u00f6\u00dfe\u2026' 3)\n");
    assert_int_equal(plot_longest(labels, 4, 100), 8);
    assert_int_equal(plot_longest(labels, 2, 100), 3);
    assert_int_equal(plot_longest(labels, 4, 6), 6);
    plot_cell(&text, "a\tb\nc'%", true);
    assert_page(&text, "a b c'%");
    buffer_deinit(&text);
    const double steps[][2] = {{1, 1},    {1.1, 2},    {2, 2},     {4.9, 5},    {50, 50},
                               {51, 100}, {0.07, 0.1}, {0.2, 0.2}, {1e-7, 1e-7}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_true(fabs(plot_step(steps[i][0]) - steps[i][1]) < 1e-12 * steps[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes), cmocka_unit_test(test_data),
        cmocka_unit_test(test_tables),  cmocka_unit_test(test_inline),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
