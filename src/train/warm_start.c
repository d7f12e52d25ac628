#include "train/warm_start.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/tree.h"
#include "formats/format.h"
#include "formats/safetensors.h"
#include "model/model.h"

#define MAX_ROWS ((size_t)1 << 20) /* bytes of the list of data */

/* The layer that gives the logits: the last with weights. */
static const Layer *last_layer(const Graph *graph)
{
    const Layer *last = NULL;
    for (int i = 0; i < graph->n_layers; i++)
        if (graph->layers[i].n_tensors > 0)
            last = &graph->layers[i];
    return last;
}

static const char *dims_text(const ParameterTensor *tensor, char text[64])
{
    int used = 0;
    for (int i = 0; i < tensor->n_dims; i++)
        used +=
            snprintf(text + used, 64 - (size_t)used, "%s%d", i > 0 ? " x " : "", tensor->dims[i]);
    return text;
}

/* Do the dimensions from `first` on agree? */
static bool same_dims(const ParameterTensor *a, const ParameterTensor *b, int first)
{
    bool same = a->n_dims == b->n_dims;
    for (int i = first; i < a->n_dims && same; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

/* `free_dims` dimensions of each tensor may differ: those of the classes in a last layer. */
static ScrawlStatus check_layer(const char *model, const Layer *mine, const Layer *theirs,
                                int free_dims, ScrawlError *error)
{
    if (!theirs || theirs->n_tensors == 0)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "init: model %s has no layer %s (%s) with weights", model, mine->name,
                         mine->kind->name);
    if (mine->kind != theirs->kind || mine->n_tensors != theirs->n_tensors)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "init: layer %s: the recipe has a %s with %d tensors, model %s a %s with "
                         "%d",
                         mine->name, mine->kind->name, mine->n_tensors, model, theirs->kind->name,
                         theirs->n_tensors);
    for (int i = 0; i < mine->n_tensors; i++) {
        const ParameterTensor *a = &mine->tensors[i], *b = &theirs->tensors[i];
        char expected[64], found[64];
        if (strcmp(a->name, b->name) != 0 || !same_dims(a, b, free_dims))
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "init: layer %s: the recipe expects a %s of %s, model %s has a %s of "
                             "%s",
                             mine->name, a->name, dims_text(a, expected), model, b->name,
                             dims_text(b, found));
    }
    return SCRAWL_STATUS_OK;
}

static void copy_layer(const ScrawlModel *model, const Layer *mine, const Layer *theirs,
                       TrainState *state)
{
    for (int i = 0; i < mine->n_tensors; i++) {
        const ParameterTensor *to = &mine->tensors[i], *from = &theirs->tensors[i];
        if (to->trainable)
            memcpy(state->parameters + to->offset, model->networks[0].parameters + from->offset,
                   to->count * sizeof(real));
        else
            memcpy(state->state + to->offset, model->networks[0].state + from->offset,
                   to->count * sizeof(real));
    }
}

static const Layer *find_layer(const Graph *graph, const char *name)
{
    int index = graph_find(graph, name);
    return index < 0 ? NULL : &graph->layers[index];
}

static bool same_classes(const ScrawlModelInfo *model, const ScrawlDatasetInfo *data)
{
    bool same = model->n_classes == data->n_classes;
    for (int i = 0; i < data->n_classes && same; i++)
        same = strcmp(model->class_names[i], data->class_names[i]) == 0;
    return same;
}

/* What the model has beyond the recipe's network would be lost without a word. */
static ScrawlStatus check_all_used(const ScrawlModel *model, const Graph *graph, ScrawlError *error)
{
    for (int i = 0; i < model->networks[0].graph->n_layers; i++) {
        const Layer *theirs = &model->networks[0].graph->layers[i];
        if (theirs->n_tensors > 0 && !find_layer(graph, theirs->name))
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "init: the recipe's network has no layer %s (%s), which model %s has",
                             theirs->name, theirs->kind->name, model->info.name);
    }
    return SCRAWL_STATUS_OK;
}

static void tell(const Trainer *trainer, const ScrawlModel *model, int n_copied, const Layer *last,
                 bool renewed)
{
    const ScrawlLog *log = trainer->options->log;
    const ScrawlDatasetInfo *data = &trainer->data.train->info;
    const Preprocess *mine = &trainer->recipe->preprocess, *theirs = &model->preprocess;
    log_message(log, SCRAWL_LOG_LEVEL_INFO, "init: weights of %d layer%s from model %s", n_copied,
                n_copied == 1 ? "" : "s", model->info.name);
    if (renewed && model->info.n_classes != data->n_classes)
        log_message(log, SCRAWL_LOG_LEVEL_INFO,
                    "init: the last layer, %s, is renewed: %d classes instead of %d", last->name,
                    data->n_classes, model->info.n_classes);
    else if (renewed)
        log_message(log, SCRAWL_LOG_LEVEL_INFO,
                    "init: the last layer, %s, is renewed: the classes have other names",
                    last->name);
    if (mine->mean != theirs->mean || mine->sd != theirs->sd)
        log_message(log, SCRAWL_LOG_LEVEL_WARNING,
                    "init: the recipe's preprocessing.mean and sd are %g and %g, model %s learned "
                    "with %g and %g",
                    mine->mean, mine->sd, model->info.name, theirs->mean, theirs->sd);
}

static ScrawlStatus copy_layers(Trainer *trainer, const ScrawlModel *model, ScrawlError *error)
{
    const Graph *graph = trainer->graph;
    const Layer *last = last_layer(graph);
    bool renew = !same_classes(&model->info, &trainer->data.train->info);
    int n_copied = 0;
    ScrawlStatus status = check_all_used(model, graph, error);
    for (int i = 0; i < graph->n_layers && !status; i++) {
        const Layer *mine = &graph->layers[i],
                    *theirs = find_layer(model->networks[0].graph, mine->name);
        bool renewed = renew && mine == last;
        if (mine->n_tensors == 0)
            continue;
        status = check_layer(model->info.name, mine, theirs, renewed ? 1 : 0, error);
        if (status || renewed)
            continue;
        copy_layer(model, mine, theirs, &trainer->state);
        n_copied++;
    }
    if (!status)
        tell(trainer, model, n_copied, last, renew);
    return status;
}

/* The model itself, and what it learned from. Its test set is none of that. */
static ScrawlStatus list_data(Provenance *initial, const ScrawlModel *model, const char *sha256,
                              ScrawlError *error)
{
    ScrawlStatus status = provenance_add_data(initial,
                                              &(ScrawlDataRow){.use = SCRAWL_DATA_USE_WEIGHTS,
                                                               .initial = true,
                                                               .name = model->info.name,
                                                               .sha256 = sha256},
                                              error);
    for (int i = 0; i < model->info.n_data && !status; i++) {
        ScrawlDataRow row = model->info.data[i];
        if (row.use == SCRAWL_DATA_USE_TEST && !row.initial)
            continue;
        if (!row.initial && row.use != SCRAWL_DATA_USE_OTHER)
            row.use_name = "";
        row.initial = true;
        status = provenance_add_data(initial, &row, error);
    }
    return status;
}

/* The checksum is that of the file that Scrawl writes of the model. */
static ScrawlStatus checksum(const ScrawlModel *model, char sha256[CHECKSUM_TEXT_SIZE],
                             ScrawlError *error)
{
    Buffer bytes;
    buffer_init(&bytes, FORMAT_MAX_FILE);
    ScrawlStatus status = safetensors_write_model(model, &bytes, error);
    if (!status)
        checksum_sha256(bytes.data, bytes.size, sha256);
    buffer_deinit(&bytes);
    return status;
}

static ScrawlStatus write_rows(const Provenance *initial, Buffer *rows, ScrawlError *error)
{
    ScrawlStatus status = provenance_write_data(initial, rows);
    return status ? error_set(error, status, "the initial model's list of data: %s",
                              scrawl_status_message(status))
                  : SCRAWL_STATUS_OK;
}

/* The checkpoint's key is of the recipe and of what it started with. */
static ScrawlStatus set_key(Trainer *trainer, ScrawlError *error)
{
    Buffer rows;
    buffer_init(&rows, MAX_ROWS);
    ScrawlStatus status = write_rows(&trainer->initial, &rows, error);
    if (!status) {
        char *both = mem_format("%s%s", trainer->recipe_text, buffer_text(&rows));
        if (both)
            checksum_sha256(both, strlen(both), trainer->key.recipe);
        else
            status = error_no_memory(error, "the initial model's list of data");
        mem_free(both);
    }
    buffer_deinit(&rows);
    return status;
}

static ScrawlStatus describe(Trainer *trainer, const ScrawlModel *model, ScrawlError *error)
{
    char sha256[CHECKSUM_TEXT_SIZE];
    ScrawlStatus status = checksum(model, sha256, error);
    if (!status)
        status = list_data(&trainer->initial, model, sha256, error);
    return status ? status : set_key(trainer, error);
}

ScrawlStatus init_weights(Trainer *trainer, ScrawlError *error)
{
    const char *name = trainer->options->init;
    ScrawlModel *model;
    if (!name)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = scrawl_model_load(&model, name, error);
    if (status)
        return status;
    if (model->n_networks > 1)
        status = error_set(error, SCRAWL_STATUS_MISMATCH,
                           "init: %s is an ensemble of %d members, expected a single network", name,
                           model->n_networks);
    if (!status)
        status = copy_layers(trainer, model, error);
    if (!status)
        status = describe(trainer, model, error);
    scrawl_model_free(model);
    return status;
}

ScrawlStatus init_save(const Trainer *trainer, ScrawlError *error)
{
    Buffer rows;
    if (trainer->initial.n_data == 0)
        return SCRAWL_STATUS_OK;
    buffer_init(&rows, MAX_ROWS);
    ScrawlStatus status = write_rows(&trainer->initial, &rows, error);
    if (!status)
        status = file_write(trainer->folder->init, rows.data, rows.size, error);
    buffer_deinit(&rows);
    return status;
}

ScrawlStatus init_restore(Trainer *trainer, ScrawlError *error)
{
    const char *path = trainer->folder->init;
    Buffer text;
    Tree tree = {0};
    if (!file_exists(path))
        return SCRAWL_STATUS_OK;
    buffer_init(&text, MAX_ROWS);
    ScrawlStatus status = file_read(path, &text, error);
    if (!status)
        status = json_parse(&tree, path, buffer_text(&text), text.size, error);
    if (!status)
        status = provenance_read_data(&trainer->initial, &tree, tree.root, error);
    if (!status)
        status = set_key(trainer, error);
    tree_deinit(&tree);
    buffer_deinit(&text);
    return status;
}
