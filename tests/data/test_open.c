#include "data/spec.h"

#include "data/registry.h"
#include "files.h"

/* A data folder with a registered set, of which only the test split is there, and a described
 * one. */
static int setup(void **state)
{
    if (files_setup(state))
        return -1;
    files_mkdir("emnist");
    files_mkdir("mnist");
    files_mkdir("tiny");
    files_write_idx("emnist/emnist-letters-test-images-idx3-ubyte.gz",
                    "emnist/emnist-letters-test-labels-idx1-ubyte.gz", 52, 26, 1);
    files_write_idx("mnist/train-images-idx3-ubyte", "mnist/train-labels-idx1-ubyte", 30, 10, 0);
    files_write_idx("mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz", 20, 10,
                    0);
    files_write_idx("tiny/i", "tiny/l", 12, 3, 0);
    files_write_text("tiny/dataset.yaml",
                     "classes: [B, \"1\", \"?\"]\ntest: {images: i, labels: l}\n");
    files_write_text("some.csv", "1,2\n0,3\n1,4\n");
    files_write_text("other.txt", "?");
    setenv("SCRAWL_DATA", files_folder, 1);
    setenv("XDG_CACHE_HOME", files_path("cache"), 1);
    return 0;
}

static const ScrawlDataOptions offline = {.no_download = true};

static ScrawlDataset *open_data(const char *text)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    if (scrawl_dataset_open(&dataset, text, &offline, &error))
        fail_msg("%s: %s", text, error.message);
    return dataset;
}

static void expect(const char *text, ScrawlStatus expected, const char *words)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    assert_int_equal(scrawl_dataset_open(&dataset, text, &offline, &error), expected);
    assert_null(dataset);
    assert_says(&error, words);
}

static void parses_the_grammar(void **state)
{
    DataSpec spec;

    (void)state;
    assert_int_equal(spec_parse(&spec, "a+b+c:test@distort", SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_int_equal(spec.n_names, 3);
    assert_string_equal(spec.names[0], "a");
    assert_string_equal(spec.names[2], "c");
    assert_int_equal(spec.split, SCRAWL_SPLIT_TEST);
    assert_memory_equal(&spec.augment, augment_find("distort"), sizeof spec.augment);
    assert_string_equal(spec.title, "a+b+c@distort");
    spec_deinit(&spec);
    assert_int_equal(spec_parse(&spec, "./a:b@c/d", SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_string_equal(spec.names[0], "./a:b@c/d");
    assert_int_equal(spec.split, SCRAWL_SPLIT_TRAIN);
    assert_true(augment_is_none(&spec.augment));
    spec_deinit(&spec);
    assert_int_equal(spec_parse(&spec, "a:all", SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_int_equal(spec.split, SCRAWL_SPLIT_ALL);
    spec_deinit(&spec);
}

static void a_plus_in_an_existing_path_is_no_sum(void **state)
{
    DataSpec spec;
    char text[300];

    (void)state;
    files_mkdir("one+two");
    snprintf(text, sizeof text, "%s:test", files_path("one+two"));
    assert_int_equal(spec_parse(&spec, text, SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_int_equal(spec.n_names, 1);
    spec_deinit(&spec);
}

static void marks_in_an_existing_path_are_no_split(void **state)
{
    static const char *const names[] = {"x:y", "x@y", "x:test", "x:y@distort+z"};
    DataSpec spec;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        files_mkdir(names[i]);
        assert_int_equal(spec_parse(&spec, files_path(names[i]), SCRAWL_SPLIT_ALL, NULL), 0);
        assert_int_equal(spec.n_names, 1);
        assert_string_equal(spec.names[0], files_path(names[i]));
        assert_string_equal(spec.title, files_path(names[i]));
        assert_int_equal(spec.split, SCRAWL_SPLIT_ALL);
        assert_true(augment_is_none(&spec.augment));
        spec_deinit(&spec);
    }
    assert_int_equal(spec_parse(&spec, files_path("x:y:test"), SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_string_equal(spec.names[0], files_path("x:y"));
    assert_int_equal(spec.split, SCRAWL_SPLIT_TEST);
    spec_deinit(&spec);
}

static void an_augmentation_may_be_a_recipe_s(void **state)
{
    DataSpec spec;
    char text[300];

    (void)state;
    files_write_text("r.yaml", "name: r\naugmentation: {rotation: 7, cutout: 3}\n");
    snprintf(text, sizeof text, "a+b:test@%s", files_path("r.yaml"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(spec_parse(&spec, text, SCRAWL_SPLIT_TRAIN, NULL), 0);
        assert_true(spec.augment.rotation[0] == -7 && spec.augment.rotation[1] == 7);
        assert_true(spec.augment.cutout[0] == 3 && spec.augment.noise == 0);
        assert_int_equal(spec.n_names, 2);
        assert_string_equal(spec.names[1], "b");
        assert_int_equal(spec.split, SCRAWL_SPLIT_TEST);
        assert_string_equal(spec.title + 4, text + 9);
        spec_deinit(&spec);
        files_write_text("s.yml", "augmentation: {rotation: 7, cutout: 3}\n");
        snprintf(text, sizeof text, "a+b:test@%s", files_path("s.yml"));
    }
    assert_int_equal(spec_parse(&spec, "a@gap-cnn", SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_true(spec.augment.rotation[1] == 10 && spec.augment.shift[1] == 0.1);
    spec_deinit(&spec);
    assert_int_equal(spec_parse(&spec, "a@mlp", SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_true(augment_is_none(&spec.augment));
    assert_string_equal(spec.title, "a@mlp");
    spec_deinit(&spec);
}

static void an_augmentation_that_cannot_be_had_is_refused(void **state)
{
    static const struct {
        const char *recipe, *words;
        ScrawlStatus status;
    } cases[] = {
        {"augmentation: {rotatoin: 7}\n", "did you mean \"rotation\"?", SCRAWL_STATUS_RECIPE},
        {"augmentation: 3\n", "r.yaml:1: augmentation: expected a map", SCRAWL_STATUS_RECIPE},
        {"augmentation: {\n", "r.yaml:", SCRAWL_STATUS_FORMAT},
        {NULL, "no/r.yaml': expected 'distort', a built-in recipe or a recipe file",
         SCRAWL_STATUS_USAGE},
    };
    Augment augment;
    ScrawlStatus status = SCRAWL_STATUS_NO_MEMORY;
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].recipe)
            files_write_text("r.yaml", cases[i].recipe);
        snprintf(text, sizeof text, "mnist@%s",
                 files_path(cases[i].recipe ? "r.yaml" : "no/r.yaml"));
        expect(text, cases[i].status, cases[i].words);
    }
    expect("mnist@gap-cn", SCRAWL_STATUS_USAGE, "did you mean '@gap-cnn'?");
    expect("mnist@", SCRAWL_STATUS_USAGE, "there is no augmentation ''");
    files_write_text("r.yaml", "augmentation: {rotation: 7}\n");
    for (uint64_t n = 1; status && n < 100; n++) {
        mem_fail_at(n);
        status = augment_load(&augment, files_path("r.yaml"), NULL);
        mem_fail_at(0);
        assert_int_equal(augment_is_none(&augment), status);
    }
    assert_int_equal(status, SCRAWL_STATUS_OK);
}

static void cuts_names_from_split_and_augmentation(void **state)
{
    static const char *const cases[][2] = {
        {"a+b:test@distort", "a+b"}, {"a:all", "a"},
        {"a@distort", "a"},          {"a", "a"},
        {"a:test@b/c.yaml", "a"},    {"a@b.yml", "a"},
        {"./b.yaml", "./b.yaml"},    {"./a:b@c/d", "./a:b@c/d"},
        {"./a:b/c:d", "./a:b/c"},    {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *names = spec_names(cases[i][0]);

        assert_string_equal(names, cases[i][1]);
        mem_free(names);
    }
    for (int i = 0; i < 2; i++) {
        static const char *const folders[] = {"x:y", "x@y"};
        char *names;

        files_mkdir(folders[i]);
        names = spec_names(files_path(folders[i]));
        assert_string_equal(names, files_path(folders[i]));
        mem_free(names);
    }
}

static void refuses_other_texts(void **state)
{
    (void)state;
    expect("", SCRAWL_STATUS_USAGE, "names no data set");
    expect("mnist+", SCRAWL_STATUS_USAGE, "names no data set");
    expect(":test", SCRAWL_STATUS_USAGE, "names no data set");
    expect("mnist:tset", SCRAWL_STATUS_USAGE, "no split 'tset': expected train, test or all");
    expect("mnist:", SCRAWL_STATUS_USAGE, "expected train, test or all");
    expect("mnist@distrot", SCRAWL_STATUS_USAGE, "did you mean '@distort'?");
    expect("a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a+a", SCRAWL_STATUS_USAGE, "more than 16");
}

static void finds_registered_data(void **state)
{
    ScrawlDataset *train = open_data("mnist"), *test = open_data("mnist:test");

    (void)state;
    assert_int_equal(train->info.n, 30);
    assert_string_equal(train->info.name, "mnist");
    assert_string_equal(train->info.split, "train");
    assert_int_equal(test->info.n, 20);
    assert_string_equal(test->info.split, "test");
    assert_int_equal(scrawl_dataset_pixels(test, 2)[1], sample_pixel(2, 1));
    scrawl_dataset_free(train);
    scrawl_dataset_free(test);
}

static void turns_emnist_upright_and_counts_letters_from_one(void **state)
{
    ScrawlDataset *dataset = open_data("emnist-letters:test");

    (void)state;
    assert_int_equal(dataset->info.n, 52);
    assert_string_equal(dataset->info.class_names[scrawl_dataset_label(dataset, 27)], "B");
    assert_int_equal(scrawl_dataset_pixels(dataset, 2)[1], sample_pixel(2, SIDE));
    scrawl_dataset_free(dataset);
}

static void says_that_no_data_folder_is_set(void **state)
{
    ScrawlError error = {0};
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(scrawl_dataset_open(&dataset, "nothing", &offline, &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_null(strstr(error.message, "SCRAWL_DATA"));
    unsetenv("SCRAWL_DATA");
    expect("nothing", SCRAWL_STATUS_NOT_FOUND, "; SCRAWL_DATA, the folder of others, is not set");
    setenv("SCRAWL_DATA", files_folder, 1);
}

static void says_which_split_is_missing(void **state)
{
    (void)state;
    expect("emnist-letters:train", SCRAWL_STATUS_NOT_FOUND,
           "emnist-letters:train is not at hand: there is no "
           "emnist/emnist-letters-train-images-idx3-ubyte.gz in /tmp/scrawl-test");
    expect("kmnist", SCRAWL_STATUS_NOT_FOUND, "scrawl data fetch kmnist");
    expect("tiny:train", SCRAWL_STATUS_NOT_FOUND, "no train split");
}

static void takes_all_that_there_is(void **state)
{
    ScrawlDataset *both = open_data("mnist:all"), *one = open_data("emnist-letters:all");

    (void)state;
    assert_int_equal(both->info.n, 50);
    assert_string_equal(both->info.name, "mnist");
    assert_string_equal(both->info.split, "all");
    assert_int_equal(scrawl_dataset_pixels(both, 32)[0], sample_pixel(2, 0));
    assert_int_equal(one->info.n, 52);
    scrawl_dataset_free(both);
    scrawl_dataset_free(one);
}

static void adds_by_class_names(void **state)
{
    ScrawlDataset *sum = open_data("mnist+tiny:test");

    (void)state;
    assert_string_equal(sum->info.name, "mnist+tiny");
    assert_int_equal(sum->info.n, 32);
    assert_int_equal(sum->info.n_classes, 12);
    assert_int_equal(scrawl_dataset_label(sum, 20), 10);
    assert_string_equal(sum->info.class_names[10], "B");
    assert_int_equal(scrawl_dataset_label(sum, 21), 1);
    assert_string_equal(sum->info.class_names[11], "?");
    scrawl_dataset_free(sum);
    expect("mnist+mnits:test", SCRAWL_STATUS_NOT_FOUND, "mnits");
}

static void opens_paths(void **state)
{
    ScrawlDataset *dataset;
    char text[300];

    (void)state;
    snprintf(text, sizeof text, "%s:all", files_path("some.csv"));
    dataset = open_data(text);
    assert_int_equal(dataset->info.n, 3);
    scrawl_dataset_free(dataset);
    snprintf(text, sizeof text, "%s/tiny:test", files_folder);
    dataset = open_data(text);
    assert_int_equal(dataset->info.n, 12);
    scrawl_dataset_free(dataset);
    snprintf(text, sizeof text, "%s", files_path("other.txt"));
    expect(text, SCRAWL_STATUS_UNSUPPORTED, "other.txt is no data set: expected a folder, a .csv");
    snprintf(text, sizeof text, "%s", files_path("absent.csv"));
    expect(text, SCRAWL_STATUS_NOT_FOUND, "absent.csv: no such file");
    snprintf(text, sizeof text, "%s", files_path("absent"));
    expect(text, SCRAWL_STATUS_NOT_FOUND, "absent: no such file or folder");
}

static void suggests_names(void **state)
{
    (void)state;
    expect("mnits", SCRAWL_STATUS_NOT_FOUND, "did you mean 'mnist'?");
    expect("tniy", SCRAWL_STATUS_NOT_FOUND, "did you mean 'tiny'?");
    expect("zebra", SCRAWL_STATUS_NOT_FOUND, "known: mnist, emnist-balanced, ");
    expect("zebra", SCRAWL_STATUS_NOT_FOUND, ", doodles, tiny");
}

static void a_given_folder_is_the_only_one(void **state)
{
    ScrawlDataset *dataset;
    ScrawlDataOptions options = {.no_download = true, .data_folder = files_path("cache")};

    (void)state;
    assert_int_equal(scrawl_dataset_open(&dataset, "mnist", &options, NULL),
                     SCRAWL_STATUS_NOT_FOUND);
    files_mkdir("cache/scrawl/kmnist");
    files_write_idx("cache/scrawl/kmnist/train-images-idx3-ubyte.gz",
                    "cache/scrawl/kmnist/train-labels-idx1-ubyte.gz", 10, 10, 0);
    dataset = open_data("kmnist"); /* the cache is looked at after SCRAWL_DATA */
    assert_int_equal(dataset->info.n, 10);
    scrawl_dataset_free(dataset);
}

static void augments_each_image_once(void **state)
{
    ScrawlDataset *plain = open_data("mnist:test"), *a = open_data("mnist:test@distort");
    ScrawlDataset *b = open_data("mnist:test@distort"), *c;
    ScrawlDataOptions options = {.no_download = true, .seed = 1};

    (void)state;
    assert_int_equal(scrawl_dataset_open(&c, "mnist:test@distort", &options, NULL), 0);
    assert_string_equal(a->info.name, "mnist@distort");
    assert_memory_equal(a->pixels, b->pixels, 20 * PIXELS);
    assert_memory_not_equal(a->pixels, plain->pixels, 20 * PIXELS);
    assert_memory_not_equal(a->pixels, c->pixels, 20 * PIXELS);
    assert_string_equal(a->info.sha256, b->info.sha256);
    assert_string_not_equal(a->info.sha256, plain->info.sha256);
    scrawl_dataset_free(plain);
    scrawl_dataset_free(a);
    scrawl_dataset_free(b);
    scrawl_dataset_free(c);
}

static void lists_what_there_is(void **state)
{
    ScrawlDatasetList *list;
    const ScrawlDatasetEntry *entries;

    (void)state;
    assert_int_equal(scrawl_dataset_list(&list, NULL, NULL), 0);
    assert_int_equal(list->n, 17);
    entries = list->entries;
    assert_string_equal(entries[0].name, "mnist");
    assert_true(entries[0].present && entries[0].has_train && entries[0].has_test);
    assert_non_null(strstr(entries[0].folder, "/mnist"));
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(entries[i].name, "emnist-letters") == 0)
            assert_true(entries[i].present && !entries[i].has_train && entries[i].has_test);
        if (strcmp(entries[i].name, "qmnist") == 0)
            assert_true(!entries[i].present && !entries[i].folder && !entries[i].synthetic);
        if (strcmp(entries[i].name, "pen") == 0)
            assert_true(entries[i].present && entries[i].synthetic && !entries[i].folder);
    }
    assert_string_equal(entries[16].name, "tiny");
    assert_non_null(strstr(entries[16].folder, "/tiny"));
    assert_true(entries[16].has_test && !entries[16].has_train);
    scrawl_dataset_list_free(list);
}

static ScrawlStatus list_once(void *context, ScrawlError *error)
{
    ScrawlDatasetList *list;
    ScrawlStatus status = scrawl_dataset_list(&list, context, error);

    assert_true(!list == (status != SCRAWL_STATUS_OK));
    scrawl_dataset_list_free(list);
    return status;
}

static void a_list_survives_failing_allocations(void **state)
{
    (void)state;
    fail_every_allocation(list_once, NULL);
}

static void says_what_cannot_be_fetched(void **state)
{
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(scrawl_dataset_fetch("tiny", NULL, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_says(&error, "nothing to download");
    assert_int_equal(scrawl_dataset_fetch("mnits", NULL, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_says(&error, "'mnist'");
    assert_int_equal(scrawl_dataset_fetch("pen", NULL, &error), 0);
}

static ScrawlStatus open_once(void *context, ScrawlError *error)
{
    ScrawlDataset *dataset;
    ScrawlStatus status = scrawl_dataset_open(&dataset, context, &offline, error);

    scrawl_dataset_free(dataset);
    return status;
}

static ScrawlStatus open_unknown_once(void *context, ScrawlError *error)
{
    ScrawlStatus status = open_once(context, error);

    return status == SCRAWL_STATUS_NOT_FOUND ? SCRAWL_STATUS_OK : status;
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    fail_every_allocation(open_once, "emnist-letters+tiny:test");
    fail_every_allocation(open_once, "mnist:all");
    fail_every_allocation(open_unknown_once, "zebra");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_grammar),
        cmocka_unit_test(a_plus_in_an_existing_path_is_no_sum),
        cmocka_unit_test(marks_in_an_existing_path_are_no_split),
        cmocka_unit_test(an_augmentation_may_be_a_recipe_s),
        cmocka_unit_test(an_augmentation_that_cannot_be_had_is_refused),
        cmocka_unit_test(cuts_names_from_split_and_augmentation),
        cmocka_unit_test(refuses_other_texts),
        cmocka_unit_test(finds_registered_data),
        cmocka_unit_test(turns_emnist_upright_and_counts_letters_from_one),
        cmocka_unit_test(says_that_no_data_folder_is_set),
        cmocka_unit_test(says_which_split_is_missing),
        cmocka_unit_test(takes_all_that_there_is),
        cmocka_unit_test(adds_by_class_names),
        cmocka_unit_test(opens_paths),
        cmocka_unit_test(suggests_names),
        cmocka_unit_test(augments_each_image_once),
        cmocka_unit_test(lists_what_there_is),
        cmocka_unit_test(a_list_survives_failing_allocations),
        cmocka_unit_test(a_given_folder_is_the_only_one),
        cmocka_unit_test(says_what_cannot_be_fetched),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests_name("open", tests, setup, files_teardown);
}
