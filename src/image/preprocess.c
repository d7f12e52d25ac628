/* From any picture to the network's input. */
#include "image/preprocess.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/glyph.h"
#include "image/ink.h"

#define WORK_SIDE 1024 /* larger pictures are shrunk to this before the ink is looked for */
#define BOX_NOISY 64   /* of 255: what counts for the ink box where there is noise */
#define BOX_LARGE \
    16 /* and in a picture that must be shrunk: enlarging by bilinear, bicubic or
                            Lanczos filters leaves fringes and ripples up to this */

/* The size of a picture after its longer side has been brought to WORK_SIDE, where it is longer. */
static void work_size(const ScrawlImage *image, int *width, int *height)
{
    int longer = image->width > image->height ? image->width : image->height;
    *width = image->width;
    *height = image->height;
    if (longer > WORK_SIDE) {
        *width = (int)((int64_t)image->width * WORK_SIDE / longer);
        *height = (int)((int64_t)image->height * WORK_SIDE / longer);
        *width = *width < 1 ? 1 : *width;
        *height = *height < 1 ? 1 : *height;
    }
}

/* The ink's box. Of a glyph that is as small as the network wants it, every trace counts; in a
 * larger one the faintest are what enlarging or noise has left. */
static bool find_box(const uint8_t *ink, int width, int height, bool clean, int inner,
                     GlyphBox *box)
{
    if (!glyph_box(ink, width, height, clean ? 1 : BOX_NOISY, box))
        return false;
    int longer = box->width > box->height ? box->width : box->height;
    if (clean && 2 * longer > 3 * inner && !glyph_box(ink, width, height, BOX_LARGE, box))
        return false;
    glyph_tighten(ink, width, inner, box);
    return true;
}

static ScrawlStatus preprocess_glyph(const Preprocess *preprocess, const ScrawlImage *image,
                                     uint8_t *out, ScrawlError *error)
{
    int width, height;
    int inner = glyph_inner(preprocess->width < preprocess->height ? preprocess->width
                                                                   : preprocess->height);
    InkReport report;
    GlyphBox box;
    work_size(image, &width, &height);
    uint8_t *ink = mem_alloc((size_t)width * (size_t)height, 1);
    if (!ink)
        return error_no_memory(error, "preparing a picture");
    ScrawlStatus status =
        image_resize(image->pixels, image->width, image->height, ink, width, height, error);
    if (!status)
        status =
            ink_extract(ink, width, height, (PreprocessInk)preprocess->ink, ink, &report, error);
    if (!status && !report.clean)
        status = ink_despeckle(ink, width, height, error);
    if (!status && !find_box(ink, width, height, report.clean, inner, &box))
        status = error_set(error, SCRAWL_STATUS_NO_INK, "no ink found: only specks");
    if (!status)
        status = glyph_fit(ink, width, &box, out, preprocess->width, preprocess->height, error);
    mem_free(ink);
    return status;
}

/* True where the picture must be turned round for its ink to be 255. A blank one is paper. */
static ScrawlStatus ink_is_dark(const Preprocess *preprocess, const uint8_t *grey, bool *dark,
                                ScrawlError *error)
{
    bool light;
    *dark = preprocess->ink == PREPROCESS_INK_DARK;
    if (preprocess->ink != PREPROCESS_INK_AUTO)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = ink_is_light(grey, preprocess->width, preprocess->height, &light, error);
    *dark = !status && !light;
    return status;
}

static ScrawlStatus preprocess_resize(const Preprocess *preprocess, const ScrawlImage *image,
                                      uint8_t *out, ScrawlError *error)
{
    bool dark;
    ScrawlStatus status = image_resize(image->pixels, image->width, image->height, out,
                                       preprocess->width, preprocess->height, error);
    if (!status)
        status = ink_is_dark(preprocess, out, &dark, error);
    if (!status && dark)
        for (size_t i = 0; i < (size_t)preprocess->width * (size_t)preprocess->height; i++)
            out[i] = (uint8_t)(255 - out[i]);
    return status;
}

ScrawlStatus preprocess_image(const Preprocess *preprocess, const ScrawlImage *image, uint8_t *out,
                              ScrawlError *error)
{
    memset(out, 0, (size_t)preprocess->width * (size_t)preprocess->height);
    if (image->width < 1 || image->height < 1 || !image->pixels)
        return error_set(error, SCRAWL_STATUS_FORMAT, "the picture is empty (0 pixels)");
    return preprocess->mode == PREPROCESS_MODE_GLYPH
               ? preprocess_glyph(preprocess, image, out, error)
               : preprocess_resize(preprocess, image, out, error);
}

/* The preprocessing as six keys of a recipe or a model: read from a tree, written as JSON. Apart
 * from the pixels' way, which must compile where there are no trees. */

static const char *const mode_names[] = {"glyph", "resize", NULL};
static const char *const ink_names[] = {"auto", "dark", "light", NULL};

#define FIELD(name) offsetof(Preprocess, name)
static const SchemaField fields[] = {
    {"mode", SCHEMA_TYPE_CHOICE, FIELD(mode), 0, 0, mode_names, false,
     "how a picture is brought to the input's size"},
    {"ink", SCHEMA_TYPE_CHOICE, FIELD(ink), 0, 0, ink_names, false,
     "whether ink is darker or lighter than paper"},
    {"height", SCHEMA_TYPE_INT, FIELD(height), PREPROCESS_MIN_SIDE, PREPROCESS_MAX_SIDE, NULL,
     false, "the input's height in pixels"},
    {"width", SCHEMA_TYPE_INT, FIELD(width), PREPROCESS_MIN_SIDE, PREPROCESS_MAX_SIDE, NULL, false,
     "the input's width in pixels"},
    {"mean", SCHEMA_TYPE_DOUBLE, FIELD(mean), -100, 100, NULL, false,
     "what is subtracted from pixels of 0 to 1"},
    {"sd", SCHEMA_TYPE_DOUBLE, FIELD(sd), 1e-6, 1e6, NULL, false, "what they are divided by then"},
    {0},
};
#undef FIELD

ScrawlStatus preprocess_read(Preprocess *preprocess, const Tree *tree, const TreeNode *node,
                             ScrawlError *error)
{
    *preprocess = PREPROCESS_DEFAULT;
    return schema_read(tree, node, fields, preprocess, error);
}

ScrawlStatus preprocess_write_json(const Preprocess *preprocess, Buffer *out)
{
    text_printf(out, "{\"mode\":\"%s\",\"ink\":\"%s\",\"height\":%d,\"width\":%d,\"mean\":",
                mode_names[preprocess->mode], ink_names[preprocess->ink], preprocess->height,
                preprocess->width);
    text_json_number(out, preprocess->mean);
    text_put(out, ",\"sd\":");
    text_json_number(out, preprocess->sd);
    text_put(out, "}");
    return text_status(out);
}
