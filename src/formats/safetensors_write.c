/* Writing a model; reading one is in safetensors_read.c. */
#include <assert.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "formats/safetensors.h"
#include "formats/safetensors_model.h"

#define MAX_METADATA 14

size_t model_count_tensors(const Graph *graph)
{
    size_t n = 0;
    for (int i = 0; i < graph->n_layers; i++)
        n += (size_t)graph->layers[i].n_tensors;
    return n;
}

int model_tensor_prefix(int member, char prefix[MODEL_MAX_PREFIX])
{
    return snprintf(prefix, MODEL_MAX_PREFIX, "member.%d.", member);
}

const char *model_tensor_name(int member, const Layer *layer, const ParameterTensor *parameter,
                              char name[MODEL_MAX_TENSOR_NAME])
{
    char prefix[MODEL_MAX_PREFIX] = "";
    if (member >= 0)
        model_tensor_prefix(member, prefix);
    int length =
        snprintf(name, MODEL_MAX_TENSOR_NAME, "%s%s.%s", prefix, layer->name, parameter->name);
    assert(length < MODEL_MAX_TENSOR_NAME);
    (void)length;
    return name;
}

/* What is freed when the file is written. */
typedef struct Writing {
    TensorView *views; /* [n_tensors] */
    char (*names)[MODEL_MAX_TENSOR_NAME];
    size_t n_tensors;
    uint16_t *halves; /* of all members' parameters, one after the other; NULL: floats */
    Buffer classes, members, data, scores;
    char temperature[NUMBER_TEXT_SIZE], threshold[NUMBER_TEXT_SIZE];
    MetadataPair metadata[MAX_METADATA];
    size_t n_metadata;
} Writing;

/* A member's tensor at `values`, as halves where those are given. */
static TensorView view_of(const ParameterTensor *parameter, const char *name, const real *values,
                          const uint16_t *halves)
{
    bool half = halves && parameter->trainable;
    TensorView view = {
        .name = name,
        .type = half ? TENSOR_TYPE_F16 : TENSOR_TYPE_F32,
        .n_dims = parameter->n_dims,
        .count = parameter->count,
        .data = values + parameter->offset,
    };
    if (half)
        view.data = halves + parameter->offset;
    for (int i = 0; i < parameter->n_dims; i++)
        view.dims[i] = (size_t)parameter->dims[i];
    return view;
}

/* Views into the members' arrays, layer by layer. */
static void list_tensors(const ScrawlModel *model, Writing *writing)
{
    size_t n = 0;
    const uint16_t *halves = writing->halves;
    for (int m = 0; m < model->n_networks; m++) {
        const Network *network = &model->networks[m];
        for (int i = 0; i < network->graph->n_layers; i++) {
            const Layer *layer = &network->graph->layers[i];
            for (int j = 0; j < layer->n_tensors; j++, n++) {
                const ParameterTensor *parameter = &layer->tensors[j];
                const char *name = model_tensor_name(model->n_networks > 1 ? m : -1, layer,
                                                     parameter, writing->names[n]);
                writing->views[n] =
                    view_of(parameter, name,
                            parameter->trainable ? network->parameters : network->state, halves);
            }
        }
        halves = halves ? halves + network->graph->n_parameters : NULL;
    }
}

/* Names the first weight of a member that no half can hold. */
static ScrawlStatus error_too_large(const ScrawlModel *model, int m, size_t place,
                                    ScrawlError *error)
{
    const Graph *graph = model->networks[m].graph;
    for (int i = 0; i < graph->n_layers; i++) {
        const Layer *layer = &graph->layers[i];
        for (int j = 0; j < layer->n_tensors; j++) {
            const ParameterTensor *parameter = &layer->tensors[j];
            char name[MODEL_MAX_TENSOR_NAME];
            if (parameter->trainable && place >= parameter->offset &&
                place - parameter->offset < parameter->count)
                return error_set(
                    error, SCRAWL_STATUS_LIMIT,
                    "tensor %s: element %zu is %g, but the largest 16-bit float is "
                    "65504: keep the weights at 32 bits",
                    model_tensor_name(model->n_networks > 1 ? m : -1, layer, parameter, name),
                    place - parameter->offset, (double)model->networks[m].parameters[place]);
        }
    }
    return error_set(error, SCRAWL_STATUS_LIMIT, "a weight is too large for 16 bits");
}

static ScrawlStatus convert_halves(const ScrawlModel *model, Writing *writing, ScrawlError *error)
{
    writing->halves = mem_alloc(model->info.n_parameters, sizeof *writing->halves);
    if (!writing->halves)
        return error_no_memory(error, "the weights as 16-bit floats");
    uint16_t *halves = writing->halves;
    for (int m = 0; m < model->n_networks; m++) {
        const Network *network = &model->networks[m];
        size_t n = network->graph->n_parameters;
        size_t n_converted = half_from_float(n, network->parameters, halves);
        if (n_converted < n)
            return error_too_large(model, m, n_converted, error);
        halves += n;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus list_arrays(const ScrawlModel *model, Writing *writing, ScrawlError *error)
{
    for (int m = 0; m < model->n_networks; m++)
        writing->n_tensors += model_count_tensors(model->networks[m].graph);
    writing->views = mem_alloc(writing->n_tensors, sizeof *writing->views);
    writing->names = mem_alloc(writing->n_tensors, sizeof *writing->names);
    if (!writing->views || !writing->names)
        return error_no_memory(error, "the list of tensors");
    ScrawlStatus status = SCRAWL_STATUS_OK;
    if (model->half)
        status = convert_halves(model, writing, error);
    if (!status)
        list_tensors(model, writing);
    return status;
}

static ScrawlStatus write_member(const Network *network, Buffer *out)
{
    char temperature[NUMBER_TEXT_SIZE];
    ScrawlStatus status = buffer_print(out, "{\"name\":");
    if (!status)
        status = json_write_string(network->description.name, out);
    if (!status)
        status = buffer_print(out, ",\"network\":%s,\"recipe\":", network->graph->json);
    if (!status)
        status = json_write_string(network->description.recipe, out);
    if (!status)
        status = buffer_print(out, ",\"scores\":");
    if (!status)
        status = provenance_write_scores(&network->description.provenance, out);
    if (!status)
        status = buffer_print(out, ",\"temperature\":%s}",
                              number_print(network->temperature, temperature));
    return status;
}

static ScrawlStatus write_members(const ScrawlModel *model, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "[");
    for (int i = 0; i < model->n_networks && !status; i++) {
        if (i > 0)
            status = buffer_print(out, ",");
        if (!status)
            status = write_member(&model->networks[i], out);
    }
    return status ? status : buffer_print(out, "]");
}

static void add(Writing *writing, const char *key, const char *value)
{
    assert(writing->n_metadata < MAX_METADATA);
    writing->metadata[writing->n_metadata++] = (MetadataPair){key, value};
}

/* A model without members and shifts is a file of version 1, as it always was. */
static ScrawlStatus list_metadata(const ScrawlModel *model, Writing *writing)
{
    bool ensemble = model->n_networks > 1;
    bool simple = !ensemble && model->tta == MODEL_TTA_NONE;
    const ModelDescription *description = model->description;
    ScrawlStatus status = model_write_classes(model, &writing->classes);
    if (!status)
        status = provenance_write_data(&description->provenance, &writing->data);
    if (!status)
        status = provenance_write_scores(&description->provenance, &writing->scores);
    if (!status && ensemble)
        status = write_members(model, &writing->members);
    add(writing, "format", MODEL_FORMAT);
    add(writing, "version", simple ? MODEL_VERSION : MODEL_VERSION_ENSEMBLE);
    add(writing, "name", description->name);
    if (ensemble) {
        add(writing, "members", buffer_text(&writing->members));
        add(writing, "combine", model_combine_names[model->combine]);
    } else {
        add(writing, "network", model->networks[0].graph->json);
    }
    if (!simple)
        add(writing, "tta", model_tta_names[model->tta]);
    add(writing, "preprocessing", model->preprocessing);
    add(writing, "classes", buffer_text(&writing->classes));
    add(writing, "recipe", description->recipe);
    add(writing, "data", buffer_text(&writing->data));
    add(writing, "scores", buffer_text(&writing->scores));
    add(writing, "temperature", number_print(model->temperature, writing->temperature));
    add(writing, "threshold", number_print(model->threshold, writing->threshold));
    return status;
}

static void writing_deinit(Writing *writing)
{
    mem_free(writing->views);
    mem_free(writing->names);
    mem_free(writing->halves);
    buffer_deinit(&writing->classes);
    buffer_deinit(&writing->members);
    buffer_deinit(&writing->data);
    buffer_deinit(&writing->scores);
}

ScrawlStatus safetensors_write_model(const ScrawlModel *model, Buffer *out, ScrawlError *error)
{
    Writing writing = {0};
    buffer_init(&writing.classes, SAFETENSORS_MAX_HEADER);
    buffer_init(&writing.members, SAFETENSORS_MAX_HEADER);
    buffer_init(&writing.data, SAFETENSORS_MAX_HEADER);
    buffer_init(&writing.scores, SAFETENSORS_MAX_HEADER);
    ScrawlStatus status = list_metadata(model, &writing);
    if (status == SCRAWL_STATUS_LIMIT)
        error_set(error, status, "what there is to say of the members is longer than %zu bytes",
                  SAFETENSORS_MAX_HEADER);
    else if (status)
        error_no_memory(error, "the model's description");
    else
        status = list_arrays(model, &writing, error);
    if (!status)
        status = safetensors_write(&(Safetensors){.tensors = writing.views,
                                                  .n_tensors = writing.n_tensors,
                                                  .metadata = writing.metadata,
                                                  .n_metadata = writing.n_metadata},
                                   out, error);
    writing_deinit(&writing);
    return status;
}
