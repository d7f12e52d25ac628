/* The weights of a model's file: each tensor one of a network's, and finite. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "formats/half.h"
#include "formats/safetensors_model.h"
#include "formats/safetensors_parts.h"

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

ScrawlStatus parts_check_tensors(const Parts *parts, ScrawlError *error)
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

/* The places of the model are those of the parts: its graphs came from there. */
ScrawlStatus parts_copy_weights(const Parts *parts, ScrawlModel *model, ScrawlError *error)
{
    bool half = model->info.n_parameters > 0;
    for (size_t i = 0; i < parts->file.n_tensors; i++) {
        const TensorView *tensor = &parts->file.tensors[i];
        TensorPlace place;
        if (!find_place(parts, tensor->name, &place))
            continue; /* parts_check_tensors has found all */
        const ModelMember *member = &model->members[place.member];
        real *values = (place.parameter->trainable ? member->parameters : member->state) +
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
