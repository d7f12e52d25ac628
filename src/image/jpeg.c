/* JPEG through libjpeg, which reports errors by jumping out: whatever must survive the jump
 * lives in one struct, and the only function that calls setjmp holds nothing else. */
#include "image/codec.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>
#include <jerror.h>

#include "base/error.h"
#include "image/decode.h"

/* A progressive file may hold any number of passes over the picture; encoders make about ten. */
#define MAX_SCANS 100

typedef struct JpegReader {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    ScrawlImage *image;
    ScrawlError *error;
    ScrawlStatus status;
    int orientation;
} JpegReader;

_Noreturn static void fail(j_common_ptr codec)
{
    JpegReader *reader = codec->client_data;
    char text[JMSG_LENGTH_MAX];
    codec->err->format_message(codec, text);
    if (codec->err->msg_code == JERR_OUT_OF_MEMORY)
        reader->status = error_no_memory(reader->error, "decoding a JPEG");
    else
        reader->status = error_set(reader->error, SCRAWL_STATUS_FORMAT,
                                   "the JPEG is corrupted or cut off (%s)", text);
    longjmp(reader->escape, 1);
}

/* libjpeg goes on after a warning with grey in place of what is missing. Only those are let pass
 * that leave the picture whole. */
static void warn(j_common_ptr codec, int level)
{
    int code = codec->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR &&
        code != JWRN_ADOBE_XFORM)
        fail(codec);
}

static void print_nothing(j_common_ptr codec)
{
    (void)codec;
}

static void limit_scans(j_common_ptr codec)
{
    JpegReader *reader = codec->client_data;
    if (reader->codec.input_scan_number > MAX_SCANS) {
        reader->status = error_set(reader->error, SCRAWL_STATUS_LIMIT,
                                   "the JPEG has more than %d passes over its picture", MAX_SCANS);
        longjmp(reader->escape, 1);
    }
}

static void find_orientation(JpegReader *reader)
{
    reader->orientation = 1;
    for (jpeg_saved_marker_ptr marker = reader->codec.marker_list; marker; marker = marker->next)
        if (reader->orientation == 1)
            reader->orientation = exif_orientation(marker->data, marker->data_length);
}

/* CMYK row to grey. Adobe stores 255 - ink, which is the light that is left. */
static void grey_from_cmyk(const uint8_t *cmyk, bool inverted, int width, uint8_t *grey)
{
    for (int x = 0; x < width; x++, cmyk += 4) {
        unsigned flip = inverted ? 0 : 255;
        unsigned light = 77 * (cmyk[0] ^ flip) + 150 * (cmyk[1] ^ flip) + 29 * (cmyk[2] ^ flip);
        grey[x] = (uint8_t)((light * (cmyk[3] ^ flip) / 255 + 128) >> 8);
    }
}

static void read_rows(JpegReader *reader)
{
    struct jpeg_decompress_struct *codec = &reader->codec;
    bool cmyk = codec->out_color_space == JCS_CMYK;
    JSAMPARRAY line = NULL;
    if (cmyk)
        line =
            codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, codec->output_width * 4, 1);
    while (codec->output_scanline < codec->output_height) {
        uint8_t *row = reader->image->pixels + (size_t)codec->output_scanline * codec->output_width;
        jpeg_read_scanlines(codec, cmyk ? line : &row, 1);
        if (cmyk)
            grey_from_cmyk(line[0], codec->saw_Adobe_marker, (int)codec->output_width, row);
    }
    jpeg_finish_decompress(codec);
}

static void choose_output(struct jpeg_decompress_struct *codec)
{
    bool cmyk = codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
    codec->out_color_space = cmyk ? JCS_CMYK : JCS_GRAYSCALE;
    size_t pixels = (size_t)codec->image_width * codec->image_height;
    codec->scale_num = codec->scale_denom = 1;
    while (codec->scale_denom < 8 &&
           pixels / (codec->scale_denom * codec->scale_denom) > JPEG_FULL_PIXELS)
        codec->scale_denom *= 2;
}

static void read_picture(JpegReader *reader, const uint8_t *bytes, size_t size)
{
    struct jpeg_decompress_struct *codec = &reader->codec;
    jpeg_create_decompress(codec);
    codec->progress = &reader->progress;
    jpeg_save_markers(codec, JPEG_APP0 + 1, 0xffff);
    jpeg_mem_src(codec, bytes, (unsigned long)size);
    jpeg_read_header(codec, TRUE);
    reader->status =
        image_check_size("JPEG", codec->image_width, codec->image_height, reader->error);
    if (reader->status)
        return;
    find_orientation(reader);
    choose_output(codec);
    jpeg_start_decompress(codec);
    reader->status = scrawl_image_create(reader->image, (int)codec->output_width,
                                         (int)codec->output_height, 255, reader->error);
    if (!reader->status)
        read_rows(reader);
}

ScrawlStatus jpeg_decode(ScrawlImage *image, const uint8_t *bytes, size_t size, ScrawlError *error)
{
    JpegReader reader = {.image = image, .error = error};
    reader.codec.err = jpeg_std_error(&reader.errors);
    reader.codec.client_data = &reader;
    reader.errors.error_exit = fail;
    reader.errors.emit_message = warn;
    reader.errors.output_message = print_nothing;
    reader.progress.progress_monitor = limit_scans;
    if (!setjmp(reader.escape))
        read_picture(&reader, bytes, size);
    jpeg_destroy_decompress(&reader.codec);
    if (!reader.status)
        reader.status = image_orient(image, reader.orientation, error);
    if (reader.status)
        scrawl_image_deinit(image);
    return reader.status;
}
