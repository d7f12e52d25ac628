/* PNG: chunks checked on the way in, grey or colour written on the way out. */
#include "image/codec.h"

#include <leptonica/allheaders.h>
#include <libdeflate.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "image/decode.h"

#define PNG_SIGNATURE_SIZE 8
#define PNG_MAX_CHUNK 0x7fffffffu

typedef struct Chunk {
    const uint8_t *whole; /* length, name, data, CRC */
    size_t whole_size;
    const uint8_t *name; /* four letters */
    uint32_t length;     /* of the data */
} Chunk;

static ScrawlStatus next_chunk(ByteReader *reader, Chunk *chunk, ScrawlError *error)
{
    size_t start = reader->position;
    const uint8_t *body;
    uint32_t expected;
    chunk->whole = reader->data + start;
    if (!reader_u32be(reader, &chunk->length) || chunk->length > PNG_MAX_CHUNK ||
        !reader_bytes(reader, (size_t)chunk->length + 4, &body) || !reader_u32be(reader, &expected))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the PNG is cut off: its chunk at byte %zu is not complete in %zu bytes",
                         start, reader->size);
    chunk->name = body;
    chunk->whole_size = reader->position - start;
    if (libdeflate_crc32(0, body, (size_t)chunk->length + 4) != expected)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the PNG is corrupted: its chunk at byte %zu has a wrong checksum", start);
    return SCRAWL_STATUS_OK;
}

static bool named(const Chunk *chunk, const char *name)
{
    return memcmp(chunk->name, name, 4) == 0;
}

/* A colour type that PNG has, at a depth that it may have (table 8 of the specification). */
static bool header_is_sane(const Chunk *chunk)
{
    if (!named(chunk, "IHDR") || chunk->length != 13)
        return false;
    unsigned depth = chunk->name[12], type = chunk->name[13];
    static const unsigned depths[7] = {
        1 | 2 | 4 | 8 | 16, 0, 8 | 16, 1 | 2 | 4 | 8, 8 | 16, 0, 8 | 16};
    return type < 7 && depth && !(depth & (depth - 1)) && (depths[type] & depth) &&
           chunk->name[14] == 0 && chunk->name[15] == 0 && chunk->name[16] <= 1;
}

ScrawlStatus png_essentials(const uint8_t *bytes, size_t size, Buffer *out, ScrawlError *error)
{
    ByteReader reader;
    const uint8_t *signature;
    Chunk chunk;
    bool data = false, palette = false;
    reader_init(&reader, bytes, size);
    if (!reader_bytes(&reader, PNG_SIGNATURE_SIZE, &signature))
        return error_set(error, SCRAWL_STATUS_FORMAT, "the PNG is cut off within its signature");
    ScrawlStatus status = next_chunk(&reader, &chunk, error);
    if (status)
        return status;
    if (!header_is_sane(&chunk))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the PNG does not begin with a header of a known kind");
    bool indexed = chunk.name[13] == 3;
    status = buffer_append(out, signature, PNG_SIGNATURE_SIZE);
    if (!status)
        status = buffer_append(out, chunk.whole, chunk.whole_size);
    while (!status && !named(&chunk, "IEND")) {
        status = next_chunk(&reader, &chunk, error);
        if (status)
            return status;
        data |= named(&chunk, "IDAT");
        palette |= named(&chunk, "PLTE");
        /* A transparent colour outside a palette is rare, and leptonica takes it for a blank
         * page. */
        if (named(&chunk, "IDAT") || named(&chunk, "PLTE") || named(&chunk, "IEND") ||
            (indexed && named(&chunk, "tRNS")))
            status = buffer_append(out, chunk.whole, chunk.whole_size);
    }
    if (status)
        return error_no_memory(error, "the chunks of a PNG");
    if (reader_left(&reader) > 0)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "the PNG ends at byte %zu, but %zu more bytes follow", reader.position,
                         reader_left(&reader));
    if (!data || (indexed && !palette))
        return error_set(error, SCRAWL_STATUS_FORMAT, "the PNG has no %s",
                         data ? "palette" : "pixels");
    return SCRAWL_STATUS_OK;
}

static PIX *pix_from_image(const ScrawlImage *image)
{
    PIX *pix = pixCreate(image->width, image->height, 8);
    if (!pix)
        return NULL;
    size_t words = (size_t)pixGetWpl(pix);
    for (int y = 0; y < image->height; y++) {
        l_uint32 *line = pixGetData(pix) + (size_t)y * words;
        const uint8_t *row = image->pixels + (size_t)y * (size_t)image->width;
        for (int x = 0; x < image->width; x++)
            SET_DATA_BYTE(line, x, row[x]);
    }
    return pix;
}

static PIX *pix_from_rgb(const uint8_t *rgb, int width, int height)
{
    PIX *pix = pixCreate(width, height, 32);
    if (!pix)
        return NULL;
    size_t words = (size_t)pixGetWpl(pix);
    for (size_t y = 0; y < (size_t)height; y++) {
        l_uint32 *line = pixGetData(pix) + y * words;
        const uint8_t *row = rgb + y * (size_t)width * 3;
        for (size_t x = 0; x < (size_t)width; x++)
            composeRGBPixel(row[3 * x], row[3 * x + 1], row[3 * x + 2], &line[x]);
    }
    return pix;
}

/* Takes the pix, which may be NULL. */
static ScrawlStatus encode(PIX *pix, Buffer *out, ScrawlError *error)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    l_uint8 *bytes = NULL;
    size_t size = 0;
    if (!pix || pixWriteMemPng(&bytes, &size, pix, 0.0f) || buffer_append(out, bytes, size))
        status = error_no_memory(error, "a PNG");
    pixDestroy(&pix);
    lept_free(bytes);
    return status;
}

ScrawlStatus image_encode_png(const ScrawlImage *image, Buffer *out, ScrawlError *error)
{
    if (image->width < 1 || image->height < 1 || !image->pixels)
        return error_set(error, SCRAWL_STATUS_USAGE, "an empty picture cannot be written as PNG");
    return encode(pix_from_image(image), out, error);
}

ScrawlStatus image_encode_png_rgb(const uint8_t *rgb, int width, int height, Buffer *out,
                                  ScrawlError *error)
{
    return encode(pix_from_rgb(rgb, width, height), out, error);
}
