/* Pictures that the tests of this folder encode in every way there is. */
#ifndef TESTS_IMAGE_SAMPLES_H
#define TESTS_IMAGE_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <leptonica/allheaders.h>

#include "base/memory.h"
#include "image/decode.h"

/* A smooth grey picture in which no row, column or corner is like another. */
static inline uint8_t sample_grey(int x, int y)
{
    return (uint8_t)(20 + 3 * x + 5 * y);
}

static inline PIX *sample_pix(int width, int height)
{
    PIX *pix = pixCreate(width, height, 8);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            pixSetPixel(pix, x, y, sample_grey(x, y));
    return pix;
}

typedef struct JpegOptions {
    J_COLOR_SPACE space;
    int n_components;
    int orientation; /* 0: no EXIF */
    int quality;
} JpegOptions;

/* sample_grey as a JPEG; of CMYK, in Adobe's inverted form. Free with free. */
static inline unsigned char *sample_jpeg(int width, int height, JpegOptions options,
                                         unsigned long *size)
{
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    uint8_t *row = malloc((size_t)width * 4);
    uint8_t exif[] = {'E', 'x',  'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
                      1,   0x12, 0,   3,   0, 0, 0,   1,   0, 0,  0, 0, 0, 0, 0, 0};
    codec.err = jpeg_std_error(&errors);
    jpeg_create_compress(&codec);
    *size = 0;
    jpeg_mem_dest(&codec, &bytes, size);
    codec.image_width = (JDIMENSION)width;
    codec.image_height = (JDIMENSION)height;
    codec.input_components = options.n_components;
    codec.in_color_space = options.space;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, options.quality, TRUE);
    jpeg_start_compress(&codec, TRUE);
    exif[25] = (uint8_t)options.orientation;
    if (options.orientation)
        jpeg_write_marker(&codec, JPEG_APP0 + 1, exif, sizeof exif);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            for (int c = 0; c < options.n_components; c++)
                row[x * options.n_components + c] = c == 3 ? 255 : sample_grey(x, y);
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    free(row);
    return bytes;
}

/* The bytes of pix in a format of leptonica's. Free with lept_free. */
static inline l_uint8 *sample_encode(PIX *pix, int format, size_t *size)
{
    l_uint8 *bytes = NULL;
    assert_int_equal(pixWriteMem(&bytes, size, pix, format), 0);
    return bytes;
}

static inline void assert_decodes(ScrawlImage *image, const void *bytes, size_t size)
{
    ScrawlError error = {0};
    ScrawlStatus status = scrawl_image_decode(image, "sample", bytes, size, &error);
    if (status)
        print_error("%s\n", error.message);
    assert_int_equal(status, SCRAWL_STATUS_OK);
}

#endif
