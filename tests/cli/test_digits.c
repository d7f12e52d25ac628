/* The built-in model, through the public interface alone: MNIST's test images written as pictures
 * in several ways get the answer that their raw pixels get. Arguments: the number of images
 * (1,000). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <scrawl/scrawl.h>

enum { SIDE = 28 };

static size_t n_images = 1000;
static ScrawlDataset *dataset;
static ScrawlModel *model;
static ScrawlSession *session;
static char path[] = "/tmp/scrawl-digits-XXXXXX";

static int setup(void **state)
{
    (void)state;
    ScrawlDataOptions options = {.split = SCRAWL_SPLIT_TEST, .no_download = true};
    if (scrawl_model_load(&model, "digits", NULL) ||
        scrawl_session_create(&session, model, NULL, NULL))
        return -1;
    close(mkstemp(path));
    if (scrawl_dataset_open(&dataset, "mnist", &options, NULL))
        dataset = NULL; /* the tests skip */
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scrawl_session_free(session);
    scrawl_model_free(model);
    scrawl_dataset_free(dataset);
    return unlink(path);
}

static int best(const float *logits, int n)
{
    int label = 0;
    for (int k = 1; k < n; k++)
        label = logits[k] > logits[label] ? k : label;
    return label;
}

/* A digit on a sheet: `scale` times the size, at (left, top), dark ink on white or inverted. */
typedef struct Way {
    const char *name;
    int scale, width, height, left, top;
    bool smooth, light_ink;
} Way;

static double pixel(const uint8_t *digit, int x, int y)
{
    return x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : digit[y * SIDE + x];
}

/* The digit's ink at a place of the sheet: squares, or bilinear between the pixels' centres. */
static double ink_at(const Way *way, const uint8_t *digit, int x, int y)
{
    double u = (x - way->left + 0.5) / way->scale - 0.5;
    double v = (y - way->top + 0.5) / way->scale - 0.5;
    if (!way->smooth)
        return pixel(digit, (int)(u + 1.5) - 1, (int)(v + 1.5) - 1);
    int left = (int)(u + 1) - 1, above = (int)(v + 1) - 1;
    double a = u - left, b = v - above;
    return (1 - b) * ((1 - a) * pixel(digit, left, above) + a * pixel(digit, left + 1, above)) +
           b * ((1 - a) * pixel(digit, left, above + 1) + a * pixel(digit, left + 1, above + 1));
}

static void write_picture(const Way *way, const uint8_t *digit)
{
    ScrawlImage image = {0};
    assert_int_equal(scrawl_image_create(&image, way->width, way->height, 0, NULL), 0);
    for (int y = 0; y < way->height; y++) {
        for (int x = 0; x < way->width; x++) {
            bool on = x >= way->left - way->scale && y >= way->top - way->scale &&
                      x < way->left + (SIDE + 1) * way->scale &&
                      y < way->top + (SIDE + 1) * way->scale;
            uint8_t ink = on ? (uint8_t)(ink_at(way, digit, x, y) + 0.5) : 0;
            image.pixels[y * way->width + x] = way->light_ink ? ink : (uint8_t)(255 - ink);
        }
    }
    assert_int_equal(scrawl_image_save(&image, path, NULL), 0);
    scrawl_image_deinit(&image);
}

static bool same_answer(const Way *way, const uint8_t *digit)
{
    ScrawlImage image = {0};
    ScrawlPrediction prediction;
    ScrawlError error = {0};
    float logits[10];
    scrawl_session_logits(session, 1, digit, logits);
    write_picture(way, digit);
    if (scrawl_image_load(&image, path, &error) ||
        scrawl_session_classify(session, &image, 1, &prediction, &error))
        fail_msg("%s", error.message);
    scrawl_image_deinit(&image);
    return prediction.label == best(logits, 10);
}

static void comes_back(void **state)
{
    const Way *way = *state;
    size_t n_same = 0;
    if (!dataset) {
        print_message("MNIST is not in $SCRAWL_DATA: skipped\n");
        skip();
    }
    for (size_t i = 0; i < n_images; i++)
        n_same += same_answer(way, scrawl_dataset_pixels(dataset, i));
    print_message("%s: %zu of %zu answers as for the raw pixels\n", way->name, n_same, n_images);
    assert_true(n_same * 100 >= n_images * 99);
}

static void reads_the_test_set(void **state)
{
    (void)state;
    size_t n_right = 0;
    if (!dataset) {
        print_message("MNIST is not in $SCRAWL_DATA: skipped\n");
        skip();
    }
    for (size_t i = 0; i < n_images; i++) {
        float logits[10];
        scrawl_session_logits(session, 1, scrawl_dataset_pixels(dataset, i), logits);
        n_right += best(logits, 10) == scrawl_dataset_label(dataset, i);
    }
    print_message("%zu of %zu right\n", n_right, n_images);
    assert_true(n_right * 100 >= n_images * 99);
}

int main(int argc, char **argv)
{
    static Way ways[] = {
        {"28x28, light on dark", 1, SIDE, SIDE, 0, 0, false, true},
        {"28x28, inverted", 1, SIDE, SIDE, 0, 0, false, false},
        {"4 times the size, squares", 4, 4 * SIDE, 4 * SIDE, 0, 0, false, true},
        {"4 times the size, smooth", 4, 4 * SIDE, 4 * SIDE, 0, 0, true, false},
        {"off-centre on a larger sheet", 1, 120, 90, 70, 11, false, false},
        {"4 times the size, off-centre on a page", 4, 600, 400, 33, 250, true, false},
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_test_set),
        cmocka_unit_test_prestate(comes_back, &ways[0]),
        cmocka_unit_test_prestate(comes_back, &ways[1]),
        cmocka_unit_test_prestate(comes_back, &ways[2]),
        cmocka_unit_test_prestate(comes_back, &ways[3]),
        cmocka_unit_test_prestate(comes_back, &ways[4]),
        cmocka_unit_test_prestate(comes_back, &ways[5]),
    };
    if (argc > 1)
        n_images = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, setup, teardown);
}
