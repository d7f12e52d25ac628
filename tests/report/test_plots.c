/* What is in the plots: marks, ticks and words, as gnuplot wrote them to SVG. */
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
#include "report/plot.h"

#define MAX_EPOCHS 2000
#define MARK "<use xlink:href='#gpPt6' " /* a disc */

/* A folder for plots, and the page that they come to. */
typedef struct Desk {
    char folder[64];
    Plotter plotter;
    Buffer page;
    int n_warnings;
    ScrawlLog log;
} Desk;

static void count_warning(void *context, ScrawlLogLevel level, const char *text)
{
    Desk *desk = context;
    desk->n_warnings += level == SCRAWL_LOG_LEVEL_WARNING;
    print_message("%s\n", text);
}

static void open_desk(Desk *desk)
{
    if (system("command -v gnuplot >/dev/null") != 0)
        skip();
    *desk = (Desk){.folder = "/tmp/scrawl-plots-XXXXXX"};
    assert_non_null(mkdtemp(desk->folder));
    assert_int_equal(chdir(desk->folder), 0);
    desk->log = (ScrawlLog){.context = desk, .message = count_warning};
    desk->plotter = (Plotter){.folder = ".", .log = &desk->log};
    buffer_init(&desk->page, 1 << 24);
}

static void close_desk(Desk *desk)
{
    char command[128];
    buffer_deinit(&desk->page);
    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -r %s", desk->folder);
    assert_int_equal(system(command), 0);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

/* How often this is in NAME.svg. */
static size_t count_in(const char *name, const char *part)
{
    char path[64];
    Buffer svg;
    snprintf(path, sizeof path, "%s.svg", name);
    buffer_init(&svg, 1 << 24);
    assert_int_equal(file_read(path, &svg, NULL), SCRAWL_STATUS_OK);
    size_t n = count(buffer_text(&svg), part);
    buffer_deinit(&svg);
    return n;
}

/* Labels of ticks and others, which stand between elements. */
static bool has_word(const char *name, const char *word)
{
    char bare[64], spaced[64]; /* gnuplot leaves room for a sign */
    snprintf(bare, sizeof bare, ">%s<", word);
    snprintf(spaced, sizeof spaced, "> %s<", word);
    return count_in(name, bare) + count_in(name, spaced) > 0;
}

static void draw_curves(Desk *desk, const ScrawlEpoch *epochs, size_t n, double test)
{
    ScrawlError error = {0};
    const Curves curves = {.epochs = epochs, .n = n, .test_loss = test, .test_accuracy = test};
    if (plot_curves(&desk->plotter, &curves, &desk->page, &error))
        fail_msg("%s", error.message);
    assert_int_equal(desk->n_warnings, 0);
}

/* Curves that reach no error and no loss go on where the logarithm ends. */
static void test_perfect(void **state)
{
    (void)state;
    static const double errors[] = {0.07, 0.015, 0.0009, 0, 0, 0};
    ScrawlEpoch epochs[6];
    Desk desk;
    open_desk(&desk);
    for (int i = 0; i < 6; i++)
        epochs[i] = (ScrawlEpoch){.epoch = i + 1,
                                  .train_accuracy = 1 - errors[i],
                                  .train_loss = errors[i],
                                  .valid_accuracy = NAN,
                                  .valid_loss = NAN,
                                  .learning_rate = 0.01};
    draw_curves(&desk, epochs, 6, NAN);
    assert_int_equal(desk.plotter.n_drawn, 3);
    assert_true(has_word("accuracy", "100 %"));
    assert_true(has_word("loss", "0"));
    assert_int_equal(count_in("accuracy", MARK), 6 + 1); /* and one in the key */
    assert_int_equal(count_in("loss", MARK), 6 + 1);
    const char *page = buffer_text(&desk.page);
    assert_int_equal(count(page, "on a logarithmic scale"), 2); /* the note and the alternative */
    assert_int_equal(count(page, "widens towards 100 %"), 2);
    assert_int_equal(count(page, "test pictures"), 0); /* there are none */
    assert_int_equal(count(page, "the others"), 0);
    close_desk(&desk);
}

/* What is not known is not drawn, and no reason to complain. */
static void test_unknown(void **state)
{
    (void)state;
    ScrawlEpoch epoch = {.epoch = 1,
                         .train_accuracy = NAN,
                         .train_loss = NAN,
                         .valid_loss = NAN,
                         .valid_accuracy = NAN,
                         .learning_rate = NAN};
    Desk desk;
    open_desk(&desk);
    draw_curves(&desk, &epoch, 1, NAN);
    assert_int_equal(desk.plotter.n_drawn, 0);
    epoch.train_loss = 2;
    draw_curves(&desk, &epoch, 1, NAN);
    assert_int_equal(desk.plotter.n_drawn, 1);
    assert_int_equal(count_in("loss", MARK), 1 + 1);
    close_desk(&desk);
}

/* Ticks of long trainings and of losses that exploded do not run into each other. */
static void test_ticks(void **state)
{
    (void)state;
    static ScrawlEpoch epochs[MAX_EPOCHS];
    Desk desk;
    open_desk(&desk);
    for (int i = 0; i < MAX_EPOCHS; i++)
        epochs[i] = (ScrawlEpoch){.epoch = i + 1,
                                  .train_accuracy = 0.1,
                                  .train_loss = 2,
                                  .valid_accuracy = 0.1,
                                  .valid_loss = 2,
                                  .learning_rate = 2e-6};
    epochs[0].train_loss = 5e29;
    draw_curves(&desk, epochs, MAX_EPOCHS, 0.1);
    assert_true(has_word("loss", "500") && has_word("loss", "2000"));
    assert_false(has_word("loss", "200") || has_word("loss", "1800"));
    assert_true(count_in("loss", ">1e+") > 3 && count_in("loss", ">1e+") < 13);
    assert_true(has_word("accuracy", "10 %") && has_word("accuracy", "9.6 %"));
    assert_false(has_word("accuracy", "9.9 %"));
    assert_int_equal(count(buffer_text(&desk.page), "test pictures were read once"), 2);
    close_desk(&desk);
}

static void draw_bars(Desk *desk, const BarRow *rows, size_t n)
{
    ScrawlError error = {0};
    const Bars bars = {.name = "bars",
                       .title = "Error",
                       .what = "point",
                       .note = "Note.",
                       .whisker_note = " Whiskers.",
                       .series = {"error"},
                       .n_series = 1,
                       .unit = " %%",
                       .rows = rows,
                       .n = n,
                       .max_label = 60};
    if (plot_bars(&desk->plotter, &bars, &desk->page, &error))
        fail_msg("%s", error.message);
    assert_int_equal(desk->n_warnings, 0);
}

/* A bar has its number, whether or not its deviation is known. */
static void test_numbers(void **state)
{
    (void)state;
    static const BarRow rows[] = {{"batch=64 optimizer=adam", {2.71}, NAN},
                                  {"batch=64 optimizer=sgd", {3.92}, 0.5},
                                  {"not there", {NAN}, NAN}};
    Desk desk;
    open_desk(&desk);
    draw_bars(&desk, rows, 1);
    assert_true(has_word("bars", "2.71"));
    const char *page = buffer_text(&desk.page);
    assert_int_equal(count(page, "Note."), 2); /* below, and instead */
    assert_int_equal(count(page, "Whiskers."), 0);
    draw_bars(&desk, rows, 3);
    assert_true(has_word("bars", "2.71") && has_word("bars", "3.92"));
    page = buffer_text(&desk.page);
    assert_int_equal(count(page, "Whiskers."), 2);
    assert_int_equal(count(page, "class=\"scroll\""), 0); /* a phone is wide enough */
    close_desk(&desk);
}

/* Texts that go up stand, with half a letter to each side, inside the picture. */
static void assert_upright_inside(const char *name, size_t least, double width, double height)
{
    char path[64];
    Buffer svg;
    size_t n = 0;
    snprintf(path, sizeof path, "%s.svg", name);
    buffer_init(&svg, 1 << 24);
    assert_int_equal(file_read(path, &svg, NULL), SCRAWL_STATUS_OK);
    const char *at = buffer_text(&svg);
    for (; (at = strstr(at, "translate(")); at++) {
        double x, y;
        int degrees;
        if (sscanf(at, "translate(%lf,%lf) rotate(%d)\" stroke", &x, &y, &degrees) != 3)
            continue;
        if (x < 14 || x > width - 7 || y < 7 || y > height - 7)
            fail_msg("%s: a text at %g, %g", name, x, y);
        n++;
    }
    assert_true(n >= least);
    buffer_deinit(&svg);
}

/* The names of axes, beside long names of classes and large numbers. */
static void test_axes(void **state)
{
    (void)state;
    static const char *const names[] = {"a very long class name", "w", "of no use"};
    size_t confusion[9] = {150000, 3, 1, 0, 200, 0, 9, 9, 9};
    ScrawlError error = {0};
    ScrawlEvaluation e = {.n_classes = 3, .class_names = names, .confusion = confusion};
    Desk desk;
    open_desk(&desk);
    for (int i = 0; i < SCRAWL_RELIABILITY_BINS; i++)
        e.reliability[i] =
            (ScrawlReliability){.n = 150000, .confidence = 0.05 * i, .accuracy = 0.05 * i};
    assert_int_equal(plot_matrix(&desk.plotter, &e, &desk.page, &error), SCRAWL_STATUS_OK);
    assert_int_equal(plot_reliability(&desk.plotter, &e, &desk.page, &error), SCRAWL_STATUS_OK);
    assert_true(has_word("confusion", "truth") && has_word("confusion", "answer"));
    assert_upright_inside("confusion", 1 + 3, 420, 500);
    assert_true(has_word("reliability", "100000"));
    assert_upright_inside("reliability", 2, 420, 420);
    close_desk(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_perfect), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_ticks),   cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
