#include "train/checkpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/format.h"
#include "formats/safetensors.h"

#define KIND "scrawl-checkpoint"
#define VERSION "2"
#define N_COUNTERS 10
#define N_SUMS 8
#define MAX_TENSORS 7
#define N_METADATA 4

/* The whole numbers and the others of a state, in the order of the file. */
static void pack(const TrainState *state, int64_t counters[N_COUNTERS], double sums[N_SUMS])
{
    const uint64_t whole[N_COUNTERS] = {
        state->epoch,
        state->batch,
        state->n_seen,
        state->n_correct,
        state->valid.n,
        state->valid.n_correct,
        (uint64_t)state->plateau.bad_epochs,
        state->n_steps,
        state->best_epoch,
        state->n_averaged,
    };
    const double other[N_SUMS] = {
        state->loss_sum,   state->epoch_seconds,  state->learning_rate,     state->total_seconds,
        state->valid.loss, state->plateau.factor, state->plateau.best_loss, state->best_valid_loss,
    };
    for (int i = 0; i < N_COUNTERS; i++)
        counters[i] = (int64_t)whole[i];
    memcpy(sums, other, sizeof other);
}

static void unpack(TrainState *state, const int64_t counters[N_COUNTERS], const double sums[N_SUMS])
{
    state->epoch = (uint64_t)counters[0];
    state->batch = (uint64_t)counters[1];
    state->n_seen = (uint64_t)counters[2];
    state->n_correct = (uint64_t)counters[3];
    state->valid.n = (size_t)counters[4];
    state->valid.n_correct = (size_t)counters[5];
    state->plateau.bad_epochs = (int)counters[6];
    state->n_steps = (uint64_t)counters[7];
    state->best_epoch = (uint64_t)counters[8];
    state->n_averaged = (uint64_t)counters[9];
    state->loss_sum = sums[0];
    state->epoch_seconds = sums[1];
    state->learning_rate = sums[2];
    state->total_seconds = sums[3];
    state->valid.loss = sums[4];
    state->plateau.factor = sums[5];
    state->plateau.best_loss = sums[6];
    state->best_valid_loss = sums[7];
}

static TensorView vector(const char *name, TensorType type, size_t count, const void *data)
{
    return (TensorView){
        .name = name, .type = type, .n_dims = 1, .dims = {count}, .count = count, .data = data};
}

/* The tensors of a checkpoint: how many. Empty ones, the running statistics of a network that has
 * none, are left out. */
static size_t list_tensors(const TrainState *state, const int64_t *counters, const double *sums,
                           TensorView tensors[MAX_TENSORS])
{
    size_t n_slots = (size_t)state->n_slots * state->n_parameters, n = 0;
    size_t n_average = state->average ? state->n_parameters : 0;
    size_t n_average_state = state->average ? state->n_state : 0;
    const TensorView all[MAX_TENSORS] = {
        vector("counters", TENSOR_TYPE_I64, N_COUNTERS, counters),
        vector("sums", TENSOR_TYPE_F64, N_SUMS, sums),
        vector("parameters", TENSOR_TYPE_F32, state->n_parameters, state->parameters),
        vector("optimizer", TENSOR_TYPE_F32, n_slots, state->slots),
        vector("state", TENSOR_TYPE_F32, state->n_state, state->state),
        vector("average", TENSOR_TYPE_F32, n_average, state->average),
        vector("average_state", TENSOR_TYPE_F32, n_average_state, state->average_state),
    };
    for (size_t i = 0; i < MAX_TENSORS; i++)
        if (all[i].count > 0)
            tensors[n++] = all[i];
    return n;
}

ScrawlStatus checkpoint_write(const char *path, const TrainState *state, const CheckpointKey *key,
                              ScrawlError *error)
{
    int64_t counters[N_COUNTERS];
    double sums[N_SUMS];
    TensorView tensors[MAX_TENSORS];
    MetadataPair metadata[N_METADATA] = {
        {"format", KIND}, {"version", VERSION}, {"recipe", key->recipe}, {"data", key->data}};
    pack(state, counters, sums);
    Safetensors file = {.tensors = tensors,
                        .n_tensors = list_tensors(state, counters, sums, tensors),
                        .metadata = metadata,
                        .n_metadata = N_METADATA};
    Buffer bytes;
    buffer_init(&bytes, FORMAT_MAX_FILE);
    ScrawlStatus status = safetensors_write(&file, &bytes, error);
    if (!status)
        status = file_write(path, bytes.data, bytes.size, error);
    buffer_deinit(&bytes);
    return status;
}

static bool metadata_is(const Safetensors *file, const char *key, const char *value)
{
    const char *found = safetensors_metadata(file, key);
    return found && strcmp(found, value) == 0;
}

static ScrawlStatus check_key(const char *path, const Safetensors *file, const CheckpointKey *key,
                              ScrawlError *error)
{
    if (!metadata_is(file, "format", KIND) || !metadata_is(file, "version", VERSION))
        return error_set(error, SCRAWL_STATUS_FORMAT,
                         "%s: expected a checkpoint of version " VERSION ", found another file",
                         path);
    if (!metadata_is(file, "recipe", key->recipe))
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: the run's recipe.yaml has changed since this checkpoint was saved; "
                         "restore it, or begin anew with --force",
                         path);
    if (!metadata_is(file, "data", key->data))
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "%s: the training data have changed since this checkpoint was saved; "
                         "restore them, or begin anew with --force",
                         path);
    return SCRAWL_STATUS_OK;
}

/* The file's bytes of each expected tensor. */
static ScrawlStatus find_tensors(const char *path, const Safetensors *file,
                                 const TensorView *expected, size_t n, const void **data,
                                 ScrawlError *error)
{
    for (size_t i = 0; i < n; i++) {
        const TensorView *found = safetensors_find(file, expected[i].name);
        if (!found || found->type != expected[i].type || found->count != expected[i].count)
            return error_set(error, SCRAWL_STATUS_FORMAT,
                             "%s: expected a tensor \"%s\" of %zu numbers, found %zu", path,
                             expected[i].name, expected[i].count, found ? found->count : 0);
        data[i] = found->data;
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus fill(const char *path, const Safetensors *file, TrainState *state,
                         ScrawlError *error)
{
    int64_t counters[N_COUNTERS];
    double sums[N_SUMS];
    TensorView expected[MAX_TENSORS];
    const void *data[MAX_TENSORS] = {NULL};
    size_t n = list_tensors(state, counters, sums, expected);
    ScrawlStatus status = find_tensors(path, file, expected, n, data, error);
    if (status)
        return status;
    memcpy(counters, data[0], sizeof counters);
    memcpy(sums, data[1], sizeof sums);
    for (size_t i = 2; i < n; i++)
        memcpy((real *)expected[i].data, data[i], expected[i].count * sizeof(real));
    unpack(state, counters, sums);
    return SCRAWL_STATUS_OK;
}

ScrawlStatus checkpoint_read(const char *path, TrainState *state, const CheckpointKey *key,
                             ScrawlError *error)
{
    Buffer bytes;
    Safetensors file = {0};
    buffer_init(&bytes, FORMAT_MAX_FILE);
    ScrawlStatus status = file_read(path, &bytes, error);
    if (!status)
        status = safetensors_parse(&file, path, bytes.data, bytes.size, error);
    if (status)
        goto out;
    status = check_key(path, &file, key, error);
    if (!status)
        status = fill(path, &file, state, error);
    safetensors_deinit(&file);
out:
    buffer_deinit(&bytes);
    return status;
}
