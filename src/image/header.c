/* Formats by their signatures, and the sizes that PNG, BMP and GIF files claim. */
#include "image/header.h"

#include <string.h>

#include "base/bytes.h"

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
