/* Bar charts: the text to the letter, the picture by what is in it, and labels that mean harm. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "scrawl/chart.h"

static const ScrawlBar bars[] = {
    {"batch=32", 2.4, 0.1}, {"batch=64", 1.2, NAN}, {"größer", 0.6, 0.05},
    {"lost", NAN, NAN},     {"none", 0, NAN},
};
static const ScrawlBarChart chart = {"error, %", " %", 2, bars, 5};

static void assert_text(size_t columns, bool utf8, const char *expected)
{
    char *text;
    assert_int_equal(scrawl_bar_chart_text(&chart, columns, utf8, &text, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(text, expected);
    mem_free(text);
}

static void test_text(void **state)
{
    (void)state;
    assert_text(48, false,
                "error, %\n"
                "  batch=32  ====================  2.40 % +- 0.10\n"
                "  batch=64  ==========  1.20 %\n"
                "  größer    =====  0.60 % +- 0.05\n"
                "  lost      -\n"
                "  none      0.00 %\n");
    assert_text(41, true,
                "error, %\n"
                "  batch=32  ━━━━━━━━━━━━━━  2.40 % ± 0.10\n"
                "  batch=64  ━━━━━━━  1.20 %\n"
                "  größer    ━━━━  0.60 % ± 0.05\n"
                "  lost      -\n"
                "  none      0.00 %\n");
}

/* Labels are cut where half the line is not enough, between characters. */
static void test_long_labels(void **state)
{
    (void)state;
    const ScrawlBar one = {"ääääääääääääääääääääääääääääää", 5, NAN};
    ScrawlBarChart long_chart = {"t", "", 0, &one, 1};
    char *text;
    assert_int_equal(scrawl_bar_chart_text(&long_chart, 10, false, &text, NULL), SCRAWL_STATUS_OK);
    assert_string_equal(text, "t\n  ääääääääääääääääääää  =============  5\n");
    mem_free(text);
    mem_fail_at(1);
    ScrawlStatus status = scrawl_bar_chart_text(&long_chart, 10, false, &text, NULL);
    mem_fail_at(0);
    assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
    assert_null(text);
}

static void enter(char folder[64])
{
    snprintf(folder, 64, "/tmp/scrawl-chart-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
}

static void leave(const char *folder)
{
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0); /* a file that nobody asked for would be found here */
}

static void read_and_remove(const char *path, Buffer *bytes)
{
    buffer_init(bytes, 1 << 24);
    assert_int_equal(file_read(path, bytes, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(remove(path), 0);
}

static bool has_gnuplot(void)
{
    if (system("command -v gnuplot >/dev/null") == 0)
        return true;
    print_message("gnuplot is not installed: no pictures\n");
    return false;
}

static void assert_written(const ScrawlBarChart *drawn, const char *path)
{
    ScrawlError error = {0};
    if (scrawl_bar_chart_write(drawn, path, &error))
        fail_msg("%s", error.message);
}

static void test_picture(void **state)
{
    (void)state;
    static const char *const texts[] = {"error",  ">batch=32<", ">größer<", ">lost<",
                                        ">2.40<", ">1.20<",     ">0.60<"};
    char folder[64];
    Buffer picture;
    if (!has_gnuplot())
        skip();
    enter(folder);
    assert_written(&chart, "chart.svg");
    read_and_remove("chart.svg", &picture);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!strstr(buffer_text(&picture), texts[i]))
            fail_msg("no %s in the picture", texts[i]);
    }
    assert_non_null(strstr(buffer_text(&picture), "</svg>"));
    buffer_deinit(&picture);
    assert_written(&chart, "chart.PNG");
    read_and_remove("chart.PNG", &picture);
    assert_true(picture.size > 1000);
    assert_memory_equal(picture.data, "\x89PNG\r\n\x1a\n", 8);
    buffer_deinit(&picture);
    leave(folder);
}

static const char *const groups[] = {"runs/a (winner)",
                                     "a/very-long-folder-öf/many/many/models-ü/the-b"};
static const char *const series[] = {"mnist", "mnist+emnist-mnist@distort", "photos"};
static const double values[] = {0.42, 1.5, NAN, 0, 0.304, 0.304};
static const ScrawlGroupedChart grouped = {"error", " %", 2, groups, series, values, 2, 3, "worst"};

static void assert_grouped(const ScrawlGroupedChart *drawn, const char *path, Buffer *picture)
{
    ScrawlError error = {0};
    if (scrawl_grouped_chart_write(drawn, path, &error))
        fail_msg("%s", error.message);
    read_and_remove(path, picture);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

/* The largest of each group is marked, of equals the first; a long label has both its ends. */
static void test_grouped_picture(void **state)
{
    (void)state;
    static const char *const texts[] = {">error<",
                                        ">runs/a (winner)<",
                                        ">a/very-long-f…f/many/many/models-ü/the-b<",
                                        ">mnist<",
                                        ">photos<",
                                        ">mnist+emnist-mnist@distort<",
                                        ">0.42<",
                                        ">1.50 worst<",
                                        ">-<",
                                        ">0.00<",
                                        ">0.30 worst<",
                                        ">0.30<",
                                        ">0 %<",
                                        ">1 %<"};
    char folder[64];
    Buffer picture;
    if (!has_gnuplot())
        skip();
    enter(folder);
    assert_grouped(&grouped, "chart.svg", &picture);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!strstr(buffer_text(&picture), texts[i]))
            fail_msg("no %s in the picture", texts[i]);
    }
    assert_int_equal(count_of(buffer_text(&picture), "worst<"), 2);
    buffer_deinit(&picture);
    ScrawlGroupedChart plain = grouped;
    plain.mark = NULL;
    assert_grouped(&plain, "chart.svg", &picture);
    assert_int_equal(count_of(buffer_text(&picture), "worst<"), 0);
    buffer_deinit(&picture);
    assert_grouped(&grouped, "chart.png", &picture);
    assert_memory_equal(picture.data, "\x89PNG\r\n\x1a\n", 8);
    buffer_deinit(&picture);
    leave(folder);
}

static void test_grouped_table(void **state)
{
    (void)state;
    char folder[64];
    Buffer table;
    ScrawlError error = {0};
    ScrawlGroupedChart drawn = grouped;
    const char *const hostile[] = {"a\tb\nc\rd", "'e'"};
    drawn.groups = hostile;
    enter(folder);
    assert_int_equal(scrawl_grouped_chart_write_table(&drawn, "chart.tsv", &error),
                     SCRAWL_STATUS_OK);
    read_and_remove("chart.tsv", &table);
    assert_string_equal(buffer_text(&table), "group\tmnist\tmnist+emnist-mnist@distort\tphotos\n"
                                             "a_b_c_d\t0.42\t1.5\t-\n'e'\t0\t0.304\t0.304\n");
    buffer_deinit(&table);
    assert_int_equal(scrawl_grouped_chart_write_table(&drawn, "no/chart.tsv", &error),
                     SCRAWL_STATUS_NOT_FOUND);
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    for (uint64_t n = 1; status; n++) {
        mem_fail_at(n);
        status = scrawl_grouped_chart_write_table(&drawn, "chart.tsv", &error);
        mem_fail_at(0);
        assert_true(!status || status == SCRAWL_STATUS_NO_MEMORY);
        assert_true(status || n > 1);
    }
    assert_int_equal(remove("chart.tsv"), 0);
    leave(folder);
}

static void test_grouped_no_memory(void **state)
{
    (void)state;
    char folder[64];
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    if (!has_gnuplot())
        skip();
    enter(folder);
    for (uint64_t n = 1; status; n++) {
        ScrawlError error = {0};
        mem_fail_at(n);
        status = scrawl_grouped_chart_write(&grouped, "chart.svg", &error);
        mem_fail_at(0);
        assert_true(!status || (status == SCRAWL_STATUS_NO_MEMORY && error.message[0]));
        assert_true(status || n > 3);
    }
    assert_int_equal(remove("chart.svg"), 0);
    leave(folder);
}

/* One bar, and as many as may be: more series than there are colours. */
static void test_grouped_sizes(void **state)
{
    (void)state;
    static double many[1001];
    static const char *names[1001];
    char folder[64];
    Buffer picture;
    ScrawlError error = {0};
    for (int i = 0; i < 1001; i++) {
        names[i] = "digits";
        many[i] = i % 17;
    }
    ScrawlGroupedChart drawn = {"t", "", 0, names, names, many, 1, 1, NULL};
    enter(folder);
    if (has_gnuplot()) {
        assert_grouped(&drawn, "chart.svg", &picture);
        buffer_deinit(&picture);
        drawn.n_groups = 50;
        drawn.n_series = 20;
        assert_grouped(&drawn, "chart.svg", &picture);
        assert_true(count_of(buffer_text(&picture), ">digits<") == 70);
        buffer_deinit(&picture);
    }
    drawn.n_groups = 1001;
    drawn.n_series = 1;
    assert_int_equal(scrawl_grouped_chart_write(&drawn, "x.svg", &error), SCRAWL_STATUS_LIMIT);
    assert_string_equal(error.message, "x.svg: at most 1000 bars, found 1001");
    drawn.n_groups = 0;
    assert_int_equal(scrawl_grouped_chart_write(&drawn, "x.svg", &error), SCRAWL_STATUS_USAGE);
    assert_int_equal(scrawl_grouped_chart_write(&grouped, "x.gif", &error), SCRAWL_STATUS_USAGE);
    leave(folder);
}

/* What gnuplot would take for a command, a macro, the end of a text or of the data. */
static void test_hostile_labels(void **state)
{
    (void)state;
    const ScrawlBar hostile[] = {
        {"`touch pwned`", 1, NAN},
        {"'; system('touch pwned') #", 1, NAN},
        {"\"`touch pwned`\"\\", 1, NAN},
        {"END_OF_BARS\nsystem('touch pwned')", 1, NAN},
        {"a\t7\t8", 1, NAN},
        {"@macro {/:Bold x} %s", 1, NAN},
    };
    ScrawlBarChart drawn = {"'; system('touch pwned'); '`touch pwned`", "", 0, hostile, 6};
    char folder[64];
    if (!has_gnuplot())
        skip();
    enter(folder);
    assert_written(&drawn, "chart.svg");
    assert_int_equal(remove("chart.svg"), 0);

    const char *labels[6];
    double numbers[36] = {1};
    Buffer picture;
    for (int i = 0; i < 6; i++)
        labels[i] = hostile[i].label;
    ScrawlGroupedChart in_groups = {
        drawn.title,     "'; system('touch pwned'); '%d %", 1, labels, labels, numbers, 6, 6,
        "'`touch pwned`"};
    assert_grouped(&in_groups, "chart.svg", &picture);
    buffer_deinit(&picture);
    leave(folder);
}

/* A gnuplot that does this. */
static void fails_as(const char *does, const char *sentence)
{
    ScrawlError error = {0};
    FILE *script = fopen("gnuplot", "w");
    assert_non_null(script);
    fprintf(script, "#!/bin/sh\n%s\n", does);
    fclose(script);
    assert_int_equal(system("/bin/chmod +x gnuplot"), 0);
    assert_int_equal(scrawl_bar_chart_write(&chart, "x.svg", &error), SCRAWL_STATUS_IO);
    assert_string_equal(error.message, sentence);
    assert_int_equal(remove("gnuplot"), 0);
}

static void test_refused(void **state)
{
    (void)state;
    ScrawlError error = {0};
    char folder[64], *path = strdup(getenv("PATH"));
    ScrawlBarChart empty = {"t", "", 0, bars, 0};
    enter(folder);
    assert_int_equal(scrawl_bar_chart_write(&chart, "x.gif", &error), SCRAWL_STATUS_USAGE);
    assert_string_equal(error.message, "x.gif: expected a name that ends in .svg or .png");
    assert_int_equal(scrawl_bar_chart_write(&empty, "x.svg", &error), SCRAWL_STATUS_USAGE);
    setenv("PATH", folder, 1);
    assert_int_equal(scrawl_bar_chart_write(&chart, "x.svg", &error), SCRAWL_STATUS_UNSUPPORTED);
    assert_string_equal(error.message,
                        "gnuplot is not installed (Debian: apt-get install gnuplot-nox)");

    fails_as("printf '\\ngnuplot> plot $bars\\n  ^\\n  line 3: bad terminal\\n' >&2; exit 3",
             "gnuplot failed: line 3: bad terminal");
    fails_as("exit 3", "gnuplot failed with exit status 3, without a word");
    fails_as("kill -9 $$", "gnuplot was ended by signal 9");
    setenv("PATH", path, 1);
    free(path);
    leave(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),          cmocka_unit_test(test_long_labels),
        cmocka_unit_test(test_picture),       cmocka_unit_test(test_hostile_labels),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_grouped_picture),
        cmocka_unit_test(test_grouped_table), cmocka_unit_test(test_grouped_no_memory),
        cmocka_unit_test(test_grouped_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
