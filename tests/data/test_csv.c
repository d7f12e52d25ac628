#include "data/readers.h"

#include "files.h"

/* Parses; *dataset is NULL after a failure. */
static ScrawlStatus parse(ScrawlDataset **dataset, const char *text, ScrawlSplit split,
                          ScrawlError *error)
{
    return csv_parse(dataset, "x.csv", text, strlen(text), split, error);
}

static void expect(const char *text, ScrawlStatus expected, const char *words)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    assert_int_equal(parse(&dataset, text, SCRAWL_SPLIT_ALL, &error), expected);
    assert_null(dataset);
    assert_says(&error, words);
}

static void reads_with_and_without_header(void **state)
{
    const char *texts[] = {"label,p0,p1,p2,p3\n3,0,1,2,255\n0,9,8,7,6\n", "3,0,1,2,255\n0,9,8,7,6",
                           "3, 0,1 ,2,255\r\n\r\n0,9,8,7,6\r\n\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ScrawlDataset *dataset;

        assert_int_equal(parse(&dataset, texts[i], SCRAWL_SPLIT_ALL, NULL), 0);
        assert_int_equal(dataset->info.n, 2);
        assert_int_equal(dataset->info.width, 2);
        assert_int_equal(dataset->info.height, 2);
        assert_int_equal(dataset->info.n_classes, 10);
        assert_string_equal(dataset->info.class_names[9], "9");
        assert_int_equal(scrawl_dataset_label(dataset, 0), 3);
        assert_int_equal(scrawl_dataset_label(dataset, 1), 0);
        assert_memory_equal(scrawl_dataset_pixels(dataset, 0), "\0\1\2\377", 4);
        assert_memory_equal(scrawl_dataset_pixels(dataset, 1), "\11\10\7\6", 4);
        scrawl_dataset_free(dataset);
    }
}

static void has_as_many_classes_as_labels(void **state)
{
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(parse(&dataset, "46,7\n2,8\n", SCRAWL_SPLIT_ALL, NULL), 0);
    assert_int_equal(dataset->info.n_classes, 47);
    assert_string_equal(dataset->info.class_names[46], "46");
    scrawl_dataset_free(dataset);
}

static void refuses_what_is_wrong(void **state)
{
    (void)state;
    expect("", SCRAWL_STATUS_FORMAT, "x.csv: the file is empty");
    expect("99999999999,7\n1,8\n", SCRAWL_STATUS_FORMAT, "x.csv:1: field 1 is '99999999999'");
    expect("-1,7\n1,8\n", SCRAWL_STATUS_FORMAT, "x.csv:1: field 1 is '-1'");
    expect("3.0,7\n1,8\n", SCRAWL_STATUS_FORMAT, "x.csv:1: field 1 is '3.0'");
    expect("\n\n", SCRAWL_STATUS_FORMAT, "empty");
    expect("label,p0\n", SCRAWL_STATUS_FORMAT, "no picture after the header");
    expect("5\n", SCRAWL_STATUS_FORMAT, "1 fields");
    expect("5,1,2\n", SCRAWL_STATUS_FORMAT, "square");
    expect("5,1,2,3,4\n5,1,2,3\n", SCRAWL_STATUS_FORMAT, "x.csv:2: 4 fields, expected 5");
    expect("5,1,2,3,4\n5,1,2,3,4,5\n", SCRAWL_STATUS_FORMAT, "x.csv:2: more than the 5 fields");
    expect("5,1\n5,256\n", SCRAWL_STATUS_FORMAT, "x.csv:2: field 2 is '256', expected a pixel");
    expect("5,1\n\n5,-1\n", SCRAWL_STATUS_FORMAT, "x.csv:3: field 2 is '-1'");
    expect("5,1\nfive,1\n", SCRAWL_STATUS_FORMAT, "field 1 is 'five', expected a label");
    expect("5,1\n1000,1\n", SCRAWL_STATUS_FORMAT, "expected a label 0..999");
    expect("5,1\n5,\n", SCRAWL_STATUS_FORMAT, "field 2 is ''");
    expect("5,1\n5,1.5\n", SCRAWL_STATUS_FORMAT, "1.5");
    expect("5,1\n5,99999999999999999999\n", SCRAWL_STATUS_FORMAT, "field 2");
}

static ScrawlDataset *parse_many(ScrawlSplit split)
{
    char text[4096];
    size_t used = 0;
    ScrawlDataset *dataset;

    for (int i = 0; i < 100; i++) /* 50 images of two classes, each with a grey of its own */
        used += (size_t)snprintf(text + used, sizeof text - used, "%d,%d\n", i % 2, i);
    assert_int_equal(parse(&dataset, text, split, NULL), 0);
    return dataset;
}

static void cuts_into_parts_that_share_nothing(void **state)
{
    ScrawlDataset *train = parse_many(SCRAWL_SPLIT_TRAIN), *test = parse_many(SCRAWL_SPLIT_TEST);
    ScrawlDataset *all = parse_many(SCRAWL_SPLIT_ALL);
    int seen[100] = {0}, ones = 0;

    (void)state;
    assert_int_equal(train->info.n, 80);
    assert_int_equal(test->info.n, 20);
    assert_int_equal(all->info.n, 100);
    assert_string_equal(test->info.split, "test");
    for (size_t i = 0; i < 80; i++)
        seen[*scrawl_dataset_pixels(train, i)]++;
    for (size_t i = 0; i < 20; i++) {
        seen[*scrawl_dataset_pixels(test, i)]++;
        ones += scrawl_dataset_label(test, i);
        assert_int_equal(scrawl_dataset_label(test, i), *scrawl_dataset_pixels(test, i) % 2);
    }
    assert_int_equal(ones, 10);
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    scrawl_dataset_free(train);
    scrawl_dataset_free(test);
    scrawl_dataset_free(all);
}

static void says_when_there_is_too_little_to_cut(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(parse(&dataset, "1,2\n1,3\n", SCRAWL_SPLIT_TEST, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_says(&error, "x.csv: 2 images are too few");
    assert_null(dataset);
}

static ScrawlStatus parse_once(void *context, ScrawlError *error)
{
    ScrawlDataset *dataset;
    ScrawlStatus status = parse(&dataset, context, SCRAWL_SPLIT_TRAIN, error);

    scrawl_dataset_free(dataset);
    return status;
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    fail_every_allocation(parse_once, "5,1\n5,2\n5,3\n6,1\n6,2\n6,3\n");
}

static void reads_gzipped_files(void **state)
{
    const char *text = "7,1\n8,2\n";
    Buffer packed;
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(files_setup(NULL), 0);
    buffer_init(&packed, 1000);
    gzip_bytes(&packed, text, strlen(text));
    files_write("x.csv.gz", packed.data, packed.size);
    assert_int_equal(csv_read(&dataset, files_path("x.csv.gz"), SCRAWL_SPLIT_ALL, NULL), 0);
    assert_int_equal(dataset->info.n, 2);
    scrawl_dataset_free(dataset);
    buffer_deinit(&packed);
    assert_int_equal(files_teardown(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_with_and_without_header),
        cmocka_unit_test(has_as_many_classes_as_labels),
        cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(cuts_into_parts_that_share_nothing),
        cmocka_unit_test(says_when_there_is_too_little_to_cut),
        cmocka_unit_test(survives_failing_allocations),
        cmocka_unit_test(reads_gzipped_files),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
