/* Recipes: the built-in ones, every kind of mistake with its sentence, setting, text, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "folder.h"
#include "train/recipe.h"

/* Lines 1 to 13; tests change one of them. */
static const char *const good[] = {
    "name: little",
    "data: {train: pen, validation: 0.2}",
    "preprocessing: {mean: 0.5, sd: 0.5}",
    "augmentation: {rotation: 10}",
    "network:",
    "  input: [1, 28, 28]",
    "  layers:",
    "    - conv2d: {channels: 4, kernel: 3}",
    "    - relu",
    "    - flatten",
    "    - dense: {units: 10}",
    "train:",
    "  epochs: 3",
};

#define N_LINES (sizeof good / sizeof good[0])

/* Writes little.yaml with one line (from 1; 0: none) replaced. */
static void write_recipe(int line, const char *text)
{
    FILE *file = fopen("little.yaml", "w");
    assert_non_null(file);
    for (int i = 1; i <= (int)N_LINES; i++)
        fprintf(file, "%s\n", i == line ? text : good[i - 1]);
    assert_int_equal(fclose(file), 0);
}

static ScrawlStatus load_and_check(const char *name, ScrawlError *error)
{
    ScrawlRecipe *recipe = NULL;
    ScrawlStatus status = scrawl_recipe_load(&recipe, name, error);
    if (!status)
        status = scrawl_recipe_check(recipe, error);
    else
        assert_null(recipe);
    scrawl_recipe_free(recipe);
    return status;
}

static void test_good(void **state)
{
    (void)state;
    TestFolder folder;
    ScrawlError error = {0};
    folder_enter(&folder);
    write_recipe(0, NULL);
    ScrawlRecipe *recipe;
    assert_int_equal(scrawl_recipe_load(&recipe, "little.yaml", &error), SCRAWL_STATUS_OK);
    assert_string_equal(scrawl_recipe_name(recipe), "little");
    assert_int_equal(scrawl_recipe_check(recipe, &error), SCRAWL_STATUS_OK);
    assert_string_equal(recipe->data.train, "pen");
    assert_string_equal(recipe->data.test, "");
    assert_true(recipe->data.validation == 0.2);
    assert_true(recipe->preprocess.mean == 0.5 && recipe->preprocess.height == 28);
    assert_true(recipe->augment.rotation[0] == -10 && recipe->augment.rotation[1] == 10);
    assert_int_equal(recipe->train.epochs, 3);
    assert_int_equal(recipe->train.batch, 32);
    assert_int_equal(recipe->train.optimizer, OPTIMIZER_ADAM);
    assert_true(recipe->train.warmup == 0);
    scrawl_recipe_free(recipe);
    folder_leave(&folder);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        int line;
        const char *text, *message;
    } cases[] = {
        {13, "  epochs: ten",
         "little.yaml:13: train.epochs: expected an integer from 1 to 100000, found \"ten\""},
        {13, "  epochs: 0",
         "little.yaml:13: train.epochs: expected an integer from 1 to 100000, found 0"},
        {13, "  epochs: 2.5",
         "little.yaml:13: train.epochs: expected an integer from 1 to 100000, found 2.5"},
        {13, "  epoch: 3", "little.yaml:13: train.epoch: unknown key; did you mean \"epochs\"?"},
        {13, "  optimizer: adamm",
         "little.yaml:13: train.optimizer: expected one of sgd, adam, adamw, muon, found "
         "\"adamm\"; did you mean \"adam\"?"},
        {13, "  learning_rate: .nan",
         "little.yaml:13: train.learning_rate: expected a number from 1e-12 to 1000000, found "
         "\".nan\""},
        {13, "  nesterov: true",
         "little.yaml:13: train.nesterov: expected optimizer sgd and a momentum above 0 with it"},
        {13, "  {schedule: one-cycle, warmup: 3}",
         "little.yaml:13: train.warmup: expected a part of the whole run, 0 to 1, for one-cycle, "
         "found 3"},
        {13, "  {schedule: plateau, minimum_rate: 1}",
         "little.yaml:13: train.minimum_rate: expected at most learning_rate, 0.001, found 1"},
        {13, "  {optimizer: muon, l2: 0.1}",
         "little.yaml:13: train.l2: expected weight_decay instead with optimizer muon"},
        {13, "  {ema: 0.9, swa_start: 0.5}",
         "little.yaml:13: train.swa_start: expected one average of the weights, found this beside "
         "ema"},
        {12, "trian:", "little.yaml:12: trian: unknown key; did you mean \"train\"?"},
        {1, "name: ''", "little.yaml:1: name: expected a name of 1 to 63 bytes, found 0"},
        {1, "name: a234567890123456789012345678901234567890123456789012345678901234",
         "little.yaml:1: name: expected a name of 1 to 63 bytes, found 64"},
        {1, "name: ../../x",
         "little.yaml:1: name: expected letters, digits, '-', '_' and '.', and no '.' first, found "
         "\"../../x\""},
        {1, "name: .hidden",
         "little.yaml:1: name: expected letters, digits, '-', '_' and '.', and no '.' first, found "
         "\".hidden\""},
        {1, "name: a/b",
         "little.yaml:1: name: expected letters, digits, '-', '_' and '.', and no '.' first, found "
         "\"a/b\""},
        {1, "name: [a]", "little.yaml:1: name: expected a text, found a list of 1"},
        {2, "data: {train: ''}", "little.yaml:2: data.train: expected a data set, found \"\""},
        {2, "data: {train: pen, validation: 0.2, fold: 5}",
         "little.yaml:2: data.fold: expected 0 to 4, since data.validation is 0.2, found 5"},
        {2, "data: {train: pen, validation: 0, fold: 1}",
         "little.yaml:2: data.fold: expected 0 to 0, since data.validation is 0, found 1"},
        {2, "data: {train: pen, validation: 0.95}",
         "little.yaml:2: data.validation: expected a number from 0 to 0.9, found 0.95"},
        {6, "  input: [1, 20, 28]",
         "little.yaml:6: network.input: expected [1, 28, 28], as preprocessing gives, found [1, "
         "20, 28]"},
        {6, "  input: [3, 28, 28]",
         "little.yaml:6: network.input: expected [1, 28, 28], as preprocessing gives, found [3, "
         "28, 28]"},
    };
    TestFolder folder;
    folder_enter(&folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScrawlError error = {0};
        write_recipe(cases[i].line, cases[i].text);
        assert_int_equal(load_and_check("little.yaml", &error), SCRAWL_STATUS_RECIPE);
        assert_string_equal(error.message, cases[i].message);
    }
    folder_leave(&folder);
}

/* Sections of other folders: their words are theirs, the place is said in any case. */
static void test_mistakes_of_sections(void **state)
{
    (void)state;
    static const struct {
        int line;
        const char *text, *begin;
    } cases[] = {
        {2, "data: {validation: 0.1}", "little.yaml:2: data"},
        {3, "preprocessing: {mena: 0.5}", "little.yaml:3: preprocessing.mena: "},
        {4, "augmentation: {rotation: far}", "little.yaml:4: augmentation.rotation: "},
        {8, "    - conv2d: {kernel: 3}", "little.yaml:8: network.layers[0]"},
        {8, "    - conv2d: {channels: 4, kernel: 99}", "little.yaml:8: network.layers[0]"},
        {8, "    - conv3d: {channels: 4}", "little.yaml:8: network.layers[0]"},
        {11, "    - dense: {units: 0}", "little.yaml:11: network.layers[3]"},
    };
    TestFolder folder;
    folder_enter(&folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScrawlError error = {0};
        write_recipe(cases[i].line, cases[i].text);
        assert_int_equal(load_and_check("little.yaml", &error), SCRAWL_STATUS_RECIPE);
        assert_memory_equal(error.message, cases[i].begin, strlen(cases[i].begin));
    }
    folder_leave(&folder);
}

static void test_not_a_recipe(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    ScrawlError error = {0};
    assert_int_equal(load_and_check("bncnn", &error), SCRAWL_STATUS_NOT_FOUND);
    assert_string_equal(error.message, "bncnn: no such file, and no built-in recipe of that name; "
                                       "did you mean \"bn-cnn\"?");
    assert_int_equal(load_and_check("zzzzzzzz", &error), SCRAWL_STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "zzzzzzzz: no such file, and no built-in recipe of that "
                                          "name (there are: "));
    assert_non_null(strstr(error.message, ", bn-cnn, chars, "));
    assert_int_equal(load_and_check(".", &error), SCRAWL_STATUS_IO);
    write_text("empty.yaml", "");
    assert_int_equal(load_and_check("empty.yaml", &error), SCRAWL_STATUS_RECIPE);
    write_text("list.yaml", "[1, 2]\n");
    assert_int_equal(load_and_check("list.yaml", &error), SCRAWL_STATUS_RECIPE);
    write_text("torn.yaml", "name: [a\n");
    assert_int_equal(load_and_check("torn.yaml", &error), SCRAWL_STATUS_FORMAT);
    /* A folder of that name, a run's, does not hide the built-in recipe. */
    assert_int_equal(mkdir("mlp", 0700), 0);
    assert_int_equal(load_and_check("mlp", &error), SCRAWL_STATUS_OK);
    folder_leave(&folder);
}

static void test_builtin(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n_parameters, n_state;
        int n_classes;
    } networks[] = {
        {"best", 289546, 832, 10},        {"bn-cnn", 241994, 448, 10},
        {"bn-cnn-plus", 241994, 448, 10}, {"chars", 341519, 896, 47},
        {"digits", 241994, 448, 10},      {"gap-cnn", 93962, 0, 10},
        {"gap-cnn-plus", 93962, 0, 10},   {"keras-cnn", 34826, 0, 10},
        {"keras-cnn-plus", 34826, 0, 10}, {"l2-cnn", 28938, 0, 10},
        {"l2-cnn-plus", 28938, 0, 10},    {"mbconv", 38298, 1472, 10},
        {"mlp", 101770, 0, 10},           {"mlp-plus", 101770, 0, 10},
        {"resnet", 169834, 960, 10},      {"speedrun", 29178, 224, 10},
        {"tiny", 9850, 160, 10},          {"digits-ood", 289546, 832, 10},
    };
    size_t n = sizeof networks / sizeof networks[0];
    for (size_t i = 0; i < n; i++) {
        ScrawlError error = {0};
        ScrawlRecipe *recipe;
        Graph *graph;
        assert_int_equal(scrawl_recipe_load(&recipe, networks[i].name, &error), SCRAWL_STATUS_OK);
        assert_string_equal(scrawl_recipe_name(recipe), networks[i].name);
        assert_int_equal(scrawl_recipe_check(recipe, &error), SCRAWL_STATUS_OK);
        assert_int_equal(recipe_graph(recipe, &graph, &error), SCRAWL_STATUS_OK);
        assert_int_equal(graph->n_parameters, networks[i].n_parameters);
        assert_int_equal(graph->n_state, networks[i].n_state);
        assert_int_equal(graph->n_classes, networks[i].n_classes);
        graph_free(graph);
        scrawl_recipe_free(recipe);
    }
    assert_non_null(scrawl_recipe_embedded(n - 1));
    assert_null(scrawl_recipe_embedded(n));
}

/* The trainings of DESIGN's table that a count of parameters does not see. */
static void test_builtin_training(void **state)
{
    (void)state;
    ScrawlRecipe *recipe;
    assert_int_equal(scrawl_recipe_load(&recipe, "bn-cnn", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(recipe, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(recipe->train.epochs, 60);
    assert_int_equal(recipe->train.batch, 32);
    assert_int_equal(recipe->train.optimizer, OPTIMIZER_SGD);
    assert_int_equal(recipe->train.schedule, SCHEDULE_PLATEAU);
    assert_true(recipe->train.learning_rate == 0.01 && recipe->train.momentum == 0.9);
    assert_true(recipe->preprocess.mean == 0.5 && recipe->preprocess.sd == 0.5);
    assert_true(augment_is_none(&recipe->augment));
    scrawl_recipe_free(recipe);

    assert_int_equal(scrawl_recipe_load(&recipe, "gap-cnn", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(recipe, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(recipe->train.epochs, 10);
    assert_true(recipe->augment.rotation[1] == 10 && recipe->augment.shift[1] == 0.1);
    /* Any input of 8x8 or more. */
    static const char *const sizes[][3] = {
        {"preprocessing.height=8", "preprocessing.width=8", "network.input=[1,8,8]"},
        {"preprocessing.height=41", "preprocessing.width=57", "network.input=[1,41,57]"},
    };
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(scrawl_recipe_set(recipe, sizes[i][k], NULL), SCRAWL_STATUS_OK);
        assert_int_equal(scrawl_recipe_check(recipe, NULL), SCRAWL_STATUS_OK);
    }
    scrawl_recipe_free(recipe);
}

static void test_set(void **state)
{
    (void)state;
    ScrawlError error = {0};
    ScrawlRecipe *recipe;
    assert_int_equal(scrawl_recipe_load(&recipe, "mlp", &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(recipe, &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "train.epochs=3", &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "name=Other_2.0-b", &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "augmentation={rotation: 5}", &error),
                     SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_set(recipe, "train.schedule=one-cycle", &error),
                     SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(recipe, &error), SCRAWL_STATUS_OK);
    assert_string_equal(scrawl_recipe_name(recipe), "Other_2.0-b");
    assert_int_equal(recipe->train.epochs, 3);
    assert_true(recipe->augment.rotation[1] == 5);
    assert_true(recipe->train.warmup == 0.3);
    assert_int_equal(scrawl_recipe_set(recipe, "train.epochs", &error), SCRAWL_STATUS_USAGE);

    assert_int_equal(scrawl_recipe_set(recipe, "train.epochs=none", &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_check(recipe, &error), SCRAWL_STATUS_RECIPE);
    assert_string_equal(error.message, "train.epochs: expected an integer from 1 to 100000, "
                                       "found \"none\"");
    scrawl_recipe_free(recipe);
}

/* The text reads back as the same recipe and the same text: a fixed point. */
static void test_text(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    for (size_t i = 0; scrawl_recipe_embedded(i); i++) {
        ScrawlRecipe *recipe, *again;
        char *text, *text_again;
        assert_int_equal(scrawl_recipe_load(&recipe, scrawl_recipe_embedded(i), NULL),
                         SCRAWL_STATUS_OK);
        assert_int_equal(scrawl_recipe_set(recipe, "train.epochs=7", NULL), SCRAWL_STATUS_OK);
        assert_int_equal(scrawl_recipe_text(recipe, &text, NULL), SCRAWL_STATUS_OK);
        write_text("again.yaml", text);
        assert_int_equal(scrawl_recipe_load(&again, "again.yaml", NULL), SCRAWL_STATUS_OK);
        assert_int_equal(scrawl_recipe_check(again, NULL), SCRAWL_STATUS_OK);
        assert_int_equal(again->train.epochs, 7);
        assert_int_equal(scrawl_recipe_text(again, &text_again, NULL), SCRAWL_STATUS_OK);
        assert_string_equal(text, text_again);
        mem_free(text);
        mem_free(text_again);
        scrawl_recipe_free(recipe);
        scrawl_recipe_free(again);
    }
    folder_leave(&folder);
}

static void test_summary(void **state)
{
    (void)state;
    ScrawlRecipe *recipe;
    char *text;
    assert_int_equal(scrawl_recipe_load(&recipe, "mlp", NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_recipe_summary(recipe, &text, NULL), SCRAWL_STATUS_OK);
    assert_non_null(strstr(text, "dense1"));
    assert_non_null(strstr(text, "101,770"));
    mem_free(text);
    scrawl_recipe_free(recipe);
}

static ScrawlStatus everything(const char *name)
{
    ScrawlRecipe *recipe = NULL;
    char *yaml = NULL, *table = NULL;
    ScrawlStatus status = scrawl_recipe_load(&recipe, name, NULL);
    if (!status)
        status = scrawl_recipe_set(recipe, "train.epochs=4", NULL);
    if (!status)
        status = scrawl_recipe_check(recipe, NULL);
    if (!status)
        status = scrawl_recipe_text(recipe, &yaml, NULL);
    if (!status)
        status = scrawl_recipe_summary(recipe, &table, NULL);
    mem_free(yaml);
    mem_free(table);
    scrawl_recipe_free(recipe);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    TestFolder folder;
    folder_enter(&folder);
    write_recipe(0, NULL);
    uint64_t n = 0;
    ScrawlStatus status;
    do {
        mem_fail_at(++n);
        status = everything("little.yaml");
        mem_fail_at(0);
        assert_true(status == SCRAWL_STATUS_NO_MEMORY || !status);
    } while (status);
    assert_true(n > 5);
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_mistakes_of_sections),
        cmocka_unit_test(test_not_a_recipe),
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_builtin_training),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
