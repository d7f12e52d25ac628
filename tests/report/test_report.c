/* Whole reports: of a run, of one that is not finished or whose data are gone, of a sweep; names
 * that mean harm; the same bytes again; and memory that ends at any place. */
#include "../train/run.h"

#include <math.h>

#include "scrawl/evaluate.h"
#include "scrawl/image.h"
#include "scrawl/report.h"
#include "scrawl/sweep.h"

#define PAGE "run/report/index.html"

static const ScrawlReportOptions one_thread = {.n_threads = 1};

/* What the log was told. */
typedef struct Told {
    ScrawlLog log;
    int n_warnings;
    char last[1024];
} Told;

static void on_message(void *context, ScrawlLogLevel level, const char *text)
{
    Told *told = context;
    told->n_warnings += level == SCRAWL_LOG_LEVEL_WARNING;
    snprintf(told->last, sizeof told->last, "%s", text);
}

static ScrawlReportOptions options_for(Told *told)
{
    *told = (Told){.log = {.level = SCRAWL_LOG_LEVEL_INFO, .context = told, .message = on_message}};
    return (ScrawlReportOptions){.n_threads = 1, .log = &told->log};
}

static bool has_gnuplot(void)
{
    return system("command -v gnuplot >/dev/null") == 0;
}

/* By the browser's own rules, where python3 is there to try. */
static void check_page(const char *page)
{
    char command[1024];
    if (system("command -v python3 >/dev/null") != 0) {
        print_message("python3 is not installed: %s is not looked at\n", page);
        return;
    }
    snprintf(command, sizeof command, "python3 '%s' '%s' >check.txt", getenv("SCRAWL_CHECK_PAGE"),
             page);
    if (system(command) != 0) {
        Buffer said = read_bytes("check.txt");
        fail_msg("%s: %s", page, buffer_text(&said));
    }
    assert_int_equal(remove("check.txt"), 0);
}

static void has(const Buffer *page, const char *part)
{
    if (!strstr(buffer_text(page), part))
        fail_msg("no \"%s\" in the page", part);
}

static void lacks(const Buffer *page, const char *part)
{
    if (strstr(buffer_text(page), part))
        fail_msg("\"%s\" in the page", part);
}

static void train_run(const char *folder, const char *set)
{
    Run run = {.options.folder = folder, .set = {"train.epochs=2", set}};
    assert_ok(&run, run_train(&run));
}

static ScrawlReportResult report(const char *folder, const ScrawlReportOptions *options)
{
    ScrawlReportResult result;
    ScrawlError error = {0};
    if (scrawl_report(folder, options, &result, &error))
        fail_msg("%s", error.message);
    return result;
}

/* gnuplot is not there between the two. */
static char *hide_gnuplot(void)
{
    char *path = strdup(getenv("PATH"));
    assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
    return path;
}

static void show_gnuplot(char *path)
{
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
}

/* Without plots, which take most of the time; the page is looked at. */
static ScrawlReportResult report_bare(const char *folder, const ScrawlReportOptions *options)
{
    char page[256], *path = hide_gnuplot();
    ScrawlReportResult result = report(folder, options);
    show_gnuplot(path);
    assert_int_equal(result.n_plots, 0);
    snprintf(page, sizeof page, "%s/report/index.html", folder);
    check_page(page);
    return result;
}

static void test_run(void **state)
{
    (void)state;
    TestFolder folder;
    Told told;
    run_enter(&folder);
    train_run("run", NULL);
    ScrawlReportOptions options = options_for(&told);
    ScrawlReportResult result = report("run", &options);
    assert_true(result.evaluated && !result.is_sweep);
    assert_int_equal(result.n_plots, has_gnuplot() ? 6 : 0);
    assert_int_equal(told.n_warnings, has_gnuplot() ? 0 : 1);
    static const char *const parts[] = {
        "<h1>tiny</h1>",
        "Accuracy</span>",
        "(95\u00a0%\u00a0interval)",
        "of 60 pictures",
        "Calibration error",
        "pen.csv:train, 190 pictures for training",
        "pen.csv:train, 50 pictures for validation",
        "pen.csv:test, 60 pictures for test",
        "2 of 2 epochs, batches of 20, Adam, learning rate 0.01, seed 3",
        "3,022 parameters",
        "On pen.csv:test.",
        "Every epoch",
        "Most frequent confusions",
        "Every class",
        "The surest mistakes",
        "Samples",
        "maxpool1 (maxpool)",
        "plateau_patience: 1",
        "<h3>Intended use</h3>",
        "<h3>Bias and limits</h3>",
    };
    Buffer page = read_bytes(PAGE);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        has(&page, parts[i]);
    lacks(&page, "(null)");
    lacks(&page, ">nan");
    assert_int_equal(strstr(buffer_text(&page), "<img class=\"plot") != NULL, has_gnuplot());
    buffer_deinit(&page);
    check_page(PAGE);
    assert_int_equal(count_lines("run/report/loss.tsv"), 3);
    assert_int_equal(count_lines("run/report/classes.tsv"), 11);
    assert_int_equal(count_lines("run/report/reliability.tsv"), 1 + 15);
    folder_leave(&folder);
}

/* The figures of the page are those of scrawl_evaluate. */
static void test_figures(void **state)
{
    (void)state;
    TestFolder folder;
    ScrawlModel *model;
    ScrawlDataset *data;
    ScrawlEvaluation *e;
    char text[128];
    run_enter(&folder);
    train_run("run", NULL);
    report_bare("run", &one_thread);
    assert_int_equal(scrawl_model_load(&model, "run", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_dataset_open(&data, "pen.csv:test", NULL, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(
        scrawl_evaluate(&e, model, data, &(ScrawlEvaluateOptions){.n_threads = 1}, NULL),
        SCRAWL_STATUS_OK);
    Buffer page = read_bytes(PAGE);
    snprintf(text, sizeof text, "<strong>%.2f %%</strong> <span class=\"quiet\">%.2f to %.2f",
             100 * e->accuracy, 100 * e->interval.low, 100 * e->interval.high);
    has(&page, text);
    snprintf(text, sizeof text, "<strong>%zu</strong> <span class=\"quiet\">of 60", e->n_errors);
    has(&page, text);
    snprintf(text, sizeof text, "<strong>%.4f</strong>", e->loss);
    has(&page, text);
    snprintf(text, sizeof text, "<strong>%.2f %%</strong> <span class=\"quiet\">between",
             100 * e->ece);
    has(&page, text);
    assert_int_equal(count_lines("run/report/mistakes.tsv"), 1 + e->n_errors);
    buffer_deinit(&page);
    scrawl_evaluation_free(e);
    scrawl_dataset_free(data);
    scrawl_model_free(model);
    folder_leave(&folder);
}

/* Classes that the data do not have are no classes that it fails at. */
static void test_absent_classes(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_run("run", NULL);
    write_pen("some.csv", 100);
    assert_int_equal(system("grep -v '^[3-9],' some.csv >few.csv"), 0);
    report_bare("run", &(ScrawlReportOptions){.n_threads = 1, .data = "few.csv:all"});
    assert_int_equal(count_lines("run/report/classes.tsv"), 1 + 3);
    Buffer page = read_bytes(PAGE);
    has(&page, "<td>7</td><td class=\"n\">-</td><td class=\"n\">-</td><td class=\"n\">-</td>"
               "<td class=\"n\">0</td>");
    buffer_deinit(&page);
    folder_leave(&folder);
}

static void test_same_bytes(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_run("run", NULL);
    ScrawlReportOptions options = {.page = "one.html", .n_threads = 1};
    report("run", &options);
    options.page = "two.html";
    options.n_threads = 2;
    report("run", &options);
    assert_same_file("one.html", "two.html");
    assert_false(file_exists(PAGE)); /* the page was asked for elsewhere, the plots are here */
    assert_true(file_exists("run/report/loss.tsv"));
    folder_leave(&folder);
}

static void test_without_gnuplot(void **state)
{
    (void)state;
    TestFolder folder;
    Told told;
    run_enter(&folder);
    train_run("run", NULL);
    ScrawlReportOptions options = options_for(&told);
    report_bare("run", &options);
    assert_int_equal(told.n_warnings, 1);
    assert_string_equal(told.last,
                        "gnuplot is not installed (Debian: apt-get install gnuplot-nox): there are "
                        "no plots, but tables in the page and in run/report");
    Buffer page = read_bytes(PAGE);
    has(&page, "<details open><summary>Every epoch");
    lacks(&page, "<picture>");
    buffer_deinit(&page);
    assert_true(file_exists("run/report/confusion.tsv"));
    assert_false(file_exists("run/report/confusion.svg"));
    folder_leave(&folder);
}

static void test_data_gone(void **state)
{
    (void)state;
    TestFolder folder;
    Told told;
    run_enter(&folder);
    train_run("run", NULL);
    assert_int_equal(rename("pen.csv", "other.csv"), 0);
    ScrawlReportOptions options = options_for(&told);
    assert_false(report_bare("run", &options).evaluated);
    assert_int_equal(told.n_warnings, 2);
    Buffer page = read_bytes(PAGE);
    has(&page, "The data are not at hand");
    has(&page, "as measured at the end of the training"); /* what the model's file says */
    lacks(&page, "Most frequent confusions");
    buffer_deinit(&page);

    options.data = "other.csv:train";
    assert_true(report_bare("run", &options).evaluated);
    page = read_bytes(PAGE);
    has(&page, "On other.csv:train");
    has(&page, "of 240 pictures");
    buffer_deinit(&page);

    /* Other pictures of the same name: evaluated, and said. */
    options.data = NULL;
    write_pen("pen.csv", 200);
    assert_true(report_bare("run", &options).evaluated);
    page = read_bytes(PAGE);
    has(&page, "The data of pen.csv:test have changed since the training");
    buffer_deinit(&page);
    folder_leave(&folder);
}

static void test_holdout(void **state)
{
    (void)state;
    TestFolder folder;
    Told told;
    run_enter(&folder);
    train_run("run", "data.test=none");
    ScrawlReportOptions options = options_for(&told);
    assert_true(report_bare("run", &options).evaluated);
    Buffer page = read_bytes(PAGE);
    has(&page, "The run has no test set");
    has(&page, "of 50 pictures");
    buffer_deinit(&page);

    Run run = {.options = {.folder = "bare"},
               .set = {"train.epochs=1", "data.test=none", "data.validation=0"}};
    assert_ok(&run, run_train(&run));
    assert_false(report_bare("bare", &options).evaluated);
    page = read_bytes("bare/report/index.html");
    has(&page, "nothing was evaluated");
    has(&page, "1 of 1 epochs");
    lacks(&page, "Accuracy</span>");
    buffer_deinit(&page);
    folder_leave(&folder);
}

static void test_not_finished(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_run("run", NULL);
    assert_int_equal(remove("run/model.safetensors"), 0);
    assert_false(report_bare("run", &one_thread).evaluated);
    Buffer page = read_bytes(PAGE);
    has(&page, "The run is not finished");
    buffer_deinit(&page);
    assert_int_equal(remove("run/metrics.jsonl"), 0);
    report_bare("run", &one_thread);
    page = read_bytes(PAGE);
    has(&page, "0 of 2 epochs");
    buffer_deinit(&page);
    folder_leave(&folder);
}

static const char *const harm[] = {
    "<img src=x onerror=alert(1)>",
    "\"' &amp; `touch pwned`",
    "50%s %n @m \\ '; system('touch pwned') #",
};
#define N_HARM 3

static void write_pictures(void)
{
    for (size_t c = 0; c < N_HARM; c++)
        for (int i = 0; i < 10; i++) {
            char path[256], label[] = {(char)('0' + c), '\0'};
            ScrawlImage image;
            snprintf(path, sizeof path, "own<u>&/%s", harm[c]);
            assert_int_equal(folder_create(path, NULL), SCRAWL_STATUS_OK);
            snprintf(path, sizeof path, "own<u>&/%s/%d.png", harm[c], i);
            assert_int_equal(scrawl_image_draw(&image, label, 32, (uint64_t)i, NULL),
                             SCRAWL_STATUS_OK);
            assert_int_equal(scrawl_image_save(&image, path, NULL), SCRAWL_STATUS_OK);
            scrawl_image_deinit(&image);
        }
}

static void test_harmful_names(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    write_pictures();
    Run run = {.options.folder = "run<i>&",
               .set = {"train.epochs=1", "data.train=own<u>&", "data.validation=0.1",
                       "network.layers[6].dense.units=3"}};
    assert_ok(&run, run_train(&run));
    report("run<i>&", &(ScrawlReportOptions){.page = "page.html", .n_threads = 1});
    check_page("page.html");
    Buffer page = read_bytes("page.html");
    has(&page, "<p class=\"quiet\">run&lt;i&gt;&amp;, reported");
    has(&page, "<td>&lt;img src=x onerror=alert(1)&gt;</td>");
    has(&page, "<td>&quot;&#39; &amp;amp; `touch pwned`</td>");
    has(&page, "own&lt;u&gt;&amp;:train, ");
    lacks(&page, "<img src=x");
    lacks(&page, "<u>");
    lacks(&page, "<i>");
    buffer_deinit(&page);
    assert_false(file_exists("pwned"));
    Buffer table = read_bytes("run<i>&/report/classes.tsv");
    for (size_t c = 0; c < N_HARM; c++)
        has(&table, harm[c]);
    buffer_deinit(&table);
    if (has_gnuplot())
        assert_true(file_exists("run<i>&/report/classes.png"));
    folder_leave(&folder);
}

static void train_sweep(const char *folder, const char *axis, int n_seeds)
{
    ScrawlRecipe *recipe;
    ScrawlSweep *sweep;
    ScrawlSweepOptions options = {.folder = folder,
                                  .axes = &axis,
                                  .n_axes = axis != NULL,
                                  .first_seed = 1,
                                  .n_seeds = n_seeds};
    ScrawlTrainOptions train_options = {.n_threads = 1};
    assert_int_equal(scrawl_recipe_load(&recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "train.epochs=1", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_sweep_create(&sweep, recipe, &options, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_sweep_train(sweep, &train_options, NULL, NULL, NULL), SCRAWL_STATUS_OK);
    scrawl_sweep_free(sweep);
    scrawl_recipe_free(recipe);
}

static void refuse(const char *folder, const ScrawlReportOptions *options, ScrawlStatus expected,
                   const char *sentence)
{
    ScrawlError error = {0};
    ScrawlReportResult result;
    assert_int_equal(scrawl_report(folder, options, &result, &error), expected);
    if (!strstr(error.message, sentence))
        fail_msg("no \"%s\" in: %s", sentence, error.message);
}

static void test_sweep(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_sweep("rates", "train.learning_rate=0.01,0.0001", 2);
    ScrawlReportResult result = report("rates", &one_thread);
    assert_true(result.is_sweep && !result.evaluated);
    assert_int_equal(result.n_plots, has_gnuplot() ? 1 : 0);
    check_page("rates/report/index.html");
    Buffer page = read_bytes("rates/report/index.html");
    has(&page, "4 runs at 2 points, 4 of them finished. Sorted by validation accuracy");
    has(&page, "<th>learning_rate</th>");
    has(&page, "<td>0.0001</td>");
    has(&page, "<td>1-learning_rate=0.01/seed-1</td>");
    has(&page, "plateau_patience: 1");
    lacks(&page, "nan");
    buffer_deinit(&page);
    assert_int_equal(count_lines("rates/report/comparison.tsv"), 3);
    report("rates/1-learning_rate=0.01/seed-1", &one_thread); /* each of its runs is one, too */
    refuse("rates", &(ScrawlReportOptions){.data = "pen.csv"}, SCRAWL_STATUS_USAGE,
           "rates is the folder of a sweep");

    train_sweep("seeds", NULL, 3);
    report("seeds", &one_thread);
    page = read_bytes("seeds/report/index.html");
    has(&page, "3 runs at 1 point, 3 of them finished. Mean and standard deviation");
    buffer_deinit(&page);
    assert_int_equal(count_lines("seeds/report/comparison.tsv"), 4);
    folder_leave(&folder);
}

static void test_refused(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    refuse("none", NULL, SCRAWL_STATUS_NOT_FOUND,
           "none: expected the folder of a run or a sweep, found no recipe.yaml and no "
           "results.json in it");
    assert_false(file_exists("none")); /* nothing is made for what is nothing */
    train_run("run", NULL);
    char *path = hide_gnuplot();
    refuse("run", &(ScrawlReportOptions){.data = "nothing.csv"}, SCRAWL_STATUS_NOT_FOUND,
           "nothing.csv");
    refuse("run", &(ScrawlReportOptions){.page = "no/such/folder/x.html"}, SCRAWL_STATUS_NOT_FOUND,
           "no/such/folder");
    refuse("run", &(ScrawlReportOptions){.n_threads = -1}, SCRAWL_STATUS_USAGE, "threads");
    refuse("run", &(ScrawlReportOptions){.cpu = "abacus"}, SCRAWL_STATUS_UNSUPPORTED, "abacus");
    assert_false(file_exists(PAGE));
    write_text("run/metrics.jsonl", "{\"epoch\":1}\nrubbish\n");
    refuse("run", NULL, SCRAWL_STATUS_FORMAT, "run/metrics.jsonl:2");
    assert_int_equal(remove("run/metrics.jsonl"), 0);
    write_text("run/model.safetensors", "rubbish");
    refuse("run", NULL, SCRAWL_STATUS_FORMAT, "run/model.safetensors");
    write_text("run/recipe.yaml", "name: tiny\n");
    refuse("run", NULL, SCRAWL_STATUS_RECIPE, "run/recipe.yaml");
    show_gnuplot(path);
    folder_leave(&folder);
}

static void test_interrupted(void **state)
{
    (void)state;
    TestFolder folder;
    Run stop = {.stop_at = 1};
    run_enter(&folder);
    train_run("run", NULL);
    ScrawlLog log = {.context = &stop, .progress = run_progress};
    refuse("run", &(ScrawlReportOptions){.log = &log}, SCRAWL_STATUS_INTERRUPTED, "");
    assert_false(file_exists(PAGE));
    folder_leave(&folder);
}

static void loop(const char *folder, const char *page)
{
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    uint64_t n = 0;
    while (status) {
        ScrawlError error = {0};
        mem_fail_at(++n);
        status = scrawl_report(folder, &(ScrawlReportOptions){.n_threads = 1}, NULL, &error);
        mem_fail_at(0);
        if (status && status != SCRAWL_STATUS_NO_MEMORY)
            fail_msg("allocation %llu: %s", (unsigned long long)n, error.message);
        assert_int_equal(error.status, status);
        assert_int_equal(file_exists(page), !status);
    }
    assert_true(n > 50);
}

static void test_no_memory(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_run("run", NULL);
    train_sweep("seeds", NULL, 2);
    char *path = hide_gnuplot();
    loop("run", PAGE);
    loop("seeds", "seeds/report/index.html");
    show_gnuplot(path);
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_without_gnuplot),
        cmocka_unit_test(test_data_gone),
        cmocka_unit_test(test_holdout),
        cmocka_unit_test(test_not_finished),
        cmocka_unit_test(test_harmful_names),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_absent_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
