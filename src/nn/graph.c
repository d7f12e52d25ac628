#include "nn/graph.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/tree.h"
#include "nn/kinds.h"
#include "scrawl/status.h"

#define MAX_FIELDS 16

static const LayerKind *const kinds[] = {
    &kind_conv2d,  &kind_depthwise_conv2d,
    &kind_dense,   &kind_batchnorm,
    &kind_relu,    &kind_silu,
    &kind_sigmoid, &kind_maxpool,
    &kind_avgpool, &kind_adaptive_avgpool,
    &kind_flatten, &kind_dropout,
    &kind_add,     &kind_squeeze_excite,
};

/* In the order of the table above; a test compares the two. */
static const char *const kind_names[] = {
    "conv2d",  "depthwise_conv2d", "dense",   "batchnorm",      "relu",
    "silu",    "sigmoid",          "maxpool", "avgpool",        "adaptive_avgpool",
    "flatten", "dropout",          "add",     "squeeze_excite", NULL,
};

static const char input_name[] = "input";

/* What a layer's map may hold beside its kind's own options. */
typedef struct Settings {
    LayerOptions options;
    const char *name;
    const TreeNode *from;
} Settings;

typedef struct Section {
    const TreeNode *input, *layers;
} Section;

static const SchemaField section_fields[] = {
    {"input", SCHEMA_TYPE_NODE, offsetof(Section, input), 0, 0, NULL, true,
     "[channels, height, width]"},
    {"layers", SCHEMA_TYPE_NODE, offsetof(Section, layers), 0, 0, NULL, true, "list of layers"},
    {0},
};

static const SchemaField common_fields[] = {
    {"name", SCHEMA_TYPE_STRING, offsetof(Settings, name), 0, 0, NULL, false, "of this layer"},
    {"from", SCHEMA_TYPE_NODE, offsetof(Settings, from), 0, 0, NULL, false, "what it reads"},
    {0},
};

/* What is known while a section is read. */
typedef struct Parser {
    Graph *graph;
    const Tree *tree;
    const TreeNode **from; /* [n_layers]: the layer's `from`, or NULL */
    ScrawlError *error;
} Parser;

const LayerKind *layer_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    }
    return NULL;
}

const char *const *layer_kind_names(void)
{
    return kind_names;
}

/* A tree_error with status LIMIT. */
static ScrawlStatus limit(ScrawlError *error)
{
    if (error)
        error->status = SCRAWL_STATUS_LIMIT;
    return SCRAWL_STATUS_LIMIT;
}

static ScrawlStatus read_input(Parser *parser, const TreeNode *node)
{
    int *dims[] = {&parser->graph->input.channels, &parser->graph->input.height,
                   &parser->graph->input.width};
    const TreeNode *child = node->first;
    if (node->kind != TREE_KIND_LIST || node->n_children != 3)
        return tree_error(parser->tree, node, parser->error,
                          "expected a list of three numbers, [channels, height, width]");
    for (int i = 0; i < 3; i++, child = child->next) {
        long long value;
        if (!tree_as_int(child, &value) || value < 1 || value > GRAPH_MAX_SIDE)
            return tree_error(parser->tree, child, parser->error,
                              "expected a whole number from 1 to %d%s%s", GRAPH_MAX_SIDE,
                              child->text ? " but found " : "", child->text ? child->text : "");
        *dims[i] = (int)value;
    }
    if (shape_count(parser->graph->input) > GRAPH_MAX_ACTIVATION) {
        tree_error(parser->tree, node, parser->error, "the input has %zu values, at most %zu fit",
                   shape_count(parser->graph->input), GRAPH_MAX_ACTIVATION);
        return limit(parser->error);
    }
    return SCRAWL_STATUS_OK;
}

/* A list item is a bare kind, or a map of one kind to its options (which may be nothing). */
static ScrawlStatus read_item(const Parser *parser, const TreeNode *item, const char **kind,
                              const TreeNode **options)
{
    *options = NULL;
    if (item->kind == TREE_KIND_SCALAR) {
        *kind = item->text;
        return SCRAWL_STATUS_OK;
    }
    if (item->kind != TREE_KIND_MAP || item->n_children == 0)
        return tree_error(parser->tree, item, parser->error,
                          "expected a layer: a kind, or a kind and its options");
    if (item->n_children > 1)
        return tree_error(parser->tree, item, parser->error,
                          "expected one kind of layer but found %zu keys, %s and %s first: are "
                          "the options of %s indented below it?",
                          item->n_children, item->first->key, item->first->next->key,
                          item->first->key);
    *kind = item->first->key;
    if (item->first->kind != TREE_KIND_NULL)
        *options = item->first;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus find_kind(const Parser *parser, const TreeNode *item, const char *name,
                              const LayerKind **kind)
{
    *kind = layer_kind_find(name);
    if (*kind)
        return SCRAWL_STATUS_OK;
    const char *nearest = scrawl_nearest(name, layer_kind_names());
    return tree_error(parser->tree, item, parser->error, "there is no kind of layer '%s'%s%s%s",
                      name, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?" : "");
}

/* The kind's own fields and those that all layers share, over the options given. */
static ScrawlStatus read_settings(const Parser *parser, const LayerKind *kind, const TreeNode *item,
                                  const TreeNode *options, Settings *settings)
{
    SchemaField fields[MAX_FIELDS];
    size_t n = 0;
    for (const SchemaField *field = kind->fields; field->key; field++) {
        fields[n] = *field;
        fields[n++].required = false; /* a mistyped key is named before the one that it is not */
    }
    memcpy(fields + n, common_fields, sizeof common_fields);
    *settings = (Settings){.options = kind->defaults};
    ScrawlStatus status = schema_read(parser->tree, options, fields, settings, parser->error);
    for (const SchemaField *field = kind->fields; !status && field->key; field++) {
        if (field->required && !tree_get(options, field->key))
            status = tree_error(parser->tree, item, parser->error, "%s needs %s (%s)", kind->name,
                                field->key, field->what);
    }
    return status;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Names become keys of model files ("conv1.weight"), so dots are not theirs. */
static bool name_is_valid(const char *name)
{
    size_t length = strlen(name);
    if (length >= LAYER_MAX_NAME || !is_letter(name[0]))
        return false;
    for (const char *c = name; *c; c++) {
        if (!is_letter(*c) && !(*c >= '0' && *c <= '9') && *c != '_' && *c != '-')
            return false;
    }
    return true;
}

/* graph->n_layers is the number of layers before this one. */
static ScrawlStatus name_layer(const Parser *parser, Layer *layer, const char *given)
{
    const Graph *graph = parser->graph;
    if (given && !name_is_valid(given))
        return tree_error(parser->tree, layer->node, parser->error,
                          "the name '%.60s' is not of 1 to %d letters, digits, '_' and '-' with a "
                          "letter first",
                          given, LAYER_MAX_NAME - 1);
    if (given && strcmp(given, input_name) == 0)
        return tree_error(parser->tree, layer->node, parser->error,
                          "the name 'input' is that of the picture itself");
    int number = 1;
    for (int i = 0; i < graph->n_layers; i++)
        number += graph->layers[i].kind == layer->kind;
    if (given)
        snprintf(layer->name, sizeof layer->name, "%s", given);
    else
        snprintf(layer->name, sizeof layer->name, "%s%d", layer->kind->stem, number);
    int same = graph_find(graph, layer->name);
    if (same >= 0)
        return tree_error(parser->tree, layer->node, parser->error,
                          "a second layer is called %s: the first stands at line %d", layer->name,
                          graph->layers[same].node->line);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_layer(Parser *parser, const TreeNode *item)
{
    Graph *graph = parser->graph;
    Layer *layer = &graph->layers[graph->n_layers];
    const char *kind = NULL;
    const TreeNode *options = NULL;
    Settings settings = {0};
    layer->index = layer->stream = graph->n_layers;
    layer->node = item->kind == TREE_KIND_MAP && item->first ? item->first : item;
    ScrawlStatus status = read_item(parser, item, &kind, &options);
    if (!status)
        status = find_kind(parser, layer->node, kind, &layer->kind);
    if (!status)
        status = read_settings(parser, layer->kind, layer->node, options, &settings);
    if (!status)
        status = name_layer(parser, layer, settings.name);
    if (status)
        return status;
    layer->options = settings.options;
    layer->n_inputs = layer->kind->n_inputs;
    parser->from[graph->n_layers++] = settings.from;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus unknown_source(const Parser *parser, const TreeNode *node, const Layer *layer)
{
    const Graph *graph = parser->graph;
    int later = graph_find(graph, node->text);
    if (later == layer->index)
        return layer_error(layer, parser->tree, parser->error, "it cannot read itself");
    if (later >= 0)
        return layer_error(layer, parser->tree, parser->error,
                           "it can only read layers before it, and '%s' comes later, at line %d",
                           node->text, graph->layers[later].node->line);
    const char *names[GRAPH_MAX_LAYERS + 2] = {input_name};
    for (int i = 0; i < layer->index; i++)
        names[i + 1] = graph->layers[i].name;
    const char *nearest = scrawl_nearest(node->text, names);
    return layer_error(layer, parser->tree, parser->error, "no layer is called '%s'%s%s%s",
                       node->text, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                       nearest ? "'?" : "");
}

static ScrawlStatus read_source(const Parser *parser, const TreeNode *node, Layer *layer, int slot)
{
    if (node->kind != TREE_KIND_SCALAR)
        return tree_error(parser->tree, node, parser->error, "expected the name of a layer");
    int index = graph_find(parser->graph, node->text);
    if (strcmp(node->text, input_name) != 0 && (index < 0 || index >= layer->index))
        return unknown_source(parser, node, layer);
    layer->inputs[slot] = index;
    return SCRAWL_STATUS_OK;
}

/* Which layers it reads: those that `from` names, or the one before it. */
static ScrawlStatus connect(const Parser *parser, Layer *layer)
{
    const TreeNode *from = parser->from[layer->index];
    int wanted = layer->kind->n_inputs;
    if (!from) {
        layer->inputs[0] = layer->index - 1;
        return wanted == 1 ? SCRAWL_STATUS_OK
                           : layer_error(layer, parser->tree, parser->error,
                                         "%s needs from: [a, b], the %d layers that it reads",
                                         layer->kind->name, wanted);
    }
    if (from->kind == TREE_KIND_SCALAR && wanted == 1)
        return read_source(parser, from, layer, 0);
    if (from->kind != TREE_KIND_LIST || from->n_children != (size_t)wanted)
        return tree_error(parser->tree, from, parser->error, "%s reads %d layer%s: expected %s",
                          layer->kind->name, wanted, wanted == 1 ? "" : "s",
                          wanted == 1 ? "a name" : "a list of as many names");
    const TreeNode *child = from->first;
    for (int slot = 0; slot < wanted; slot++, child = child->next) {
        ScrawlStatus status = read_source(parser, child, layer, slot);
        if (status)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

/* Gives each tensor its slice of the flat arrays. */
static ScrawlStatus place_tensors(const Parser *parser, Layer *layer)
{
    Graph *graph = parser->graph;
    for (int i = 0; i < layer->n_tensors; i++) {
        ParameterTensor *tensor = &layer->tensors[i];
        size_t *end = tensor->trainable ? &graph->n_parameters : &graph->n_state;
        if (tensor->count > GRAPH_MAX_PARAMETERS - *end) {
            layer_error(layer, parser->tree, parser->error,
                        "its %s of %zu numbers makes the network larger than %zu parameters",
                        tensor->name, tensor->count, GRAPH_MAX_PARAMETERS);
            return limit(parser->error);
        }
        tensor->offset = *end;
        *end += tensor->count;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus resolve(const Parser *parser, Layer *layer)
{
    Graph *graph = parser->graph;
    Shape inputs[LAYER_MAX_INPUTS];
    ScrawlStatus status = connect(parser, layer);
    if (status)
        return status;
    for (int i = 0; i < layer->n_inputs; i++)
        inputs[i] = layer->inputs[i] < 0 ? graph->input : graph->layers[layer->inputs[i]].out;
    layer->in = inputs[0];
    status = layer->kind->resolve(layer, inputs, parser->tree, parser->error);
    if (status)
        return status;
    if (shape_count(layer->out) > GRAPH_MAX_ACTIVATION) {
        char text[SHAPE_TEXT_SIZE];
        layer_error(layer, parser->tree, parser->error,
                    "its output of %s is larger than %zu values", shape_text(layer->out, text),
                    GRAPH_MAX_ACTIVATION);
        return limit(parser->error);
    }
    layer->output_size = shape_count(layer->out);
    graph->multiply_adds += layer->multiply_adds;
    return place_tensors(parser, layer);
}

static bool is_read(const Graph *graph, int index)
{
    for (int i = index + 1; i < graph->n_layers; i++) {
        for (int slot = 0; slot < graph->layers[i].n_inputs; slot++) {
            if (graph->layers[i].inputs[slot] == index)
                return true;
        }
    }
    return false;
}

/* What holds for the network as a whole. */
static ScrawlStatus check_whole(const Parser *parser)
{
    Graph *graph = parser->graph;
    const Layer *last = &graph->layers[graph->n_layers - 1];
    char text[SHAPE_TEXT_SIZE];
    for (int i = 0; i < graph->n_layers - 1; i++) {
        if (!is_read(graph, i))
            return layer_error(&graph->layers[i], parser->tree, parser->error,
                               "no later layer reads its output");
    }
    if (last->out.height != 1 || last->out.width != 1 || last->out.channels < 2 ||
        last->out.channels > GRAPH_MAX_CLASSES)
        return layer_error(last, parser->tree, parser->error,
                           "the last layer's output is a number for each of 2 to %d classes, "
                           "[classes,1,1], but found %s",
                           GRAPH_MAX_CLASSES, shape_text(last->out, text));
    if (graph->n_parameters == 0)
        return layer_error(last, parser->tree, parser->error,
                           "the network has no parameters to train");
    graph->n_classes = last->out.channels;
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_layers(Parser *parser, const TreeNode *node)
{
    Graph *graph = parser->graph;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (node->kind != TREE_KIND_LIST || node->n_children == 0)
        return tree_error(parser->tree, node, parser->error, "expected a list of layers");
    if (node->n_children > GRAPH_MAX_LAYERS) {
        tree_error(parser->tree, node, parser->error, "there are %zu layers, at most %d fit",
                   node->n_children, GRAPH_MAX_LAYERS);
        return limit(parser->error);
    }
    graph->layers = mem_alloc_zero(node->n_children, sizeof *graph->layers);
    parser->from = mem_alloc_zero(node->n_children, sizeof *parser->from);
    if (!graph->layers || !parser->from)
        return error_no_memory(parser->error, "the layers of a network");
    for (const TreeNode *item = node->first; item && !status; item = item->next)
        status = read_layer(parser, item);
    for (int i = 0; i < graph->n_layers && !status; i++)
        status = resolve(parser, &graph->layers[i]);
    if (!status)
        status = check_whole(parser);
    for (int i = 0; i < graph->n_layers; i++)
        graph->layers[i].node = NULL; /* the tree may be gone before the graph is */
    return status;
}

static ScrawlStatus keep_json(Graph *graph, const TreeNode *network, ScrawlError *error)
{
    Buffer text;
    buffer_init(&text, TREE_MAX_TEXT);
    ScrawlStatus status = tree_write_json(network, &text);
    if (!status) {
        graph->json = mem_string(buffer_text(&text));
        if (!graph->json)
            status = SCRAWL_STATUS_NO_MEMORY;
    }
    buffer_deinit(&text);
    if (status == SCRAWL_STATUS_NO_MEMORY)
        return error_no_memory(error, "a network's description");
    return status ? error_set(error, status, "the network's description is over %zu bytes long",
                              TREE_MAX_TEXT)
                  : SCRAWL_STATUS_OK;
}

ScrawlStatus graph_create(Graph **graph, const Tree *tree, const TreeNode *network,
                          ScrawlError *error)
{
    Section section = {0};
    Parser parser = {.tree = tree, .error = error};
    *graph = NULL;
    if (!network)
        return error_set(error, SCRAWL_STATUS_RECIPE, "%s: the network section is missing",
                         tree->name);
    ScrawlStatus status = schema_read(tree, network, section_fields, &section, error);
    if (status)
        return status;
    parser.graph = mem_alloc_zero(1, sizeof *parser.graph);
    if (!parser.graph)
        return error_no_memory(error, "a network");
    status = read_input(&parser, section.input);
    if (!status)
        status = read_layers(&parser, section.layers);
    if (!status)
        status = keep_json(parser.graph, network, error);
    mem_free(parser.from);
    if (status)
        graph_free(parser.graph);
    else
        *graph = parser.graph;
    return status;
}

ScrawlStatus graph_create_json(Graph **graph, const char *name, const char *json,
                               ScrawlError *error)
{
    Tree tree;
    *graph = NULL;
    ScrawlStatus status = json_parse(&tree, name, json, strlen(json), error);
    if (status)
        return status;
    status = graph_create(graph, &tree, tree.root, error);
    tree_deinit(&tree);
    return status;
}

void graph_free(Graph *graph)
{
    if (!graph)
        return;
    mem_free(graph->layers);
    mem_free(graph->json);
    mem_free(graph);
}

int graph_find(const Graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_layers; i++) {
        if (strcmp(graph->layers[i].name, name) == 0)
            return i;
    }
    return -1;
}

int graph_value(const Graph *graph, int index)
{
    while (index >= 0 && graph->layers[index].kind->alias)
        index = graph->layers[index].inputs[0];
    return index;
}
