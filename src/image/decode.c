/* One row a format: how it is recognised, how its size is read, how it is decoded. */
#include "image/decode.h"

#include <leptonica/allheaders.h>
#include <pthread.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "image/header.h"
#include "image/jpeg.h"
#include "image/png.h"

static void say_nothing(const char *text)
{
    (void)text;
}

/* leptonica reports on stderr unless told otherwise, for the whole process; what we report is our
 * own sentence. A few of its messages obey only the handler. */
static void silence_leptonica(void)
{
    setMsgSeverity(L_SEVERITY_NONE);
    leptSetStderrHandler(say_nothing);
}

static void leptonica_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, silence_leptonica);
}

ScrawlStatus
image_check_size(const char *format, uint64_t width, uint64_t height, ScrawlError *error)
{
    if (width == 0 || height == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s of %llu x %llu pixels is empty", format,
                         (unsigned long long)width, (unsigned long long)height);
    if (width > SCRAWL_IMAGE_MAX_PIXELS || height > SCRAWL_IMAGE_MAX_PIXELS / width)
        return error_set(error, SCRAWL_STATUS_LIMIT,
                         "%s of %llu x %llu pixels is larger than the limit of %zu megapixels",
                         format, (unsigned long long)width, (unsigned long long)height,
                         SCRAWL_IMAGE_MAX_PIXELS / 1000000);
    return SCRAWL_STATUS_OK;
}

/* Replaces *pix by what a step made of it. */
static bool pix_become(PIX **pix, PIX *made)
{
    pixDestroy(pix);
    *pix = made;
    return made;
}

/* Palette, alpha, 16, 4, 2 or 1 bit, colour: all to 8 bits of grey. */
static bool pix_to_grey(PIX **pix)
{
    if (pixGetColormap(*pix) && !pix_become(pix, pixRemoveColormap(*pix, REMOVE_CMAP_BASED_ON_SRC)))
        return false;
    if (pixGetDepth(*pix) == 32 && pixGetSpp(*pix) == 4 && !pix_become(pix, pixRemoveAlpha(*pix)))
        return false;
    if (pixGetDepth(*pix) == 16 && !pix_become(pix, pixConvert16To8(*pix, L_MS_BYTE)))
        return false;
    return pixGetDepth(*pix) == 8 || pix_become(pix, pixConvertTo8(*pix, 0));
}

static ScrawlStatus image_from_pix(ScrawlImage *image, PIX *pix, ScrawlError *error)
{
    int width = pixGetWidth(pix), height = pixGetHeight(pix);
    ScrawlStatus status = scrawl_image_create(image, width, height, 255, error);
    if (status)
        return status;
    size_t words = (size_t)pixGetWpl(pix);
    for (int y = 0; y < height; y++) {
        const l_uint32 *line = pixGetData(pix) + (size_t)y * words;
        uint8_t *row = image->pixels + (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++)
            row[x] = (uint8_t)GET_DATA_BYTE(line, x);
    }
    return SCRAWL_STATUS_OK;
}

typedef PIX *(*LeptonicaReader)(const l_uint8 *bytes, size_t size);

static ScrawlStatus decode_through(LeptonicaReader read, const char *format, ScrawlImage *image,
                                   const uint8_t *bytes, size_t size, ScrawlError *error)
{
    leptonica_begin();
    ScrawlStatus status = SCRAWL_STATUS_OK;
    PIX *pix = read(bytes, size);
    /* The header bounded a size within the limit; the pixels are held to it again. */
    if (pix)
        status = image_check_size(format, (uint64_t)pixGetWidth(pix), (uint64_t)pixGetHeight(pix),
                                  error);
    if (!pix || (!status && !pix_to_grey(&pix)))
        status =
            error_set(error, SCRAWL_STATUS_FORMAT,
                      "the %s is corrupted, cut off, or of a kind that is not read here", format);
    if (!status)
        status = image_from_pix(image, pix, error);
    pixDestroy(&pix);
    return status;
}

static ScrawlStatus
decode_png(ScrawlImage *image, const uint8_t *bytes, size_t size, ScrawlError *error)
{
    Buffer essentials;
    buffer_init(&essentials, SCRAWL_IMAGE_MAX_FILE);
    ScrawlStatus status = png_essentials(bytes, size, &essentials, error);
    if (!status)
        status =
            decode_through(pixReadMemPng, "PNG", image, essentials.data, essentials.size, error);
    buffer_deinit(&essentials);
    return status;
}

static PIX *read_tiff_page(const l_uint8 *bytes, size_t size)
{
    return pixReadMemTiff(bytes, size, 0);
}

#define DECODER(function, reader, format)                                               \
    static ScrawlStatus function(ScrawlImage *image, const uint8_t *bytes, size_t size, \
                                 ScrawlError *error)                                    \
    {                                                                                   \
        return decode_through(reader, format, image, bytes, size, error);               \
    }
DECODER(decode_tiff, read_tiff_page, "TIFF")
DECODER(decode_pnm, pixReadMemPnm, "PNM")
DECODER(decode_webp, pixReadMemWebP, "WebP")
DECODER(decode_bmp, pixReadMemBmp, "BMP")
DECODER(decode_gif, pixReadMemGif, "GIF")
#undef DECODER

/* The size in the header, by leptonica. */
static bool leptonica_size(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height)
{
    leptonica_begin();
    l_int32 format, w, h, bits, samples, palette;
    if (pixReadHeaderMem(bytes, size, &format, &w, &h, &bits, &samples, &palette) || w < 0 || h < 0)
        return false;
    *width = (uint64_t)w;
    *height = (uint64_t)h;
    return true;
}

typedef struct ImageFormat {
    const char *name;
    bool (*match)(const uint8_t *bytes, size_t size);
    /* The most pixels that decoding takes memory for. NULL: decode sees to it itself. */
    bool (*size)(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height);
    ScrawlStatus (*decode)(ScrawlImage *image, const uint8_t *bytes, size_t size,
                           ScrawlError *error);
} ImageFormat;

static const ImageFormat image_formats[] = {
    {"PNG", header_is_png, header_size_png, decode_png},
    {"JPEG", header_is_jpeg, NULL, jpeg_decode},
    {"TIFF", header_is_tiff, leptonica_size, decode_tiff},
    {"PNM", header_is_pnm, leptonica_size, decode_pnm},
    {"WebP", header_is_webp, leptonica_size, decode_webp},
    {"BMP", header_is_bmp, header_size_bmp, decode_bmp},
    {"GIF", header_is_gif, header_size_gif, decode_gif},
};

static const ImageFormat *find_format(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof image_formats / sizeof *image_formats; i++)
        if (image_formats[i].match(bytes, size))
            return &image_formats[i];
    return NULL;
}

static ScrawlStatus refuse_unknown(const uint8_t *bytes, size_t size, ScrawlError *error)
{
    if (size == 0)
        return error_set(error, SCRAWL_STATUS_FORMAT, "expected a picture, found an empty file");
    const char *advice = header_refusal(bytes, size);
    if (advice)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED, "%s", advice);
    return error_set(error, SCRAWL_STATUS_FORMAT,
                     "expected a picture (PNG, JPEG, TIFF, PNM, WebP, BMP or GIF), found %s",
                     header_is_text(bytes, size) ? "text" : "something else");
}

static ScrawlStatus
decode(ScrawlImage *image, const uint8_t *bytes, size_t size, ScrawlError *error)
{
    const ImageFormat *format = find_format(bytes, size);
    if (!format)
        return refuse_unknown(bytes, size, error);
    if (format->size) {
        uint64_t width, height;
        if (!format->size(bytes, size, &width, &height))
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "the %s is cut off or corrupted before its first pixel", format->name);
        ScrawlStatus status = image_check_size(format->name, width, height, error);
        if (status)
            return status;
    }
    return format->decode(image, bytes, size, error);
}

ScrawlStatus scrawl_image_decode(ScrawlImage *image, const char *name, const void *bytes,
                                 size_t size, ScrawlError *error)
{
    *image = (ScrawlImage){0};
    ScrawlStatus status = decode(image, bytes, size, error);
    return status ? error_prefix(error, status, "%s", name) : SCRAWL_STATUS_OK;
}
