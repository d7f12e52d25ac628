/* Sweeps: the plan, what is refused, means and order, and going on after an end at any place. */
#include "run.h"

#include <math.h>

#include "base/tree.h"
#include "scrawl/sweep.h"
#include "train/run_folder.h"

#define MAX_RUNS 8

/* One sweep and what became of it. */
typedef struct Sweep {
    const char *axes[4];
    ScrawlSweepOptions options;
    const char *set[4]; /* in the recipe */
    int stop_at;        /* the call of progress that says stop; 0: none */
    int n_calls, n_finished;
    char what[100]; /* of the last progress */
    ScrawlSweep *sweep;
    ScrawlError error;
} Sweep;

static bool progress(void *context, const ScrawlProgress *progress)
{
    Sweep *given = context;
    snprintf(given->what, sizeof given->what, "%s", progress->what);
    return ++given->n_calls != given->stop_at;
}

static void finished(void *context, const ScrawlSweep *sweep, size_t run)
{
    Sweep *given = context;
    assert_true(scrawl_sweep_run(sweep, run)->finished);
    given->n_finished++;
}

static ScrawlRecipe *load_recipe(const Sweep *given)
{
    ScrawlRecipe *recipe;
    assert_int_equal(scrawl_recipe_load(&recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "train.epochs=1", NULL), SCRAWL_STATUS_OK);
    for (int i = 0; i < 4 && given->set[i]; i++)
        assert_int_equal(scrawl_recipe_set(recipe, given->set[i], NULL), SCRAWL_STATUS_OK);
    return recipe;
}

static ScrawlStatus create(Sweep *given)
{
    ScrawlRecipe *recipe = load_recipe(given);
    given->options.axes = given->axes;
    while (given->options.n_axes < 4 && given->axes[given->options.n_axes])
        given->options.n_axes++;
    if (!given->options.folder)
        given->options.folder = "sweep";
    ScrawlStatus status =
        scrawl_sweep_create(&given->sweep, recipe, &given->options, &given->error);
    assert_int_equal(!status, given->sweep != NULL);
    scrawl_recipe_free(recipe);
    return status;
}

static ScrawlStatus train(Sweep *given)
{
    ScrawlLog log = {.context = given, .progress = progress};
    ScrawlTrainOptions options = {.n_threads = 1, .log = &log, .progress_seconds = 1e-9};
    return scrawl_sweep_train(given->sweep, &options, finished, given, &given->error);
}

static ScrawlStatus load_and_train(Sweep *given, const char *folder)
{
    ScrawlStatus status = scrawl_sweep_load(&given->sweep, folder, &given->error);
    return status ? status : train(given);
}

static void assert_fine(const Sweep *given, ScrawlStatus status)
{
    if (status)
        fail_msg("%s: %s", scrawl_status_name(status), given->error.message);
}

static void test_plan(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Sweep given = {.axes = {"train.batch=20, 30 ,40", "augmentation={shift: 0.1, noise: 0},null"},
                   .options = {.folder = "a/b", .first_seed = 7, .n_seeds = 2}};
    assert_fine(&given, create(&given));
    const ScrawlSweepInfo *info = scrawl_sweep_info(given.sweep);
    assert_int_equal(info->n_axes, 2);
    assert_int_equal(info->n_points, 6);
    assert_int_equal(info->n_runs, 12);
    assert_int_equal(info->n_finished, 0);
    assert_string_equal(info->name, "tiny");
    assert_string_equal(scrawl_sweep_key(given.sweep, 0), "train.batch");
    assert_null(scrawl_sweep_key(given.sweep, 2));
    assert_string_equal(scrawl_sweep_value(given.sweep, 1, 0), "20");
    assert_string_equal(scrawl_sweep_value(given.sweep, 2, 0), "30");
    assert_string_equal(scrawl_sweep_value(given.sweep, 4, 1), "{shift: 0.1, noise: 0}");
    assert_string_equal(scrawl_sweep_value(given.sweep, 5, 1), "null");
    assert_null(scrawl_sweep_value(given.sweep, 6, 0));
    const ScrawlSweepRun *run = scrawl_sweep_run(given.sweep, 5);
    assert_int_equal(run->point, 2);
    assert_int_equal(run->seed, 8);
    assert_string_equal(run->folder, "a/b/3-batch=30,augmentation=_shift__0.1__noise__0_/seed-8");
    assert_null(scrawl_sweep_run(given.sweep, 12));
    assert_false(file_exists("a")); /* nothing is written yet */
    scrawl_sweep_free(given.sweep);

    Sweep seeds = {.options = {.first_seed = 1, .n_seeds = 3}};
    assert_fine(&seeds, create(&seeds));
    assert_string_equal(scrawl_sweep_run(seeds.sweep, 2)->folder, "sweep/seed-3");
    scrawl_sweep_free(seeds.sweep);

    Sweep swept = {.axes = {"train.seed=5,9"}};
    assert_fine(&swept, create(&swept));
    assert_int_equal(scrawl_sweep_run(swept.sweep, 1)->seed, 9);
    assert_string_equal(scrawl_sweep_run(swept.sweep, 1)->folder, "sweep/2-seed=9");
    scrawl_sweep_free(swept.sweep);
    folder_leave(&folder);
}

static void assert_refused(const char *axis, const char *second, ScrawlStatus expected,
                           const char *message)
{
    Sweep given = {.axes = {axis, second}};
    ScrawlStatus status = create(&given);
    if (status != expected || strcmp(given.error.message, message) != 0)
        fail_msg("%s: %s: %s", axis, scrawl_status_name(status), given.error.message);
}

static void test_refused(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    static const char *const no_axes[] = {
        "nokey", "=1,2", "train.batch=", "train.batch=1,", "train.batch=,1", "train.batch=1, ,2"};
    for (size_t i = 0; i < sizeof no_axes / sizeof no_axes[0]; i++) {
        char message[200];
        snprintf(message, sizeof message,
                 "--sweep %s: expected KEY=VALUE,VALUE,..., such as train.batch=32,64", no_axes[i]);
        assert_refused(no_axes[i], NULL, SCRAWL_STATUS_USAGE, message);
    }
    assert_refused("train.batch=8,16,8", NULL, SCRAWL_STATUS_USAGE,
                   "--sweep train.batch: the value 8 stands twice");
    assert_refused("train.batch=8", "train.batch=16", SCRAWL_STATUS_USAGE,
                   "--sweep train.batch: given twice; its values belong into one list");
    assert_refused("train.bach=8,16", NULL, SCRAWL_STATUS_RECIPE,
                   "train.bach=8: train.bach: unknown key; did you mean \"batch\"?");
    /* Rules between two keys, at the point where they are broken. */
    assert_refused("train.plateau_factor=0.5", "train.minimum_rate=0,0.1", SCRAWL_STATUS_RECIPE,
                   "train.plateau_factor=0.5 train.minimum_rate=0.1: train.minimum_rate: "
                   "expected at most learning_rate, 0.01, found 0.1");

    Sweep seeds = {.axes = {"train.seed=1,2"}, .options = {.n_seeds = 2}};
    assert_int_equal(create(&seeds), SCRAWL_STATUS_USAGE);
    Sweep late = {.options = {.first_seed = 2147483647, .n_seeds = 2}};
    assert_int_equal(create(&late), SCRAWL_STATUS_USAGE);
    Sweep last = {.options = {.first_seed = 2147483647, .n_seeds = 1}};
    assert_int_equal(create(&last), SCRAWL_STATUS_OK);
    scrawl_sweep_free(last.sweep);
    Sweep large = {.axes = {"train.batch=1,2,3"}, .options = {.n_seeds = 3334}};
    assert_int_equal(create(&large), SCRAWL_STATUS_USAGE);
    assert_string_equal(large.error.message, "a sweep of 10002 runs: expected at most 10000; "
                                             "leave out values or seeds");
    large = (Sweep){.axes = {"train.batch=1,2"}, .options = {.n_seeds = 5000}};
    assert_fine(&large, create(&large));
    scrawl_sweep_free(large.sweep);
    folder_leave(&folder);
}

/* Recomputes a row's mean and deviation from the runs of its point. */
static void assert_row(const ScrawlSweep *sweep, const ScrawlSweepRow *row)
{
    double values[MAX_RUNS], sum = 0, squares = 0;
    int n = 0;
    for (size_t i = 0; scrawl_sweep_run(sweep, i); i++) {
        if (scrawl_sweep_run(sweep, i)->point == row->point)
            values[n++] = scrawl_sweep_run(sweep, i)->result.valid_accuracy;
    }
    for (int i = 0; i < n; i++)
        sum += values[i];
    for (int i = 0; i < n; i++)
        squares += (values[i] - sum / n) * (values[i] - sum / n);
    assert_int_equal(row->n_runs, n);
    assert_float_equal(row->valid_accuracy.mean, sum / n, 1e-12);
    assert_float_equal(row->valid_accuracy.sd, sqrt(squares / (n - 1)), 1e-12);
    assert_true(row->valid_accuracy.sd > 0 && row->test_loss.mean > 0 && row->seconds.mean > 0);
}

static void test_results(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    /* The first point hardly learns: the order of the rows is not the grid's. */
    Sweep given = {.axes = {"train.learning_rate=1e-6,0.01"},
                   .options = {.first_seed = 1, .n_seeds = 3}};
    assert_fine(&given, create(&given));
    assert_fine(&given, train(&given));
    assert_int_equal(given.n_finished, 6);
    assert_string_equal(given.what, "run 6/6, test");
    assert_int_equal(scrawl_sweep_info(given.sweep)->n_finished, 6);
    const ScrawlSweepRow *best = scrawl_sweep_row(given.sweep, 0);
    const ScrawlSweepRow *second = scrawl_sweep_row(given.sweep, 1);
    assert_int_equal(best->point, 1);
    assert_int_equal(second->point, 0);
    assert_true(best->valid_accuracy.mean > second->valid_accuracy.mean);
    assert_null(scrawl_sweep_row(given.sweep, 2));
    assert_row(given.sweep, best);
    assert_row(given.sweep, second);

    Buffer table = read_bytes("sweep/results.tsv");
    char expected[200];
    snprintf(expected, sizeof expected,
             "rank\ttrain.learning_rate\truns\tdiverged\tvalid_accuracy\tvalid_accuracy_sd\t"
             "test_accuracy\ttest_accuracy_sd\ttest_loss\ttest_loss_sd\tseconds\n1\t0.01\t3\t0\t");
    assert_memory_equal(table.data, expected, strlen(expected));
    assert_non_null(strstr(buffer_text(&table), "\n2\t1e-6\t3\t0\t"));
    buffer_deinit(&table);

    /* The run is that of scrawl_train with these values: to the byte. */
    Run alone = {.options = {.folder = "alone"},
                 .set = {"train.epochs=1", "train.learning_rate=0.01", "train.seed=2"}};
    assert_ok(&alone, run_train(&alone));
    assert_same_file("alone/model.safetensors", "sweep/2-learning_rate=0.01/seed-2/"
                                                "model.safetensors");
    scrawl_sweep_free(given.sweep);
    folder_leave(&folder);
}

/* Results that no training would give: the order is that of the validation split, whatever the
 * test set says, and what is not known comes last. */
static void test_order(void **state)
{
    (void)state;
    static const char *const runs[] = {"0.5,\"test_accuracy\":0.9", "0.7,\"test_accuracy\":0.1",
                                       "null,\"test_accuracy\":1", "0.7,\"test_accuracy\":0.2"};
    static const size_t order[] = {1, 3, 0, 2};
    TestFolder folder;
    run_enter(&folder);
    Sweep given = {.axes = {"train.batch=10,20,30,40"}, .stop_at = 1};
    assert_fine(&given, create(&given));
    assert_int_equal(train(&given), SCRAWL_STATUS_INTERRUPTED);
    scrawl_sweep_free(given.sweep);
    Buffer plan = read_bytes("sweep/results.json");
    char *end = strstr((char *)plan.data, "]}\n");
    assert_non_null(end);
    *end = '\0';
    FILE *file = fopen("sweep/results.json", "w");
    assert_non_null(file);
    fprintf(file, "%s", (char *)plan.data);
    for (int i = 0; i < 4; i++)
        fprintf(file, "%s{\"run\":%d,\"status\":\"OK\",\"epochs\":1,\"valid_accuracy\":%s}",
                i ? "," : "", i + 1, runs[i]);
    fprintf(file, "]}\n");
    fclose(file);
    buffer_deinit(&plan);

    Sweep loaded = {0};
    assert_fine(&loaded, scrawl_sweep_load(&loaded.sweep, "sweep", &loaded.error));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(scrawl_sweep_row(loaded.sweep, i)->point, order[i]);
    assert_float_equal(scrawl_sweep_row(loaded.sweep, 0)->test_accuracy.mean, 0.1, 1e-12);
    assert_true(isnan(scrawl_sweep_row(loaded.sweep, 0)->valid_accuracy.sd)); /* of one run */
    scrawl_sweep_free(loaded.sweep);
    folder_leave(&folder);
}

static void assert_same_results(const ScrawlSweep *a, const ScrawlSweep *b)
{
    for (size_t i = 0; scrawl_sweep_run(a, i); i++) {
        const ScrawlSweepRun *x = scrawl_sweep_run(a, i), *y = scrawl_sweep_run(b, i);
        char first[200], second[200];
        assert_true(x->finished && y->finished && x->status == y->status);
        assert_true(x->result.valid_accuracy == y->result.valid_accuracy);
        assert_true(x->result.test_accuracy == y->result.test_accuracy);
        assert_true(x->result.test_loss == y->result.test_loss);
        assert_int_equal(x->result.test_errors, y->result.test_errors);
        assert_string_equal(x->result.name, y->result.name);
        assert_int_equal(x->result.n_train, y->result.n_train);
        assert_int_equal(x->result.n_epochs, y->result.n_epochs);
        snprintf(first, sizeof first, "%s/model.safetensors", x->folder);
        snprintf(second, sizeof second, "%s/model.safetensors", y->folder);
        assert_same_file(first, second);
    }
}

#define N_CALLS (RUN_BATCHES + 2) /* of progress in a run of one epoch */

static void test_interrupted(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Sweep whole = {.axes = {"train.momentum=0,0.9"},
                   .options = {.folder = "whole"},
                   .set = {"train.optimizer=sgd"}};
    assert_fine(&whole, create(&whole));
    assert_fine(&whole, train(&whole));
    assert_int_equal(whole.n_calls, 2 * N_CALLS);
    for (int stop_at = 1; stop_at <= 2 * N_CALLS; stop_at += 4) {
        Sweep cut = whole;
        cut.options = (ScrawlSweepOptions){.folder = "cut", .force = true};
        cut.stop_at = stop_at;
        cut.n_calls = cut.n_finished = 0;
        assert_fine(&cut, create(&cut));
        assert_int_equal(train(&cut), SCRAWL_STATUS_INTERRUPTED);
        assert_string_equal(cut.error.message,
                            stop_at <= N_CALLS
                                ? "interrupted in run 1 of 2, and saved; go on with: scrawl train "
                                  "--resume cut"
                                : "interrupted in run 2 of 2, and saved; go on with: scrawl train "
                                  "--resume cut");
        assert_int_equal(cut.n_finished, stop_at > N_CALLS);
        scrawl_sweep_free(cut.sweep);

        Sweep rest = {0};
        assert_fine(&rest, load_and_train(&rest, "cut"));
        /* No batch is trained twice, no finished run again; a test that was cut off is. */
        int again = stop_at % N_CALLS == 0 ? 1 : 0;
        int validated = stop_at % N_CALLS == N_CALLS - 1 ? 1 : 0;
        assert_in_range(rest.n_calls, 2 * N_CALLS - stop_at,
                        2 * N_CALLS - stop_at + again + validated);
        assert_int_equal(rest.n_finished + cut.n_finished, 2);
        assert_same_results(whole.sweep, rest.sweep);
        scrawl_sweep_free(rest.sweep);
    }
    scrawl_sweep_free(whole.sweep);
    folder_leave(&folder);
}

/* No second process trains the same sweep, nor one of its runs that is under way. */
static void test_locked(void **state)
{
    (void)state;
    TestFolder folder;
    RunFolder held;
    run_enter(&folder);
    Sweep given = {.options = {.first_seed = 1, .n_seeds = 2}};
    assert_fine(&given, create(&given));
    static const char *const folders[] = {"sweep", "sweep/seed-2"};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(run_folder_init(&held, folders[i], NULL), SCRAWL_STATUS_OK);
        assert_int_equal(run_folder_lock(&held, NULL), SCRAWL_STATUS_OK);
        assert_int_equal(train(&given), SCRAWL_STATUS_BUSY);
        assert_non_null(strstr(given.error.message, "in use by process"));
        assert_int_equal(given.n_finished, i);
        assert_int_equal(file_exists("sweep/base.yaml"), i);
        run_folder_deinit(&held);
    }
    assert_fine(&given, train(&given));
    assert_int_equal(given.n_finished, 2);
    scrawl_sweep_free(given.sweep);
    folder_leave(&folder);
}

/* Killed after a run's end and before its result was written, and then once more with all done. */
static void test_result_lost(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Sweep given = {.options = {.first_seed = 1, .n_seeds = 2}};
    assert_fine(&given, create(&given));
    assert_fine(&given, train(&given));
    Buffer results = read_bytes("sweep/results.json");
    char *line = strstr((char *)results.data, ",\n{\"run\":2");
    assert_non_null(line);
    strcpy(line, "]}\n");
    write_text("sweep/results.json", (char *)results.data);
    buffer_deinit(&results);

    Sweep rest = {0};
    assert_fine(&rest, load_and_train(&rest, "sweep"));
    assert_int_equal(rest.n_calls, 1); /* the test */
    assert_same_results(given.sweep, rest.sweep);
    scrawl_sweep_free(rest.sweep);
    Sweep done = {0};
    assert_fine(&done, load_and_train(&done, "sweep"));
    assert_int_equal(done.n_calls, 0);
    assert_same_results(given.sweep, done.sweep);
    assert_float_equal(scrawl_sweep_row(done.sweep, 0)->seconds.mean,
                       (scrawl_sweep_run(done.sweep, 0)->result.seconds +
                        scrawl_sweep_run(done.sweep, 1)->result.seconds) /
                           2,
                       1e-12);
    scrawl_sweep_free(done.sweep);
    scrawl_sweep_free(given.sweep);
    folder_leave(&folder);
}

/* A run that diverges is a result, and the last of its table. */
static void test_diverged(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Sweep given = {.axes = {"train.learning_rate=1e6,1e-9"},
                   .set = {"train.optimizer=sgd", "train.momentum=0.99"}};
    assert_fine(&given, create(&given));
    assert_fine(&given, train(&given));
    const ScrawlSweepRow *last = scrawl_sweep_row(given.sweep, 1);
    assert_int_equal(last->point, 0);
    assert_int_equal(last->n_runs, 0);
    assert_int_equal(last->n_diverged, 1);
    assert_true(isnan(last->valid_accuracy.mean) && isnan(last->test_accuracy.mean));
    scrawl_sweep_free(given.sweep);
    Sweep again = {0};
    assert_fine(&again, load_and_train(&again, "sweep"));
    assert_int_equal(again.n_calls, 0);
    assert_int_equal(scrawl_sweep_run(again.sweep, 0)->status, SCRAWL_STATUS_DIVERGED);
    assert_int_equal(scrawl_sweep_row(again.sweep, 1)->n_diverged, 1);
    scrawl_sweep_free(again.sweep);

    Sweep all = {.axes = {"train.learning_rate=1e6"},
                 .options = {.folder = "all"},
                 .set = {"train.optimizer=sgd", "train.momentum=0.99"}};
    assert_fine(&all, create(&all));
    assert_int_equal(train(&all), SCRAWL_STATUS_DIVERGED);
    assert_string_equal(all.error.message, "all: every run diverged; lower train.learning_rate");
    scrawl_sweep_free(all.sweep);
    folder_leave(&folder);
}

/* The model to start from is part of the plan: a resumed sweep knows it. */
static void test_init(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run first = {.options = {.folder = "first"}};
    assert_ok(&first, run_train(&first));
    const char *const init = "first/model.safetensors";
    Run alone = {.options = {.folder = "alone", .init = init},
                 .set = {"train.epochs=1", "train.seed=2"}};
    assert_ok(&alone, run_train(&alone));
    Sweep given = {.options = {.first_seed = 1, .n_seeds = 2, .init = init}, .stop_at = 5};
    assert_fine(&given, create(&given));
    assert_int_equal(train(&given), SCRAWL_STATUS_INTERRUPTED);
    scrawl_sweep_free(given.sweep);
    Sweep rest = {0};
    assert_fine(&rest, load_and_train(&rest, "sweep"));
    scrawl_sweep_free(rest.sweep);
    assert_same_file("alone/model.safetensors", "sweep/seed-2/model.safetensors");
    folder_leave(&folder);
}

static void assert_not_loaded(ScrawlStatus expected, const char *message)
{
    Sweep given = {0};
    ScrawlStatus status = scrawl_sweep_load(&given.sweep, "sweep", &given.error);
    assert_null(given.sweep);
    if (status != expected || !strstr(given.error.message, message))
        fail_msg("%s: %s", scrawl_status_name(status), given.error.message);
}

static void test_folder(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    assert_not_loaded(SCRAWL_STATUS_NOT_FOUND, "sweep/results.json");
    assert_false(scrawl_sweep_exists("sweep"));
    Sweep given = {.options = {.first_seed = 1, .n_seeds = 2}, .stop_at = 3};
    assert_fine(&given, create(&given));
    assert_int_equal(train(&given), SCRAWL_STATUS_INTERRUPTED);
    scrawl_sweep_free(given.sweep);
    assert_true(scrawl_sweep_exists("sweep"));

    Sweep again = {.options = {.n_seeds = 1}};
    assert_int_equal(create(&again), SCRAWL_STATUS_EXISTS);
    assert_string_equal(again.error.message, "sweep: holds a sweep already; --resume sweep goes on "
                                             "with it, --force replaces it, -o names another "
                                             "folder");
    Sweep in_run = {.options = {.folder = "sweep/seed-1", .n_seeds = 1}};
    assert_int_equal(create(&in_run), SCRAWL_STATUS_EXISTS);

    /* Another plan in the folder: what the old one left of its runs is not gone on with. */
    Sweep forced = {.options = {.first_seed = 1, .n_seeds = 1, .force = true}};
    assert_fine(&forced, create(&forced));
    assert_fine(&forced, train(&forced));
    assert_int_equal(forced.n_calls, N_CALLS);
    scrawl_sweep_free(forced.sweep);

    Buffer base = read_bytes("sweep/base.yaml"), results = read_bytes("sweep/results.json");
    write_text("sweep/base.yaml", run_recipe);
    assert_not_loaded(SCRAWL_STATUS_MISMATCH, "sweep/base.yaml: has changed");
    write_text("sweep/base.yaml", buffer_text(&base));
    static const char *const corruptions[][2] = {
        {"\"version\":1", "\"version\":2"}, {"\"n_seeds\":1", "\"n_seeds\":-"},
        {"\"sweep\":[]", "\"sweep\":{}"},   {"\"run\":1", "\"run\":2"},
        {"\"epochs\":1", "\"epochs\":x"},   {"\"status\":", "\"statue\":"},
    };
    for (size_t i = 0; i < sizeof corruptions / sizeof corruptions[0]; i++) {
        Buffer corrupted = read_bytes("sweep/results.json");
        char *place = strstr((char *)corrupted.data, corruptions[i][0]);
        assert_non_null(place);
        memcpy(place, corruptions[i][1], strlen(corruptions[i][1]));
        write_text("sweep/results.json", (char *)corrupted.data);
        assert_not_loaded(SCRAWL_STATUS_FORMAT, "sweep/results.json");
        write_text("sweep/results.json", buffer_text(&results));
        buffer_deinit(&corrupted);
    }
    buffer_deinit(&base);
    buffer_deinit(&results);
    folder_leave(&folder);
}

static void test_no_memory(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Sweep given = {.axes = {"train.batch=60,90"}};
    assert_fine(&given, create(&given));
    assert_fine(&given, train(&given));
    scrawl_sweep_free(given.sweep);
    ScrawlRecipe *recipe = load_recipe(&given);
    given.options.folder = "other";
    uint64_t n = 0;
    ScrawlStatus status;
    do {
        ScrawlSweep *sweep;
        mem_fail_at(++n);
        status = scrawl_sweep_create(&sweep, recipe, &given.options, NULL);
        mem_fail_at(0);
        scrawl_sweep_free(sweep);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
    } while (status);
    assert_true(n > 20);
    scrawl_recipe_free(recipe);
    n = 0;
    do {
        ScrawlSweep *sweep;
        mem_fail_at(++n);
        status = scrawl_sweep_load(&sweep, "sweep", NULL);
        mem_fail_at(0);
        scrawl_sweep_free(sweep);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
    } while (status);
    assert_true(n > 20);
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_results),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_interrupted), cmocka_unit_test(test_locked),
        cmocka_unit_test(test_result_lost), cmocka_unit_test(test_diverged),
        cmocka_unit_test(test_init),        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
