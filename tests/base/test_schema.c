/* Maps into structs, and the sentences for maps that are wrong; nearest names. */
#include "cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/schema.h"
#include "scrawl/status.h"

typedef enum Optimiser { OPTIMISER_SGD, OPTIMISER_ADAM, OPTIMISER_ADAMW } Optimiser;

typedef struct Train {
    int epochs, any_int;
    double rate, any_double, positive, negative;
    bool nesterov;
    const char *name;
    Optimiser optimiser;
    const TreeNode *extra;
    double rotation[2], any_range[2], width[2];
} Train;

static const char *const optimisers[] = {"sgd", "adam", "adamw", NULL};

static const SchemaField fields[] = {
    {.key = "epochs",
     .type = SCHEMA_TYPE_INT,
     .offset = offsetof(Train, epochs),
     .min = 1,
     .max = 100000,
     .required = true,
     .what = "passes over the data"},
    {.key = "any_int", .type = SCHEMA_TYPE_INT, .offset = offsetof(Train, any_int)},
    {.key = "rate",
     .type = SCHEMA_TYPE_DOUBLE,
     .offset = offsetof(Train, rate),
     .min = 0,
     .max = 0.5},
    {.key = "any_double", .type = SCHEMA_TYPE_DOUBLE, .offset = offsetof(Train, any_double)},
    {.key = "positive",
     .type = SCHEMA_TYPE_DOUBLE,
     .offset = offsetof(Train, positive),
     .min = 0,
     .max = INFINITY},
    {.key = "negative",
     .type = SCHEMA_TYPE_DOUBLE,
     .offset = offsetof(Train, negative),
     .min = -INFINITY,
     .max = 0},
    {.key = "nesterov", .type = SCHEMA_TYPE_BOOL, .offset = offsetof(Train, nesterov)},
    {.key = "name", .type = SCHEMA_TYPE_STRING, .offset = offsetof(Train, name)},
    {.key = "optimiser",
     .type = SCHEMA_TYPE_CHOICE,
     .offset = offsetof(Train, optimiser),
     .choices = optimisers},
    {.key = "extra", .type = SCHEMA_TYPE_NODE, .offset = offsetof(Train, extra)},
    {.key = "rotation",
     .type = SCHEMA_TYPE_RANGE,
     .offset = offsetof(Train, rotation),
     .min = -180,
     .max = 180},
    {.key = "any_range", .type = SCHEMA_TYPE_RANGE, .offset = offsetof(Train, any_range)},
    {.key = "width",
     .type = SCHEMA_TYPE_RANGE,
     .offset = offsetof(Train, width),
     .min = 0,
     .max = 5},
    {.key = NULL},
};

static ScrawlStatus read_text(const char *text, const char *path, Train *train, Tree *tree,
                              ScrawlError *error)
{
    assert_int_equal(yaml_parse(tree, "x.yaml", text, strlen(text), error), SCRAWL_STATUS_OK);
    return schema_read(tree, tree_find(tree, path), fields, train, error);
}

static void every_type_is_read(void **state)
{
    Train train = {0};
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    if (read_text("train:\n"
                  "  epochs: 100000\n"
                  "  any_int: -2147483648\n"
                  "  rate: 0.5\n"
                  "  any_double: -1e300\n"
                  "  positive: 1e300\n"
                  "  negative: -1e300\n"
                  "  nesterov: true\n"
                  "  name: 10\n"
                  "  optimiser: adamw\n"
                  "  extra: [1, 2]\n"
                  "  rotation: 10\n"
                  "  any_range: [-3, 7.5]\n"
                  "  width: 2\n",
                  "train", &train, &tree, &error))
        fail_msg("%s", error.message);
    assert_int_equal(train.epochs, 100000);
    assert_int_equal(train.any_int, INT32_MIN);
    assert_true(train.rate == 0.5 && train.any_double == -1e300);
    assert_true(train.positive == 1e300 && train.negative == -1e300);
    assert_true(train.nesterov);
    assert_string_equal(train.name, "10");
    assert_int_equal(train.optimiser, OPTIMISER_ADAMW);
    assert_int_equal(train.extra->n_children, 2);
    assert_true(train.rotation[0] == -10 && train.rotation[1] == 10);
    assert_true(train.any_range[0] == -3 && train.any_range[1] == 7.5);
    assert_true(train.width[0] == 2 && train.width[1] == 2);
    tree_deinit(&tree);
}

static void what_is_missing_keeps_its_default(void **state)
{
    Train train = {.rate = 0.25, .nesterov = true, .name = "x", .rotation = {-1, 2}};
    Tree tree;

    (void)state;
    assert_int_equal(read_text("train: {epochs: 3}", "train", &train, &tree, NULL),
                     SCRAWL_STATUS_OK);
    assert_int_equal(train.epochs, 3);
    assert_true(train.rate == 0.25 && train.nesterov);
    assert_string_equal(train.name, "x");
    assert_true(train.rotation[0] == -1 && train.rotation[1] == 2);
    tree_deinit(&tree);
}

static void no_map_is_all_defaults(void **state)
{
    const SchemaField *optional = fields + 1; /* without the required one */
    Train train = {.rate = 0.25};
    Tree tree;

    (void)state;
    assert_int_equal(yaml_parse(&tree, "x", "train:\n", 7, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(schema_read(&tree, NULL, optional, &train, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(schema_read(&tree, tree_find(&tree, "train"), optional, &train, NULL),
                     SCRAWL_STATUS_OK);
    assert_true(train.rate == 0.25);
    tree_deinit(&tree);
}

static void every_complaint_is_exact(void **state)
{
    static const char *const cases[][2] = {
        {"  epochs: ten", "2: train.epochs: expected an integer from 1 to 100000, found \"ten\""},
        {"  epochs: 0", "2: train.epochs: expected an integer from 1 to 100000, found 0"},
        {"  epochs: 100001", "2: train.epochs: expected an integer from 1 to 100000, found 100001"},
        {"  epochs: 1.5", "2: train.epochs: expected an integer from 1 to 100000, found 1.5"},
        {"  epochs: '3'", "2: train.epochs: expected an integer from 1 to 100000, found the text "
                          "\"3\""},
        {"  epochs:", "2: train.epochs: expected an integer from 1 to 100000, found nothing"},
        {"  epochs: [3]", "2: train.epochs: expected an integer from 1 to 100000, found a list of "
                          "1"},
        {"  any_int: 2147483648", "2: train.any_int: expected an integer from -2147483648 to "
                                  "2147483647, found 2147483648"},
        {"  epochs: 1\n  rate: 0.6", "3: train.rate: expected a number from 0 to 0.5, found 0.6"},
        {"  rate: {}", "2: train.rate: expected a number from 0 to 0.5, found a map"},
        {"  rate: .nan", "2: train.rate: expected a number from 0 to 0.5, found \".nan\""},
        {"  any_double: x", "2: train.any_double: expected a number, found \"x\""},
        {"  positive: -1", "2: train.positive: expected a number of at least 0, found -1"},
        {"  negative: 1", "2: train.negative: expected a number of at most 0, found 1"},
        {"  nesterov: yes", "2: train.nesterov: expected true or false, found \"yes\""},
        {"  nesterov: 1", "2: train.nesterov: expected true or false, found 1"},
        {"  name: [x]", "2: train.name: expected a text, found a list of 1"},
        {"  name:", "2: train.name: expected a text, found nothing"},
        {"  optimiser: adm", "2: train.optimiser: expected one of sgd, adam, adamw, found \"adm\"; "
                             "did you mean \"adam\"?"},
        {"  optimiser: 3", "2: train.optimiser: expected one of sgd, adam, adamw, found 3"},
        {"  optimiser: []", "2: train.optimiser: expected one of sgd, adam, adamw, found an empty "
                            "list"},
        {"  rotation: -10", "2: train.rotation: expected a number x for [-x, x], or [low, high], "
                            "with ends from -180 to 180, found -10"},
        {"  rotation: 181", "2: train.rotation: expected a number x for [-x, x], or [low, high], "
                            "with ends from -180 to 180, found 181"},
        {"  rotation: [5, 3]", "2: train.rotation: expected a number x for [-x, x], or [low, "
                               "high], with ends from -180 to 180, found [5, 3]"},
        {"  any_range: [1, 2, 3]", "2: train.any_range: expected a number x for [-x, x], or [low, "
                                   "high], found a list of 3"},
        {"  width: [-1, 1]", "2: train.width: expected a number, or [low, high], with ends from 0 "
                             "to 5, found [-1, 1]"},
        {"  epoch: 3", "2: train.epoch: unknown key; did you mean \"epochs\"?"},
        {"  x: 3", "2: train.x: unknown key; the known ones are epochs, any_int, rate, any_double, "
                   "positive, negative, nesterov, name, optimiser, extra, rotation, any_range, "
                   "width"},
        {"  rate: 0.1", "1: train: the key \"epochs\" is missing: passes over the data"},
        {"  - 3", "1: train: expected a map with keys of epochs, any_int, rate, any_double, "
                  "positive, negative, nesterov, name, optimiser, extra, rotation, any_range, "
                  "width; found a list of 1"},
    };

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        char text[200] = "train:\n";
        ScrawlError error = {0};
        Train train = {0};
        Tree tree;
        strcat(text, cases[i][0]);
        assert_int_equal(read_text(text, "train", &train, &tree, &error), SCRAWL_STATUS_RECIPE);
        assert_memory_equal(error.message, "x.yaml:", 7);
        assert_string_equal(error.message + 7, cases[i][1]);
        assert_int_equal(schema_read(&tree, tree_find(&tree, "train"), fields, &train, NULL),
                         SCRAWL_STATUS_RECIPE);
        tree_deinit(&tree);
    }
}

static void what_is_wrong_is_not_written(void **state)
{
    Train train = {.epochs = 7, .optimiser = OPTIMISER_ADAM, .rotation = {-1, 1}};
    static const char *const texts[] = {"epochs: 0", "optimiser: x", "rotation: [3, 1]",
                                        "rotation: -3"};

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        Tree tree;
        assert_int_equal(read_text(texts[i], "", &train, &tree, NULL), SCRAWL_STATUS_RECIPE);
        tree_deinit(&tree);
    }
    assert_int_equal(train.epochs, 7);
    assert_int_equal(train.optimiser, OPTIMISER_ADAM);
    assert_true(train.rotation[0] == -1 && train.rotation[1] == 1);
}

static void the_command_line_is_named(void **state)
{
    Train train = {0};
    ScrawlError error = {0};
    Tree tree;

    (void)state;
    assert_int_equal(yaml_parse(&tree, "x.yaml", "epochs: 3", 9, &error), SCRAWL_STATUS_OK);
    assert_int_equal(tree_set(&tree, "epochs=many", &error), SCRAWL_STATUS_OK);
    assert_int_equal(schema_read(&tree, tree.root, fields, &train, &error), SCRAWL_STATUS_RECIPE);
    assert_string_equal(error.message,
                        "epochs: expected an integer from 1 to 100000, found \"many\"");
    tree_deinit(&tree);
}

static void nearest_names(void **state)
{
    static const char *const names[] = {"train", "eval", "compare", "calibrate", "predict",
                                        "show",  "data", "doctor",  "bench",     NULL};
    static const char *const cases[][2] = {
        {"train", "train"},
        {"trian", "train"},
        {"TRAIN", "train"},
        {"trai", "train"},
        {"traain", "train"},
        {"calbirat", "calibrate"},
        {"prdct", NULL},
        {"predictt", "predict"},
        {"clbrt", NULL},
        {"evla", "eval"},
        {"dta", "data"},
        {"xx", NULL},
        {"", NULL},
        {"cmpre", NULL},
        {"cmpare", "compare"},
        {"doktorr", "doctor"},
        {"calibrxyze", "calibrate"},
        {"calibwxyze", NULL},
    };
    static const char *const long_names[] = {"learning_rate_schedule", NULL};
    static const char *const equals[] = {"bat", "cat", NULL};
    static const char *const none[] = {NULL};
    char giant[500];

    (void)state;
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        const char *name = scrawl_nearest(cases[i][0], names);
        if (cases[i][1])
            assert_string_equal(name ? name : "(none)", cases[i][1]);
        else if (name)
            fail_msg("%s for %s", name, cases[i][0]);
    }
    assert_string_equal(scrawl_nearest("rat", equals), "bat");
    assert_non_null(scrawl_nearest("learnig_rat_schedul", long_names)); /* three are missing */
    assert_null(scrawl_nearest("learnig_rat_schedu", long_names));      /* four */
    assert_null(scrawl_nearest("rat", none));
    memset(giant, 'a', sizeof giant);
    giant[sizeof giant - 1] = '\0';
    assert_null(scrawl_nearest(giant, names));
    giant[63] = '\0'; /* the longest that is compared */
    assert_null(scrawl_nearest(giant, names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(what_is_missing_keeps_its_default),
        cmocka_unit_test(no_map_is_all_defaults),
        cmocka_unit_test(every_complaint_is_exact),
        cmocka_unit_test(what_is_wrong_is_not_written),
        cmocka_unit_test(the_command_line_is_named),
        cmocka_unit_test(nearest_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
