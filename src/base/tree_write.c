#include <string.h>
#include <yaml.h>

#include "base/tree.h"

static void write_scalar(const TreeNode *node, Buffer *out)
{
    long long whole;
    double number;
    bool truth;

    if (tree_as_int(node, &whole)) /* 0x1F and +1 are not JSON */
        text_printf(out, "%lld", whole);
    else if (tree_as_double(node, &number))
        text_json_number(out, number);
    else if (tree_as_bool(node, &truth))
        text_put(out, truth ? "true" : "false");
    else
        text_json_string(out, node->text);
}

static bool has_word(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

static void write_node(const TreeNode *node, Buffer *out);

static void write_children(const TreeNode *node, const char *const *without, Buffer *out)
{
    const char *comma = "";

    for (const TreeNode *i = node->first; i; i = i->next) {
        if (i->key && has_word(without, i->key))
            continue;
        text_put(out, comma);
        if (i->key) {
            text_json_string(out, i->key);
            text_put(out, ":");
        }
        write_node(i, out);
        comma = ",";
    }
}

static void write_node(const TreeNode *node, Buffer *out)
{
    static const char *const none[] = {NULL};
    bool is_map = node->kind == TREE_KIND_MAP;

    if (node->kind == TREE_KIND_NULL) {
        text_put(out, "null");
    } else if (node->kind == TREE_KIND_SCALAR) {
        write_scalar(node, out);
    } else {
        text_put(out, is_map ? "{" : "[");
        write_children(node, none, out);
        text_put(out, is_map ? "}" : "]");
    }
}

ScrawlStatus tree_write_json(const TreeNode *node, Buffer *out)
{
    write_node(node, out);
    return text_status(out);
}

ScrawlStatus tree_write_json_parts(const TreeNode *node, const char *const *without, Buffer *out)
{
    write_children(node, without, out);
    return text_status(out);
}

ScrawlStatus json_write_string(const char *text, Buffer *out)
{
    text_json_string(out, text);
    return text_status(out);
}

ScrawlStatus json_write_number(double value, Buffer *out)
{
    text_json_number(out, value);
    return text_status(out);
}

/* Writing YAML text, by libyaml's emitter, which knows what needs quotes. */

/* The emitter itself can only run out of memory: it gets well-formed trees of valid UTF-8. */
typedef struct YamlWriter {
    yaml_emitter_t emitter;
    Buffer *out;
    ScrawlStatus status; /* of the buffer */
} YamlWriter;

static int write_text(void *context, unsigned char *text, size_t size)
{
    YamlWriter *writer = context;

    writer->status = buffer_append(writer->out, text, size);
    return !writer->status;
}

/* `made` is what the event's initialiser returned. The emitter takes over the event, even if it
 * fails. */
static bool emit(YamlWriter *writer, int made, yaml_event_t *event)
{
    return made && yaml_emitter_emit(&writer->emitter, event);
}

static bool emit_text(YamlWriter *writer, const char *text, bool quoted)
{
    yaml_scalar_style_t style = quoted ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
    yaml_event_t event;

    return emit(writer,
                yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                             (int)strlen(text), 1, 1, style),
                &event);
}

static bool emit_node(YamlWriter *writer, const TreeNode *node)
{
    bool is_map = node->kind == TREE_KIND_MAP;
    yaml_event_t event;
    int made;

    if (node->kind == TREE_KIND_NULL)
        return emit_text(writer, "null", false);
    if (node->kind == TREE_KIND_SCALAR)
        return emit_text(writer, node->text, node->quoted);
    made = is_map ? yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                        YAML_BLOCK_MAPPING_STYLE)
                  : yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                         YAML_BLOCK_SEQUENCE_STYLE);
    if (!emit(writer, made, &event))
        return false;
    for (const TreeNode *i = node->first; i; i = i->next)
        if ((is_map && !emit_text(writer, i->key, false)) || !emit_node(writer, i))
            return false;
    made = is_map ? yaml_mapping_end_event_initialize(&event)
                  : yaml_sequence_end_event_initialize(&event);
    return emit(writer, made, &event);
}

static bool emit_document(YamlWriter *writer, const TreeNode *node)
{
    yaml_event_t event;

    if (!emit(writer, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event))
        return false;
    if (!emit(writer, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event))
        return false;
    return emit_node(writer, node) &&
           emit(writer, yaml_document_end_event_initialize(&event, 1), &event) &&
           emit(writer, yaml_stream_end_event_initialize(&event), &event);
}

ScrawlStatus tree_write_yaml(const TreeNode *node, Buffer *out)
{
    YamlWriter writer = {.out = out, .status = SCRAWL_STATUS_OK};
    bool ok;

    if (!yaml_emitter_initialize(&writer.emitter))
        return SCRAWL_STATUS_NO_MEMORY;
    yaml_emitter_set_output(&writer.emitter, write_text, &writer);
    yaml_emitter_set_unicode(&writer.emitter, 1);
    yaml_emitter_set_width(&writer.emitter, -1); /* no line breaks: one key a line */
    ok = emit_document(&writer, node);
    yaml_emitter_delete(&writer.emitter);
    if (!ok && !writer.status)
        writer.status = SCRAWL_STATUS_NO_MEMORY;
    return writer.status;
}
