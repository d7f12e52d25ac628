/* Interrupted anywhere, or killed, and resumed on another number of threads: the model is the very
 * one of a run that was left alone. */
#include "run.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/error.h"
#include "train/run_folder.h"

/* Calls of progress in a whole run: batches, a validation an epoch, a test. */
#define N_CALLS (RUN_EPOCHS * (RUN_BATCHES + 1) + 1)

static void train_whole_with(const char *a, const char *b, const char *c)
{
    Run run = {.options = {.folder = "whole", .progress_seconds = 1e-9, .force = true},
               .set = {a, b, c}};
    assert_ok(&run, run_train(&run));
    assert_int_equal(run.n_calls, N_CALLS);
}

static void train_whole(void)
{
    train_whole_with(NULL, NULL, NULL);
}

static void assert_whole(const char *folder)
{
    char path[100];
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    assert_same_file("whole/model.safetensors", path);
    snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
    assert_int_equal(count_lines(path), RUN_EPOCHS);
}

static void test_interrupted_anywhere(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_whole();
    for (int stop_at = 1; stop_at <= N_CALLS; stop_at++) {
        Run run = {.options = {.folder = "run", .progress_seconds = 1e-9, .force = true},
                   .stop_at = stop_at};
        assert_int_equal(run_train(&run), SCRAWL_STATUS_INTERRUPTED);
        assert_non_null(strstr(run.error.message, "go on with: scrawl train --resume run"));
        assert_int_equal(run.result.n_epochs, (stop_at - 1) / (RUN_BATCHES + 1));
        assert_false(file_exists("run/model.safetensors"));
        if (stop_at == 14)
            assert_string_equal(run.error.message,
                                "interrupted in epoch 2 of 3, after batch 3 of 10, and saved; go "
                                "on with: scrawl train --resume run");

        Run rest = {.options = {.folder = "run", .resume = true, .n_threads = 1 + stop_at % 3}};
        assert_ok(&rest, run_train(&rest));
        assert_int_equal(rest.result.n_epochs, RUN_EPOCHS);
        assert_whole("run");
    }
    folder_leave(&folder);
}

/* What else remembers something: in the midst of an epoch, in validation, before the test. */
static void test_all_that_remembers(void **state)
{
    (void)state;
    static const char *const sets[][3] = {
        {"train.ema=0.95", "train.lookahead_steps=3", "train.clip_norm=0.5"},
        {"train.swa_start=0.3", "train.optimizer=sgd", "train.momentum=0.9"},
        {"train.optimizer=muon", "train.momentum=0.9", "train.schedule=linear"},
    };
    static const int calls[] = {4, 11, 15, 22, 25, 33, N_CALLS};
    TestFolder folder;
    run_enter(&folder);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        train_whole_with(sets[i][0], sets[i][1], sets[i][2]);
        for (size_t k = 0; k < sizeof calls / sizeof calls[0]; k++) {
            Run run = {.options = {.folder = "run", .progress_seconds = 1e-9, .force = true},
                       .set = {sets[i][0], sets[i][1], sets[i][2]},
                       .stop_at = calls[k]};
            assert_int_equal(run_train(&run), SCRAWL_STATUS_INTERRUPTED);
            Run rest = {.options = {.folder = "run", .resume = true, .n_threads = 1 + (int)k % 3}};
            assert_ok(&rest, run_train(&rest));
            assert_whole("run");
        }
    }
    folder_leave(&folder);
}

/* A run that stopped by itself stays stopped, and one that was interrupted stops where it would
 * have. */
static void test_stopped_early(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    const char *set[] = {"train.early_stop=1", "train.learning_rate=0.2", "train.epochs=3"};
    Run whole = {.options = {.folder = "whole", .progress_seconds = 1e-9},
                 .set = {set[0], set[1], set[2]}};
    assert_ok(&whole, run_train(&whole));
    assert_true(whole.result.stopped_early);
    assert_in_range(whole.result.n_epochs, 2, 2);
    assert_int_equal(whole.epochs[1].best_epoch, 1);
    assert_int_equal(whole.epochs[0].patience_left, 1);
    assert_int_equal(whole.epochs[1].patience_left, 0);
    for (int stop_at = 5; stop_at <= 2 * (RUN_BATCHES + 1) + 1; stop_at += 6) {
        Run run = {.options = {.folder = "run", .progress_seconds = 1e-9, .force = true},
                   .set = {set[0], set[1], set[2]},
                   .stop_at = stop_at};
        assert_int_equal(run_train(&run), SCRAWL_STATUS_INTERRUPTED);
        Run rest = {.options = {.folder = "run", .resume = true, .n_threads = 2}};
        assert_ok(&rest, run_train(&rest));
        assert_int_equal(rest.result.n_epochs, 2);
        assert_true(rest.result.stopped_early);
        assert_same_file("whole/model.safetensors", "run/model.safetensors");
    }
    Run until = {.options = {.folder = "until"}, .set = {"train.until_accuracy=0.2"}};
    assert_ok(&until, run_train(&until));
    assert_int_equal(until.result.n_epochs, 1);
    assert_true(until.result.stopped_early && until.epochs[0].valid_accuracy >= 0.2);
    folder_leave(&folder);
}

/* After every few batches, and then once more when all is done. */
static void test_interrupted_often(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_whole();
    int n_parts = 0;
    double start = clock_seconds(), seconds;
    ScrawlStatus status;
    do {
        Run run = {.options = {.folder = "run", .progress_seconds = 1e-9, .resume = n_parts > 0},
                   .stop_at = 7};
        status = run_train(&run);
        n_parts++;
    } while (status == SCRAWL_STATUS_INTERRUPTED);
    assert_int_equal(status, SCRAWL_STATUS_OK);
    seconds = clock_seconds() - start;
    assert_in_range(n_parts, 5, 6);
    assert_whole("run");

    assert_int_equal(remove("run/model.safetensors"), 0);
    Run again = {.options = {.folder = "run", .resume = true}};
    assert_ok(&again, run_train(&again));
    assert_int_equal(again.n_epochs, 0);
    assert_true(again.result.seconds > 0.7 * seconds); /* that of all parts */
    assert_whole("run");
    folder_leave(&folder);
}

static bool kill_progress(void *context, const ScrawlProgress *progress)
{
    int *left = context;
    (void)progress;
    if (--*left == 0)
        raise(SIGKILL);
    return true;
}

static void train_and_be_killed(int call)
{
    ScrawlRecipe *recipe;
    ScrawlTrainResult result;
    ScrawlLog log = {.context = &call, .progress = kill_progress};
    ScrawlTrainOptions options = {
        .folder = "run", .force = true, .n_threads = 1, .log = &log, .progress_seconds = 1e-9};
    if (!scrawl_recipe_load(&recipe, "tiny.yaml", NULL))
        (void)!scrawl_train(recipe, &options, &result, NULL);
    _exit(1);
}

static void test_killed(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_whole();
    static const int calls[] = {1, 9, 12, 20, N_CALLS};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            train_and_be_killed(calls[i]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        /* As if it had been killed between metrics and checkpoint, too. */
        FILE *file = fopen("run/metrics.jsonl", "a");
        assert_non_null(file);
        fprintf(file, "{\"epoch\":%d}\n{\"ep", RUN_EPOCHS + 1);
        fclose(file);
        Run rest = {.options = {.folder = "run", .resume = true, .n_threads = 2}};
        assert_ok(&rest, run_train(&rest));
        assert_whole("run");
    }
    folder_leave(&folder);
}

static void assert_not_resumed(ScrawlStatus expected, const char *message)
{
    Run run = {.options = {.folder = "run", .resume = true}};
    ScrawlStatus status = run_train(&run);
    if (status != expected || !strstr(run.error.message, message))
        fail_msg("expected %s, \"%s\", found %s, \"%s\"", scrawl_status_name(expected), message,
                 scrawl_status_name(status), run.error.message);
}

static void test_changed(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run", .progress_seconds = 1e-9}, .stop_at = 15};
    assert_int_equal(run_train(&run), SCRAWL_STATUS_INTERRUPTED);

    assert_int_equal(rename("run/recipe.yaml", "kept.yaml"), 0);
    write_text("run/recipe.yaml", run_recipe);
    Buffer text = read_bytes("kept.yaml");
    char *place = strstr((char *)text.data, "seed: 3");
    assert_non_null(place);
    place[6] = '4';
    write_text("run/recipe.yaml", (char *)text.data);
    buffer_deinit(&text);
    assert_not_resumed(SCRAWL_STATUS_MISMATCH, "recipe.yaml has changed");
    assert_int_equal(rename("kept.yaml", "run/recipe.yaml"), 0);

    write_pen("pen.csv", RUN_IMAGES - 10);
    assert_not_resumed(SCRAWL_STATUS_MISMATCH, "training data have changed");
    write_pen("pen.csv", RUN_IMAGES);

    assert_int_equal(rename("run/checkpoint/state.safetensors", "kept"), 0);
    assert_not_resumed(SCRAWL_STATUS_NOT_FOUND, "run/checkpoint/state.safetensors");
    write_text("run/checkpoint/state.safetensors", "rubbish");
    assert_not_resumed(SCRAWL_STATUS_FORMAT, "run/checkpoint/state.safetensors");
    assert_int_equal(rename("kept", "run/checkpoint/state.safetensors"), 0);

    Run rest = {.options = {.folder = "run", .resume = true}};
    assert_ok(&rest, run_train(&rest));
    folder_leave(&folder);
}

/* While a run is under way, a second one of the same folder is refused before it has changed
 * anything, whatever it was asked for. */
static bool start_others(void *context, const ScrawlProgress *progress)
{
    char holder[32];
    int *n_calls = context;
    (void)progress;
    if (++*n_calls != 3)
        return true;
    snprintf(holder, sizeof holder, "run: in use by process %d", (int)getpid());
    for (int i = 0; i < 3; i++) {
        Run other = {.options = {.folder = "run", .resume = i == 1, .force = i == 2}};
        assert_int_equal(run_train(&other), SCRAWL_STATUS_BUSY);
        assert_non_null(strstr(other.error.message, holder));
    }
    Run elsewhere = {.options = {.folder = "elsewhere"}, .set = {"train.epochs=1"}};
    assert_ok(&elsewhere, run_train(&elsewhere));
    return true;
}

static void test_locked(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    train_whole();
    ScrawlRecipe *recipe;
    ScrawlTrainResult result;
    int n_calls = 0;
    ScrawlLog log = {.context = &n_calls, .progress = start_others};
    ScrawlTrainOptions options = {
        .folder = "run", .n_threads = 1, .log = &log, .progress_seconds = 1e-9};
    assert_int_equal(scrawl_recipe_load(&recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_train(recipe, &options, &result, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(n_calls, N_CALLS);
    scrawl_recipe_free(recipe);
    assert_whole("run");
    assert_false(file_exists("run/.lock"));

    /* A process that was killed holds nothing, but its file may lie there. */
    write_text("run/.lock", "1\n");
    Run again = {.options = {.folder = "run", .resume = true}};
    assert_ok(&again, run_train(&again));
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interrupted_anywhere),
        cmocka_unit_test(test_all_that_remembers),
        cmocka_unit_test(test_stopped_early),
        cmocka_unit_test(test_interrupted_often),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
