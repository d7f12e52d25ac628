#include "model/model.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/tree.h"
#include "scrawl/dataset.h"

#define MAX_SUMMARY ((size_t)1 << 20)
#define MAX_PREPROCESSING ((size_t)1 << 16)

const char *const model_combine_names[] = {"average", "vote", NULL};
const char *const model_tta_names[] = {"none", "cross", "square", NULL};

ScrawlStatus model_find_tta(const char *name, ModelTta *tta, ScrawlError *error)
{
    for (int i = 0; model_tta_names[i]; i++) {
        if (strcmp(model_tta_names[i], name) == 0) {
            *tta = (ModelTta)i;
            return SCRAWL_STATUS_OK;
        }
    }
    return error_set(error, SCRAWL_STATUS_USAGE,
                     "tta: expected none, cross or square, found \"%s\"", name);
}

int model_passes(ModelTta tta)
{
    static const int passes[] = {1, 5, 9};
    return passes[tta];
}

static void refresh_info(ScrawlModel *model)
{
    const ModelDescription *description = model->description;
    const Graph *first = model->networks[0].graph;
    bool ensemble = model->n_networks > 1;
    model->info = (ScrawlModelInfo){
        .name = description->name,
        .n_classes = first->n_classes,
        .class_names = (const char *const *)model->class_names,
        .width = model->preprocess.width,
        .height = model->preprocess.height,
        .recipe = description->recipe,
        .network = ensemble ? "" : first->json,
        .preprocessing = model->preprocessing,
        .data = description->provenance.data,
        .n_data = description->provenance.n_data,
        .scores = description->provenance.scores,
        .n_scores = description->provenance.n_scores,
        .temperature = model->temperature,
        .threshold = model->threshold,
        .n_members = model->n_networks,
        .combine = ensemble ? model_combine_names[model->combine] : "",
        .tta = model_tta_names[model->tta],
        .half = model->half,
    };
    for (int i = 0; i < model->n_networks; i++) {
        const Graph *graph = model->networks[i].graph;
        model->info.n_parameters += graph->n_parameters;
        model->info.n_state += graph->n_state;
        model->info.multiply_adds += graph->multiply_adds * (uint64_t)model_passes(model->tta);
    }
}

/* Names are how data sets and models are matched, and they travel as JSON. */
static ScrawlStatus check_class_names(const char *const *names, int n, ScrawlError *error)
{
    for (int i = 0; i < n; i++) {
        if (names[i][0] == '\0')
            return error_set(error, SCRAWL_STATUS_MISMATCH, "class %d has an empty name", i);
        if (!utf8_valid(names[i]))
            return error_set(error, SCRAWL_STATUS_MISMATCH,
                             "the name of class %d is not valid UTF-8", i);
        for (int j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return error_set(error, SCRAWL_STATUS_MISMATCH,
                                 "classes %d and %d have the same name \"%s\"", j, i, names[i]);
    }
    return SCRAWL_STATUS_OK;
}

static ScrawlStatus check_fit(const Graph *graph, const Preprocess *preprocess,
                              const char *const *class_names, int n_classes, ScrawlError *error)
{
    const Shape *input = &graph->input;
    if (input->channels != 1 || input->height != preprocess->height ||
        input->width != preprocess->width)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "the network's input is [%d, %d, %d], but the preprocessing gives "
                         "[1, %d, %d]",
                         input->channels, input->height, input->width, preprocess->height,
                         preprocess->width);
    if (graph->n_classes != n_classes)
        return error_set(error, SCRAWL_STATUS_MISMATCH,
                         "the network has %d outputs, but there are %d classes", graph->n_classes,
                         n_classes);
    if (n_classes > SCRAWL_DATASET_MAX_CLASSES)
        return error_set(error, SCRAWL_STATUS_LIMIT, "%d classes are more than the limit of %d",
                         n_classes, SCRAWL_DATASET_MAX_CLASSES);
    return check_class_names(class_names, n_classes, error);
}

static ScrawlStatus preprocess_text(const Preprocess *preprocess, char **text)
{
    Buffer buffer;
    buffer_init(&buffer, MAX_PREPROCESSING);
    ScrawlStatus status = preprocess_write_json(preprocess, &buffer);
    if (!status) {
        *text = mem_string(buffer_text(&buffer));
        if (!*text)
            status = SCRAWL_STATUS_NO_MEMORY;
    }
    buffer_deinit(&buffer);
    return status;
}

static bool describe_nothing(ModelDescription *description)
{
    description->name = mem_string("");
    description->recipe = mem_string("");
    return description->name && description->recipe;
}

static void description_deinit(ModelDescription *description)
{
    mem_free(description->name);
    mem_free(description->recipe);
    provenance_deinit(&description->provenance);
}

/* The model owns all graphs from here on, also after a failure. */
static bool fill_networks(ScrawlModel *model, Graph *const *graphs)
{
    bool complete = true;
    for (int i = 0; i < model->n_networks; i++) {
        model->networks[i].graph = graphs[i];
        model->networks[i].temperature = 1;
    }
    for (int i = 0; i < model->n_networks && complete; i++) {
        Network *network = &model->networks[i];
        network->parameters = mem_alloc_zero(network->graph->n_parameters, sizeof(real));
        network->state = mem_alloc_zero(network->graph->n_state, sizeof(real));
        complete = describe_nothing(&network->description) && network->parameters && network->state;
    }
    return complete;
}

static ScrawlStatus fill(ScrawlModel *model, Graph *const *graphs, const Preprocess *preprocess,
                         const char *const *class_names)
{
    bool ensemble = model->n_networks > 1;
    model->preprocess = *preprocess;
    model->temperature = 1;
    model->description = ensemble ? &model->ensemble : &model->networks[0].description;
    if (!fill_networks(model, graphs) || (ensemble && !describe_nothing(&model->ensemble)))
        return SCRAWL_STATUS_NO_MEMORY;
    model->class_names = mem_strings(class_names, (size_t)graphs[0]->n_classes);
    return model->class_names ? preprocess_text(preprocess, &model->preprocessing)
                              : SCRAWL_STATUS_NO_MEMORY;
}

static void free_graphs(Graph *const *graphs, int n)
{
    for (int i = 0; i < n; i++)
        graph_free(graphs[i]);
}

/* NULL: no memory. */
static ScrawlModel *allocate(int n_networks)
{
    ScrawlModel *model = mem_alloc_zero(1, sizeof *model);
    if (!model)
        return NULL;
    model->n_networks = n_networks;
    model->networks = mem_alloc_zero((size_t)n_networks, sizeof *model->networks);
    if (model->networks)
        return model;
    mem_free(model);
    return NULL;
}

ScrawlStatus model_create_ensemble(ScrawlModel **model, Graph *const *graphs, int n_graphs,
                                   const Preprocess *preprocess, const char *const *class_names,
                                   int n_classes, ScrawlError *error)
{
    assert(n_graphs >= 1 && n_graphs <= SCRAWL_MAX_MEMBERS);
    *model = NULL;
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < n_graphs && !status; i++) {
        status = check_fit(graphs[i], preprocess, class_names, n_classes, error);
        if (status && n_graphs > 1)
            status = error_prefix(error, status, "member %d", i);
    }
    ScrawlModel *made = !status ? allocate(n_graphs) : NULL;
    if (!made) {
        free_graphs(graphs, n_graphs);
        return !status ? error_no_memory(error, "a model") : status;
    }
    if (fill(made, graphs, preprocess, class_names)) {
        scrawl_model_free(made);
        return error_no_memory(error, "a model");
    }
    refresh_info(made);
    *model = made;
    return SCRAWL_STATUS_OK;
}

ScrawlStatus model_create(ScrawlModel **model, Graph *graph, const Preprocess *preprocess,
                          const char *const *class_names, int n_classes, ScrawlError *error)
{
    return model_create_ensemble(model, &graph, 1, preprocess, class_names, n_classes, error);
}

ScrawlStatus model_set_text(ScrawlModel *model, char **field, const char *text, ScrawlError *error)
{
    char *copy = mem_string(text);
    if (!copy)
        return error_no_memory(error, "a model's text");
    mem_free(*field);
    *field = copy;
    refresh_info(model);
    return SCRAWL_STATUS_OK;
}

void model_set_provenance(ScrawlModel *model, Provenance *provenance)
{
    provenance_deinit(&model->description->provenance);
    model->description->provenance = *provenance;
    *provenance = (Provenance){0};
    refresh_info(model);
}

ScrawlStatus model_set_score(ScrawlModel *model, const ScrawlScore *score, ScrawlError *error)
{
    ScrawlStatus status = provenance_set_score(&model->description->provenance, score, error);
    refresh_info(model);
    return status;
}

ScrawlStatus model_write_classes(const ScrawlModel *model, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "[");
    for (int i = 0; i < model->info.n_classes && !status; i++) {
        status = buffer_print(out, i > 0 ? "," : "");
        if (!status)
            status = json_write_string(model->class_names[i], out);
    }
    return !status ? buffer_print(out, "]") : status;
}

void model_calibrate(ScrawlModel *model, double temperature, double threshold)
{
    assert(temperature >= MODEL_MIN_TEMPERATURE && temperature <= MODEL_MAX_TEMPERATURE);
    assert(threshold >= 0 && threshold <= 1);
    model->temperature = temperature;
    model->threshold = threshold;
    refresh_info(model);
}

void model_set_passes(ScrawlModel *model, ModelCombine combine, ModelTta tta)
{
    model->combine = combine;
    model->tta = tta;
    refresh_info(model);
}

void model_set_half(ScrawlModel *model, bool half)
{
    model->half = half;
    refresh_info(model);
}

void scrawl_model_free(ScrawlModel *model)
{
    if (!model)
        return;
    for (int i = 0; i < model->n_networks; i++) {
        Network *network = &model->networks[i];
        graph_free(network->graph);
        mem_free(network->parameters);
        mem_free(network->state);
        description_deinit(&network->description);
    }
    mem_free(model->networks);
    description_deinit(&model->ensemble);
    mem_free(model->class_names);
    mem_free(model->preprocessing);
    mem_free(model);
}

const ScrawlModelInfo *scrawl_model_info(const ScrawlModel *model)
{
    return &model->info;
}

ScrawlMemberInfo scrawl_model_member(const ScrawlModel *model, int i)
{
    const Network *network = &model->networks[i];
    const ModelDescription *description = &network->description;
    return (ScrawlMemberInfo){
        .name = description->name,
        .recipe = description->recipe,
        .network = network->graph->json,
        .scores = description->provenance.scores,
        .n_scores = description->provenance.n_scores,
        .n_parameters = network->graph->n_parameters,
        .multiply_adds = network->graph->multiply_adds,
    };
}

static ScrawlStatus write_summary(const ScrawlModel *model, Buffer *out)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < model->n_networks && !status; i++) {
        const Network *network = &model->networks[i];
        if (model->n_networks > 1)
            status = buffer_print(out, "%smember %d: %s\n\n", i > 0 ? "\n" : "", i,
                                  network->description.name);
        if (!status)
            status = graph_summary(network->graph, out);
    }
    return status;
}

ScrawlStatus scrawl_model_summary(const ScrawlModel *model, char **text, ScrawlError *error)
{
    *text = NULL;
    Buffer buffer;
    buffer_init(&buffer, (size_t)model->n_networks * MAX_SUMMARY);
    if (!write_summary(model, &buffer))
        *text = mem_string(buffer_text(&buffer));
    buffer_deinit(&buffer);
    return *text ? SCRAWL_STATUS_OK : error_no_memory(error, "the table of layers");
}

void scrawl_free(void *memory)
{
    mem_free(memory);
}
