#include <math.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"
#include "base/tree.h"

static ScrawlStatus append(Buffer *out, const char *text)
{
    return buffer_append(out, text, strlen(text));
}

/* The escape of a byte that may not stand in a string as it is; NULL where it may. */
static const char *escape(unsigned char c, char text[8])
{
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* a byte and its letter */

    for (size_t i = 0; i < sizeof names - 1; i += 2)
        if ((unsigned char)names[i] == c) {
            text[0] = '\\';
            text[1] = names[i + 1];
            text[2] = '\0';
            return text;
        }
    if (c >= 0x20)
        return NULL;
    snprintf(text, 8, "\\u%04x", c);
    return text;
}

ScrawlStatus json_write_string(const char *text, Buffer *out)
{
    size_t size = strlen(text), begin = 0; /* of the run that needs no change */
    ScrawlStatus status = append(out, "\"");

    for (size_t i = 0; i < size && !status;) {
        size_t length = utf8_length(text + i, size - i);
        char buffer[8];
        const char *instead = length == 0   ? "\xef\xbf\xbd" /* U+FFFD */
                              : length == 1 ? escape((unsigned char)text[i], buffer)
                                            : NULL;
        if (instead) {
            status = buffer_append(out, text + begin, i - begin);
            if (!status)
                status = append(out, instead);
            begin = i + 1;
        }
        i += length > 0 ? length : 1;
    }
    if (!status)
        status = buffer_append(out, text + begin, size - begin);
    return !status ? append(out, "\"") : status;
}

ScrawlStatus json_write_number(double value, Buffer *out)
{
    char text[NUMBER_TEXT_SIZE];

    if (value == 0 && signbit(value))
        return append(out, "-0.0"); /* "-0" would be read as the integer 0 */
    return append(out, isfinite(value) ? number_print(value, text) : "null");
}

static ScrawlStatus write_scalar(const TreeNode *node, Buffer *out)
{
    long long whole;
    double number;
    bool truth;

    if (tree_as_int(node, &whole)) /* 0x1F and +1 are no JSON */
        return buffer_print(out, "%lld", whole);
    if (tree_as_double(node, &number))
        return json_write_number(number, out);
    if (tree_as_bool(node, &truth))
        return append(out, truth ? "true" : "false");
    return json_write_string(node->text, out);
}

static bool has_word(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

ScrawlStatus tree_write_json_parts(const TreeNode *node, const char *const *without, Buffer *out)
{
    bool is_map = node->kind == TREE_KIND_MAP;
    const char *comma = "";
    ScrawlStatus status = SCRAWL_STATUS_OK;

    for (const TreeNode *i = node->first; i && !status; i = i->next) {
        if (is_map && has_word(without, i->key))
            continue;
        status = append(out, comma);
        if (!status && is_map)
            status = json_write_string(i->key, out);
        if (!status && is_map)
            status = append(out, ":");
        if (!status)
            status = tree_write_json(i, out);
        comma = ",";
    }
    return status;
}

ScrawlStatus tree_write_json(const TreeNode *node, Buffer *out)
{
    static const char *const none[] = {NULL};
    bool is_map = node->kind == TREE_KIND_MAP;
    ScrawlStatus status;

    if (node->kind == TREE_KIND_NULL)
        return append(out, "null");
    if (node->kind == TREE_KIND_SCALAR)
        return write_scalar(node, out);
    status = append(out, is_map ? "{" : "[");
    if (!status)
        status = tree_write_json_parts(node, none, out);
    return !status ? append(out, is_map ? "}" : "]") : status;
}

/* A tree into YAML text, by libyaml's emitter, which knows what needs quotes. */

/* The emitter's own failures are of memory: it is given well-formed trees of valid UTF-8. */
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

/* `made` is what the event's initialiser returned. The emitter takes the event, also when it
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
    yaml_emitter_set_width(&writer.emitter, -1); /* one key a line, however long */
    ok = emit_document(&writer, node);
    yaml_emitter_delete(&writer.emitter);
    if (!ok && !writer.status)
        writer.status = SCRAWL_STATUS_NO_MEMORY;
    return writer.status;
}
