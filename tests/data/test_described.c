#include "data/readers.h"

#include "files.h"

#define N 12
#define HEAD "name: tiny\nclasses: [a, b, \"n\"]\n"
#define TRAIN "train: {images: i.gz, labels: l}\n"
#define TEST_ELSEWHERE "test: {images: ../other/i, labels: ../other/l.gz}\n"

static int setup(void **state)
{
    if (files_setup(state))
        return -1;
    files_mkdir("tiny");
    files_mkdir("other");
    files_write_idx("tiny/i.gz", "tiny/l", N, 3, 0);
    files_write_idx("other/i", "other/l.gz", N - 1, 3, 0);
    return 0;
}

static ScrawlStatus read_tiny(ScrawlDataset **dataset, const char *yaml, ScrawlSplit split,
                              ScrawlError *error)
{
    files_write_text("tiny/dataset.yaml", yaml);
    return described_read(dataset, files_path("tiny"), split, error);
}

static void reads_both_splits(void **state)
{
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(read_tiny(&dataset, HEAD TRAIN TEST_ELSEWHERE, SCRAWL_SPLIT_TRAIN, NULL), 0);
    assert_int_equal(dataset->info.n, N);
    assert_string_equal(dataset->info.name, "tiny");
    assert_string_equal(dataset->info.class_names[2], "n");
    assert_int_equal(scrawl_dataset_pixels(dataset, 3)[1], sample_pixel(3, 1));
    scrawl_dataset_free(dataset);
    assert_int_equal(read_tiny(&dataset, HEAD TRAIN TEST_ELSEWHERE, SCRAWL_SPLIT_TEST, NULL), 0);
    assert_int_equal(dataset->info.n, N - 1);
    assert_string_equal(dataset->info.split, "test");
    scrawl_dataset_free(dataset);
}

static void knows_orientation_and_offset(void **state)
{
    ScrawlDataset *dataset;

    (void)state;
    files_write_idx("tiny/i1", "tiny/l1", N, 3, 1);
    assert_int_equal(read_tiny(&dataset,
                               HEAD "orientation: transposed\nlabel_offset: 1\n"
                                    "train: {images: i1, labels: l1}\n",
                               SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    assert_int_equal(scrawl_dataset_pixels(dataset, 3)[1], sample_pixel(3, SIDE));
    assert_int_equal(scrawl_dataset_label(dataset, 4), 1);
    scrawl_dataset_free(dataset);
}

static void says_what_is_there(void **state)
{
    bool train, test;
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(read_tiny(&dataset, HEAD TRAIN "test: {images: none, labels: l}\n",
                               SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    scrawl_dataset_free(dataset);
    assert_true(described_known(files_path("tiny")));
    assert_false(described_known(files_path("other")));
    assert_true(described_splits(files_path("tiny"), &train, &test));
    assert_true(train);
    assert_false(test);
}

static void expect(const char *yaml, ScrawlSplit split, ScrawlStatus expected, const char *words)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    assert_int_equal(read_tiny(&dataset, yaml, split, &error), expected);
    assert_null(dataset);
    assert_says(&error, words);
}

static void refuses_what_is_wrong(void **state)
{
    (void)state;
    expect(HEAD TRAIN, SCRAWL_SPLIT_TEST, SCRAWL_STATUS_NOT_FOUND, "tiny has no test split");
    expect(HEAD "train: {images: none.gz, labels: l}", SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_NOT_FOUND,
           "tiny/none.gz");
    expect(HEAD, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE, "expected train, test or both");
    expect("name: tiny\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE, "classes");
    expect("classes: a\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE, "list of 2 to 1000");
    expect("classes: [a]\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE, "list of 2 to 1000");
    expect("classes: [a, b, a]\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE,
           "'a' is there twice");
    expect("classes: [a, [b], c]\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE,
           "name of a class");
    expect(HEAD "orientation: sideways\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE,
           "orientation");
    expect(HEAD "oreintation: upright\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE,
           "orientation");
    expect(HEAD "train: {images: i.gz}\n", SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE, "labels");
    expect(HEAD "train: i.gz\n", SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE, "train");
    expect("classes: [a, b]\n" TRAIN, SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_MISMATCH,
           "label 2 of image 2 is out of range: expected 0..1");
    expect("classes: [a, b\n", SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_FORMAT, "dataset.yaml");
    expect("", SCRAWL_SPLIT_TRAIN, SCRAWL_STATUS_RECIPE, "dataset.yaml");
}

static ScrawlStatus read_once(void *context, ScrawlError *error)
{
    ScrawlDataset *dataset;
    ScrawlStatus status = described_read(&dataset, context, SCRAWL_SPLIT_TEST, error);

    scrawl_dataset_free(dataset);
    return status;
}

/* A pipe would be waited for without end. */
static void refuses_pipes(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};
    bool train, test;

    (void)state;
    assert_int_equal(mkfifo(files_path("tiny/pipe"), 0600), 0);
    assert_int_equal(
        read_tiny(&dataset, HEAD "train: {images: pipe, labels: l}\n", SCRAWL_SPLIT_TRAIN, &error),
        SCRAWL_STATUS_IO);
    assert_says(&error, "tiny/pipe: is a pipe or a device, not a file");
    files_mkdir("piped");
    assert_int_equal(mkfifo(files_path("piped/dataset.yaml"), 0600), 0);
    assert_int_equal(described_read(&dataset, files_path("piped"), SCRAWL_SPLIT_TRAIN, &error),
                     SCRAWL_STATUS_IO);
    assert_says(&error, "piped/dataset.yaml: is a pipe or a device, not a file");
    assert_false(described_splits(files_path("piped"), &train, &test));
}

static void survives_failing_allocations(void **state)
{
    char path[256];

    (void)state;
    files_write_text("tiny/dataset.yaml", HEAD TRAIN TEST_ELSEWHERE);
    snprintf(path, sizeof path, "%s", files_path("tiny"));
    fail_every_allocation(read_once, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_splits),  cmocka_unit_test(knows_orientation_and_offset),
        cmocka_unit_test(says_what_is_there), cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(refuses_pipes),      cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests_name("described", tests, setup, files_teardown);
}
