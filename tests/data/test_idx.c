#include "data/readers.h"

#include "files.h"

#define N 12
#define N_CLASSES 3

static const char *const classes[] = {"a", "b", "c"};
static Buffer images, labels;
static IdxMeaning meaning;

static int setup(void **state)
{
    (void)state;
    buffer_init(&images, DATASET_MAX_FILE);
    buffer_init(&labels, DATASET_MAX_FILE);
    idx_images(&images, N, SIDE, SIDE);
    idx_labels(&labels, N, N_CLASSES, 0);
    meaning = (IdxMeaning){.name = "tiny",
                           .split = SCRAWL_SPLIT_TEST,
                           .class_names = classes,
                           .n_classes = N_CLASSES,
                           .images_name = "IMAGES",
                           .labels_name = "LABELS"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buffer_deinit(&images);
    buffer_deinit(&labels);
    return 0;
}

static void gives_back_what_was_written(void **state)
{
    ScrawlDataset *dataset;
    const ScrawlDatasetInfo *info;

    (void)state;
    assert_int_equal(idx_dataset(&dataset, &meaning, &images, &labels, NULL), 0);
    info = scrawl_dataset_info(dataset);
    assert_int_equal(info->n, N);
    assert_int_equal(info->width, SIDE);
    assert_int_equal(info->height, SIDE);
    assert_int_equal(info->n_classes, N_CLASSES);
    assert_string_equal(info->class_names[2], "c");
    assert_string_equal(info->name, "tiny");
    assert_string_equal(info->split, "test");
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(scrawl_dataset_label(dataset, i), i % N_CLASSES);
        for (size_t p = 0; p < PIXELS; p++)
            assert_int_equal(scrawl_dataset_pixels(dataset, i)[p], sample_pixel(i, p));
    }
    scrawl_dataset_free(dataset);
}

static void takes_the_images_block(void **state)
{
    ScrawlDataset *dataset;
    uint8_t *block = images.data;

    (void)state;
    assert_int_equal(idx_dataset(&dataset, &meaning, &images, &labels, NULL), 0);
    assert_ptr_equal(scrawl_dataset_pixels(dataset, 0), block);
    assert_null(images.data);
    scrawl_dataset_free(dataset);
}

/* Not square, so that height and width cannot be mistaken for each other. */
static void transposes(void **state)
{
    ScrawlDataset *dataset;

    (void)state;
    buffer_deinit(&images);
    idx_images(&images, N, 3, 5); /* stored: 3 columns of 5 pixels */
    meaning.transposed = true;
    assert_int_equal(idx_dataset(&dataset, &meaning, &images, &labels, NULL), 0);
    assert_int_equal(dataset->info.width, 3);
    assert_int_equal(dataset->info.height, 5);
    for (size_t y = 0; y < 5; y++)
        for (size_t x = 0; x < 3; x++)
            assert_int_equal(scrawl_dataset_pixels(dataset, 7)[y * 3 + x],
                             sample_pixel(7, x * 5 + y));
    scrawl_dataset_free(dataset);
}

static void labels_may_start_at_one(void **state)
{
    ScrawlDataset *dataset;

    (void)state;
    buffer_deinit(&labels);
    idx_labels(&labels, N, N_CLASSES, 1);
    meaning.label_offset = 1;
    assert_int_equal(idx_dataset(&dataset, &meaning, &images, &labels, NULL), 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(scrawl_dataset_label(dataset, i), i % N_CLASSES);
    scrawl_dataset_free(dataset);
}

/* QMNIST: 8 integers a label, of which the first counts. */
static void reads_rows_of_integers(void **state)
{
    IdxLabels parsed;
    Buffer rows;

    (void)state;
    buffer_init(&rows, 10000);
    assert_int_equal(writer_u32be(&rows, 0xc02), 0);
    assert_int_equal(writer_u32be(&rows, 2), 0);
    assert_int_equal(writer_u32be(&rows, 8), 0);
    for (uint32_t i = 0; i < 16; i++)
        assert_int_equal(writer_u32be(&rows, i == 8 ? 0xfffffffe : 5 + i), 0);
    assert_int_equal(idx_parse_labels(&parsed, rows.data, rows.size, NULL), 0);
    assert_int_equal(parsed.n, 2);
    assert_int_equal(idx_label(&parsed, 0), 5);
    assert_int_equal(idx_label(&parsed, 1), -2);
    buffer_deinit(&rows);
}

static void refuses_every_other_size(void **state)
{
    IdxImages parsed_images;
    IdxLabels parsed_labels;

    (void)state;
    for (size_t size = 0; size < images.size; size++) {
        ScrawlError error = {0};

        assert_int_equal(idx_parse_images(&parsed_images, images.data, size, &error),
                         SCRAWL_STATUS_FORMAT);
        assert_says(&error, size == 0 ? "empty" : size < 16 ? "too short" : "truncated");
        assert_null(parsed_images.pixels);
    }
    for (size_t size = 0; size < labels.size; size++)
        assert_int_equal(idx_parse_labels(&parsed_labels, labels.data, size, NULL),
                         SCRAWL_STATUS_FORMAT);
    assert_int_equal(buffer_append(&images, "x", 1), 0);
    assert_int_equal(buffer_append(&labels, "x", 1), 0);
    ScrawlError error = {0};
    assert_int_equal(idx_parse_images(&parsed_images, images.data, images.size, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_says(&error, "too long: its header says 12 images, which take 208 bytes, but there are "
                        "209");
    assert_int_equal(idx_parse_labels(&parsed_labels, labels.data, labels.size, NULL),
                     SCRAWL_STATUS_FORMAT);
}

static void expect_images(size_t at, uint8_t value, ScrawlStatus expected, const char *words)
{
    ScrawlError error = {0};
    IdxImages parsed;
    uint8_t before = images.data[at];

    images.data[at] = value;
    assert_int_equal(idx_parse_images(&parsed, images.data, images.size, &error), expected);
    images.data[at] = before;
    assert_says(&error, words);
}

static void refuses_strange_headers(void **state)
{
    ScrawlError error = {0};
    IdxImages parsed;
    IdxLabels parsed_labels;

    (void)state;
    expect_images(0, 1, SCRAWL_STATUS_FORMAT, "not IDX");
    expect_images(2, 0x0d, SCRAWL_STATUS_FORMAT, "not IDX");
    expect_images(3, 4, SCRAWL_STATUS_FORMAT, "4 dimensions");
    expect_images(3, 0, SCRAWL_STATUS_FORMAT, "0 dimensions");
    expect_images(7, 0, SCRAWL_STATUS_FORMAT, "no images");
    expect_images(4, 0xff, SCRAWL_STATUS_LIMIT, "limit");
    expect_images(11, 0, SCRAWL_STATUS_FORMAT, "no size");
    expect_images(15, 0, SCRAWL_STATUS_FORMAT, "no size");
    expect_images(13, 1, SCRAWL_STATUS_LIMIT, "larger than the limit");
    assert_int_equal(idx_parse_images(&parsed, labels.data, labels.size, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_says(&error, "labels?");
    assert_int_equal(idx_parse_labels(&parsed_labels, images.data, images.size, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_says(&error, "images?");
}

static void refuses_counts_that_differ(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    buffer_deinit(&labels);
    idx_labels(&labels, N - 1, N_CLASSES, 0);
    assert_int_equal(idx_dataset(&dataset, &meaning, &images, &labels, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_says(&error, "IMAGES has 12 images, but LABELS has 11 labels");
    assert_null(dataset);
}

static void refuses_labels_out_of_range(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    labels.data[8 + 5] = N_CLASSES;
    assert_int_equal(idx_dataset(&dataset, &meaning, &images, &labels, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_says(&error, "LABELS: label 3 of image 5 is out of range: expected 0..2");
    assert_null(dataset);
}

static void refuses_labels_below_the_offset(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    meaning.label_offset = 1;
    assert_int_equal(idx_dataset(&dataset, &meaning, &images, &labels, &error),
                     SCRAWL_STATUS_MISMATCH);
    assert_says(&error, "label 0 of image 0 is out of range: expected 1..3");
}

static ScrawlStatus read_once(void *context, ScrawlError *error)
{
    ScrawlDataset *dataset;
    ScrawlStatus status;

    meaning.images_name = files_path("images.gz");
    meaning.labels_name = files_path("labels.gz");
    meaning.transposed = true;
    status = idx_read(&dataset, &meaning, error);
    (void)context;
    assert_true(!status == !!dataset);
    scrawl_dataset_free(dataset);
    return status;
}

static void survives_failing_allocations(void **state)
{
    (void)state;
    assert_int_equal(files_setup(NULL), 0);
    files_write_idx("images.gz", "labels.gz", N, N_CLASSES, 0);
    fail_every_allocation(read_once, NULL);
    assert_int_equal(files_teardown(NULL), 0);
}

static void names_the_file(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(files_setup(NULL), 0);
    files_write_idx("images.gz", "labels.gz", N, N_CLASSES, 0);
    files_write("labels.gz", "", 0);
    meaning.images_name = files_path("images.gz");
    meaning.labels_name = files_path("labels.gz");
    assert_int_equal(idx_read(&dataset, &meaning, &error), SCRAWL_STATUS_FORMAT);
    assert_says(&error, "/labels.gz: the file is empty");
    meaning.labels_name = files_path("absent.gz");
    assert_int_equal(idx_read(&dataset, &meaning, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_says(&error, "/absent.gz");
    assert_int_equal(files_teardown(NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_back_what_was_written),
        TEST(takes_the_images_block),
        TEST(transposes),
        TEST(labels_may_start_at_one),
        TEST(reads_rows_of_integers),
        TEST(refuses_every_other_size),
        TEST(refuses_strange_headers),
        TEST(refuses_counts_that_differ),
        TEST(refuses_labels_out_of_range),
        TEST(refuses_labels_below_the_offset),
        TEST(survives_failing_allocations),
        TEST(names_the_file),
    };
    return cmocka_run_group_tests_name("idx", tests, NULL, NULL);
}
