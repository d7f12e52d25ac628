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
    model->info = (ScrawlModelInfo){
        .name = model->name,
        .n_classes = model->graph->n_classes,
        .class_names = (const char *const *)model->class_names,
        .width = model->preprocess.width,
        .height = model->preprocess.height,
        .recipe = model->recipe,
        .network = model->n_members == 1 ? model->graph->json : "",
        .preprocessing = model->preprocessing,
        .data = model->data,
        .scores = model->scores,
        .temperature = model->temperature,
        .threshold = model->threshold,
        .n_members = model->n_members,
        .combine = model->n_members == 1 ? "" : model_combine_names[model->combine],
        .tta = model_tta_names[model->tta],
        .half = model->half,
    };
    for (int i = 0; i < model->n_members; i++) {
        const Graph *graph = model->members[i].graph;
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

/* graphs and members are as many; the model owns the graphs from here on. */
static ScrawlStatus fill_members(ScrawlModel *model, Graph *const *graphs)
{
    bool complete = true;
    for (int i = 0; i < model->n_members; i++) {
        ModelMember *member = &model->members[i];
        member->graph = graphs[i];
        member->temperature = 1;
    }
    for (int i = 0; i < model->n_members && complete; i++) {
        ModelMember *member = &model->members[i];
        member->parameters = mem_alloc_zero(member->graph->n_parameters, sizeof(real));
        member->state = mem_alloc_zero(member->graph->n_state, sizeof(real));
        member->name = mem_string("");
        member->recipe = mem_string("");
        member->scores = mem_string("{}");
        complete =
            member->parameters && member->state && member->name && member->recipe && member->scores;
    }
    model->graph = model->members[0].graph;
    model->parameters = model->members[0].parameters;
    model->state = model->members[0].state;
    return complete ? SCRAWL_STATUS_OK : SCRAWL_STATUS_NO_MEMORY;
}

static ScrawlStatus fill(ScrawlModel *model, const Preprocess *preprocess,
                         const char *const *class_names)
{
    model->preprocess = *preprocess;
    model->temperature = 1;
    model->class_names = mem_strings(class_names, (size_t)model->graph->n_classes);
    model->name = mem_string("");
    model->recipe = mem_string("");
    model->data = mem_string("[]");
    model->scores = mem_string("{}");
    if (!model->class_names || !model->name || !model->recipe || !model->data || !model->scores)
        return SCRAWL_STATUS_NO_MEMORY;
    return preprocess_text(preprocess, &model->preprocessing);
}

static void free_graphs(Graph *const *graphs, int n)
{
    for (int i = 0; i < n; i++)
        graph_free(graphs[i]);
}

/* NULL: no memory, and the graphs are still the caller's. */
static ScrawlModel *allocate(int n_members)
{
    ScrawlModel *model = mem_alloc_zero(1, sizeof *model);
    if (!model)
        return NULL;
    model->n_members = n_members;
    model->members = mem_alloc_zero((size_t)n_members, sizeof *model->members);
    if (model->members)
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
    status = fill_members(made, graphs);
    if (!status)
        status = fill(made, preprocess, class_names);
    if (status) {
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

ScrawlStatus model_write_classes(const ScrawlModel *model, Buffer *out)
{
    ScrawlStatus status = buffer_print(out, "[");
    for (int i = 0; i < model->graph->n_classes && !status; i++) {
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

static void member_deinit(ModelMember *member)
{
    graph_free(member->graph);
    mem_free(member->parameters);
    mem_free(member->state);
    mem_free(member->name);
    mem_free(member->recipe);
    mem_free(member->scores);
}

void scrawl_model_free(ScrawlModel *model)
{
    if (!model)
        return;
    for (int i = 0; i < model->n_members; i++)
        member_deinit(&model->members[i]);
    mem_free(model->members);
    mem_free(model->class_names);
    mem_free(model->name);
    mem_free(model->recipe);
    mem_free(model->data);
    mem_free(model->scores);
    mem_free(model->preprocessing);
    mem_free(model);
}

const ScrawlModelInfo *scrawl_model_info(const ScrawlModel *model)
{
    return &model->info;
}

ScrawlMemberInfo scrawl_model_member(const ScrawlModel *model, int i)
{
    bool alone = model->n_members == 1;
    const ModelMember *member = &model->members[i];
    return (ScrawlMemberInfo){
        .name = alone ? model->name : member->name,
        .recipe = alone ? model->recipe : member->recipe,
        .network = member->graph->json,
        .scores = alone ? model->scores : member->scores,
        .n_parameters = member->graph->n_parameters,
        .multiply_adds = member->graph->multiply_adds,
    };
}

static ScrawlStatus write_summary(const ScrawlModel *model, Buffer *out)
{
    ScrawlStatus status = SCRAWL_STATUS_OK;
    for (int i = 0; i < model->n_members && !status; i++) {
        const ModelMember *member = &model->members[i];
        if (model->n_members > 1)
            status = buffer_print(out, "%smember %d: %s\n\n", i > 0 ? "\n" : "", i, member->name);
        if (!status)
            status = graph_summary(member->graph, out);
    }
    return status;
}

ScrawlStatus scrawl_model_summary(const ScrawlModel *model, char **text, ScrawlError *error)
{
    *text = NULL;
    Buffer buffer;
    buffer_init(&buffer, (size_t)model->n_members * MAX_SUMMARY);
    if (!write_summary(model, &buffer))
        *text = mem_string(buffer_text(&buffer));
    buffer_deinit(&buffer);
    return *text ? SCRAWL_STATUS_OK : error_no_memory(error, "the table of layers");
}

void scrawl_free(void *memory)
{
    mem_free(memory);
}
