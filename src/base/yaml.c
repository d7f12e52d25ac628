/* Parses YAML text into a tree, from libyaml's events: no recursion, and every limit is checked
 * before memory is taken. */
#include <yaml.h>

#include <string.h>

#include "base/error.h"
#include "base/tree.h"
#include "base/tree_build.h"

/* A document that is being parsed. */
typedef struct YamlReader {
    Tree *tree;
    const char *text;
    size_t size;
    yaml_parser_t parser;
    TreeNode *open;  /* the list or map that the next node belongs to; NULL at the root */
    int depth;       /* of open */
    const char *key; /* in a map: the key whose value comes next */
    int key_line, key_column;
    int n_documents;
    ScrawlError *error;
} YamlReader;

static ScrawlStatus fail_at(YamlReader *reader, yaml_mark_t mark, const char *what)
{
    return tree_text_error(reader->tree, reader->error, SCRAWL_STATUS_FORMAT, (int)mark.line + 1,
                           (int)mark.column + 1, "%s", what);
}

/* libyaml reports a byte offset, and no line, for text that is not UTF-8 or not printable. */
static ScrawlStatus not_text(YamlReader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    size_t end = parser->problem_offset < reader->size ? parser->problem_offset : reader->size;
    int line = 1, column = 1;

    for (size_t i = 0; i < end; i++) {
        column = reader->text[i] == '\n' ? 1 : column + 1;
        line += reader->text[i] == '\n';
    }
    return tree_text_error(reader->tree, reader->error, SCRAWL_STATUS_FORMAT, line, column,
                           "expected text in UTF-8, found byte 0x%02X (%s)",
                           (unsigned)(unsigned char)reader->text[end < reader->size ? end : 0],
                           parser->problem);
}

/* Whether there is a tab at this place: the most common mistake, for which libyaml's own message is
 * hard to understand. */
static bool is_tab(const YamlReader *reader, yaml_mark_t mark)
{
    const char *at = reader->text, *end = reader->text + reader->size;

    for (size_t line = 0; line < mark.line && at; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return at && mark.column < (size_t)(end - at) && at[mark.column] == '\t';
}

static ScrawlStatus syntax_error(YamlReader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    char context[200] = "";

    if (parser->error == YAML_MEMORY_ERROR)
        return error_no_memory(reader->error, reader->tree->name);
    if (parser->error == YAML_READER_ERROR)
        return not_text(reader);
    if (is_tab(reader, parser->problem_mark))
        return fail_at(reader, parser->problem_mark, "found a tab; YAML is indented with spaces");
    if (parser->context)
        snprintf(context, sizeof context, " %s that began in line %d", parser->context,
                 (int)parser->context_mark.line + 1);
    return tree_text_error(reader->tree, reader->error, SCRAWL_STATUS_FORMAT,
                           (int)parser->problem_mark.line + 1, (int)parser->problem_mark.column + 1,
                           "%s%s", parser->problem, context);
}

/* Attaches a node at the current place: under the key, at the end of the list, or as the root. */
static ScrawlStatus add_node(YamlReader *reader, TreeKind kind, yaml_mark_t mark, TreeNode **node)
{
    int line = reader->key ? reader->key_line : (int)mark.line + 1;
    int column = reader->key ? reader->key_column : (int)mark.column + 1;
    ScrawlStatus status = tree_node_create(reader->tree, kind, line, column, node, reader->error);

    if (status)
        return status;
    (*node)->key = reader->key;
    reader->key = NULL;
    if (reader->open)
        tree_node_append(reader->open, *node);
    else
        reader->tree->root = *node;
    return SCRAWL_STATUS_OK;
}

static bool wants_key(const YamlReader *reader)
{
    return reader->open && reader->open->kind == TREE_KIND_MAP && !reader->key;
}

/* The scalars that mean null in YAML's core schema. */
static bool is_null(const char *text)
{
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
           strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

static ScrawlStatus add_scalar(YamlReader *reader, const yaml_event_t *event)
{
    bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    yaml_mark_t mark = event->start_mark;
    int line = (int)mark.line + 1, column = (int)mark.column + 1;
    ScrawlStatus status;
    const char *text;
    TreeNode *node;

    if (event->data.scalar.anchor)
        return fail_at(reader, mark, "anchors (&name) are not allowed here");
    if (event->data.scalar.tag)
        return fail_at(reader, mark, "tags (!name) are not allowed here");
    status = tree_text(reader->tree, (const char *)event->data.scalar.value,
                       event->data.scalar.length, line, column, &text, reader->error);
    if (status)
        return status;
    if (wants_key(reader)) {
        reader->key = text;
        reader->key_line = line;
        reader->key_column = column;
        return SCRAWL_STATUS_OK;
    }
    if (!quoted && is_null(text))
        return add_node(reader, TREE_KIND_NULL, mark, &node);
    status = add_node(reader, TREE_KIND_SCALAR, mark, &node);
    if (!status) {
        node->text = text;
        node->quoted = quoted;
    }
    return status;
}

static ScrawlStatus begin_collection(YamlReader *reader, TreeKind kind, yaml_mark_t mark,
                                     const yaml_char_t *anchor, const yaml_char_t *tag)
{
    ScrawlStatus status;
    TreeNode *node;

    if (anchor)
        return fail_at(reader, mark, "anchors (&name) are not allowed here");
    if (tag)
        return fail_at(reader, mark, "tags (!name) are not allowed here");
    if (wants_key(reader))
        return fail_at(reader, mark, "expected a word as key, found a list or map");
    if (++reader->depth > TREE_MAX_DEPTH)
        return tree_too_deep(reader->tree, (int)mark.line + 1, (int)mark.column + 1, reader->error);
    status = add_node(reader, kind, mark, &node);
    if (!status)
        reader->open = node;
    return status;
}

static ScrawlStatus end_collection(YamlReader *reader)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;

    if (reader->open->kind == TREE_KIND_MAP)
        status = tree_check_keys(reader->tree, reader->open, reader->error);
    reader->open = reader->open->parent;
    reader->depth--;
    return status;
}

static ScrawlStatus take_event(YamlReader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++reader->n_documents > 1)
            return fail_at(reader, event->start_mark, "expected one document, found a second");
        return SCRAWL_STATUS_OK;
    case YAML_ALIAS_EVENT:
        return fail_at(reader, event->start_mark, "aliases (*name) are not allowed here");
    case YAML_SCALAR_EVENT:
        return add_scalar(reader, event);
    case YAML_SEQUENCE_START_EVENT:
        return begin_collection(reader, TREE_KIND_LIST, event->start_mark,
                                event->data.sequence_start.anchor, event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return begin_collection(reader, TREE_KIND_MAP, event->start_mark,
                                event->data.mapping_start.anchor, event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return end_collection(reader);
    default:
        return SCRAWL_STATUS_OK;
    }
}

static ScrawlStatus read_events(YamlReader *reader)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    bool at_end = false;

    while (!status && !at_end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event))
            return syntax_error(reader);
        at_end = event.type == YAML_STREAM_END_EVENT;
        status = take_event(reader, &event);
        yaml_event_delete(&event);
    }
    return status;
}

/* Skips a byte order mark: libyaml would count it as a column and see the first line of a map as
 * indented. */
static void skip_mark(const char **text, size_t *size)
{
    if (*size >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
        *text += 3;
        *size -= 3;
    }
}

ScrawlStatus yaml_parse(Tree *tree, const char *name, const char *text, size_t size,
                        ScrawlError *error)
{
    YamlReader reader = {.tree = tree, .error = error};
    yaml_mark_t start = {0};
    ScrawlStatus status = tree_init(tree, name, size, error);
    TreeNode *node;

    if (status)
        goto out;
    skip_mark(&text, &size);
    reader.text = text;
    reader.size = size;
    if (!yaml_parser_initialize(&reader.parser)) {
        status = error_no_memory(error, name);
        goto out;
    }
    /* UTF-16 is refused: recipes are UTF-8. */
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const yaml_char_t *)(text ? text : ""), size);
    status = read_events(&reader);
    yaml_parser_delete(&reader.parser);
    if (!status && !tree->root)
        status = add_node(&reader, TREE_KIND_NULL, start, &node);
out:
    if (status)
        tree_deinit(tree);
    return status;
}
