/* What a model's file says beside its weights. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "formats/safetensors_model.h"
#include "formats/safetensors_parts.h"
#include "scrawl/dataset.h"

#define FIELD(name) offsetof(MemberPart, name)
static const SchemaField member_fields[] = {
    {"name", SCHEMA_TYPE_STRING, FIELD(name), .what = "of the recipe"},
    {"network", SCHEMA_TYPE_NODE, FIELD(network), .required = true, .what = "the network"},
    {"recipe", SCHEMA_TYPE_STRING, FIELD(recipe), .what = "as trained"},
    {"scores", SCHEMA_TYPE_NODE, FIELD(scores), .what = "of the member alone"},
    {"temperature", SCHEMA_TYPE_DOUBLE, FIELD(temperature), MODEL_MIN_TEMPERATURE,
     MODEL_MAX_TEMPERATURE, .what = "of the member's softmax"},
    {0},
};
#undef FIELD

/* A wrong network or preprocessing is a mistake in a recipe, but a lie in a file. */
static ScrawlStatus as_format(ScrawlStatus status, ScrawlError *error)
{
    if (status != SCRAWL_STATUS_RECIPE)
        return status;
    if (error)
        error->status = SCRAWL_STATUS_FORMAT;
    return SCRAWL_STATUS_FORMAT;
}

static ScrawlStatus need(const Parts *parts, const char *key, const char **value,
                         ScrawlError *error)
{
    *value = safetensors_metadata(&parts->file, key);
    if (!*value)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s: the metadata has no \"%s\"", parts->name,
                         key);
    return SCRAWL_STATUS_OK;
}

/* 1: one network, no shifts; 2: what came after, which an older reader would get wrong. */
static ScrawlStatus read_version(const Parts *parts, int *number, ScrawlError *error)
{
    *number = 1;
    const char *format = safetensors_metadata(&parts->file, "format"), *version;
    if (!format || strcmp(format, MODEL_FORMAT) != 0)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: safetensors, but no model of Scrawl: expected format \"" MODEL_FORMAT
                         "\" in its metadata, found %s",
                         parts->name, format ? format : "none");
    ScrawlStatus status = need(parts, "version", &version, error);
    if (!status && strcmp(version, MODEL_VERSION_ENSEMBLE) == 0)
        *number = 2;
    else if (!status && strcmp(version, MODEL_VERSION) != 0)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: expected version " MODEL_VERSION " or " MODEL_VERSION_ENSEMBLE
                         " of the model format, found %s",
                         parts->name, version);
    return status;
}

/* Parses the JSON of one metadata value, whose root must be of a kind. */
static ScrawlStatus parse_value(const Parts *parts, const char *key, const char *value,
                                TreeKind kind, Tree *tree, ScrawlError *error)
{
    char *name = mem_format("%s: %s", parts->name, key);
    if (!name)
        return error_no_memory(error, "metadata");
    ScrawlStatus status = json_parse(tree, name, value, strlen(value), error);
    if (!status && tree->root->kind != kind) {
        status = error_set(error, SCRAWL_STATUS_FORMAT, "%s: expected a %s", name,
                           kind == TREE_KIND_LIST ? "list" : "map");
        tree_deinit(tree);
    }
    mem_free(name);
    return status;
}

static ScrawlStatus read_network(Parts *parts, ScrawlError *error)
{
    const char *value;
    ScrawlStatus status = need(parts, "network", &value, error);
    if (status)
        return status;
    char *name = mem_format("%s: network", parts->name);
    if (!name)
        return error_no_memory(error, "a network");
    status = graph_create_json(&parts->graphs[0], name, value, error);
    parts->n_graphs = !status;
    mem_free(name);
    return as_format(status, error);
}

static ScrawlStatus read_member(Parts *parts, const TreeNode *node, ScrawlError *error)
{
    const Tree *tree = &parts->members;
    MemberPart *part = &parts->parts[parts->n_graphs];
    *part = (MemberPart){.name = "", .recipe = "", .temperature = 1};
    ScrawlStatus status = schema_read(tree, node, member_fields, part, error);
    if (!status && part->scores && part->scores->kind != TREE_KIND_MAP)
        status = tree_error(tree, part->scores, error, "expected a map");
    if (!status)
        status = graph_create(&parts->graphs[parts->n_graphs], tree, part->network, error);
    parts->n_graphs += !status;
    return as_format(status, error);
}

static ScrawlStatus read_members(Parts *parts, ScrawlError *error)
{
    const char *value = safetensors_metadata(&parts->file, "members");
    ScrawlStatus status =
        parse_value(parts, "members", value, TREE_KIND_LIST, &parts->members, error);
    if (status)
        return status;
    const TreeNode *root = parts->members.root;
    if (root->n_children < 2 || root->n_children > SCRAWL_MAX_MEMBERS)
        return error_set(error, root->n_children < 2 ? SCRAWL_STATUS_FORMAT : SCRAWL_STATUS_LIMIT,
                         "%s: members: expected 2 to %d, found %zu", parts->name,
                         SCRAWL_MAX_MEMBERS, root->n_children);
    for (const TreeNode *node = root->first; node && !status; node = node->next)
        status = read_member(parts, node, error);
    parts->is_ensemble = true;
    return status;
}

/* One word of a list; the first where there is none. */
static ScrawlStatus read_word(const Parts *parts, const char *key, const char *const *names,
                              int *index, ScrawlError *error)
{
    const char *value = safetensors_metadata(&parts->file, key);
    *index = 0;
    while (value && names[*index] && strcmp(names[*index], value) != 0)
        ++*index;
    if (names[*index])
        return SCRAWL_STATUS_OK;
    return error_set(error, SCRAWL_STATUS_FORMAT, "%s: %s: \"%s\" is not known", parts->name, key,
                     value);
}

/* The network or the networks, and how their answers become one. */
static ScrawlStatus read_networks(Parts *parts, ScrawlError *error)
{
    int version;
    ScrawlStatus status = read_version(parts, &version, error);
    if (status || version == 1)
        return status ? status : read_network(parts, error);
    bool members = safetensors_metadata(&parts->file, "members");
    if (members && safetensors_metadata(&parts->file, "network"))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: the metadata has a network and members: expected one of them",
                         parts->name);
    status = members ? read_members(parts, error) : read_network(parts, error);
    if (!status)
        status = read_word(parts, "combine", model_combine_names, &parts->combine, error);
    if (!status)
        status = read_word(parts, "tta", model_tta_names, &parts->tta, error);
    return status;
}

static ScrawlStatus read_preprocessing(Parts *parts, ScrawlError *error)
{
    const char *value;
    Tree tree;
    ScrawlStatus status = need(parts, "preprocessing", &value, error);
    if (!status)
        status = parse_value(parts, "preprocessing", value, TREE_KIND_MAP, &tree, error);
    if (status)
        return status;
    status = preprocess_read(&parts->preprocess, &tree, tree.root, error);
    tree_deinit(&tree);
    return as_format(status, error);
}

static ScrawlStatus read_classes(Parts *parts, ScrawlError *error)
{
    const char *value;
    ScrawlStatus status = need(parts, "classes", &value, error);
    if (!status)
        status = parse_value(parts, "classes", value, TREE_KIND_LIST, &parts->classes, error);
    if (status)
        return status;
    const TreeNode *root = parts->classes.root;
    if (root->n_children > SCRAWL_DATASET_MAX_CLASSES)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%s: classes: expected at most %d, found %zu",
                         parts->name, SCRAWL_DATASET_MAX_CLASSES, root->n_children);
    parts->class_names = mem_alloc(root->n_children, sizeof *parts->class_names);
    if (!parts->class_names)
        return error_no_memory(error, "the names of classes");
    for (const TreeNode *child = root->first; child; child = child->next) {
        char found[64];
        if (child->kind != TREE_KIND_SCALAR || !child->quoted)
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "%s: classes[%d]: expected a string, found %s", parts->name,
                             parts->n_classes, tree_describe(child, found, sizeof found));
        parts->class_names[parts->n_classes++] = child->text;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_number(const Parts *parts, const char *key, double absent, double low,
                                double high, double *value, ScrawlError *error)
{
    const char *text = safetensors_metadata(&parts->file, key);
    *value = absent;
    if (!text)
        return SCRAWL_STATUS_OK;
    if (!number_parse(text, value) || !(*value >= low && *value <= high))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: %s: expected a number from %g to %g, found \"%s\"", parts->name, key,
                         low, high, text);
    return SCRAWL_STATUS_OK;
}

/* data and scores are shown and passed on as they are, so they must be JSON. */
static ScrawlStatus check_json(const Parts *parts, const char *key, TreeKind kind,
                               ScrawlError *error)
{
    Tree tree;
    const char *value = safetensors_metadata(&parts->file, key);
    if (!value)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = parse_value(parts, key, value, kind, &tree, error);
    if (!status)
        tree_deinit(&tree);
    return status;
}

ScrawlStatus parts_read_metadata(Parts *parts, ScrawlError *error)
{
    ScrawlStatus status = read_networks(parts, error);
    if (!status)
        status = read_preprocessing(parts, error);
    if (!status)
        status = read_classes(parts, error);
    if (!status)
        status = read_number(parts, "temperature", 1, MODEL_MIN_TEMPERATURE, MODEL_MAX_TEMPERATURE,
                             &parts->temperature, error);
    if (!status)
        status = read_number(parts, "threshold", 0, 0, 1, &parts->threshold, error);
    if (!status)
        status = check_json(parts, "data", TREE_KIND_LIST, error);
    if (!status)
        status = check_json(parts, "scores", TREE_KIND_MAP, error);
    return status;
}
