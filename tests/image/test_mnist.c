/* Real digits, written as pictures in several ways, come back as they were. The answers of a
 * nearest neighbour among 2,000 digits stand in for a network's: right nine times in ten, it is
 * far more easily swayed. Smooth enlargement by itself, without any box to find, sways 12 of
 * these 500. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "image/decode.h"
#include "image/preprocess.h"

enum { N = 500, N_KNOWN = 2000, SIDE = 28, AREA = SIDE * SIDE };

static uint8_t tests_[N][AREA], known[N_KNOWN][AREA], labels[N_KNOWN];

static bool read_part(const char *name, size_t header, void *out, size_t size)
{
    char path[1024], skipped[16];
    snprintf(path, sizeof path, "%s/mnist/%s", getenv("SCRAWL_DATA"), name);
    gzFile file = gzopen(path, "rb");
    if (!file)
        return false;
    bool good = gzread(file, skipped, (unsigned)header) == (int)header &&
                gzread(file, out, (unsigned)size) == (int)size;
    gzclose(file);
    return good;
}

static void need_data(void)
{
    if (!getenv("SCRAWL_DATA") ||
        !read_part("t10k-images-idx3-ubyte.gz", 16, tests_, sizeof tests_) ||
        !read_part("train-images-idx3-ubyte.gz", 16, known, sizeof known) ||
        !read_part("train-labels-idx1-ubyte.gz", 8, labels, sizeof labels)) {
        print_message("MNIST is not in $SCRAWL_DATA: skipped\n");
        skip();
    }
}

static int answer(const uint8_t *pixels)
{
    uint32_t least = UINT32_MAX;
    int label = -1;
    for (int k = 0; k < N_KNOWN; k++) {
        uint32_t sum = 0;
        for (int i = 0; i < AREA; i++) {
            int d = pixels[i] - known[k][i];
            sum += (uint32_t)(d * d);
        }
        if (sum < least) {
            least = sum;
            label = labels[k];
        }
    }
    return label;
}

/* Light ink on black of `scale` times the size, at (left, top) of a larger sheet; inverted: dark
 * ink on white. Smooth: bilinear, else every pixel becomes a square. */
typedef struct Way {
    const char *name;
    int scale, width, height, left, top;
    bool inverted, smooth;
    double most; /* mean absolute difference allowed, of 255 */
    int same;    /* answers that must agree, of N */
} Way;

static double source(const uint8_t *pixels, int x, int y)
{
    return x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : pixels[y * SIDE + x];
}

static uint8_t value_at(const Way *way, const uint8_t *pixels, int x, int y)
{
    if (!way->smooth)
        return (uint8_t)source(pixels, x / way->scale, y / way->scale);
    double u = (x + 0.5) / way->scale - 0.5 + 1, v = (y + 0.5) / way->scale - 0.5 + 1;
    int i = (int)u - 1, j = (int)v - 1;
    double a = u - (i + 1), b = v - (j + 1);
    return (uint8_t)((1 - b) * ((1 - a) * source(pixels, i, j) + a * source(pixels, i + 1, j)) +
                     b * ((1 - a) * source(pixels, i, j + 1) + a * source(pixels, i + 1, j + 1)) +
                     0.5);
}

static void write_and_read(const Way *way, const uint8_t *pixels, uint8_t *out)
{
    ScrawlImage sheet, back;
    Buffer png;
    Preprocess preprocess = PREPROCESS_DEFAULT;
    buffer_init(&png, 1 << 20);
    assert_int_equal(scrawl_image_create(&sheet, way->width, way->height, 0, NULL), 0);
    for (int y = 0; y < SIDE * way->scale; y++)
        for (int x = 0; x < SIDE * way->scale; x++)
            sheet.pixels[(way->top + y) * way->width + way->left + x] = value_at(way, pixels, x, y);
    for (int i = 0; i < way->width * way->height && way->inverted; i++)
        sheet.pixels[i] = (uint8_t)(255 - sheet.pixels[i]);
    assert_int_equal(image_encode_png(&sheet, &png, NULL), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_image_decode(&back, "digit", png.data, png.size, NULL), 0);
    assert_int_equal(preprocess_image(&preprocess, &back, out, NULL), SCRAWL_STATUS_OK);
    scrawl_image_deinit(&sheet);
    scrawl_image_deinit(&back);
    buffer_deinit(&png);
}

static void digits_come_back(void **state)
{
    (void)state;
    static const Way ways[] = {
        {"28x28", 1, 28, 28, 0, 0, false, false, 0.01, 500},
        {"inverted", 1, 28, 28, 0, 0, true, false, 0.01, 500},
        {"4x, squares", 4, 112, 112, 0, 0, false, false, 0.02, 500},
        {"4x, smooth", 4, 112, 112, 0, 0, true, true, 6.5, 470},
        {"off-centre on a sheet", 1, 200, 150, 131, 17, true, false, 0.01, 500},
        {"4x off-centre, smooth", 4, 400, 300, 250, 30, true, true, 6.5, 470},
    };
    need_data();
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        int same = 0;
        double difference = 0;
        for (int i = 0; i < N; i++) {
            uint8_t out[AREA];
            write_and_read(&ways[w], tests_[i], out);
            for (int k = 0; k < AREA; k++)
                difference += abs(out[k] - tests_[i][k]);
            same += answer(out) == answer(tests_[i]);
        }
        difference /= (double)N * AREA;
        if (difference > ways[w].most || same < ways[w].same)
            fail_msg("%s: mean difference %.3f, same answer %d of %d", ways[w].name, difference,
                     same, N);
        if (getenv("SCRAWL_TEST_VERBOSE"))
            print_message("%s: mean difference %.3f, same answer %d of %d\n", ways[w].name,
                          difference, same, N);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digits_come_back)};
    return cmocka_run_group_tests_name("image mnist", tests, NULL, NULL);
}
