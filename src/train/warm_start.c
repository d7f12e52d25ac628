#include "train/warm_start.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/format.h"
#include "formats/safetensors.h"
#include "model/model.h"

#define MAX_ROWS ((size_t)1 << 20) /* bytes of trainer->init */

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
            memcpy(state->parameters + to->offset, model->parameters + from->offset,
                   to->count * sizeof(real));
        else
            memcpy(state->state + to->offset, model->state + from->offset,
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
    for (int i = 0; i < model->graph->n_layers; i++) {
        const Layer *theirs = &model->graph->layers[i];
        if (theirs->n_tensors > 0 && !find_layer(graph, theirs->name))
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "init: the recipe's network has no layer %s (%s), which model %s has",
                             theirs->name, theirs->kind->name, model->name);
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
                n_copied == 1 ? "" : "s", model->name);
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
                    mine->mean, mine->sd, model->name, theirs->mean, theirs->sd);
}

static ScrawlStatus copy_layers(Trainer *trainer, const ScrawlModel *model, ScrawlError *error)
{
    const Graph *graph = trainer->graph;
    const Layer *last = last_layer(graph);
    bool renew = !same_classes(&model->info, &trainer->data.train->info);
    int n_copied = 0;
    ScrawlStatus status = check_all_used(model, graph, error);
    for (int i = 0; i < graph->n_layers && !status; i++) {
        const Layer *mine = &graph->layers[i], *theirs = find_layer(model->graph, mine->name);
        bool renewed = renew && mine == last;
        if (mine->n_tensors == 0)
            continue;
        status = check_layer(model->name, mine, theirs, renewed ? 1 : 0, error);
        if (status || renewed)
            continue;
        copy_layer(model, mine, theirs, &trainer->state);
        n_copied++;
    }
    if (!status)
        tell(trainer, model, n_copied, last, renew);
    return status;
}

/* One row of the model's own data, as what its weights come from. */
static ScrawlStatus write_row(const TreeNode *row, Buffer *out)
{
    const TreeNode *use = tree_get(row, "use");
    const char *was = use && use->text ? use->text : "training";
    bool older = strncmp(was, "initial", 7) == 0;
    if (row->kind != TREE_KIND_MAP || strcmp(was, "test") == 0)
        return SCRAWL_STATUS_OK;
    ScrawlStatus status = buffer_print(out, ",{");
    size_t start = out->size;
    if (!status)
        status = tree_write_json_parts(row, (const char *const[]){"use", NULL}, out);
    if (!status)
        status = buffer_print(out, "%s\"use\":\"%s%s\"}", out->size > start ? "," : "",
                              older ? "" : "initial ", was);
    return status;
}

static ScrawlStatus write_rows(const ScrawlModel *model, const char *sha256, const TreeNode *rows,
                               Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "{\"name\":");
    if (!status)
        status = json_write_string(model->name, out);
    if (!status)
        status = buffer_print(out, ",\"use\":\"initial weights\",\"sha256\":\"%s\"}", sha256);
    for (const TreeNode *row = rows->first; row && !status; row = row->next)
        status = write_row(row, out);
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

/* The checkpoint's key is of the recipe and of what it started with. */
static ScrawlStatus remember(Trainer *trainer, const char *rows, ScrawlError *error)
{
    trainer->init = mem_string(rows);
    char *both = mem_format("%s%s", trainer->recipe_text, rows);
    if (trainer->init && both)
        checksum_sha256(both, strlen(both), trainer->key.recipe);
    mem_free(both);
    return trainer->init && both ? SCRAWL_STATUS_OK
                                 : error_no_memory(error, "the description of a model");
}

static ScrawlStatus describe(Trainer *trainer, const ScrawlModel *model, ScrawlError *error)
{
    char sha256[CHECKSUM_TEXT_SIZE];
    Tree tree;
    Buffer rows;
    ScrawlStatus status = checksum(model, sha256, error);
    if (!status)
        status = json_parse(&tree, "data", model->data, strlen(model->data), error);
    if (status)
        return status;
    buffer_init(&rows, MAX_ROWS);
    status = write_rows(model, sha256, tree.root, &rows);
    if (status)
        error_set(error, status, "the model's description: %s", scrawl_status_message(status));
    else
        status = remember(trainer, buffer_text(&rows), error);
    buffer_deinit(&rows);
    tree_deinit(&tree);
    return status;
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
    if (model->n_members > 1)
        status = error_set(error, SCRAWL_STATUS_MISMATCH,
                           "init: %s is an ensemble of %d members, expected a single network", name,
                           model->n_members);
    if (!status)
        status = copy_layers(trainer, model, error);
    if (!status)
        status = describe(trainer, model, error);
    scrawl_model_free(model);
    return status;
}

ScrawlStatus init_save(const Trainer *trainer, ScrawlError *error)
{
    if (!trainer->init)
        return SCRAWL_STATUS_OK;
    char *list = mem_format("[%s]", trainer->init);
    if (!list)
        return error_no_memory(error, "the description of a model");
    ScrawlStatus status = file_write(trainer->folder->init, list, strlen(list), error);
    mem_free(list);
    return status;
}

ScrawlStatus init_restore(Trainer *trainer, ScrawlError *error)
{
    const char *path = trainer->folder->init;
    Buffer rows;
    if (!file_exists(path))
        return SCRAWL_STATUS_OK;
    buffer_init(&rows, MAX_ROWS);
    ScrawlStatus status = file_read(path, &rows, error);
    if (!status && (rows.size < 2 || rows.data[0] != '[' || rows.data[rows.size - 1] != ']'))
        status = error_set(error, SCRAWL_STATUS_FORMAT, "%s: expected a list", path);
    if (!status) {
        rows.data[rows.size - 1] = '\0';
        status = remember(trainer, (const char *)rows.data + 1, error);
    }
    buffer_deinit(&rows);
    return status;
}
