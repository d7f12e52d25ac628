/* A whole run: what it leaves behind, what it refuses, and how it ends badly. */
#include "../model/describe.h"
#include "run.h"

#include <math.h>

#include "base/tree.h"
#include "scrawl/model.h"
#include "scrawl/ood.h"
#include "train/train_data.h"

static void check_metrics(const char *path, bool validated)
{
    static const char *const keys[] = {
        "epoch",          "train_loss",    "train_accuracy",    "valid_loss",
        "valid_accuracy", "learning_rate", "images_per_second", "seconds"};
    Buffer text = read_bytes(path);
    const char *line = buffer_text(&text);
    for (int epoch = 1; epoch <= RUN_EPOCHS; epoch++) {
        const char *end = strchr(line, '\n');
        Tree tree;
        long long number;
        assert_non_null(end);
        assert_int_equal(json_parse(&tree, "line", line, (size_t)(end - line), NULL),
                         SCRAWL_STATUS_OK);
        assert_int_equal(tree.root->n_children, 8);
        const TreeNode *node = tree.root->first;
        for (int i = 0; i < 8; i++, node = node->next) {
            double value;
            assert_string_equal(node->key, keys[i]);
            bool is_number = tree_as_double(node, &value);
            assert_true(is_number == (validated || (i != 3 && i != 4)));
        }
        assert_true(tree_as_int(tree_get(tree.root, "epoch"), &number) && number == epoch);
        tree_deinit(&tree);
        line = end + 1;
    }
    assert_string_equal(line, "");
    buffer_deinit(&text);
}

static void check_model(const char *path, const Run *run)
{
    ScrawlModel *model;
    char expected[100];
    assert_int_equal(scrawl_model_load(&model, path, NULL), SCRAWL_STATUS_OK);
    const ScrawlModelInfo *info = scrawl_model_info(model);
    assert_string_equal(info->name, "tiny");
    assert_int_equal(info->n_classes, 10);
    assert_string_equal(info->class_names[7], "7");
    assert_int_equal(info->width, 14);
    Buffer recipe = read_bytes("run/recipe.yaml");
    assert_string_equal(info->recipe, buffer_text(&recipe));
    buffer_deinit(&recipe);
    snprintf(expected, sizeof expected,
             "[{\"name\":\"pen.csv\",\"split\":\"train\","
             "\"use\":\"training\",\"n\":%zu,\"sha256\":\"",
             run->result.n_train);
    assert_memory_equal(data_of(model), expected, strlen(expected));
    assert_non_null(strstr(data_of(model), "\"use\":\"validation\",\"n\":"));
    assert_non_null(strstr(data_of(model), "\"split\":\"test\",\"use\":\"test\",\"n\":60,"));
    assert_memory_equal(scores_of(model), "{\"validation\":{\"data\":\"pen.csv\",", 32);
    snprintf(expected, sizeof expected,
             "\"test\":{\"data\":\"pen.csv\",\"split\":\"test\",\"n\":60,\"errors\":%zu,",
             run->result.test_errors);
    assert_non_null(strstr(scores_of(model), expected));
    scrawl_model_free(model);
}

static void test_run(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run", .progress_seconds = 1e-9}};
    assert_ok(&run, run_train(&run));

    const ScrawlTrainResult *result = &run.result;
    assert_string_equal(result->name, "tiny");
    assert_int_equal(result->n_epochs, RUN_EPOCHS);
    assert_int_equal(result->n_train + result->n_validation + result->n_test, RUN_IMAGES);
    assert_int_equal((result->n_train + 19) / 20, RUN_BATCHES);
    assert_int_not_equal(result->n_train % 20, 0);
    assert_int_equal(result->n_test, 60);
    assert_true(result->test_accuracy == (double)(60 - result->test_errors) / 60);
    assert_true(result->test_accuracy > 0.5 && isfinite(result->test_loss));
    assert_true(result->seconds > 0);

    assert_int_equal(run.n_epochs, RUN_EPOCHS);
    /* From near ln 10, the loss of not knowing. */
    assert_true(run.epochs[0].train_loss > 0.8 && run.epochs[0].train_loss < 4);
    assert_true(run.epochs[2].train_loss < 0.7 * run.epochs[0].train_loss);
    assert_true(run.epochs[2].train_accuracy > run.epochs[0].train_accuracy);
    assert_true(run.epochs[2].valid_accuracy == result->valid_accuracy);
    assert_int_equal(run.epochs[2].n_epochs, RUN_EPOCHS);
    assert_true(run.epochs[0].learning_rate == 0.01);
    assert_int_equal(run.n_allocations, 0);
    assert_in_range(run.n_calls, RUN_EPOCHS * (RUN_BATCHES + 1) + 1, 60);

    check_metrics("run/metrics.jsonl", true);
    check_model("run/model.safetensors", &run);
    assert_true(file_exists("run/checkpoint/state.safetensors"));
    folder_leave(&folder);
}

/* Its bytes hang on nothing but the recipe, the data and the seed. */
static void test_same_model(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "one"}};
    assert_ok(&run, run_train(&run));
    for (int n_threads = 2; n_threads <= 3; n_threads++) {
        Run other = {.options = {.folder = "more/runs", .n_threads = n_threads, .force = true}};
        assert_ok(&other, run_train(&other));
        assert_same_file("one/model.safetensors", "more/runs/model.safetensors");
        assert_int_equal(count_lines("more/runs/metrics.jsonl"), RUN_EPOCHS);
    }
    Run seed = {.options = {.folder = "seed"}, .set = {"train.seed=4"}};
    assert_ok(&seed, run_train(&seed));
    assert_true(seed.epochs[2].train_loss != run.epochs[2].train_loss);
    Run split = {.options = {.folder = "split"}, .set = {"data.seed=4"}};
    assert_ok(&split, run_train(&split));
    assert_true(split.epochs[2].train_loss != run.epochs[2].train_loss);
    folder_leave(&folder);
}

static void test_nothing_held_out(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run"}, .set = {"data.validation=0", "data.test=none"}};
    assert_ok(&run, run_train(&run));
    assert_int_equal(run.result.n_validation, 0);
    assert_int_equal(run.result.n_test, 0);
    assert_true(isnan(run.result.valid_accuracy) && isnan(run.result.test_accuracy));
    assert_true(isnan(run.epochs[0].valid_loss));
    check_metrics("run/metrics.jsonl", false);

    ScrawlModel *model;
    assert_int_equal(scrawl_model_load(&model, "run/model.safetensors", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_model_info(model)->n_scores, 0);
    scrawl_model_free(model);
    folder_leave(&folder);
}

static double recorded_loss(const ScrawlModelInfo *info, const char *key)
{
    for (int i = 0; i < info->n_scores; i++)
        if (strcmp(info->scores[i].key, key) == 0)
            return info->scores[i].loss;
    fail_msg("no score %s", key);
    return 0;
}

/* Enough images held out: the file's temperature is the one of the lowest validation loss, and the
 * losses in it are with that. Interrupted meanwhile, it comes to the same. */
static void test_calibrated(void **state)
{
    (void)state;
    static const char *const set[] = {"data={train: pen.csv, validation: 0.8}", "train.epochs=2"};
    TestFolder folder;
    ScrawlModel *model;
    run_enter(&folder);
    write_pen("pen.csv", 1600);
    Run run = {.options = {.folder = "run", .progress_seconds = 1e-9}, .set = {set[0], set[1]}};
    assert_ok(&run, run_train(&run));
    assert_true(run.result.n_validation >= 1000);
    assert_int_equal(scrawl_model_load(&model, "run/model.safetensors", NULL), SCRAWL_STATUS_OK);
    const ScrawlModelInfo *info = scrawl_model_info(model);
    assert_true(info->temperature != 1 && info->temperature > 0.1 && info->temperature < 10);
    assert_true(recorded_loss(info, "validation") < run.epochs[1].valid_loss);
    assert_true(fabs(recorded_loss(info, "test") - run.result.test_loss) < 1e-12);
    scrawl_model_free(model);

    for (int left = 0; left < 3; left++) { /* calls of progress: 5 validations, 2 tests */
        Run again = {.options = {.folder = "again", .progress_seconds = 1e-9, .force = true},
                     .set = {set[0], set[1]},
                     .stop_at = run.n_calls - 3 * left};
        Run rest = {.options = {.folder = "again", .resume = true, .n_threads = 2}};
        assert_int_equal(run_train(&again), SCRAWL_STATUS_INTERRUPTED);
        assert_non_null(strstr(again.error.message, "go on with: scrawl train --resume again"));
        assert_ok(&rest, run_train(&rest));
        assert_same_file("run/model.safetensors", "again/model.safetensors");
    }
    folder_leave(&folder);
}

/* What is not divided is trained on whole with :all, and then there is nothing to evaluate on. */
static void test_trained_on_all(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run"}, .set = {"data.train='pen.csv:all'"}};
    assert_ok(&run, run_train(&run));
    assert_int_equal(run.result.n_train + run.result.n_validation, RUN_IMAGES);
    assert_int_equal(run.result.n_test, 0);
    folder_leave(&folder);
}

static void keep_warning(void *context, ScrawlLogLevel level, const char *text)
{
    if (level == SCRAWL_LOG_LEVEL_WARNING)
        snprintf(context, 200, "%s", text);
}

/* A part of so few images that it rounds to none is said; the path may look like a split. */
static void test_too_few_to_hold_out(void **state)
{
    (void)state;
    TestFolder folder;
    char warning[200] = "";
    ScrawlLog log = {SCRAWL_LOG_LEVEL_WARNING, warning, keep_warning, NULL};
    ScrawlTrainOptions options = {.folder = "run", .n_threads = 1, .log = &log};
    ScrawlTrainResult result;
    ScrawlRecipe *recipe;
    folder_enter(&folder);
    write_pen("pen:test.csv", 40);
    write_text("tiny.yaml", run_recipe);
    assert_int_equal(scrawl_recipe_load(&recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "data.train='pen:test.csv'", NULL), 0);
    assert_int_equal(scrawl_recipe_set(recipe, "data.validation=0.01", NULL), 0);
    assert_int_equal(scrawl_recipe_set(recipe, "train.epochs=1", NULL), 0);
    assert_int_equal(scrawl_train(recipe, &options, &result, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(result.n_validation, 0);
    assert_int_not_equal(result.n_test, 0);
    assert_memory_equal(warning, "no validation: 0.01 of the ", 27);
    assert_non_null(strstr(warning, " images of pen:test.csv is none"));
    scrawl_recipe_free(recipe);
    folder_leave(&folder);
}

/* The pen's digits, cut down the middle and put together again the other way round, as a class of
 * their own. */
static void write_halves(const char *path, size_t n)
{
    ScrawlDataset *pen;
    assert_int_equal(pen_dataset(&pen, "pen", SCRAWL_SPLIT_TRAIN, n, 2, NULL), SCRAWL_STATUS_OK);
    int width = pen->info.width, height = pen->info.height;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *pixels = pen->pixels + i * (size_t)(width * height);
        fprintf(file, "11");
        for (int k = 0; k < width * height; k++)
            fprintf(file, ",%d", pixels[k / width * width + (k % width + width / 2) % width]);
        fprintf(file, "\n");
    }
    assert_int_equal(fclose(file), 0);
    scrawl_dataset_free(pen);
}

/* How well the model's confidence tells the digits' test images from the halves. */
static double tell_apart(const char *path)
{
    const ScrawlEvaluateOptions evaluate = {.n_threads = 1};
    ScrawlDataOptions test = {.split = SCRAWL_SPLIT_TEST};
    ScrawlModel *model;
    ScrawlDataset *digits, *halves;
    ScrawlEvaluation *known;
    ScrawlOod *outliers;
    assert_int_equal(scrawl_model_load(&model, path, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_dataset_open(&digits, "pen.csv", &test, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_dataset_open(&halves, "halves.csv", &test, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_evaluate(&known, model, digits, &evaluate, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_evaluate_ood(&outliers, model, halves, known, &evaluate, NULL),
                     SCRAWL_STATUS_OK);
    double auroc = outliers->auroc;
    scrawl_ood_free(outliers);
    scrawl_evaluation_free(known);
    scrawl_dataset_free(halves);
    scrawl_dataset_free(digits);
    scrawl_model_free(model);
    return auroc;
}

/* Pictures of no class make the model unsure of others like them, count in no accuracy, and are
 * told of in its file. */
static void test_ood(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    write_halves("halves.csv", 200);
    Run without = {.options = {.folder = "without"}, .set = {"train.epochs=3"}};
    Run with = {.options = {.folder = "with", .progress_seconds = 1e-9},
                .set = {without.set[0], "data.outliers=halves.csv"}};
    assert_ok(&without, run_train(&without));
    assert_ok(&with, run_train(&with));
    assert_int_equal(with.result.n_train, without.result.n_train);
    double a = without.epochs[2].train_accuracy, b = with.epochs[2].train_accuracy;
    if (!(fabs(a - b) < 0.1 && b <= 1))
        fail_msg("accuracy in training %g, with halves %g", a, b);
    assert_true(with.most_accurate > 0.5 && with.most_accurate <= 1);
    double before = tell_apart("without/model.safetensors");
    double after = tell_apart("with/model.safetensors");
    if (!(after > 0.9 && after > before + 0.05))
        fail_msg("area under the curve: %g, with halves %g", before, after);

    ScrawlModel *model;
    assert_int_equal(scrawl_model_load(&model, "with/model.safetensors", NULL), SCRAWL_STATUS_OK);
    const char *data = data_of(model);
    assert_non_null(strstr(data, "{\"name\":\"halves.csv\",\"split\":\"train\","
                                 "\"use\":\"outliers\",\"n\":95,"));
    scrawl_model_free(model);

    Run stopped = {.options = {.folder = "again", .progress_seconds = 1e-9},
                   .set = {with.set[0], with.set[1]},
                   .stop_at = 20};
    Run rest = {.options = {.folder = "again", .resume = true, .n_threads = 2}};
    assert_int_equal(run_train(&stopped), SCRAWL_STATUS_INTERRUPTED);
    write_halves("halves.csv", 190);
    assert_int_equal(run_train(&rest), SCRAWL_STATUS_MISMATCH);
    assert_non_null(strstr(rest.error.message, "training data have changed"));
    write_halves("halves.csv", 200);
    assert_ok(&rest, run_train(&rest));
    assert_same_file("with/model.safetensors", "again/model.safetensors");

    Run none = {.options = {.folder = "none"}, .set = {with.set[0], "data.outliers=none"}};
    assert_ok(&none, run_train(&none));
    assert_true(none.epochs[2].train_loss == without.epochs[2].train_loss);
    folder_leave(&folder);
}

/* Some of many, of every class: not every fourth of a file whose classes come in turns. */
static void test_some_outliers(void **state)
{
    (void)state;
    enum { N_CLASSES = 16, N_OTHERS = 1600 };
    TestFolder folder;
    TrainData data;
    ScrawlRecipe *recipe;
    Graph *graph;
    ScrawlTrainOptions options = {.folder = "run"};
    size_t n_of[N_CLASSES] = {0};
    run_enter(&folder);
    FILE *file = fopen("turns.csv", "w");
    assert_non_null(file);
    for (int i = 0; i < N_OTHERS; i++)
        fprintf(file, "%d,0,0,0,255\n", 10 + i % N_CLASSES);
    fclose(file);
    assert_int_equal(scrawl_recipe_load(&recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "data.outliers='turns.csv:all'", NULL), 0);
    assert_int_equal(scrawl_recipe_set(recipe, "data.outlier_fraction=2", NULL), 0);
    assert_int_equal(scrawl_recipe_check(recipe, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(recipe_graph(recipe, &graph, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(train_data_open(&data, recipe, graph, &options, NULL), SCRAWL_STATUS_OK);
    const DatasetView *view = &data.outlier_view;
    assert_int_equal(view->n, 2 * data.train_view.n);
    assert_int_equal(train_data_size(&data), 3 * data.train_view.n);
    for (size_t i = 0; i < view->n; i++) {
        assert_true(i == 0 || view->indices[i] > view->indices[i - 1]);
        n_of[(view->indices[i]) % N_CLASSES]++;
    }
    for (int c = 0; c < N_CLASSES; c++)
        assert_in_range(n_of[c], view->n / N_CLASSES / 3, view->n / N_CLASSES * 3);
    train_data_close(&data);
    graph_free(graph);
    scrawl_recipe_free(recipe);
    folder_leave(&folder);
}

static void assert_refused(Run *run, ScrawlStatus expected, const char *message)
{
    ScrawlStatus status = run_train(run);
    if (status != expected)
        fail_msg("expected %s, found %s: %s", scrawl_status_name(expected),
                 scrawl_status_name(status), run->error.message);
    if (!strstr(run->error.message, message))
        fail_msg("expected \"%s\", found \"%s\"", message, run->error.message);
    assert_int_equal(run->n_calls, 0);
}

static void test_folder_refused(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run"}, .set = {"train.epochs=1"}};
    assert_ok(&run, run_train(&run));
    Run again = {.options = {.folder = "run"}};
    assert_refused(&again, SCRAWL_STATUS_EXISTS, "run: holds a run already (model.safetensors); ");
    assert_int_equal(remove("run/model.safetensors"), 0);
    assert_int_equal(remove("run/checkpoint/state.safetensors"), 0);
    assert_refused(&again, SCRAWL_STATUS_EXISTS, "run: holds a run already (metrics.jsonl); ");

    /* A folder with other people's files is not a run. */
    assert_int_equal(mkdir("other", 0700), 0);
    write_text("other/notes.txt", "mine");
    Run other = {.options = {.folder = "other"}, .set = {"train.epochs=1"}};
    assert_ok(&other, run_train(&other));
    assert_true(file_exists("other/notes.txt"));

    Run file = {.options = {.folder = "pen.csv"}};
    assert_refused(&file, SCRAWL_STATUS_EXISTS, "pen.csv: expected a folder for the run");
    Run below = {.options = {.folder = "pen.csv/run"}};
    assert_refused(&below, SCRAWL_STATUS_IO, "pen.csv");
    Run system = {.options = {.folder = "/proc/scrawl-run"}};
    assert_refused(&system, SCRAWL_STATUS_IO, "/proc/scrawl-run");
    folder_leave(&folder);
}

static void test_options_refused(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run none = {.options = {.folder = NULL}};
    assert_refused(&none, SCRAWL_STATUS_USAGE, "expected a folder");
    Run threads = {.options = {.folder = "run", .n_threads = 1000}};
    assert_refused(&threads, SCRAWL_STATUS_USAGE, "expected 1 to 256 threads");
    Run cpu = {.options = {.folder = "run", .cpu = "z80"}};
    assert_refused(&cpu, SCRAWL_STATUS_UNSUPPORTED, "\"z80\"");
    Run both = {.options = {.folder = "run", .resume = true, .force = true}};
    assert_refused(&both, SCRAWL_STATUS_USAGE, "has its own recipe");
    Run nothing = {.options = {.folder = "run", .resume = true}};
    assert_refused(&nothing, SCRAWL_STATUS_NOT_FOUND, "run: holds no run to go on with");
    Run recipe = {.options = {.folder = "run"}, .set = {"train.epochs=0"}};
    assert_refused(&recipe, SCRAWL_STATUS_RECIPE, "train.epochs: expected");
    assert_false(file_exists("run"));
    folder_leave(&folder);
}

static void test_data_refused(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        ScrawlStatus status;
        const char *message;
    } cases[] = {
        {"data.train=mnits", SCRAWL_STATUS_NOT_FOUND, "mnist"},
        {"data.test=mnits", SCRAWL_STATUS_NOT_FOUND, "mnist"},
        {"network.layers[6].dense.units=7", SCRAWL_STATUS_MISMATCH,
         "pen.csv: has 10 classes, but the network's last layer gives 7"},
        {"data.test='pen.csv:train'", SCRAWL_STATUS_MISMATCH,
         "pen.csv: the test images are the training images"},
        {"data.train='one.csv:all'", SCRAWL_STATUS_MISMATCH,
         "one.csv: expected images of two classes or more to learn from, found only \"3\""},
        {"data.test='letters.csv:all'", SCRAWL_STATUS_MISMATCH,
         "letters.csv: its test class \"10\" is not among the 10 classes"},
        {"data.outliers='pen.csv:all'", SCRAWL_STATUS_MISMATCH,
         "pen.csv: the training data know all of its classes: expected others"},
        {"data.outliers=mnits", SCRAWL_STATUS_NOT_FOUND, "mnist"},
    };
    TestFolder folder;
    run_enter(&folder);
    FILE *file = fopen("letters.csv", "w");
    assert_non_null(file);
    for (int i = 0; i < 11; i++)
        fprintf(file, "%d,0,0,0,255\n", i);
    fclose(file);
    write_text("one.csv", "3,0,0,0,255\n3,0,0,255,0\n3,0,255,0,0\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Run run = {.options = {.folder = "run"}, .set = {cases[i].set}};
        assert_refused(&run, cases[i].status, cases[i].message);
        assert_false(file_exists("run"));
    }
    folder_leave(&folder);
}

static void test_diverged(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run"},
               .set = {"train.learning_rate=1e6", "train.optimizer=sgd", "train.momentum=0.99"}};
    assert_int_equal(run_train(&run), SCRAWL_STATUS_DIVERGED);
    assert_non_null(strstr(run.error.message, ": the loss in epoch 1, batch "));
    assert_non_null(strstr(run.error.message, "lower train.learning_rate (1e+06 "
                                              "in the recipe"));
    assert_false(file_exists("run/model.safetensors"));
    /* The checkpoint is the last good one: it diverges from there again. */
    Run again = {.options = {.folder = "run", .resume = true}};
    assert_int_equal(run_train(&again), SCRAWL_STATUS_DIVERGED);
    assert_string_equal(again.error.message, run.error.message);
    folder_leave(&folder);
}

/* Not more than ten times a second, unless asked. */
static void test_progress(void **state)
{
    (void)state;
    TestFolder folder;
    run_enter(&folder);
    Run run = {.options = {.folder = "run"}};
    assert_ok(&run, run_train(&run));
    assert_true(run.n_calls <= run.result.seconds * 10 + 1);
    folder_leave(&folder);
}

static void test_no_memory(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    write_pen("pen.csv", 60);
    write_text("tiny.yaml", run_recipe);
    uint64_t n = 0;
    ScrawlStatus status;
    do {
        ScrawlRecipe *recipe;
        ScrawlTrainResult result;
        ScrawlTrainOptions options = {.folder = "run", .force = true, .n_threads = 1};
        assert_int_equal(scrawl_recipe_load(&recipe, "tiny.yaml", NULL), SCRAWL_STATUS_OK);
        assert_int_equal(scrawl_recipe_set(recipe, "train.epochs=1", NULL), SCRAWL_STATUS_OK);
        mem_fail_at(++n);
        status = scrawl_train(recipe, &options, &result, NULL);
        mem_fail_at(0);
        scrawl_recipe_free(recipe);
        if (status != SCRAWL_STATUS_NO_MEMORY && status)
            fail_msg("allocation %d: %s", (int)n, scrawl_status_name(status));
        assert_true(file_exists("run/model.safetensors") == !status);
    } while (status);
    assert_true(n > 50);
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_same_model),
        cmocka_unit_test(test_nothing_held_out),
        cmocka_unit_test(test_calibrated),
        cmocka_unit_test(test_trained_on_all),
        cmocka_unit_test(test_too_few_to_hold_out),
        cmocka_unit_test(test_ood),
        cmocka_unit_test(test_some_outliers),
        cmocka_unit_test(test_folder_refused),
        cmocka_unit_test(test_options_refused),
        cmocka_unit_test(test_data_refused),
        cmocka_unit_test(test_diverged),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
