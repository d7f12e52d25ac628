#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "formats/half.h"
#include "formats/safetensors.h"
#include "scrawl/dataset.h"

#define FORMAT_NAME "scrawl"
#define FORMAT_VERSION "1"
#define MAX_TENSOR_NAME (LAYER_MAX_NAME + 32)
#define MAX_METADATA 11

_Static_assert(sizeof(real) == 4, "model files hold 32-bit floats");

/* The parts of a model file, read but not yet put together. */
typedef struct Parts {
    const char *name; /* of the file */
    Safetensors file;
    Graph *graph;
    Preprocess preprocess;
    Tree classes; /* owns class_names' text */
    const char **class_names;
    int n_classes;
    double temperature, threshold;
} Parts;

static void parts_deinit(Parts *parts)
{
    safetensors_deinit(&parts->file);
    graph_free(parts->graph);
    tree_deinit(&parts->classes);
    mem_free(parts->class_names);
}

/* A wrong network or preprocessing is a mistake in a recipe, but a lie in a file. */
static ScrawlStatus as_format(ScrawlStatus status, ScrawlError *error)
{
    if (status != SCRAWL_STATUS_RECIPE)
        return status;
    if (error != NULL)
        error->status = SCRAWL_STATUS_FORMAT;
    return SCRAWL_STATUS_FORMAT;
}

static ScrawlStatus need(const Parts *parts, const char *key, const char **value,
                         ScrawlError *error)
{
    *value = safetensors_metadata(&parts->file, key);
    if (*value == NULL)
        return error_set(error, SCRAWL_STATUS_FORMAT, "%s: the metadata has no \"%s\"",
                         parts->name, key);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_version(const Parts *parts, ScrawlError *error)
{
    const char *format = safetensors_metadata(&parts->file, "format"), *version;
    if (format == NULL || strcmp(format, FORMAT_NAME) != 0)
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: safetensors, but no model of Scrawl: expected format \"" FORMAT_NAME
                         "\" in its metadata, found %s",
                         parts->name, format != NULL ? format : "none");
    ScrawlStatus status = need(parts, "version", &version, error);
    if (status == SCRAWL_STATUS_OK && strcmp(version, FORMAT_VERSION) != 0)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: expected version " FORMAT_VERSION " of the model format, found %s",
                         parts->name, version);
    return status;
}

/* Parses the JSON of one metadata value, whose root must be of a kind. */
static ScrawlStatus parse_value(const Parts *parts, const char *key, const char *value,
                                TreeKind kind, Tree *tree, ScrawlError *error)
{
    char *name = mem_format("%s: %s", parts->name, key);
    if (name == NULL)
        return error_no_memory(error, "metadata");
    ScrawlStatus status = json_parse(tree, name, value, strlen(value), error);
    if (status == SCRAWL_STATUS_OK && tree->root->kind != kind) {
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
    if (status != SCRAWL_STATUS_OK)
        return status;
    char *name = mem_format("%s: network", parts->name);
    if (name == NULL)
        return error_no_memory(error, "a network");
    status = graph_create_json(&parts->graph, name, value, error);
    mem_free(name);
    return as_format(status, error);
}

static ScrawlStatus read_preprocessing(Parts *parts, ScrawlError *error)
{
    const char *value;
    Tree tree;
    ScrawlStatus status = need(parts, "preprocessing", &value, error);
    if (status == SCRAWL_STATUS_OK)
        status = parse_value(parts, "preprocessing", value, TREE_KIND_MAP, &tree, error);
    if (status != SCRAWL_STATUS_OK)
        return status;
    status = preprocess_read(&parts->preprocess, &tree, tree.root, error);
    tree_deinit(&tree);
    return as_format(status, error);
}

static ScrawlStatus read_classes(Parts *parts, ScrawlError *error)
{
    const char *value;
    ScrawlStatus status = need(parts, "classes", &value, error);
    if (status == SCRAWL_STATUS_OK)
        status = parse_value(parts, "classes", value, TREE_KIND_LIST, &parts->classes, error);
    if (status != SCRAWL_STATUS_OK)
        return status;
    const TreeNode *root = parts->classes.root;
    if (root->n_children > SCRAWL_DATASET_MAX_CLASSES)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%s: classes: expected at most %d, found %zu",
                         parts->name, SCRAWL_DATASET_MAX_CLASSES, root->n_children);
    parts->class_names = mem_alloc(root->n_children, sizeof(*parts->class_names));
    if (parts->class_names == NULL)
        return error_no_memory(error, "the names of classes");
    for (const TreeNode *child = root->first; child != NULL; child = child->next) {
        char found[64];
        if (child->kind != TREE_KIND_SCALAR || !child->quoted)
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "%s: classes[%d]: expected a string, found %s", parts->name,
                             parts->n_classes, tree_describe(child, found, sizeof(found)));
        parts->class_names[parts->n_classes++] = child->text;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus read_number(const Parts *parts, const char *key, double absent, double low,
                                double high, double *value, ScrawlError *error)
{
    const char *text = safetensors_metadata(&parts->file, key);
    *value = absent;
    if (text == NULL)
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
    if (value == NULL)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = parse_value(parts, key, value, kind, &tree, error);
    if (status == SCRAWL_STATUS_OK)
        tree_deinit(&tree);
    return status;
}

static ScrawlStatus read_metadata(Parts *parts, ScrawlError *error)
{
    ScrawlStatus status = check_version(parts, error);
    if (status == SCRAWL_STATUS_OK)
        status = read_network(parts, error);
    if (status == SCRAWL_STATUS_OK)
        status = read_preprocessing(parts, error);
    if (status == SCRAWL_STATUS_OK)
        status = read_classes(parts, error);
    if (status == SCRAWL_STATUS_OK)
        status = read_number(parts, "temperature", 1, MODEL_MIN_TEMPERATURE, MODEL_MAX_TEMPERATURE,
                             &parts->temperature, error);
    if (status == SCRAWL_STATUS_OK)
        status = read_number(parts, "threshold", 0, 0, 1, &parts->threshold, error);
    if (status == SCRAWL_STATUS_OK)
        status = check_json(parts, "data", TREE_KIND_LIST, error);
    if (status == SCRAWL_STATUS_OK)
        status = check_json(parts, "scores", TREE_KIND_MAP, error);
    return status;
}

/* The network's tensor that a file calls `name`; NULL: none. */
static const ParameterTensor *find_parameter(const Graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        size_t length = strlen(layer->name);
        if (strncmp(name, layer->name, length) != 0 || name[length] != '.')
            continue;
        for (int j = 0; j < layer->n_tensors; j++)
            if (strcmp(name + length + 1, layer->tensors[j].name) == 0)
                return &layer->tensors[j];
    }
    return NULL;
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
        return error_set(
            error, SCRAWL_STATUS_MISMATCH, "%s: tensor %s: the network expects shape %s, found %s",
            parts->name, tensor->name,
            dims_text(parameter->n_dims, dims, expected, sizeof(expected)),
            dims_text(tensor->n_dims, tensor->dims, found, sizeof(found)));
    if (tensor->type != TENSOR_TYPE_F32 && tensor->type != TENSOR_TYPE_F16)
        return error_set(error, SCRAWL_STATUS_UNSUPPORTED,
                         "%s: tensor %s: expected numbers of type F32 or F16", parts->name,
                         tensor->name);
    return SCRAWL_STATUS_OK;
}

/* "conv1.weight" */
static const char *tensor_name(const Layer *layer, const ParameterTensor *parameter,
                               char out[MAX_TENSOR_NAME])
{
    int length = snprintf(out, MAX_TENSOR_NAME, "%s.%s", layer->name, parameter->name);
    assert(length < MAX_TENSOR_NAME);
    (void)length;
    return out;
}

static ScrawlStatus missing_tensor(const Parts *parts, ScrawlError *error)
{
    for (int i = 0; i < parts->graph->n_layers; i++) {
        const Layer *layer = &parts->graph->layers[i];
        for (int j = 0; j < layer->n_tensors; j++) {
            char name[MAX_TENSOR_NAME];
            tensor_name(layer, &layer->tensors[j], name);
            if (safetensors_find(&parts->file, name) == NULL)
                return error_set(error, SCRAWL_STATUS_MISMATCH, "%s: the tensor %s is missing",
                                 parts->name, name);
        }
    }
    return SCRAWL_STATUS_OK;
}

static size_t count_tensors(const Graph *graph)
{
    size_t n = 0;
    for (int i = 0; i < graph->n_layers; i++)
        n += (size_t)graph->layers[i].n_tensors;
    return n;
}

/* The file's tensors are exactly the network's. Done before memory is taken for the weights, so
 * that a file cannot ask for more than it brings. */
static ScrawlStatus check_tensors(const Parts *parts, ScrawlError *error)
{
    for (size_t i = 0; i < parts->file.n_tensors; i++) {
        const TensorView *tensor = &parts->file.tensors[i];
        const ParameterTensor *parameter = find_parameter(parts->graph, tensor->name);
        if (parameter == NULL)
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "%s: tensor %s: the network has no such tensor", parts->name,
                             tensor->name);
        ScrawlStatus status = check_tensor(parts, tensor, parameter, error);
        if (status != SCRAWL_STATUS_OK)
            return status;
    }
    if (parts->file.n_tensors != count_tensors(parts->graph))
        return missing_tensor(parts, error);
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus copy_weights(const Parts *parts, ScrawlModel *model, ScrawlError *error)
{
    for (size_t i = 0; i < parts->file.n_tensors; i++) {
        const TensorView *tensor = &parts->file.tensors[i];
        const ParameterTensor *parameter = find_parameter(model->graph, tensor->name);
        real *values = (parameter->trainable ? model->parameters : model->state) +
                       parameter->offset;
        if (tensor->type == TENSOR_TYPE_F16)
            half_to_float(tensor->count, tensor->data, values);
        else
            memcpy(values, tensor->data, tensor->count * sizeof(*values));
        for (size_t j = 0; j < tensor->count; j++)
            if (!isfinite(values[j]))
                return error_set(error, SCRAWL_STATUS_FORMAT,
                                 "%s: tensor %s: element %zu is not a finite number", parts->name,
                                 tensor->name, j);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus copy_texts(const Parts *parts, ScrawlModel *model, ScrawlError *error)
{
    struct {
        const char *key;
        char **field;
    } texts[] = {{"name", &model->name},
                 {"recipe", &model->recipe},
                 {"data", &model->data},
                 {"scores", &model->scores}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        const char *value = safetensors_metadata(&parts->file, texts[i].key);
        if (value == NULL)
            continue;
        ScrawlStatus status = model_set_text(model, texts[i].field, value, error);
        if (status != SCRAWL_STATUS_OK)
            return status;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus build(Parts *parts, ScrawlModel **model, ScrawlError *error)
{
    Graph *graph = parts->graph;
    parts->graph = NULL; /* model_create takes it */
    ScrawlStatus status = model_create(model, graph, &parts->preprocess, parts->class_names,
                                       parts->n_classes, error);
    if (status != SCRAWL_STATUS_OK)
        return error_prefix(error, status, "%s", parts->name);
    model_calibrate(*model, parts->temperature, parts->threshold);
    status = copy_weights(parts, *model, error);
    if (status == SCRAWL_STATUS_OK)
        status = copy_texts(parts, *model, error);
    if (status != SCRAWL_STATUS_OK) {
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
    if (status == SCRAWL_STATUS_OK)
        status = read_metadata(&parts, error);
    if (status == SCRAWL_STATUS_OK)
        status = check_tensors(&parts, error);
    if (status == SCRAWL_STATUS_OK)
        status = build(&parts, model, error);
    parts_deinit(&parts);
    return status;
}

/* Views into the model's arrays, layer by layer. */
static void list_tensors(const ScrawlModel *model, TensorView *views,
                         char (*names)[MAX_TENSOR_NAME])
{
    for (int i = 0; i < model->graph->n_layers; i++) {
        const Layer *layer = &model->graph->layers[i];
        for (int j = 0; j < layer->n_tensors; j++, views++, names++) {
            const ParameterTensor *parameter = &layer->tensors[j];
            const real *array = parameter->trainable ? model->parameters : model->state;
            *views = (TensorView){
                .name = tensor_name(layer, parameter, *names),
                .type = TENSOR_TYPE_F32,
                .n_dims = parameter->n_dims,
                .count = parameter->count,
                .data = array + parameter->offset,
            };
            for (int k = 0; k < parameter->n_dims; k++)
                views->dims[k] = (size_t)parameter->dims[k];
        }
    }
}

ScrawlStatus safetensors_write_model(const ScrawlModel *model, Buffer *out, ScrawlError *error)
{
    size_t n_tensors = count_tensors(model->graph);
    char temperature[NUMBER_TEXT_SIZE], threshold[NUMBER_TEXT_SIZE];
    Buffer classes;
    buffer_init(&classes, SAFETENSORS_MAX_HEADER);
    TensorView *views = mem_alloc(n_tensors, sizeof(*views));
    char(*names)[MAX_TENSOR_NAME] = mem_alloc(n_tensors, sizeof(*names));
    ScrawlStatus status = model_write_classes(model, &classes);
    if (views == NULL || names == NULL || status != SCRAWL_STATUS_OK) {
        status = error_no_memory(error, "the list of tensors");
        goto out;
    }
    list_tensors(model, views, names);
    MetadataPair metadata[MAX_METADATA] = {
        {"format", FORMAT_NAME},
        {"version", FORMAT_VERSION},
        {"name", model->name},
        {"network", model->graph->json},
        {"preprocessing", model->preprocessing},
        {"classes", buffer_text(&classes)},
        {"recipe", model->recipe},
        {"data", model->data},
        {"scores", model->scores},
        {"temperature", number_print(model->temperature, temperature)},
        {"threshold", number_print(model->threshold, threshold)},
    };
    Safetensors file = {
        .tensors = views,
        .n_tensors = n_tensors,
        .metadata = metadata,
        .n_metadata = MAX_METADATA,
    };
    status = safetensors_write(&file, out, error);
out:
    mem_free(views);
    mem_free(names);
    buffer_deinit(&classes);
    return status;
}
