/* Reading a model: metadata first, then its tensors are checked, then the model is made. Writing
 * one is in safetensors_write.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "formats/safetensors.h"
#include "formats/safetensors_model.h"
#include "scrawl/dataset.h"

/* What an ensemble's file says of a member. */
typedef struct MemberPart {
    const char *name, *recipe;
    const TreeNode *network, *scores;
    double temperature;
    Provenance provenance; /* only scores */
} MemberPart;

/* Read but not yet put together. */
typedef struct Parts {
    const char *name; /* of the file */
    Safetensors file;
    Tree members; /* of an ensemble: owns the text of parts */
    MemberPart parts[SCRAWL_MAX_MEMBERS];
    Graph *graphs[SCRAWL_MAX_MEMBERS]; /* [n_graphs] */
    int n_graphs;
    bool is_ensemble;
    int combine, tta; /* ModelCombine, ModelTta */
    Preprocess preprocess;
    Tree classes; /* owns class_names' text */
    const char **class_names;
    int n_classes;
    double temperature, threshold;
    Provenance provenance;
} Parts;

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
    return tree_as_format(status, error);
}

static ScrawlStatus read_member(Parts *parts, const TreeNode *node, ScrawlError *error)
{
    const Tree *tree = &parts->members;
    MemberPart *part = &parts->parts[parts->n_graphs];
    *part = (MemberPart){.name = "", .recipe = "", .temperature = 1};
    ScrawlStatus status = schema_read(tree, node, member_fields, part, error);
    if (!status && part->scores)
        status = provenance_read_scores(&part->provenance, tree, part->scores, error);
    if (!status)
        status = graph_create(&parts->graphs[parts->n_graphs], tree, part->network, error);
    parts->n_graphs += !status;
    return tree_as_format(status, error);
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
    return tree_as_format(status, error);
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

typedef ScrawlStatus (*ReadProvenance)(Provenance *provenance, const Tree *tree,
                                       const TreeNode *node, ScrawlError *error);

static ScrawlStatus read_provenance(Parts *parts, const char *key, TreeKind kind,
                                    ReadProvenance read, ScrawlError *error)
{
    Tree tree;
    const char *value = safetensors_metadata(&parts->file, key);
    if (!value)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = parse_value(parts, key, value, kind, &tree, error);
    if (status)
        return status;
    status = read(&parts->provenance, &tree, tree.root, error);
    tree_deinit(&tree);
    return status;
}

/* Everything but the weights, of a parsed file; what was read so far stays in *parts. */
static ScrawlStatus read_metadata(Parts *parts, ScrawlError *error)
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
        status = read_provenance(parts, "data", TREE_KIND_LIST, provenance_read_data, error);
    if (!status)
        status = read_provenance(parts, "scores", TREE_KIND_MAP, provenance_read_scores, error);
    return status;
}

/* The weights of a model's file: each tensor one of a network's, and finite. */

_Static_assert(sizeof(real) == 4, "model files hold 32-bit floats");

/* Whose a tensor of the file is. */
typedef struct TensorPlace {
    int member;
    const ParameterTensor *parameter;
    size_t index; /* among the member's tensors */
} TensorPlace;

/* "member.3.conv1.weight" -> 3, and "conv1.weight" in *rest; -1 where it is no member's. */
static int split_name(const Parts *parts, const char *name, const char **rest)
{
    *rest = name;
    if (!parts->is_ensemble)
        return 0;
    for (int i = 0; i < parts->n_graphs; i++) {
        char prefix[MODEL_MAX_PREFIX];
        size_t length = (size_t)model_tensor_prefix(i, prefix);
        *rest = name + length;
        if (strncmp(name, prefix, length) == 0)
            return i;
    }
    return -1;
}

/* False: no network has a tensor that the file calls `name`. */
static bool find_place(const Parts *parts, const char *name, TensorPlace *place)
{
    *place = (TensorPlace){.member = split_name(parts, name, &name)};
    if (place->member < 0)
        return false;
    const Graph *graph = parts->graphs[place->member];
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        size_t length = strlen(layer->name);
        bool mine = strncmp(name, layer->name, length) == 0 && name[length] == '.';
        for (int j = 0; j < layer->n_tensors; j++, place->index++) {
            place->parameter = &layer->tensors[j];
            if (mine && strcmp(name + length + 1, place->parameter->name) == 0)
                return true;
        }
    }
    return false;
}

/* "[32, 1, 3, 3]" */
static const char *dims_text(int n_dims, const size_t *dims, char *out, size_t out_size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i <= n_dims && used < out_size; i++) {
        const char *before = i == 0 ? "[" : i < n_dims ? ", " : "";
        int more = i < n_dims ? snprintf(out + used, out_size - used, "%s%zu", before, dims[i])
                              : snprintf(out + used, out_size - used, "%s]", before);
        used += (size_t)more;
    }
    return out;
}

static ScrawlStatus check_tensor(const Parts *parts, const TensorView *tensor,
                                 const ParameterTensor *parameter, ScrawlError *error)
{
    char expected[128], found[256];
    size_t dims[4];
    bool same = tensor->n_dims == parameter->n_dims;
    for (int i = 0; i < parameter->n_dims; i++) {
        dims[i] = (size_t)parameter->dims[i];
        same = same && tensor->dims[i] == dims[i];
    }
    if (!same)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: tensor %s: the network expects shape %s, found %s", parts->name,
                         tensor->name,
                         dims_text(parameter->n_dims, dims, expected, sizeof expected),
                         dims_text(tensor->n_dims, tensor->dims, found, sizeof found));
    if (tensor->type != TENSOR_TYPE_F32 && tensor->type != TENSOR_TYPE_F16)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: tensor %s: expected numbers of type F32 or F16", parts->name,
                         tensor->name);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus missing_tensor(const Parts *parts, int member, const bool *found,
                                   ScrawlError *error)
{
    const Graph *graph = parts->graphs[member];
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        for (int j = 0; j < layer->n_tensors; j++) {
            char name[MODEL_MAX_TENSOR_NAME];
            if (!*found++)
                return error_set(error, SCRAWL_STATUS_MISMATCH, "%s: the tensor %s is missing",
                                 parts->name,
                                 model_tensor_name(parts->is_ensemble ? member : -1, layer,
                                                   &layer->tensors[j], name));
        }
    }
    return SCRAWL_STATUS_OK;
}

/* Marks the tensors that the file has, each one of a network's. */
static ScrawlStatus mark_tensors(const Parts *parts, bool *const *found, ScrawlError *error)
{
    for (size_t i = 0; i < parts->file.n_tensors; i++) {
        const TensorView *tensor = &parts->file.tensors[i];
        TensorPlace place;
        if (!find_place(parts, tensor->name, &place))
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: tensor %s: the network has no such tensor", parts->name,
                             tensor->name);
        ScrawlStatus status = check_tensor(parts, tensor, place.parameter, error);
        if (status)
            return status;
        found[place.member][place.index] = true;
    }
    return SCRAWL_STATUS_OK;
}

/* The file's tensors are exactly the networks'. Checked before memory is taken for the weights: a
 * file cannot ask for more than it brings. */
static ScrawlStatus check_tensors(const Parts *parts, ScrawlError *error)
{
    bool *found[SCRAWL_MAX_MEMBERS] = {NULL};
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < parts->n_graphs && !status; i++) {
        found[i] = mem_alloc_zero(model_count_tensors(parts->graphs[i]), sizeof *found[i]);
        if (!found[i])
            status = error_no_memory(error, "the list of tensors");
    }
    if (!status)
        status = mark_tensors(parts, found, error);
    for (int i = 0; i < parts->n_graphs && !status; i++)
        status = missing_tensor(parts, i, found[i], error);
    for (int i = 0; i < parts->n_graphs; i++)
        mem_free(found[i]);
    return status;
}

/* After the check, into a model that was made of the parts' graphs, so that its networks are the
 * parts'. */
static ScrawlStatus copy_weights(const Parts *parts, ScrawlModel *model, ScrawlError *error)
{
    bool half = model->info.n_parameters > 0;
    for (size_t i = 0; i < parts->file.n_tensors; i++) {
        const TensorView *tensor = &parts->file.tensors[i];
        TensorPlace place;
        if (!find_place(parts, tensor->name, &place))
            continue; /* check_tensors has found all */
        const Network *network = &model->networks[place.member];
        real *values = (place.parameter->trainable ? network->parameters : network->state) +
                       place.parameter->offset;
        half = half && (tensor->type == TENSOR_TYPE_F16 || !place.parameter->trainable);
        if (tensor->type == TENSOR_TYPE_F16)
            half_to_float(tensor->count, tensor->data, values);
        else
            memcpy(values, tensor->data, tensor->count * sizeof *values);
        for (size_t j = 0; j < tensor->count; j++)
            if (!isfinite(values[j]))
                return error_set(error, SCRAWL_STATUS_FORMAT,
                                 "%s: tensor %s: element %zu is not a finite number", parts->name,
                                 tensor->name, j);
    }
    model_set_half(model, half);
    return SCRAWL_STATUS_OK;
}

static void parts_deinit(Parts *parts)
{
    safetensors_deinit(&parts->file);
    for (int i = 0; i < parts->n_graphs; i++)
        graph_free(parts->graphs[i]);
    for (int i = 0; i < SCRAWL_MAX_MEMBERS; i++)
        provenance_deinit(&parts->parts[i].provenance);
    tree_deinit(&parts->members);
    tree_deinit(&parts->classes);
    mem_free(parts->class_names);
    provenance_deinit(&parts->provenance);
}

static ScrawlStatus describe_member(Parts *parts, int i, ScrawlModel *model, ScrawlError *error)
{
    MemberPart *part = &parts->parts[i];
    Network *network = &model->networks[i];
    ModelDescription *description = &network->description;
    network->temperature = part->temperature;
    ScrawlStatus status = model_set_text(model, &description->name, part->name, error);
    if (!status)
        status = model_set_text(model, &description->recipe, part->recipe, error);
    if (!status && part->scores)
        status =
            provenance_read_scores(&description->provenance, &parts->members, part->scores, error);
    return status;
}

static ScrawlStatus describe(Parts *parts, ScrawlModel *model, ScrawlError *error)
{
    const char *name = safetensors_metadata(&parts->file, "name");
    const char *recipe = safetensors_metadata(&parts->file, "recipe");
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (name)
        status = model_set_text(model, &model->description->name, name, error);
    if (!status && recipe)
        status = model_set_text(model, &model->description->recipe, recipe, error);
    for (int i = 0; parts->is_ensemble && i < model->n_networks && !status; i++)
        status = describe_member(parts, i, model, error);
    if (!status)
        model_set_provenance(model, &parts->provenance);
    return status;
}

static ScrawlStatus build(Parts *parts, ScrawlModel **model, ScrawlError *error)
{
    ScrawlStatus status =
        model_create_ensemble(model, parts->graphs, parts->n_graphs, &parts->preprocess,
                              parts->class_names, parts->n_classes, error);
    if (status) {
        parts->n_graphs = 0; /* they were taken */
        return error_prefix(error, status, "%s", parts->name);
    }
    model_calibrate(*model, parts->temperature, parts->threshold);
    model_set_passes(*model, (ModelCombine)parts->combine, (ModelTta)parts->tta);
    status = copy_weights(parts, *model, error);
    parts->n_graphs = 0;
    if (!status)
        status = describe(parts, *model, error);
    if (status) {
        scrawl_model_free(*model);
        *model = NULL;
    }
    return status;
}

ScrawlStatus safetensors_read_model(ScrawlModel **model, const char *name, const uint8_t *bytes,
                                    size_t size, ScrawlError *error)
{
    *model = NULL;
    Parts parts = {.name = name};
    ScrawlStatus status = safetensors_parse(&parts.file, name, bytes, size, error);
    if (!status)
        status = read_metadata(&parts, error);
    if (!status)
        status = check_tensors(&parts, error);
    if (!status)
        status = build(&parts, model, error);
    parts_deinit(&parts);
    return status;
}
