/* One row a format: how it is recognised, how its size is read, how it is decoded. */
#include "image/decode.h"

#include <leptonica/allheaders.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "image/codec.h"

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

static ScrawlStatus decode_png(ScrawlImage *image, const uint8_t *bytes, size_t size,
                               ScrawlError *error)
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

static ScrawlStatus decode(ScrawlImage *image, const uint8_t *bytes, size_t size,
                           ScrawlError *error)
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

/* Formats by their signatures, and the sizes that PNG, BMP and GIF files claim. */

static bool has(const uint8_t *bytes, size_t size, size_t at, const char *magic, size_t length)
{
    return size >= at + length && memcmp(bytes + at, magic, length) == 0;
}

bool header_is_png(const uint8_t *bytes, size_t size)
{
    return has(bytes, size, 0, "\x89PNG\r\n\x1a\n", 8);
}

bool header_is_jpeg(const uint8_t *bytes, size_t size)
{
    return has(bytes, size, 0, "\xff\xd8\xff", 3);
}

bool header_is_tiff(const uint8_t *bytes, size_t size)
{
    return has(bytes, size, 0, "II*\0", 4) || has(bytes, size, 0, "MM\0*", 4);
}

bool header_is_pnm(const uint8_t *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
           strchr(" \t\r\n", bytes[2]) && bytes[2];
}

bool header_is_webp(const uint8_t *bytes, size_t size)
{
    return has(bytes, size, 0, "RIFF", 4) && has(bytes, size, 8, "WEBP", 4);
}

bool header_is_bmp(const uint8_t *bytes, size_t size)
{
    return has(bytes, size, 0, "BM", 2) && has(bytes, size, 6, "\0\0\0\0", 4);
}

bool header_is_gif(const uint8_t *bytes, size_t size)
{
    return has(bytes, size, 0, "GIF87a", 6) || has(bytes, size, 0, "GIF89a", 6);
}

bool header_is_text(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size && i < 64; i++)
        if (bytes[i] == 0x7f || (bytes[i] < ' ' && !strchr("\t\r\n\f", bytes[i])) || !bytes[i])
            return false;
    return size > 0;
}

const char *header_refusal(const uint8_t *bytes, size_t size)
{
    static const char *const heic_brands[] = {"heic", "heix", "heim", "heis",
                                              "hevc", "hevx", "mif1", "msf1"};
    if (has(bytes, size, 4, "ftyp", 4)) {
        for (size_t i = 0; i < sizeof heic_brands / sizeof *heic_brands; i++)
            if (has(bytes, size, 8, heic_brands[i], 4))
                return "HEIC pictures are not read here: save it as JPEG or PNG first "
                       "(heif-convert IN.heic OUT.jpg)";
        if (has(bytes, size, 8, "avi", 3))
            return "AVIF pictures are not read here: save it as JPEG or PNG first";
    }
    if (has(bytes, size, 0, "%PDF", 4))
        return "expected a picture, found a PDF: turn its pages into pictures first "
               "(pdftoppm -png IN.pdf OUT)";
    if (has(bytes, size, 0, "\0\0\0\fjP  ", 8) || has(bytes, size, 0, "\xff\x4f\xff\x51", 4))
        return "JPEG 2000 pictures are not read here: save it as JPEG or PNG first";
    return NULL;
}

bool header_size_png(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height)
{
    ByteReader reader;
    const uint8_t *skipped;
    uint32_t w, h;
    reader_init(&reader, bytes, size);
    if (!reader_bytes(&reader, 16, &skipped) || !reader_u32be(&reader, &w) ||
        !reader_u32be(&reader, &h))
        return false;
    *width = w;
    *height = h;
    return memcmp(skipped + 12, "IHDR", 4) == 0;
}

bool header_size_bmp(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height)
{
    ByteReader reader;
    const uint8_t *skipped;
    uint32_t header, w, h;
    reader_init(&reader, bytes, size);
    if (!reader_bytes(&reader, 14, &skipped) || !reader_u32le(&reader, &header) ||
        !reader_u32le(&reader, &w) || !reader_u32le(&reader, &h))
        return false;
    /* A negative height means rows from top to bottom. A negative width stays as large as it
     * looks. */
    *width = w;
    *height = h & 0x80000000u ? 0u - h : h;
    return header >= 40;
}

/* Passes over data sub-blocks up to the empty one that ends them. */
static bool gif_skip_blocks(ByteReader *reader)
{
    const uint8_t *skipped;
    uint8_t length;
    do {
        if (!reader_u8(reader, &length) || !reader_bytes(reader, length, &skipped))
            return false;
    } while (length);
    return true;
}

static bool gif_skip_palette(ByteReader *reader, uint8_t flags)
{
    const uint8_t *skipped;
    return !(flags & 0x80) || reader_bytes(reader, (size_t)3 << ((flags & 7) + 1), &skipped);
}

/* One frame: its area; false at a cut. */
static bool gif_frame(ByteReader *reader, uint64_t *width, uint64_t *area)
{
    uint16_t x, y, w, h;
    uint8_t flags, code_size;
    if (!reader_u16le(reader, &x) || !reader_u16le(reader, &y) || !reader_u16le(reader, &w) ||
        !reader_u16le(reader, &h) || !reader_u8(reader, &flags) ||
        !gif_skip_palette(reader, flags) || !reader_u8(reader, &code_size))
        return false;
    *width = w;
    *area = (uint64_t)w * h;
    return gif_skip_blocks(reader);
}

bool header_size_gif(const uint8_t *bytes, size_t size, uint64_t *width, uint64_t *height)
{
    ByteReader reader;
    const uint8_t *screen;
    uint64_t first_width = 0, total = 0, w, area;
    reader_init(&reader, bytes, size);
    if (!reader_bytes(&reader, 13, &screen) || !gif_skip_palette(&reader, screen[10]))
        return false;
    for (uint8_t kind, label; reader_u8(&reader, &kind) && kind != 0x3b;) {
        if (kind == 0x21) {
            if (!reader_u8(&reader, &label) || !gif_skip_blocks(&reader))
                return false;
        } else if (kind == 0x2c) {
            if (!gif_frame(&reader, &w, &area))
                return false;
            if (first_width == 0)
                first_width = w;
            total += area;
        } else {
            return false;
        }
    }
    *width = first_width;
    *height = first_width ? (total + first_width - 1) / first_width : 0;
    return true;
}

bool scrawl_image_has_ending(const char *path)
{
    static const char endings[] = SCRAWL_IMAGE_ENDINGS ", .heic";
    const char *dot = strrchr(path, '.');
    size_t length = dot ? strlen(dot) : 0;

    for (const char *at = endings; dot && *at; at += strspn(at, ", ")) {
        size_t size = strcspn(at, ",");

        if (size == length && strncasecmp(at, dot, length) == 0)
            return true;
        at += size;
    }
    return false;
}

ScrawlStatus scrawl_image_load(ScrawlImage *image, const char *path, ScrawlError *error)
{
    *image = (ScrawlImage){0};
    Buffer bytes;
    buffer_init(&bytes, SCRAWL_IMAGE_MAX_FILE);
    const char *name = strcmp(path, "-") ? path : "standard input";
    ScrawlStatus status = file_read(path, &bytes, error);
    if (!status)
        status = scrawl_image_decode(image, name, bytes.data, bytes.size, error);
    buffer_deinit(&bytes);
    return status;
}

ScrawlStatus scrawl_image_save(const ScrawlImage *image, const char *path, ScrawlError *error)
{
    Buffer bytes;
    buffer_init(&bytes, SCRAWL_IMAGE_MAX_FILE);
    ScrawlStatus status = image_encode_png(image, &bytes, error);
    if (!status)
        status = file_write(path, bytes.data, bytes.size, error);
    buffer_deinit(&bytes);
    return status;
}
