/* Corrupted, hostile and mistaken files: each is a status and one sentence, nothing on stderr. */
#include "samples.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "base/rng.h"

enum { W = 40, H = 30 };

/* Decodes; says how it ended. After a failure there is a picture neither half nor whole, and the
 * message is one line that begins with the file's name. */
static ScrawlStatus outcome(const void *bytes, size_t size, ScrawlError *error)
{
    ScrawlImage image = {1, 1, NULL};
    uint8_t *copy = malloc(size + 1); /* its own block, so that a sanitizer sees a step too far */
    if (size)
        memcpy(copy, bytes, size);
    ScrawlStatus status = scrawl_image_decode(&image, "x.png", copy, size, error);
    if (status) {
        assert_null(image.pixels);
        assert_int_equal(image.width, 0);
        assert_true(strncmp(error->message, "x.png: ", 7) == 0);
        assert_true(strlen(error->message) > 20);
        assert_null(strchr(error->message, '\n'));
    }
    scrawl_image_deinit(&image);
    free(copy);
    return status;
}

static void assert_refused(const void *bytes, size_t size, ScrawlStatus expected, const char *words)
{
    ScrawlError error = {0};
    assert_int_equal(outcome(bytes, size, &error), expected);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" lacks \"%s\"", error.message, words);
}

static l_uint8 *sample(int format, size_t *size)
{
    PIX *pix = sample_pix(W, H);
    l_uint8 *bytes = sample_encode(pix, format, size);
    pixDestroy(&pix);
    return bytes;
}

static void names_what_is_no_picture(void **state)
{
    (void)state;
    uint8_t noise[300];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 151 + 7);
    assert_refused("", 0, SCRAWL_STATUS_FORMAT, "empty file");
    assert_refused("just a letter\n", 14, SCRAWL_STATUS_FORMAT, "found text");
    assert_refused(noise, sizeof noise, SCRAWL_STATUS_FORMAT, "expected a picture");
    assert_refused("\0\0\0\x18"
                   "ftypheic\0\0\0\0mif1heic",
                   24, SCRAWL_STATUS_UNSUPPORTED, "HEIC");
    assert_refused("\0\0\0\x18"
                   "ftypavif\0\0\0\0",
                   16, SCRAWL_STATUS_UNSUPPORTED, "AVIF");
    assert_refused("%PDF-1.7\n", 9, SCRAWL_STATUS_UNSUPPORTED, "pdftoppm");
    assert_refused("\x89PNG\r\n\x1a\n", 8, SCRAWL_STATUS_FORMAT, "cut off");
}

static void refuses_cut_and_overlong_png_and_jpeg(void **state)
{
    (void)state;
    size_t size;
    unsigned long jpeg_size;
    ScrawlError error;
    l_uint8 *png = sample(IFF_PNG, &size);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_not_equal(outcome(png, cut, &error), SCRAWL_STATUS_OK);
    assert_int_equal(outcome(png, size, &error), SCRAWL_STATUS_OK);
    uint8_t *longer = malloc(size + 1);
    memcpy(longer, png, size);
    longer[size] = '\n';
    assert_refused(longer, size + 1, SCRAWL_STATUS_FORMAT, "but 1 more bytes follow");
    free(longer);
    lept_free(png);
    unsigned char *jpeg = sample_jpeg(W, H, (JpegOptions){JCS_GRAYSCALE, 1, 6, 90}, &jpeg_size);
    for (size_t cut = 0; cut < jpeg_size; cut++)
        assert_int_not_equal(outcome(jpeg, cut, &error), SCRAWL_STATUS_OK);
    assert_int_equal(outcome(jpeg, jpeg_size, &error), SCRAWL_STATUS_OK);
    free(jpeg);
}

static void refuses_every_flipped_bit_of_png(void **state)
{
    (void)state;
    size_t size;
    ScrawlError error;
    l_uint8 *png = sample(IFF_PNG, &size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        png[bit / 8] ^= (l_uint8)(1 << bit % 8);
        assert_int_not_equal(outcome(png, size, &error), SCRAWL_STATUS_OK);
        png[bit / 8] ^= (l_uint8)(1 << bit % 8);
    }
    lept_free(png);
}

/* The other formats have no checksums: corruption need not show, but must do no harm. */
static void survives_corruption_of_every_format(void **state)
{
    (void)state;
    static const int formats[] = {IFF_JFIF_JPEG, IFF_TIFF, IFF_TIFF_LZW, IFF_TIFF_ZIP, IFF_TIFF_G4,
                                  IFF_PNM,       IFF_WEBP, IFF_BMP,      IFF_GIF};
    ScrawlError error;
    Rng rng;
    rng_init(&rng, 1, rng_stream(RNG_PURPOSE_TEST, 0, 0));
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        PIX *grey = sample_pix(W, H);
        PIX *pix = formats[f] == IFF_TIFF_G4 ? pixConvertTo1(grey, 128) : pixClone(grey);
        size_t size, refused = 0;
        l_uint8 *bytes = sample_encode(pix, formats[f], &size);
        for (size_t cut = 0; cut < size; cut += 1 + size / 200)
            refused += outcome(bytes, cut, &error);
        assert_true(refused > 0);
        for (int i = 0; i < 300; i++) {
            l_uint8 *corrupted = malloc(size);
            memcpy(corrupted, bytes, size);
            for (uint32_t k = 0; k < 1 + (uint32_t)i % 4; k++) {
                uint32_t reach = i % 2 ? 64 : (uint32_t)size; /* every other one in the header */
                corrupted[rng_below(&rng, reach < size ? reach : (uint32_t)size)] ^=
                    (l_uint8)(1 << rng_below(&rng, 8));
            }
            (void)!outcome(corrupted, size, &error);
            free(corrupted);
        }
        lept_free(bytes);
        pixDestroy(&pix);
        pixDestroy(&grey);
    }
}

static void put_u32be(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A small file whose header error bounds a picture of `side` x `side`. */
static void png_bomb(l_uint8 *png, uint32_t side)
{
    put_u32be(png + 16, side);
    put_u32be(png + 20, side);
    put_u32be(png + 29, (uint32_t)crc32(0, png + 12, 17));
}

static void refuses_large_pictures_by_their_header(void **state)
{
    (void)state;
    size_t size;
    unsigned long jpeg_size;
    l_uint8 *bytes = sample(IFF_PNG, &size);
    png_bomb(bytes, 60000);
    assert_refused(bytes, size, SCRAWL_STATUS_LIMIT, "60000 x 60000");
    png_bomb(bytes, 0xffffffff);
    assert_refused(bytes, size, SCRAWL_STATUS_LIMIT, "limit of 64 megapixels");
    png_bomb(bytes, 0);
    assert_refused(bytes, size, SCRAWL_STATUS_FORMAT, "empty");
    lept_free(bytes);

    unsigned char *jpeg = sample_jpeg(W, H, (JpegOptions){JCS_GRAYSCALE, 1, 0, 90}, &jpeg_size);
    for (size_t i = 0; i + 9 < jpeg_size; i++)
        if (jpeg[i] == 0xff && jpeg[i + 1] == 0xc0) {
            put_u32be(jpeg + i + 5, 0xea60ea60);
            break;
        }
    assert_refused(jpeg, jpeg_size, SCRAWL_STATUS_LIMIT, "60000 x 60000");
    free(jpeg);

    bytes = sample(IFF_BMP, &size);
    memcpy(bytes + 18, "\x60\xea\0\0\x60\xea\0\0", 8);
    assert_refused(bytes, size, SCRAWL_STATUS_LIMIT, "60000 x 60000");
    lept_free(bytes);

    bytes = sample(IFF_TIFF, &size);
    for (size_t i = 0; i + 12 <= size; i++)
        if (bytes[i + 1] == 1 && (bytes[i] == 0 || bytes[i] == 1) && bytes[i + 2] == 3 &&
            bytes[i + 4] == 1)
            memcpy(bytes + i + 8, "\x60\xea", 2); /* tags 256 and 257: width and height */
    assert_refused(bytes, size, SCRAWL_STATUS_LIMIT, "60000 x 60000");
    lept_free(bytes);

    assert_refused("P5 60000 60000 255\n0123456789", 29, SCRAWL_STATUS_LIMIT, "60000 x 60000");
    static const char gif[] =
        "GIF89a\x60\xea\x60\xea\0\0\0,\0\0\0\0\x60\xea\x60\xea\0\x02\x01\0\0;";
    assert_refused(gif, sizeof gif - 1, SCRAWL_STATUS_LIMIT, "60000 x 60000");
}

static void passes_one_pixel(void **state)
{
    (void)state;
    static const int formats[] = {IFF_PNG, IFF_TIFF, IFF_PNM, IFF_BMP, IFF_GIF, IFF_JFIF_JPEG};
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        PIX *pix = pixCreate(1, 1, 8);
        pixSetPixel(pix, 0, 0, 200);
        size_t size;
        ScrawlImage image;
        l_uint8 *bytes = sample_encode(pix, formats[f], &size);
        assert_decodes(&image, bytes, size);
        assert_int_equal(image.width * image.height, 1);
        assert_in_range(image.pixels[0], 198, 202);
        scrawl_image_deinit(&image);
        lept_free(bytes);
        pixDestroy(&pix);
    }
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    static const int formats[] = {IFF_PNG, IFF_JFIF_JPEG, IFF_TIFF};
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        size_t size;
        l_uint8 *bytes = sample(formats[f], &size);
        ScrawlError error;
        uint64_t n = 1;
        for (;; n++) {
            mem_fail_at(n);
            ScrawlStatus status = outcome(bytes, size, &error);
            mem_fail_at(0);
            if (!status)
                break;
            assert_int_equal(status, SCRAWL_STATUS_NO_MEMORY);
        }
        assert_true(n > 1);
        lept_free(bytes);
    }
}

static int silence_begin(void **state)
{
    static int files[2];
    char name[] = "/tmp/scrawl-stderr-XXXXXX";
    fflush(stderr);
    files[0] = dup(2);
    files[1] = mkstemp(name);
    unlink(name);
    dup2(files[1], 2);
    *state = files;
    return files[1] < 0;
}

/* Nothing was said to stderr, by us or by a library. */
static int silence_end(void **state)
{
    int *files = *state;
    fflush(stderr);
    off_t said = lseek(files[1], 0, SEEK_END);
    dup2(files[0], 2);
    close(files[0]);
    close(files[1]);
    if (said)
        print_error("%lld bytes were written to stderr\n", (long long)said);
    return said != 0;
}

#define SILENT(test) cmocka_unit_test_setup_teardown(test, silence_begin, silence_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SILENT(names_what_is_no_picture),
        SILENT(refuses_cut_and_overlong_png_and_jpeg),
        SILENT(refuses_every_flipped_bit_of_png),
        SILENT(survives_corruption_of_every_format),
        SILENT(refuses_large_pictures_by_their_header),
        SILENT(passes_one_pixel),
        SILENT(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests_name("image corruption", tests, NULL, NULL);
}
