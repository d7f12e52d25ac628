/* The preprocessing as six keys of a recipe or a model: read from a tree, written as JSON. Apart
 * from the pixels' way, which must compile where there are no trees. */
#include "image/preprocess.h"

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

ScrawlStatus
preprocess_read(Preprocess *preprocess, const Tree *tree, const TreeNode *node, ScrawlError *error)
{
    *preprocess = PREPROCESS_DEFAULT;
    return schema_read(tree, node, fields, preprocess, error);
}

ScrawlStatus preprocess_write_json(const Preprocess *preprocess, Buffer *out)
{
    ScrawlStatus status =
        buffer_print(out, "{\"mode\":\"%s\",\"ink\":\"%s\",\"height\":%d,\"width\":%d,\"mean\":",
                     mode_names[preprocess->mode], ink_names[preprocess->ink], preprocess->height,
                     preprocess->width);
    if (!status)
        status = json_write_number(preprocess->mean, out);
    if (!status)
        status = buffer_print(out, ",\"sd\":");
    if (!status)
        status = json_write_number(preprocess->sd, out);
    if (!status)
        status = buffer_print(out, "}");
    return status;
}
