#include "data/readers.h"

#include "files.h"
#include "image/decode.h"

/* A dark bar on white, upright for even seeds and lying for odd ones; of a size of its own. */
static void write_picture(const char *name, int seed)
{
    ScrawlImage image;
    int width = 20 + seed % 5, height = 24 + seed % 3;

    assert_int_equal(scrawl_image_create(&image, width, height, 255, NULL), 0);
    for (int i = 4; i < 16; i++) {
        for (int j = 0; j < 3; j++) {
            int at = seed % 2 ? (8 + j) * width + i : i * width + 8 + j;

            image.pixels[at] = (uint8_t)(seed % 100);
        }
    }
    assert_int_equal(scrawl_image_save(&image, files_path(name), NULL), 0);
    scrawl_image_deinit(&image);
}

static void write_class(const char *folder, const char *class, int n, int first_seed)
{
    char name[128];

    snprintf(name, sizeof name, "%s/%s", folder, class);
    files_mkdir(name);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s/%s/%03d.png", folder, class, i);
        write_picture(name, first_seed + 2 * i);
    }
}

static void reads_classes_in_order(void **state)
{
    ScrawlDataset *dataset;

    (void)state;
    write_class("two", "up", 3, 0);
    write_class("two", "flat", 2, 1);
    files_write_text("two/up/notes.txt", "not a picture");
    files_write_text("two/README", "not a class");
    assert_int_equal(mkfifo(files_path("two/up/pipe.png"), 0600), 0); /* waited for if opened */
    assert_int_equal(folder_read(&dataset, files_path("two"), SCRAWL_SPLIT_ALL, NULL, NULL), 0);
    assert_int_equal(dataset->info.n, 5);
    assert_int_equal(dataset->info.width, 28);
    assert_int_equal(dataset->info.height, 28);
    assert_int_equal(dataset->info.n_classes, 2);
    assert_string_equal(dataset->info.class_names[0], "flat");
    assert_string_equal(dataset->info.class_names[1], "up");
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(scrawl_dataset_label(dataset, i), i >= 2);
    /* The glyph: light ink through the middle, along the bar and not across it. */
    assert_true(scrawl_dataset_pixels(dataset, 0)[14 * 28 + 8] > 100);
    assert_int_equal(scrawl_dataset_pixels(dataset, 0)[8 * 28 + 14], 0);
    assert_true(scrawl_dataset_pixels(dataset, 4)[8 * 28 + 14] > 100);
    assert_int_equal(scrawl_dataset_pixels(dataset, 4)[14 * 28 + 8], 0);
    scrawl_dataset_free(dataset);
}

static void cuts_an_undivided_folder(void **state)
{
    ScrawlDataset *train, *test;

    (void)state;
    write_class("cut", "a", 10, 0);
    write_class("cut", "b", 5, 1);
    assert_false(folder_divided(files_path("cut")));
    assert_int_equal(folder_read(&train, files_path("cut"), SCRAWL_SPLIT_TRAIN, NULL, NULL), 0);
    assert_int_equal(folder_read(&test, files_path("cut"), SCRAWL_SPLIT_TEST, NULL, NULL), 0);
    assert_int_equal(train->info.n, 12);
    assert_int_equal(test->info.n, 3);
    assert_int_equal(scrawl_dataset_label(test, 1), 0);
    assert_int_equal(scrawl_dataset_label(test, 2), 1);
    scrawl_dataset_free(train);
    scrawl_dataset_free(test);
}

static void keeps_to_the_splits_of_a_divided_folder(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    write_class("split/train", "a", 4, 0);
    write_class("split/train", "b", 3, 1);
    assert_true(folder_divided(files_path("split")));
    assert_int_equal(folder_read(&dataset, files_path("split"), SCRAWL_SPLIT_TRAIN, NULL, NULL), 0);
    assert_int_equal(dataset->info.n, 7);
    assert_string_equal(dataset->info.split, "train");
    scrawl_dataset_free(dataset);
    assert_int_equal(folder_read(&dataset, files_path("split"), SCRAWL_SPLIT_TEST, NULL, &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_says(&error, "split has no test split");
    write_class("split/test", "a", 1, 0);
    write_class("split/test", "b", 1, 1);
    assert_int_equal(folder_read(&dataset, files_path("split"), SCRAWL_SPLIT_TEST, NULL, NULL), 0);
    assert_int_equal(dataset->info.n, 2);
    scrawl_dataset_free(dataset);
}

static void expect(const char *name, ScrawlStatus expected, const char *words)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    assert_int_equal(folder_read(&dataset, files_path(name), SCRAWL_SPLIT_ALL, NULL, &error),
                     expected);
    assert_null(dataset);
    assert_says(&error, words);
}

static void refuses_too_few_classes(void **state)
{
    (void)state;
    expect("absent", SCRAWL_STATUS_NOT_FOUND, "absent: no such folder");
    files_mkdir("empty");
    expect("empty", SCRAWL_STATUS_FORMAT, "holds no folder");
    write_class("one", "a", 1, 0);
    expect("one", SCRAWL_STATUS_FORMAT, "only one folder");
    files_mkdir("one/b");
    files_write_text("one/b/notes.txt", "not a picture");
    expect("one", SCRAWL_STATUS_FORMAT,
           "one/b holds no picture: expected files that end in one of " SCRAWL_IMAGE_ENDINGS);
}

static void refuses_names_that_no_model_can_keep(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    write_class("names", "gr\xc3\xbcn", 2, 0);
    write_class("names", "gr\xfcn", 2, 1); /* Latin-1 */
    assert_int_equal(folder_read(&dataset, files_path("names"), SCRAWL_SPLIT_ALL, NULL, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_null(dataset);
    assert_says(&error, "expected in UTF-8");
}

static void names_the_picture_that_cannot_be_read(void **state)
{
    ScrawlImage blank;

    (void)state;
    write_class("bad", "a", 3, 0);
    write_class("bad", "b", 3, 1);
    files_write_text("bad/a/zz.png", "no picture at all");
    expect("bad", SCRAWL_STATUS_FORMAT, "bad/a/zz.png");
    files_write_text("bad/a/zz.png", "");
    expect("bad", SCRAWL_STATUS_FORMAT, "bad/a/zz.png");
    assert_int_equal(scrawl_image_create(&blank, 30, 30, 255, NULL), 0);
    assert_int_equal(scrawl_image_save(&blank, files_path("bad/a/zz.png"), NULL), 0);
    scrawl_image_deinit(&blank);
    expect("bad", SCRAWL_STATUS_NO_INK, "bad/a/zz.png");
}

/* Enough for several blocks and threads: every picture must still be where its number says. */
static void reads_many_with_threads(void **state)
{
    ScrawlDataset *all;

    (void)state;
    write_class("many", "a", 140, 0);
    write_class("many", "b", 140, 1);
    assert_int_equal(folder_read(&all, files_path("many"), SCRAWL_SPLIT_ALL, NULL, NULL), 0);
    assert_int_equal(all->info.n, 280);
    for (size_t i = 0; i < 280; i++) {
        bool lying = scrawl_dataset_pixels(all, i)[14 * 28 + 8] > 50;

        assert_int_equal(scrawl_dataset_label(all, i), i >= 140);
        assert_int_equal(lying, i >= 140);
    }
    scrawl_dataset_free(all);
}

static bool stop(void *context, const ScrawlProgress *progress)
{
    *(uint64_t *)context = progress->done;
    return false;
}

static void stops_when_asked(void **state)
{
    uint64_t done = 0;
    ScrawlLog log = {.context = &done, .progress = stop};
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(folder_read(&dataset, files_path("many"), SCRAWL_SPLIT_ALL, &log, NULL),
                     SCRAWL_STATUS_INTERRUPTED);
    assert_null(dataset);
    assert_true(done > 0 && done < 280);
}

static ScrawlStatus read_once(void *context, ScrawlError *error)
{
    ScrawlDataset *dataset;
    ScrawlStatus status = folder_read(&dataset, context, SCRAWL_SPLIT_TRAIN, NULL, error);

    scrawl_dataset_free(dataset);
    return status;
}

static void survives_failing_allocations(void **state)
{
    char path[256];

    (void)state;
    write_class("few", "a", 2, 0);
    write_class("few", "b", 1, 1);
    snprintf(path, sizeof path, "%s", files_path("few"));
    fail_every_allocation(read_once, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_classes_in_order),
        cmocka_unit_test(cuts_an_undivided_folder),
        cmocka_unit_test(keeps_to_the_splits_of_a_divided_folder),
        cmocka_unit_test(refuses_too_few_classes),
        cmocka_unit_test(refuses_names_that_no_model_can_keep),
        cmocka_unit_test(names_the_picture_that_cannot_be_read),
        cmocka_unit_test(reads_many_with_threads),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests_name("folder", tests, files_setup, files_teardown);
}
