/* Every format and kind of pixel comes out as the grey that it shows. */
#include "samples.h"

#include <unistd.h>

#include "base/file.h"
#include "image/decode.h"

enum { W = 23, H = 17 };

static void assert_sample(const ScrawlImage *image, int tolerance)
{
    assert_int_equal(image->width, W);
    assert_int_equal(image->height, H);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            assert_in_range(image->pixels[y * W + x] - sample_grey(x, y) + tolerance, 0,
                            2 * tolerance);
}

static void check_format(PIX *pix, int format, int tolerance)
{
    size_t size;
    ScrawlImage image;
    l_uint8 *bytes = sample_encode(pix, format, &size);
    assert_decodes(&image, bytes, size);
    assert_sample(&image, tolerance);
    scrawl_image_deinit(&image);
    lept_free(bytes);
}

static void reads_grey_of_every_format(void **state)
{
    (void)state;
    static const struct {
        int format, tolerance;
    } rows[] = {{IFF_PNG, 0},       {IFF_TIFF, 0},     {IFF_TIFF_LZW, 0}, {IFF_TIFF_ZIP, 0},
                {IFF_TIFF_JPEG, 9}, {IFF_PNM, 0},      {IFF_BMP, 0},      {IFF_GIF, 0},
                {IFF_WEBP, 9},      {IFF_JFIF_JPEG, 9}};
    PIX *pix = sample_pix(W, H);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_format(pix, rows[i].format, rows[i].tolerance);
    pixDestroy(&pix);
}

static void reads_colour_palette_and_16_bits(void **state)
{
    (void)state;
    PIX *grey = sample_pix(W, H), *colour = pixConvertTo32(grey), *deep = pixConvert8To16(grey, 8);
    PIX *palette = pixConvertTo8(grey, 1);
    check_format(colour, IFF_PNG, 1);
    check_format(colour, IFF_TIFF, 1);
    check_format(colour, IFF_BMP, 1);
    check_format(colour, IFF_PNM, 1);
    check_format(deep, IFF_PNG, 0);
    check_format(deep, IFF_TIFF, 0);
    check_format(deep, IFF_PNM, 0);
    check_format(palette, IFF_PNG, 0);
    check_format(palette, IFF_TIFF, 0);
    pixDestroy(&grey);
    pixDestroy(&colour);
    pixDestroy(&deep);
    pixDestroy(&palette);
}

static void reads_one_bit(void **state)
{
    (void)state;
    static const int formats[] = {IFF_PNG, IFF_TIFF_G4, IFF_PNM, IFF_BMP};
    PIX *pix = pixCreate(W, H, 1);
    pixSetPixel(pix, 3, 2, 1); /* 1 is black */
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t size;
        ScrawlImage image;
        l_uint8 *bytes = sample_encode(pix, formats[i], &size);
        assert_decodes(&image, bytes, size);
        for (int k = 0; k < W * H; k++)
            assert_int_equal(image.pixels[k], k == 2 * W + 3 ? 0 : 255);
        scrawl_image_deinit(&image);
        lept_free(bytes);
    }
    pixDestroy(&pix);
}

static void lays_alpha_over_white(void **state)
{
    (void)state;
    PIX *pix = pixCreate(2, 1, 32);
    size_t size;
    ScrawlImage image;
    pixSetSpp(pix, 4);
    l_uint32 half_black, clear;
    composeRGBAPixel(0, 0, 0, 128, &half_black);
    composeRGBAPixel(0, 0, 0, 0, &clear);
    pixSetPixel(pix, 0, 0, half_black);
    pixSetPixel(pix, 1, 0, clear);
    l_uint8 *bytes = sample_encode(pix, IFF_PNG, &size);
    assert_decodes(&image, bytes, size);
    assert_in_range(image.pixels[0], 125, 129);
    assert_int_equal(image.pixels[1], 255);
    scrawl_image_deinit(&image);
    lept_free(bytes);
    pixDestroy(&pix);
}

static void reads_cmyk_jpeg(void **state)
{
    (void)state;
    unsigned long size;
    ScrawlImage image;
    unsigned char *bytes = sample_jpeg(W, H, (JpegOptions){JCS_CMYK, 4, 0, 98}, &size);
    assert_decodes(&image, bytes, size);
    assert_sample(&image, 6);
    scrawl_image_deinit(&image);
    free(bytes);
}

/* Where the corner pixels of the stored picture belong in the upright one, by the EXIF standard's
 * words: orientation 6 is "row 0 at the right-hand side, column 0 at the top", and so on. */
static void turns_photos_upright(void **state)
{
    (void)state;
    static const struct {
        bool row0_is_side, row0_at_end, column0_at_end;
    } rows[9] = {{0},       {0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 1, 0},
                 {1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {1, 0, 1}};
    for (int o = 0; o <= 9; o++) {
        unsigned long size;
        ScrawlImage image;
        unsigned char *bytes = sample_jpeg(W, H, (JpegOptions){JCS_GRAYSCALE, 1, o, 98}, &size);
        int known = o >= 1 && o <= 8 ? o : 1;
        bool side = rows[known].row0_is_side;
        assert_decodes(&image, bytes, size);
        assert_int_equal(image.width, side ? H : W);
        assert_int_equal(image.height, side ? W : H);
        for (int y = 0; y < H; y += H - 1)
            for (int x = 0; x < W; x += W - 1) {
                int along = rows[known].column0_at_end ? W - 1 - x : x;
                int across = rows[known].row0_at_end ? H - 1 - y : y;
                int at = side ? along * H + across : across * W + along;
                assert_in_range(image.pixels[at] - sample_grey(x, y) + 6, 0, 12);
            }
        scrawl_image_deinit(&image);
        free(bytes);
    }
}

static void exif_survives_any_bytes(void **state)
{
    (void)state;
    uint8_t exif[] = {'E', 'x', 'i',  'f', 0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0,
                      1,   0,   0x12, 1,   3, 0, 1,   0,   0,  0, 6, 0, 0, 0};
    assert_int_equal(exif_orientation(exif, sizeof exif), 6);
    for (size_t size = 0; size < sizeof exif; size++) {
        uint8_t *cut =
            malloc(size + 1); /* its own block, so that a sanitizer sees a step too far */
        memcpy(cut, exif, size);
        int found = exif_orientation(cut, size);
        assert_true(found == 1 || (found == 6 && size >= 26));
        free(cut);
    }
    exif[13] = 0xff; /* the directory lies beyond the end */
    assert_int_equal(exif_orientation(exif, sizeof exif), 1);
}

static void shrinks_large_jpegs(void **state)
{
    (void)state;
    unsigned long size;
    ScrawlImage image;
    unsigned char *bytes = sample_jpeg(5000, 3300, (JpegOptions){JCS_GRAYSCALE, 1, 0, 20}, &size);
    assert_decodes(&image, bytes, size);
    assert_int_equal(image.width, 2500);
    assert_int_equal(image.height, 1650);
    scrawl_image_deinit(&image);
    free(bytes);
}

static void saves_what_it_loads(void **state)
{
    (void)state;
    char folder[] = "/tmp/scrawl-image-XXXXXX";
    ScrawlImage image, back;
    ScrawlError error = {0};
    assert_non_null(mkdtemp(folder));
    char *path = mem_format("%s/a.png", folder);
    assert_int_equal(scrawl_image_create(&image, W, H, 7, &error), SCRAWL_STATUS_OK);
    for (int i = 0; i < W * H; i++)
        image.pixels[i] = (uint8_t)(i * 11);
    assert_int_equal(scrawl_image_save(&image, path, &error), SCRAWL_STATUS_OK);
    assert_int_equal(scrawl_image_load(&back, path, &error), SCRAWL_STATUS_OK);
    assert_int_equal(back.width, W);
    assert_memory_equal(back.pixels, image.pixels, W * H);
    unlink(path);
    scrawl_image_deinit(&back);
    assert_null(back.pixels);
    assert_int_equal(scrawl_image_load(&back, path, &error), SCRAWL_STATUS_NOT_FOUND);
    assert_int_equal(scrawl_image_save(&back, path, &error), SCRAWL_STATUS_USAGE);
    assert_false(file_exists(path));
    scrawl_image_deinit(&image);
    mem_free(path);
    rmdir(folder);
}

static void pictures_are_known_by_their_endings(void **state)
{
    (void)state;
    static const char *const pictures[] = {"a.png", "a/b.c/D.PNG", ".jpeg", "x.tar.pbm", "a.heic"};
    static const char *const others[] = {"a",        "a.",      "a.pn",  "a.pngs",       "png",
                                         "a.png.gz", "a.png/b", "a.txt", "a.png, .jpg,", "a., ",
                                         "",         "a.heic "};

    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        assert_true(scrawl_image_has_ending(pictures[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(scrawl_image_has_ending(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_grey_of_every_format),
        cmocka_unit_test(reads_colour_palette_and_16_bits),
        cmocka_unit_test(reads_one_bit),
        cmocka_unit_test(lays_alpha_over_white),
        cmocka_unit_test(reads_cmyk_jpeg),
        cmocka_unit_test(turns_photos_upright),
        cmocka_unit_test(exif_survives_any_bytes),
        cmocka_unit_test(shrinks_large_jpegs),
        cmocka_unit_test(pictures_are_known_by_their_endings),
        cmocka_unit_test(saves_what_it_loads),
    };
    return cmocka_run_group_tests_name("image decode", tests, NULL, NULL);
}
