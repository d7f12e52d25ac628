#include "data/readers.h"

#include "files.h"

#define N 6

/* An NPY array of version 1 around `values`; the shape as Python writes it. */
static Buffer npy(const char *type, const char *shape, const void *values, size_t size)
{
    Buffer out;
    char header[128];
    int length = snprintf(header, sizeof header,
                          "{'descr': '%s', 'fortran_order': False, "
                          "'shape': %s, }\n",
                          type, shape);

    buffer_init(&out, DATASET_MAX_FILE);
    assert_int_equal(buffer_append(&out, "\x93NUMPY\1\0", 8), 0);
    assert_int_equal(buffer_append(&out, (uint8_t[]){(uint8_t)length, 0}, 2), 0);
    assert_int_equal(buffer_append(&out, header, (size_t)length), 0);
    assert_int_equal(buffer_append(&out, values, size), 0);
    return out;
}

static Buffer pixels_npy(const char *shape)
{
    uint8_t pixels[N * PIXELS];

    for (size_t i = 0; i < N; i++)
        for (size_t p = 0; p < PIXELS; p++)
            pixels[i * PIXELS + p] = sample_pixel(i, p);
    return npy("|u1", shape, pixels, sizeof pixels);
}

/* Writes x.npz of two arrays under the names given and reads a split of it. */
static ScrawlStatus read_pair(ScrawlDataset **dataset, Buffer x, Buffer y, const char *x_name,
                              const char *y_name, ScrawlSplit split, ScrawlError *error)
{
    ZipMember members[] = {{x_name, &x}, {y_name, &y}};

    files_write_zip("x.npz", members, 2);
    buffer_deinit(&x);
    buffer_deinit(&y);
    return npz_read(dataset, files_path("x.npz"), split, error);
}

static void expect_pair(Buffer x, Buffer y, ScrawlStatus expected, const char *words)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    assert_int_equal(
        read_pair(&dataset, x, y, "x_train.npy", "y_train.npy", SCRAWL_SPLIT_TRAIN, &error),
        expected);
    assert_null(dataset);
    assert_says(&error, words);
}

static const uint8_t labels8[N] = {0, 1, 2, 3, 12, 5};

static Buffer labels_npy(void)
{
    return npy("|u1", "(6,)", labels8, sizeof labels8);
}

static void check(ScrawlDataset *dataset)
{
    assert_int_equal(dataset->info.n, N);
    assert_int_equal(dataset->info.width, SIDE);
    assert_int_equal(dataset->info.n_classes, 13);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(scrawl_dataset_label(dataset, i), labels8[i]);
        for (size_t p = 0; p < PIXELS; p++)
            assert_int_equal(scrawl_dataset_pixels(dataset, i)[p], sample_pixel(i, p));
    }
    scrawl_dataset_free(dataset);
}

static void reads_every_kind_of_label(void **state)
{
    const int64_t labels64[N] = {0, 1, 2, 3, 12, 5};
    const int32_t labels32[N] = {0, 1, 2, 3, 12, 5};
    const uint8_t big[2 * N] = {0, 0, 0, 1, 0, 2, 0, 3, 0, 12, 0, 5};
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(read_pair(&dataset, pixels_npy("(6, 4, 4)"), labels_npy(), "x_train.npy",
                               "y_train.npy", SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    check(dataset);
    assert_int_equal(read_pair(&dataset, pixels_npy("(6, 4, 4, 1)"),
                               npy("<i8", "(6, 1)", labels64, sizeof labels64), "x_test.npy",
                               "y_test.npy", SCRAWL_SPLIT_TEST, NULL),
                     0);
    check(dataset);
    assert_int_equal(read_pair(&dataset, pixels_npy("(6,4,4)"),
                               npy("<i4", "(6,)", labels32, sizeof labels32), "x_train.npy",
                               "y_train.npy", SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    check(dataset);
    assert_int_equal(read_pair(&dataset, pixels_npy("(6,4,4)"), npy(">u2", "(6,)", big, sizeof big),
                               "x_train.npy", "y_train.npy", SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    check(dataset);
}

static void refuses_arrays_that_do_not_fit(void **state)
{
    const float halves[N] = {0.5f};
    const int32_t negative[N] = {0, 0, -1}, huge[N] = {0, 1000};

    (void)state;
    expect_pair(pixels_npy("(6, 16)"), labels_npy(), SCRAWL_STATUS_FORMAT, "2 dimensions");
    expect_pair(pixels_npy("(6, 2, 2, 4)"), labels_npy(), SCRAWL_STATUS_FORMAT, "[N,H,W]");
    expect_pair(pixels_npy("(3, 8, 4)"), labels_npy(), SCRAWL_STATUS_MISMATCH,
                "x_train.npy has 3 images, but y_train.npy has 6 labels");
    expect_pair(pixels_npy("(0, 4, 4)"), labels_npy(), SCRAWL_STATUS_FORMAT, "too long");
    expect_pair(pixels_npy("(7, 4, 4)"), labels_npy(), SCRAWL_STATUS_FORMAT, "truncated");
    expect_pair(pixels_npy("(6, 4, 4)"), npy("<f4", "(6,)", halves, sizeof halves),
                SCRAWL_STATUS_UNSUPPORTED, "f4");
    expect_pair(npy("<f4", "(6,)", halves, sizeof halves), labels_npy(), SCRAWL_STATUS_UNSUPPORTED,
                "expected bytes");
    expect_pair(pixels_npy("(6, 4, 4)"), npy("<i4", "(6,)", negative, sizeof negative),
                SCRAWL_STATUS_MISMATCH, "label -1 of image 2");
    expect_pair(pixels_npy("(6, 4, 4)"), npy("<i4", "(6,)", huge, sizeof huge),
                SCRAWL_STATUS_MISMATCH, "label 1000 of image 1");
}

static void names_what_is_missing(void **state)
{
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(read_pair(&dataset, pixels_npy("(6, 4, 4)"), labels_npy(), "x_train.npy",
                               "y_train.npy", SCRAWL_SPLIT_TEST, &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_says(&error, "x.npz: x_test.npy: there is no such member");
    assert_int_equal(npz_read(&dataset, files_path("y.npz"), SCRAWL_SPLIT_TEST, &error),
                     SCRAWL_STATUS_NOT_FOUND);
    assert_says(&error, "y.npz");
}

/* Cut or flipped anywhere, the archive is refused or gives the very same data. */
static void refuses_corruption(void **state)
{
    Buffer file;
    ScrawlDataset *dataset;
    size_t n_refused = 0;

    (void)state;
    assert_int_equal(read_pair(&dataset, pixels_npy("(6, 4, 4)"), labels_npy(), "x_train.npy",
                               "y_train.npy", SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    scrawl_dataset_free(dataset);
    buffer_init(&file, 100000);
    assert_int_equal(file_read(files_path("x.npz"), &file, NULL), 0);
    for (size_t size = 0; size < file.size; size++) {
        ScrawlError error = {0};
        ScrawlStatus status =
            npz_parse(&dataset, "cut.npz", file.data, size, SCRAWL_SPLIT_TRAIN, &error);

        assert_int_equal(status, SCRAWL_STATUS_FORMAT);
        assert_says(&error, "cut.npz");
        assert_null(dataset);
    }
    for (size_t i = 0; i < file.size; i++) {
        file.data[i] ^= 0x04;
        if (npz_parse(&dataset, "bad.npz", file.data, file.size, SCRAWL_SPLIT_TRAIN, NULL))
            n_refused++;
        else
            check(dataset);
        file.data[i] ^= 0x04;
    }
    assert_true(n_refused > file.size / 2);
    buffer_deinit(&file);
}

/* One byte more behind the archive; a comment, of whatever bytes, is a part of it. */
static void refuses_what_follows(void **state)
{
    static const char comment[] = "PK\5\6 is how such a record begins, and this is none";
    Buffer file;
    ScrawlDataset *dataset;
    ScrawlError error = {0};

    (void)state;
    assert_int_equal(read_pair(&dataset, pixels_npy("(6, 4, 4)"), labels_npy(), "x_train.npy",
                               "y_train.npy", SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    scrawl_dataset_free(dataset);
    buffer_init(&file, 200000);
    assert_int_equal(file_read(files_path("x.npz"), &file, NULL), 0);
    assert_int_equal(buffer_append(&file, "\n", 1), 0);
    assert_int_equal(npz_parse(&dataset, "x.npz", file.data, file.size, SCRAWL_SPLIT_TRAIN, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_says(&error, "x.npz: 1 bytes follow the end of the zip archive");
    files_write("x.npz", file.data, file.size);
    assert_int_equal(npz_read(&dataset, files_path("x.npz"), SCRAWL_SPLIT_TRAIN, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_says(&error, "x.npz: 1 bytes follow");

    file.size--;
    file.data[file.size - 2] = sizeof comment;
    assert_int_equal(buffer_append(&file, comment, sizeof comment), 0);
    assert_int_equal(npz_parse(&dataset, "x.npz", file.data, file.size, SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    check(dataset);
    while (file.size < 100000) /* further than a comment reaches */
        assert_int_equal(buffer_append(&file, comment, sizeof comment), 0);
    assert_int_equal(npz_parse(&dataset, "x.npz", file.data, file.size, SCRAWL_SPLIT_TRAIN, &error),
                     SCRAWL_STATUS_FORMAT);
    buffer_deinit(&file);
}

/* Where the directory says that a member takes 3.9 GB, nothing like it may be taken. */
static void does_not_trust_the_directory(void **state)
{
    Buffer file;
    ScrawlDataset *dataset;
    ScrawlError error = {0};
    size_t at;

    (void)state;
    assert_int_equal(read_pair(&dataset, pixels_npy("(6, 4, 4)"), labels_npy(), "x_train.npy",
                               "y_train.npy", SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    scrawl_dataset_free(dataset);
    buffer_init(&file, 100000);
    assert_int_equal(file_read(files_path("x.npz"), &file, NULL), 0);
    for (at = file.size - 4; memcmp(file.data + at, "PK\1\2", 4) != 0; at--)
        assert_true(at > 0);
    for (at--; memcmp(file.data + at, "PK\1\2", 4) != 0; at--) /* the first of the two */
        assert_true(at > 0);
    file.data[at + 27] = 0xe8; /* top byte of the unpacked size */
    assert_int_equal(npz_parse(&dataset, "x.npz", file.data, file.size, SCRAWL_SPLIT_TRAIN, &error),
                     SCRAWL_STATUS_FORMAT);
    assert_says(&error, "x.npz: x_train.npy: its size is said to be 38");
    buffer_deinit(&file);
}

static void expect_npy(const char *header, ScrawlStatus expected, const char *words)
{
    uint8_t bytes[512] = "\x93NUMPY\1";
    size_t length = strlen(header);
    ScrawlError error = {0};
    NpyArray array;

    bytes[8] = (uint8_t)length;
    memcpy(bytes + 10, header, length);
    assert_int_equal(npy_parse(&array, bytes, 10 + length + 2, &error), expected);
    assert_says(&error, words);
}

static void reads_headers_strictly(void **state)
{
    (void)state;
    expect_npy("{'descr':'|u1','fortran_order':False,'shape':(2,)}", 0, "");
    expect_npy(" {\"shape\": (1 , 2), \"fortran_order\": False, \"descr\": \"|b1\" , } ", 0, "");
    expect_npy("{'descr':'<u2','fortran_order':False,'shape':()}", 0, "");
    expect_npy("{'descr':'|u1','fortran_order':True,'shape':(2,)}", SCRAWL_STATUS_UNSUPPORTED,
               "Fortran");
    expect_npy("{'descr':'<U4','fortran_order':False,'shape':(2,)}", SCRAWL_STATUS_UNSUPPORTED,
               "'<U4'");
    expect_npy("{'descr':[('a','<i4')],'fortran_order':False,'shape':(2,)}",
               SCRAWL_STATUS_UNSUPPORTED, "records");
    expect_npy("{'descr':'|O','fortran_order':False,'shape':(2,)}", SCRAWL_STATUS_UNSUPPORTED,
               "'|O'");
    expect_npy("{'descr':'|u1','shape':(2,)}", SCRAWL_STATUS_FORMAT, "not understood");
    expect_npy("{'descr':'|u1','descr':'|u1','shape':(2,)}", SCRAWL_STATUS_FORMAT, "not");
    expect_npy("{'descr':'|u1','fortran_order':False,'shape':(2,)", SCRAWL_STATUS_FORMAT, "not");
    expect_npy("{'descr':'|u1','fortran_order':False,'shape':2}", SCRAWL_STATUS_FORMAT, "not");
    expect_npy("{'descr':'|u1','fortran_order':False,'shape':(-2,)}", SCRAWL_STATUS_FORMAT, "not");
    expect_npy("{'descr':'|u1','fortran_order':0,'shape':(2,)}", SCRAWL_STATUS_FORMAT, "not");
    expect_npy("{'descr':'|u1','fortran_order':False,'shape':(4294967296,4294967296,2)}",
               SCRAWL_STATUS_FORMAT, "larger than any memory");
    expect_npy("{'descr':'|u1','fortran_order':False,'shape':(99999999999999999999,)}",
               SCRAWL_STATUS_FORMAT, "not");
    expect_npy("{'descr':'|u1','fortran_order':False,'shape':(1,1,1,1,1,1,1,1,2)}",
               SCRAWL_STATUS_FORMAT, "not");
}

static void extends_signs(void **state)
{
    const uint8_t values[] = {0xfe, 0xff, 0x01, 0x80};
    Buffer bytes = npy("<i2", "(2,)", values, 4);
    NpyArray array;

    (void)state;
    assert_int_equal(npy_parse(&array, bytes.data, bytes.size, NULL), 0);
    assert_int_equal(npy_integer(&array, 0), -2);
    assert_int_equal(npy_integer(&array, 1), -32767);
    buffer_deinit(&bytes);
}

static ScrawlStatus read_once(void *context, ScrawlError *error)
{
    ScrawlDataset *dataset;
    ScrawlStatus status = npz_read(&dataset, context, SCRAWL_SPLIT_TRAIN, error);

    scrawl_dataset_free(dataset);
    return status;
}

static void survives_failing_allocations(void **state)
{
    char path[256];
    ScrawlDataset *dataset;

    (void)state;
    assert_int_equal(read_pair(&dataset, pixels_npy("(6, 4, 4)"), labels_npy(), "x_train.npy",
                               "y_train.npy", SCRAWL_SPLIT_TRAIN, NULL),
                     0);
    check(dataset);
    snprintf(path, sizeof path, "%s", files_path("x.npz"));
    fail_every_allocation(read_once, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_label),
        cmocka_unit_test(refuses_arrays_that_do_not_fit),
        cmocka_unit_test(names_what_is_missing),
        cmocka_unit_test(refuses_corruption),
        cmocka_unit_test(refuses_what_follows),
        cmocka_unit_test(does_not_trust_the_directory),
        cmocka_unit_test(reads_headers_strictly),
        cmocka_unit_test(extends_signs),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests_name("npz", tests, files_setup, files_teardown);
}
