/* The real MNIST and EMNIST, where $SCRAWL_DATA has them. */
#include "base/error.h"
#include "data/dataset.h"
#include "files.h"

static const ScrawlDataOptions offline = {.no_download = true};

/* NULL after skip(): the test must return. */
static ScrawlDataset *open_or_skip(const char *text)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    if (!getenv("SCRAWL_DATA") || scrawl_dataset_open(&dataset, text, &offline, &error)) {
        print_message("skipped: %s is not in $SCRAWL_DATA\n", text);
        skip();
        return NULL;
    }
    return dataset;
}

static void check_histogram(const ScrawlDataset *dataset, const size_t expected[10])
{
    size_t counts[10] = {0};

    for (size_t i = 0; i < scrawl_dataset_info(dataset)->n; i++)
        counts[scrawl_dataset_label(dataset, i)]++;
    for (int i = 0; i < 10; i++)
        assert_int_equal(counts[i], expected[i]);
}

static void mnist_is_itself(void **state)
{
    static const size_t train_counts[] = {5923, 6742, 5958, 6131, 5842,
                                          5421, 5918, 6265, 5851, 5949};
    static const size_t test_counts[] = {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};
    ScrawlDataset *train = open_or_skip("mnist:train"), *test = open_or_skip("mnist:test");
    double sum = 0;

    (void)state;
    assert_int_equal(scrawl_dataset_info(train)->n, 60000);
    assert_int_equal(scrawl_dataset_info(test)->n, 10000);
    assert_int_equal(scrawl_dataset_info(train)->width, 28);
    check_histogram(train, train_counts);
    check_histogram(test, test_counts);
    for (size_t i = 0; i < (size_t)60000 * 784; i++)
        sum += train->pixels[i];
    assert_true(sum / (60000.0 * 784 * 255) > 0.13065); /* the well-known mean, 0.1307 */
    assert_true(sum / (60000.0 * 784 * 255) < 0.13075);
    scrawl_dataset_free(train);
    scrawl_dataset_free(test);
}

static void mnist_opens_in_a_blink(void **state)
{
    double start = clock_seconds(), seconds;
    ScrawlDataset *train = open_or_skip("mnist:train");

    (void)state;
    seconds = clock_seconds() - start;
    if (seconds > 5) /* 0.3 s, and ten times that under a sanitizer on a busy machine */
        fail_msg("%.2f s", seconds);
    scrawl_dataset_free(train);
}

/* Which way up: a 1 is taller than wide, and a 7 has its bar at the top. */
static void emnist_is_upright(void **state)
{
    ScrawlDataset *test = open_or_skip("emnist-mnist:test");
    double upper = 0, lower = 0, across = 0, along = 0;

    (void)state;
    assert_int_equal(scrawl_dataset_info(test)->n, 10000);
    for (size_t i = 0; i < 10000; i++) {
        const uint8_t *pixels = scrawl_dataset_pixels(test, i);
        int label = scrawl_dataset_label(test, i);

        for (int y = 0; y < 28; y++) {
            for (int x = 0; x < 28; x++) {
                double ink = pixels[y * 28 + x], dx = x - 13.5, dy = y - 13.5;

                if (label == 7 && y < 14)
                    upper += ink;
                if (label == 7 && y >= 14)
                    lower += ink;
                if (label == 1)
                    across += ink * dx * dx, along += ink * dy * dy;
            }
        }
    }
    assert_true(along > 2 * across);
    assert_true(upper > 1.1 * lower);
    scrawl_dataset_free(test);
}

static void only_the_training_files_are_missing(void **state)
{
    ScrawlDataset *test = open_or_skip("emnist-bymerge:test"), *train;
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(scrawl_dataset_info(test)->n, 116323);
    assert_int_equal(scrawl_dataset_info(test)->n_classes, 47);
    scrawl_dataset_free(test);
    if (scrawl_dataset_open(&train, "emnist-bymerge:train", &offline, &error))
        assert_says(&error, "emnist-bymerge-train-images-idx3-ubyte.gz");
    else
        scrawl_dataset_free(train);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mnist_is_itself),
        cmocka_unit_test(mnist_opens_in_a_blink),
        cmocka_unit_test(emnist_is_upright),
        cmocka_unit_test(only_the_training_files_are_missing),
    };
    return cmocka_run_group_tests_name("real", tests, NULL, NULL);
}
